//! A store in memory that fails as it is told, and signs its own URLs. The real store has its own
//! stories; this one is for replies that a good store does not give.
//!
//! A URL of it is its operation in JSON.

mod fault;
mod operations;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use async_trait::async_trait;
pub use fault::Fault;
use frond::port::{Http, HttpError, Request, Response};
use frond::transfer::{OperationText, Signer, TransferError};
use frond_wire::{Operation, Presigned};

/// The multipart upload that jobs name.
pub const UPLOAD: &str = "u";

/// A store, its endpoint, and the line to both. Its fields are what a test sets and looks at.
#[derive(Default)]
pub struct FakeStore {
    /// Stored objects, by id.
    pub objects: RefCell<BTreeMap<String, Vec<u8>>>,
    /// Parts of multipart uploads. One that is not here is there all the same, without parts,
    /// unless it has ended.
    pub uploads: RefCell<BTreeMap<String, BTreeMap<u32, Vec<u8>>>>,
    /// Uploads that were completed or aborted.
    ended: RefCell<Vec<String>>,
    /// Pages of journals, by object and first part.
    pub journals: RefCell<BTreeMap<(String, u32), Vec<u8>>>,
    /// Faults by name of operation, each for one request, in order.
    pub faults: RefCell<Vec<(&'static str, Fault)>>,
    /// Names of the operations that arrived.
    pub seen: RefCell<Vec<String>>,
    /// Whether `Content-Range` can be read.
    pub hides_ranges: Cell<bool>,
    /// Whether it encrypts what it stores: its ETags are not MD5s.
    pub encrypts: Cell<bool>,
    /// Whether any ETag will do when an upload is completed.
    pub ignores_etags: Cell<bool>,
    /// CRC-32Cs that parts were sent with. As AWS does, it lists them, and asks for them when the
    /// upload is completed.
    verified: RefCell<BTreeMap<(String, u32), String>>,
    /// ETags as they were when objects were put.
    etags: RefCell<BTreeMap<String, String>>,
    under_way: Cell<usize>,
    /// Most requests at one time.
    pub most: Cell<usize>,
    /// Batches of operations that were signed.
    pub signed: Cell<usize>,
    /// Whether the endpoint signs nothing.
    pub endpoint_down: Cell<bool>,
    /// Whether every request is lost.
    pub down: Cell<bool>,
    /// Whether the device says itself that it has no line.
    pub offline: Cell<bool>,
    /// The tab is killed at the request that brings it to zero; whether that is still done.
    pub killed_after: Cell<Option<(usize, bool)>>,
    /// Told when the tab is killed.
    pub killed: tokio::sync::Notify,
    /// Parts from this one on get no answer, and are never given up.
    pub stalls_from: Cell<Option<u32>>,
    /// What an endpoint that is no friend signs: another method.
    pub method: Cell<Option<&'static str>>,
    /// What an endpoint that is no friend signs: by method, such a header.
    pub headers: RefCell<Vec<(&'static str, &'static str)>>,
    /// Whether it answers, and lets nobody read its answers.
    pub hidden: Cell<bool>,
}

/// The method of an operation.
fn method(operation: &OperationText) -> String {
    let operation: Operation = serde_json::from_str(operation.as_str()).unwrap();
    operation.method().to_owned()
}

impl FakeStore {
    /// The next request of this operation meets a fault.
    pub fn fail(&self, operation: &'static str, fault: Fault) {
        self.faults.borrow_mut().push((operation, fault));
    }

    /// How many requests of this operation arrived.
    pub fn count(&self, operation: &str) -> usize {
        self.seen.borrow().iter().filter(|seen| *seen == operation).count()
    }

    /// A lifecycle rule, or somebody who gives it up.
    pub fn abort(&self, upload: &str) {
        self.uploads.borrow_mut().remove(upload);
        self.ended.borrow_mut().push(upload.to_owned());
    }
}

#[async_trait(?Send)]
impl Http for FakeStore {
    fn is_offline(&self) -> bool {
        self.offline.get()
    }

    async fn is_hidden(&self, _url: &str) -> bool {
        self.hidden.get()
    }

    async fn send(&self, request: Request, sent: &dyn Fn(u64)) -> Result<Response, HttpError> {
        let value: serde_json::Value = serde_json::from_str(&request.url).unwrap();
        let name = value["op"].as_str().unwrap().to_owned();
        let operation: Operation = serde_json::from_value(value).unwrap();
        self.seen.borrow_mut().push(name.clone());
        self.under_way.set(self.under_way.get() + 1);
        self.most.set(self.most.get().max(self.under_way.get()));
        // Others get their turn.
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        self.under_way.set(self.under_way.get() - 1);
        if self.down.get() || self.hidden.get() {
            return Err(HttpError::NoAnswer);
        }
        if let Some((left, done)) = self.killed_after.get() {
            self.killed_after.set(Some((left.saturating_sub(1), done)));
            if left == 0 {
                if done {
                    self.perform(&operation, &request);
                }
                self.killed.notify_one();
                return std::future::pending().await;
            }
        }
        if let Operation::UploadPart { part, .. } = &operation
            && self.stalls_from.get().is_some_and(|from| part.get() >= from)
        {
            return std::future::pending().await;
        }
        sent(u64::try_from(request.body.len()).unwrap());
        let response = self.carry_out(&operation, &name, &request)?;
        if response.body.len() > request.most(response.status) {
            Err(HttpError::TooLarge)
        } else {
            Ok(response)
        }
    }
}

#[async_trait(?Send)]
impl Signer for FakeStore {
    async fn presign(
        &self,
        operations: Vec<OperationText>,
    ) -> Result<Vec<Presigned>, TransferError> {
        if self.endpoint_down.get() {
            return Err(TransferError::EndpointDown);
        }
        self.signed.set(self.signed.get() + 1);
        let sign = |operation: &OperationText| {
            let method = self.method.get().map_or_else(|| method(operation), str::to_owned);
            let headers = self.headers.borrow();
            let headers = headers.iter().filter(|(of, _)| *of == method);
            let headers = headers.map(|(_, name)| ((*name).to_owned(), "1".to_owned())).collect();
            Presigned { method, url: operation.as_str().to_owned(), headers }
        };
        Ok(operations.iter().map(sign).collect())
    }
}
