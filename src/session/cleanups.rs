//! Pending cleanups after uploads: recorded by the transfers as uploads end, run and removed by the
//! garbage collector.

use std::cell::Cell;
use std::rc::Rc;

use super::context::Context;
use super::records::Change;
use super::upload_locks::UploadLocks;
use crate::object::ObjectId;
use crate::port::StoreFailed;

/// The cleanup that an upload needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cleanup {
    /// It had a journal.
    pub(super) in_parts: bool,
    /// What it sent is removed from the bucket, unless the vault has it as a file.
    pub(super) abandoned: bool,
    /// What names its lock.
    pub(super) lock: ObjectId,
}

/// The list of all pending cleanups.
pub(super) struct Cleanups {
    context: Rc<Context>,
    /// Whether there may be any.
    pending: Cell<bool>,
    pub(super) locks: UploadLocks,
}

impl Cleanups {
    pub(super) fn new(context: &Rc<Context>) -> Self {
        // True, to check for cleanups left by an earlier tab.
        let locks = UploadLocks::new(&context.world.store);
        Self { context: Rc::clone(context), pending: Cell::new(true), locks }
    }

    /// A cleanup was added: the next sync round runs it, and starts now.
    pub(super) fn wake(&self) {
        self.pending.set(true);
        self.context.sync_soon();
    }

    /// Whether there may be pending cleanups.
    pub(super) fn are_pending(&self) -> bool {
        self.pending.get()
    }

    /// Sets whether cleanups are still pending.
    pub(super) fn set_pending(&self, pending: bool) {
        self.pending.set(pending);
    }

    /// The key of an upload's cleanup record.
    pub(super) fn key(&self, object: &ObjectId) -> String {
        format!("outbox/{}/tidy/{object}", self.context.account)
    }

    /// The change that adds an upload's cleanup.
    pub(super) fn add(&self, object: &ObjectId, left: Cleanup) -> Change {
        let flags = [u8::from(left.in_parts), u8::from(left.abandoned)];
        (self.key(object), Some([&flags[..], &left.lock.as_bytes()[..]].concat()))
    }

    /// All pending cleanups.
    pub(super) async fn all(&self) -> Result<Vec<(ObjectId, Cleanup)>, StoreFailed> {
        let under = format!("outbox/{}/tidy/", self.context.account);
        let records = self.context.world.store.scan(&under).await?;
        let left = records.into_iter().filter_map(|(key, left)| {
            let object = ObjectId::parse(key.strip_prefix(&under)?).ok()?;
            // Assume parts unless the record says otherwise.
            let in_parts = left.first() != Some(&0);
            let abandoned = left.get(1) == Some(&1);
            let lock =
                left.get(2..).and_then(|lock| ObjectId::from_bytes(lock.try_into().ok()?).ok());
            let lock = lock.unwrap_or(object);
            Some((object, Cleanup { in_parts, abandoned, lock }))
        });
        Ok(left.collect())
    }
}
