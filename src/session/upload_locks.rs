//! The locks of uploads: each belongs to the one tab that sends the uploads or cleans up after
//! them.
//!
//! Small files that are added together share a lock, so that each does not cost the browser or the
//! file system one of its own.

use std::any::Any;
use std::cell::RefCell;
use std::rc::{Rc, Weak};

use crate::object::ObjectId;
use crate::port::{Store, StoreFailed};

/// A held lock; it is released with the last clone.
pub(super) type UploadLock = Rc<dyn Any>;

/// The locks that this tab holds.
pub(super) struct UploadLocks {
    store: Rc<dyn Store>,
    held: RefCell<Vec<(ObjectId, Weak<dyn Any>)>>,
}

impl UploadLocks {
    pub(super) fn new(store: &Rc<dyn Store>) -> Self {
        Self { store: Rc::clone(store), held: RefCell::default() }
    }

    /// The lock named by this upload, its own or that of the first one added with it; `None` if
    /// another tab holds it.
    pub(super) async fn acquire(
        &self,
        named: &ObjectId,
    ) -> Result<Option<UploadLock>, StoreFailed> {
        if let Some(lock) = self.own(named) {
            return Ok(Some(lock));
        }
        let Some(lock) = self.store.try_lock(&format!("upload/{named}")).await? else {
            // Another task of this tab may have acquired it meanwhile.
            return Ok(self.own(named));
        };
        let lock = UploadLock::from(lock);
        let mut held = self.held.borrow_mut();
        held.retain(|(_, lock)| lock.strong_count() > 0);
        held.push((*named, Rc::downgrade(&lock)));
        Ok(Some(lock))
    }

    fn own(&self, named: &ObjectId) -> Option<UploadLock> {
        let held = self.held.borrow();
        held.iter().find(|(name, _)| name == named)?.1.upgrade()
    }
}
