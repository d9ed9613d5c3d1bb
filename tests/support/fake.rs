//! A store in memory that fails as it is told, on a clock that jumps. The real store has its own
//! stories; this one is for replies that a good store does not give.

#[path = "spool.rs"]
mod spool;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use async_trait::async_trait;
use data_encoding::BASE64;
use frond::bytes::Bytes;
use frond::object::Geometry;
use frond::port::{
    Clock, Entropy, Http, HttpError, NoEntropy, Request, Response, Sink, Unwritable,
};
use frond::software::Software;
use frond::transfer::{OperationText, Signer, TransferError, TransferWorld};
use frond_wire::{Checksum, Listing, Name, Operation, Part, Presigned};
use sha2::Digest;
pub use spool::MemorySpool;

/// What happens to one request.
#[derive(Clone, Debug)]
pub enum Fault {
    /// It never arrives.
    Lost,
    /// It is done; the answer never arrives.
    AnswerLost,
    /// Refused with status and code.
    Status(u16, &'static str),
    /// Done, but answered with status and code.
    DoneBut(u16, &'static str),
    /// Done, but answered with this body.
    Body(&'static [u8]),
    /// Not done, but answered 200 with this body.
    Pretence(&'static [u8]),
    /// The upload is gone before the request arrives.
    Aborted,
    /// Another body under the part's number, before the request arrives.
    OtherPart(u32),
    /// Without its ETag.
    NoEtag,
    /// One bit of the body is another when it arrives.
    Damaged,
    /// Done, and then the last byte of the object is another; its ETag stays.
    Spoilt,
    /// Without its length.
    NoLength,
    /// A range is answered with the whole object and 200.
    Whole,
    /// A range is answered with that many bytes less.
    Short,
    /// A range is answered with one byte more.
    Long,
    /// A range is answered with another one.
    OtherRange,
}

/// The multipart upload that jobs name.
pub const UPLOAD: &str = "u";

#[derive(Default)]
pub struct FakeStore {
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
    pub signed: Cell<usize>,
    pub endpoint_down: Cell<bool>,
    /// Every request is lost; the device says itself that it has no line.
    pub down: Cell<bool>,
    pub offline: Cell<bool>,
    /// The tab is killed at the request that brings it to zero; whether that is still done.
    pub killed_after: Cell<Option<(usize, bool)>>,
    pub killed: tokio::sync::Notify,
    /// Parts from this one on get no answer, and are never given up.
    pub stalls_from: Cell<Option<u32>>,
    /// What an endpoint that is no friend signs: another method; with a method, such a header.
    pub method: Cell<Option<&'static str>>,
    /// Whether it answers, and lets nobody read its answers.
    pub hidden: Cell<bool>,
    pub headers: RefCell<Vec<(&'static str, &'static str)>>,
}

/// The method of an operation.
fn method(operation: &OperationText) -> String {
    let operation: Operation = serde_json::from_str(operation.as_str()).unwrap();
    operation.method().to_owned()
}

impl FakeStore {
    pub fn fail(&self, operation: &'static str, fault: Fault) {
        self.faults.borrow_mut().push((operation, fault));
    }

    pub fn count(&self, operation: &str) -> usize {
        self.seen.borrow().iter().filter(|seen| *seen == operation).count()
    }

    fn ended(&self, upload: &str) -> bool {
        self.ended.borrow().iter().any(|ended| ended == upload)
    }

    /// A lifecycle rule, or somebody who gives it up.
    pub fn abort(&self, upload: &str) {
        self.uploads.borrow_mut().remove(upload);
        self.ended.borrow_mut().push(upload.to_owned());
    }

    fn fault(&self, name: &str) -> Option<Fault> {
        let mut faults = self.faults.borrow_mut();
        let at = faults.iter().position(|(operation, _)| *operation == name)?;
        Some(faults.remove(at).1)
    }

    fn perform(&self, operation: &Operation, request: &Request) -> Response {
        if !is_intact(operation, &request.body) {
            return error(400, "BadDigest");
        }
        let mut objects = self.objects.borrow_mut();
        let mut uploads = self.uploads.borrow_mut();
        match operation {
            Operation::Put { name: Name::Object(object), length, .. } => {
                let object = object.to_string();
                assert_eq!(*length, u64::try_from(request.body.len()).unwrap());
                if objects.contains_key(&object) {
                    return error(412, "PreconditionFailed");
                }
                objects.insert(object.clone(), request.body.to_vec());
                self.etags.borrow_mut().insert(object.clone(), etag(&request.body.bytes()));
                with_etag(answer(200, Vec::new()), &request.body.bytes())
            }
            Operation::UploadPart { upload, part, length, checksum, .. } => {
                let (upload, part) = (upload.to_string(), part.get());
                assert_eq!(*length, u64::try_from(request.body.len()).unwrap());
                if self.ended(&upload) {
                    return error(404, "NoSuchUpload");
                }
                if let Some(Checksum::Crc32c(value)) = checksum {
                    self.verified.borrow_mut().insert((upload.clone(), part), value.clone());
                }
                let parts = uploads.entry(upload).or_default();
                parts.insert(part, request.body.to_vec());
                with_etag(answer(200, Vec::new()), &request.body.bytes())
            }
            Operation::Put { name: Name::Journal(object, part), length, .. } => {
                let page = (object.to_string(), part.get());
                assert_eq!(*length, u64::try_from(request.body.len()).unwrap());
                let mut journals = self.journals.borrow_mut();
                if journals.contains_key(&page) {
                    return error(412, "PreconditionFailed");
                }
                journals.insert(page, request.body.to_vec());
                answer(200, Vec::new())
            }
            Operation::Get(Name::Journal(object, part)) => {
                match self.journals.borrow().get(&(object.to_string(), part.get())) {
                    Some(page) => answer(200, page.clone()),
                    None => error(404, "NoSuchKey"),
                }
            }
            Operation::Delete(Name::Journal(object, part)) => {
                self.journals.borrow_mut().remove(&(object.to_string(), part.get()));
                answer(204, Vec::new())
            }
            Operation::List(Listing::Journal { object, .. }) => {
                let object = object.to_string();
                let journals = self.journals.borrow();
                let keys = journals.keys().filter(|(of, _)| *of == object);
                let keys = keys.map(|(of, part)| {
                    format!("<Contents><Key>vaults/a/uploads/{of}/{part:05}</Key></Contents>")
                });
                let body =
                    format!("<ListBucketResult>{}</ListBucketResult>", keys.collect::<String>());
                answer(200, body.into_bytes())
            }
            Operation::ListParts { upload, after, .. } => {
                let (upload, after) = (upload.to_string(), after.map(Part::get));
                if self.ended(&upload) {
                    return error(404, "NoSuchUpload");
                }
                let parts = uploads.entry(upload.clone()).or_default();
                // One a page.
                let mut rest = parts.iter().filter(|(number, _)| Some(**number) > after);
                let first = rest.next().map(|(number, bytes)| {
                    let size = bytes.len();
                    let etag = etag(bytes);
                    let crc = self.verified(&upload, *number);
                    format!(
                        "<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag>{crc}<Size>{size}</Size></Part>"
                    )
                });
                let more = rest.next().is_some();
                let body = format!(
                    "<ListPartsResult>{}<IsTruncated>{more}</IsTruncated></ListPartsResult>",
                    first.unwrap_or_default()
                );
                answer(200, body.into_bytes())
            }
            Operation::CompleteUpload { object, upload } => {
                let (object, upload) = (object.to_string(), upload.to_string());
                if self.ended(&upload) {
                    return error(404, "NoSuchUpload");
                }
                let parts = uploads.entry(upload.clone()).or_default();
                let named = String::from_utf8(request.body.to_vec()).unwrap();
                let part = |(number, bytes): (&u32, &Vec<u8>)| {
                    let (etag, crc) = (etag(bytes), self.verified(&upload, *number));
                    format!(
                        "<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag>{crc}</Part>"
                    )
                };
                let parts: String = parts.iter().map(part).collect();
                if !self.ignores_etags.get()
                    && named
                        != format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>")
                {
                    return error(400, "InvalidPart");
                }
                let parts = uploads.remove(&upload).unwrap();
                self.ended.borrow_mut().push(upload.clone());
                objects.insert(object.clone(), parts.into_values().flatten().collect());
                answer(200, b"<CompleteMultipartUploadResult/>".to_vec())
            }
            Operation::Head(object) => match objects.get(&object.to_string()) {
                Some(bytes) => {
                    let mut response = answer(200, Vec::new());
                    response.headers.push(("content-length".to_owned(), bytes.len().to_string()));
                    let etag = self
                        .etags
                        .borrow()
                        .get(&object.to_string())
                        .cloned()
                        .unwrap_or_else(|| etag(bytes));
                    response.headers.push(("etag".to_owned(), etag));
                    response
                }
                None => answer(404, Vec::new()),
            },
            Operation::Get(Name::Object(object)) => {
                let Some(bytes) = objects.get(&object.to_string()) else {
                    return error(404, "NoSuchKey");
                };
                let (_, range) = request.headers.iter().find(|(name, _)| name == "range").unwrap();
                let (first, last) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
                let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
                if first >= bytes.len() {
                    return error(416, "InvalidRange");
                }
                self.part_of(bytes, first, last.min(bytes.len() - 1))
            }
            other => panic!("no transfer asks for {other:?}"),
        }
    }

    /// The checksum of a part, as lists and Complete spell it.
    fn verified(&self, upload: &str, part: u32) -> String {
        let verified = self.verified.borrow();
        let value = verified.get(&(upload.to_owned(), part));
        value.map(|value| format!("<ChecksumCRC32C>{value}</ChecksumCRC32C>")).unwrap_or_default()
    }

    fn part_of(&self, bytes: &[u8], first: usize, last: usize) -> Response {
        let mut response = answer(206, bytes[first..=last].to_vec());
        if !self.hides_ranges.get() {
            let range = format!("bytes {first}-{last}/{}", bytes.len());
            response.headers.push(("content-range".to_owned(), range));
        }
        response
    }

    fn answer(
        &self,
        operation: &Operation,
        name: &str,
        request: &Request,
    ) -> Result<Response, HttpError> {
        let Some(fault) = self.fault(name) else { return Ok(self.perform(operation, request)) };
        Ok(match fault {
            Fault::Lost => return Err(HttpError::NoAnswer),
            Fault::AnswerLost => {
                self.perform(operation, request);
                return Err(HttpError::NoAnswer);
            }
            Fault::Status(status, code) => error(status, code),
            Fault::DoneBut(status, code) => {
                self.perform(operation, request);
                error(status, code)
            }
            Fault::Body(body) => {
                self.perform(operation, request);
                answer(200, body.to_vec())
            }
            Fault::Pretence(body) => answer(200, body.to_vec()),
            Fault::Aborted => {
                self.abort(UPLOAD);
                self.perform(operation, request)
            }
            Fault::OtherPart(number) => {
                for parts in self.uploads.borrow_mut().values_mut() {
                    *parts.get_mut(&number).unwrap().last_mut().unwrap() ^= 1;
                }
                self.perform(operation, request)
            }
            Fault::NoEtag => {
                let mut response = self.perform(operation, request);
                response.headers.retain(|(name, _)| name != "etag");
                response
            }
            Fault::Damaged => {
                let mut body = request.body.to_vec();
                let middle = body.len() / 2;
                body[middle] ^= 1;
                let Request { method, url, headers, max_response, .. } = request;
                let (method, url, headers) = (method.clone(), url.clone(), headers.clone());
                let body = Rc::new(Bytes::from(body));
                self.perform(
                    operation,
                    &Request { method, url, headers, body, max_response: *max_response },
                )
            }
            Fault::Spoilt => {
                let response = self.perform(operation, request);
                for object in self.objects.borrow_mut().values_mut() {
                    *object.last_mut().unwrap() ^= 1;
                }
                response
            }
            Fault::NoLength => {
                let mut response = self.perform(operation, request);
                response.headers.retain(|(name, _)| name != "content-length");
                response
            }
            Fault::Whole => {
                let Operation::Get(Name::Object(object)) = operation else {
                    panic!("only for GET")
                };
                answer(200, self.objects.borrow()[&object.to_string()].clone())
            }
            Fault::Short => {
                let mut response = self.perform(operation, request);
                response.body.pop();
                response
            }
            Fault::Long => {
                let mut response = self.perform(operation, request);
                response.body.push(0);
                response
            }
            Fault::OtherRange => {
                let Operation::Get(Name::Object(object)) = operation else {
                    panic!("only for GET")
                };
                let objects = self.objects.borrow();
                let length = self.perform_length(request);
                self.part_of(&objects[&object.to_string()], 1, length)
            }
        })
    }

    fn perform_length(&self, request: &Request) -> usize {
        let (_, range) = request.headers.iter().find(|(name, _)| name == "range").unwrap();
        let (first, last) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
        last.parse::<usize>().unwrap() - first.parse::<usize>().unwrap()
    }
}

/// Whether a body has the checksum that was signed.
fn is_intact(operation: &Operation, body: &Bytes) -> bool {
    let (Operation::Put { checksum, .. } | Operation::UploadPart { checksum, .. }) = operation
    else {
        return true;
    };
    let body = body.bytes();
    match checksum {
        None => true,
        Some(Checksum::Crc32c(value)) => {
            *value == BASE64.encode(&crc32c::crc32c(&body).to_be_bytes())
        }
        Some(Checksum::Sha256(value)) => *value == BASE64.encode(&sha2::Sha256::digest(&body)),
        Some(Checksum::Md5(value)) => *value == BASE64.encode(&md5::Md5::digest(&body)),
    }
}

/// As unlike for other bodies as need be.
fn etag(body: &[u8]) -> String {
    let sum = body.iter().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("\"{sum:016x}\"")
}

fn with_etag(mut response: Response, body: &[u8]) -> Response {
    response.headers.push(("etag".to_owned(), etag(body)));
    response
}

fn answer(status: u16, body: Vec<u8>) -> Response {
    Response { status, headers: Vec::new(), body }
}

fn error(status: u16, code: &str) -> Response {
    answer(
        status,
        format!("<?xml version=\"1.0\"?>\n<Error><Code>{code}</Code></Error>").into_bytes(),
    )
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
        let response = self.answer(&operation, &name, &request)?;
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

/// Time passes only where somebody waits.
#[derive(Default)]
pub struct Jumps(pub Cell<u64>);

#[async_trait(?Send)]
impl Clock for Jumps {
    fn now_ms(&self) -> u64 {
        self.0.get()
    }

    async fn sleep(&self, ms: u64) {
        tokio::task::yield_now().await;
        self.0.set(self.0.get() + ms);
    }
}

/// Not random at all, but never the same twice; or broken.
#[derive(Default)]
pub struct Counter {
    next: Cell<u64>,
    pub broken: Cell<bool>,
}

impl Entropy for Counter {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        if self.broken.get() {
            return Err(NoEntropy);
        }
        for chunk in bytes.chunks_mut(8) {
            let next = self.next.get() + 1;
            self.next.set(next);
            let random = next.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
            chunk.copy_from_slice(&random[..chunk.len()]);
        }
        Ok(())
    }
}

/// What was written, and whether it was finished.
#[derive(Default)]
pub struct Memory {
    pub bytes: Vec<u8>,
    pub finished: bool,
    pub full_at: Option<usize>,
}

#[async_trait(?Send)]
impl Sink for Memory {
    async fn write(&mut self, bytes: Bytes) -> Result<(), Unwritable> {
        self.bytes.extend_from_slice(&bytes.bytes());
        if self.full_at.is_some_and(|full| self.bytes.len() > full) {
            Err(Unwritable::Failed)
        } else {
            Ok(())
        }
    }

    async fn finish(&mut self) -> Result<(), Unwritable> {
        self.finished = true;
        Ok(())
    }
}

pub struct Fake {
    pub store: Rc<FakeStore>,
    pub clock: Rc<Jumps>,
    pub entropy: Rc<Counter>,
    pub spool: Rc<MemorySpool>,
    pub world: TransferWorld,
}

impl Fake {
    pub fn new() -> Self {
        Self::of(Rc::default(), Rc::default())
    }

    /// Another device, on the same store.
    pub fn beside(&self) -> Self {
        let entropy = Counter { next: Cell::new(1 << 32), broken: Cell::new(false) };
        Self::of(Rc::clone(&self.store), Rc::new(entropy))
    }

    fn of(store: Rc<FakeStore>, entropy: Rc<Counter>) -> Self {
        let (clock, spool) = (Rc::<Jumps>::default(), Rc::<MemorySpool>::default());
        let world = TransferWorld {
            http: store.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            cipher: Rc::new(Software),
            spool: spool.clone(),
            geometry: Geometry::FORMAT_1,
        };
        Self { store, clock, entropy, spool, world }
    }
}
