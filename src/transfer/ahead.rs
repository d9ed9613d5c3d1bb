//! Signs downloads ahead of need: whoever asks for one of them gets the next ones signed along with
//! it, by one request.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::ops::Deref;
use std::rc::Rc;

use async_trait::async_trait;
use frond_wire::{Name, Operation, Presigned};

use super::{OperationText, Signer, TransferError};
use crate::notify::Broadcast;
use crate::object::ObjectId;

/// Downloads that one request signs: their URLs are used long before they expire.
const BATCH: usize = 100;

/// Downloads that will be asked for, in this order.
#[derive(Default)]
pub(crate) struct Ahead {
    coming: RefCell<VecDeque<OperationText>>,
    /// Signed and not yet asked for, by operation.
    signed: RefCell<BTreeMap<String, Presigned>>,
    /// Whether a batch is being signed.
    busy: Cell<bool>,
    done: Broadcast,
}

impl Ahead {
    /// Adds a download as the last one.
    pub(crate) fn push(&self, object: ObjectId) {
        let get = Operation::Get(Name::Object(object));
        self.coming.borrow_mut().push_back(OperationText::from(&get));
    }

    /// Forgets all.
    pub(crate) fn clear(&self) {
        self.coming.take();
        self.signed.take();
    }

    /// The signed operation, if it is one of these.
    async fn take(
        &self,
        operation: &OperationText,
        signer: &(impl Signer + ?Sized),
    ) -> Result<Option<Presigned>, TransferError> {
        loop {
            if let Some(signed) = self.signed.borrow_mut().remove(operation.as_str()) {
                return Ok(Some(signed));
            }
            if !self.busy.get() {
                break;
            }
            self.done.notified().await;
        }
        let batch: Vec<_> = {
            let mut coming = self.coming.borrow_mut();
            let Some(at) = coming.iter().position(|one| one.as_str() == operation.as_str()) else {
                return Ok(None);
            };
            // Those before it were given up, or come later.
            coming.rotate_left(at);
            let count = coming.len().min(BATCH);
            coming.drain(..count).collect()
        };
        let _busy = Busy::begin(self);
        let urls = signer.presign(batch.clone()).await?;
        let names = batch.iter().map(|operation| operation.as_str().to_owned());
        let mut signed = self.signed.borrow_mut();
        signed.extend(names.zip(urls));
        Ok(signed.remove(operation.as_str()))
    }
}

/// A batch is being signed, until dropped.
struct Busy<'a>(&'a Ahead);

impl<'a> Busy<'a> {
    fn begin(ahead: &'a Ahead) -> Self {
        ahead.busy.set(true);
        Self(ahead)
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.busy.set(false);
        self.0.done.notify();
    }
}

/// A signer that signs ahead.
pub(crate) struct SignedAhead<S> {
    pub(crate) ahead: Rc<Ahead>,
    pub(crate) signer: S,
}

#[async_trait(?Send)]
impl<S: Deref<Target: Signer>> Signer for SignedAhead<S> {
    async fn presign(
        &self,
        operations: Vec<OperationText>,
    ) -> Result<Vec<Presigned>, TransferError> {
        if let [operation] = &*operations
            && let Some(signed) = self.ahead.take(operation, &*self.signer).await?
        {
            return Ok(vec![signed]);
        }
        self.signer.presign(operations).await
    }
}
