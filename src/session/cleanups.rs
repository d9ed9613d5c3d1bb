//! What is left to clean up after uploads: written down by the transfers as uploads end, done and
//! forgotten by the garbage collector.

use std::cell::Cell;
use std::rc::Rc;

use super::context::Context;
use super::records::Change;
use crate::object::ObjectId;
use crate::port::StoreFailed;

/// What is left to clean up after an upload.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cleanup {
    /// It had a journal.
    pub(super) in_parts: bool,
    /// What was sent of it leaves the bucket, unless the vault has it as a file.
    pub(super) abandoned: bool,
}

/// The list of all that is left to clean up.
pub(super) struct Cleanups {
    context: Rc<Context>,
    /// Whether there may be anything.
    pending: Cell<bool>,
}

/// Name of the lock that the tab holds which sends an upload, or cleans up after it.
pub(super) fn upload_lock(object: &ObjectId) -> String {
    format!("upload/{object}")
}

impl Cleanups {
    pub(super) fn new(context: &Rc<Context>) -> Self {
        // What an earlier tab left is looked for.
        Self { context: Rc::clone(context), pending: Cell::new(true) }
    }

    /// Something was added: the next round cleans up, and begins now.
    pub(super) fn wake(&self) {
        self.pending.set(true);
        self.context.sync_soon();
    }

    /// Whether there may be anything to do.
    pub(super) fn are_pending(&self) -> bool {
        self.pending.get()
    }

    /// All was done, or not (`pending`).
    pub(super) fn set_pending(&self, pending: bool) {
        self.pending.set(pending);
    }

    /// What is left to clean up after an upload.
    pub(super) fn key(&self, object: &ObjectId) -> String {
        format!("outbox/{}/tidy/{object}", self.context.account)
    }

    /// The change that has an upload cleaned up after.
    pub(super) fn add(&self, object: &ObjectId, in_parts: bool, abandoned: bool) -> Change {
        (self.key(object), Some(vec![u8::from(in_parts), u8::from(abandoned)]))
    }

    /// All that is left to clean up.
    pub(super) async fn all(&self) -> Result<Vec<(ObjectId, Cleanup)>, StoreFailed> {
        let under = format!("outbox/{}/tidy/", self.context.account);
        let records = self.context.world.store.scan(&under).await?;
        let left = records.into_iter().filter_map(|(key, left)| {
            let object = ObjectId::parse(key.strip_prefix(&under)?).ok()?;
            // What is not known to be small and added is looked for.
            let flag = |at: usize| left.get(at) != Some(&0);
            Some((object, Cleanup { in_parts: flag(0), abandoned: left.get(1) == Some(&1) }))
        });
        Ok(left.collect())
    }
}
