//! The files of the vault: their lists and all changes to them, one event each.

use std::cell::Ref;
use std::rc::Rc;

use super::error::ChangeError;
use super::log::SessionLog;
use crate::catalog::{FileRow, Index, Op};
use crate::object::ObjectId;
use crate::path;

/// Objects per purge event: its JSON stays far below the largest event.
pub(super) const PURGE_BATCH: usize = 500;

/// The files of an open session.
pub struct Files {
    log: Rc<SessionLog>,
}

impl Files {
    pub(super) fn new(log: &Rc<SessionLog>) -> Self {
        Self { log: Rc::clone(log) }
    }

    /// The lists, folder by folder, and the revisions of their changes. Must not be held over an
    /// `await`.
    #[must_use]
    pub fn index(&self) -> Ref<'_, Index> {
        Ref::map(self.log.history(), |history| history.index())
    }

    /// All files, in path order.
    #[must_use]
    pub fn rows(&self) -> Vec<Rc<FileRow>> {
        self.index().files().rows().cloned().collect()
    }

    /// All files in the trash, in path order.
    #[must_use]
    pub fn trash_rows(&self) -> Vec<Rc<FileRow>> {
        self.index().trash().rows().cloned().collect()
    }

    /// Moves a file to the trash.
    pub async fn trash(&self, id: ObjectId) -> Result<(), ChangeError> {
        self.change(id, Op::Trash { object: id }).await
    }

    /// Takes a file back out of the trash.
    pub async fn restore(&self, id: ObjectId) -> Result<(), ChangeError> {
        self.change(id, Op::Restore { object: id }).await
    }

    /// Changes the path of a file; [`ChangeError::Name`] if it contains an invalid name.
    pub async fn rename(&self, id: ObjectId, path: &str) -> Result<(), ChangeError> {
        self.has(&id)?;
        path::check(path).map_err(ChangeError::Name)?;
        self.change(id, Op::Move { object: id, path: path.to_owned() }).await
    }

    /// Permanently deletes files in the trash. First the catalog records it, for all devices, then
    /// the objects leave the bucket: a crash in between leaves an object without an entry, never an
    /// entry without its object. Returns when the objects are gone, or [`ChangeError::Waits`] if
    /// that has to wait; it is then retried automatically.
    pub async fn purge(&self, ids: Vec<ObjectId>) -> Result<(), ChangeError> {
        let trashed = |id: &ObjectId| {
            self.log.history().state().files.get(id).is_some_and(|file| file.trashed)
        };
        if !ids.iter().all(trashed) {
            return Err(ChangeError::Gone);
        }
        // In batches: an event has a maximum size.
        for ids in ids.chunks(PURGE_BATCH) {
            let ops = ids.iter().map(|id| Op::Purge { object: *id }).collect();
            self.log.append(ops, ids).await?;
        }
        self.log.save().await.map_err(ChangeError::Waits)
    }

    /// One change of one file. `SessionLog::append` checks for doubts, after reading the list.
    async fn change(&self, id: ObjectId, op: Op) -> Result<(), ChangeError> {
        self.has(&id)?;
        self.log.append(vec![op], &[]).await?;
        Ok(())
    }

    fn has(&self, id: &ObjectId) -> Result<(), ChangeError> {
        let known = self.log.history().state().files.contains_key(id);
        if known { Ok(()) } else { Err(ChangeError::Gone) }
    }
}
