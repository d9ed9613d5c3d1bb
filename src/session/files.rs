//! The files and folders of the vault: their lists, the content of files, and all changes to them,
//! one event each.

mod adding;
mod address;
mod folders;
mod retention;
mod several;
mod versions;

use std::cell::Ref;
use std::ops::Range;
use std::rc::Rc;

use futures_util::stream::Stream;

pub use self::adding::{Compared, Taken};
pub use self::address::FolderAddress;
pub use self::several::Moved;
use super::context::Context;
use super::error::ChangeError;
use super::log::SessionLog;
use super::reading;
use crate::bytes::Bytes;
use crate::catalog::{FileRow, FolderId, Index, Locator, Op, RowId};
use crate::object::ObjectId;
use crate::path;
use crate::port::{NoEntropy, RangeRequest};
use crate::transfer::{Progress, TransferError};

/// Operations per event: its JSON stays far below the largest event.
pub(super) const BATCH: usize = 500;

/// The files and folders of an open session.
pub struct Files {
    context: Rc<Context>,
    log: Rc<SessionLog>,
}

impl Files {
    pub(super) fn new(context: &Rc<Context>, log: &Rc<SessionLog>) -> Self {
        Self { context: Rc::clone(context), log: Rc::clone(log) }
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
        self.index().files().rows()
    }

    /// All files in the trash, those in its folders included, in path order.
    #[must_use]
    pub fn trash_rows(&self) -> Vec<Rc<FileRow>> {
        self.index().trash().rows()
    }

    /// All files: those in the lists, older versions, and those in the trash.
    #[must_use]
    pub fn ids(&self) -> Vec<ObjectId> {
        self.index().state().files.keys().copied().collect()
    }

    /// These bytes of a file's content, verified, clipped to its size. The whole range is held in
    /// memory. `told` hears of progress and of waiting: transient failures are retried without
    /// limit, until the future is dropped.
    ///
    /// # Errors
    /// [`TransferError::Missing`] if there is no such file or object, [`TransferError::Changed`] or
    /// `Truncated` if the bucket does not have what was saved; the list then shows that. Others as
    /// returned by the requests.
    pub async fn read(
        &self,
        id: ObjectId,
        range: Range<u64>,
        told: impl Fn(Progress) + 'static,
    ) -> Result<Bytes, TransferError> {
        reading::read(&self.context, &self.log, id, range, told).await
    }

    /// Answers requests for ranges of a file's content with verified bytes, several at once, until
    /// there are no more, or until the future is dropped. `told` as in [`Files::read`].
    ///
    /// # Errors
    /// As [`Files::read`]; all requests then end, their sinks unfinished.
    pub async fn serve(
        &self,
        id: ObjectId,
        requests: impl Stream<Item = RangeRequest> + Unpin,
        told: impl Fn(Progress) + 'static,
    ) -> Result<(), TransferError> {
        reading::serve(&self.context, &self.log, id, requests, told).await
    }

    /// Moves a file to the trash, with its older versions.
    pub async fn trash(&self, id: ObjectId) -> Result<(), ChangeError> {
        self.trash_all(&[RowId::File(id)]).await
    }

    /// Takes a file back out of the trash. If its folder is in the trash as well, the file leaves
    /// it for the nearest folder above that is not.
    pub async fn restore(&self, id: ObjectId) -> Result<(), ChangeError> {
        self.restore_all(&[RowId::File(id)]).await
    }

    /// Changes the path of a file, and makes the folders that the path needs;
    /// [`ChangeError::Name`] if it contains an invalid name.
    pub async fn rename(&self, id: ObjectId, path: &str) -> Result<(), ChangeError> {
        self.has(&id)?;
        path::check(path).map_err(ChangeError::Name)?;
        let located = Locator::new(&self.index()).file(path, &mut || self.random())?;
        let mut ops = located.mkdirs;
        ops.push(if located.by_path {
            Op::Move { object: id, path: path.to_owned() }
        } else {
            Op::Place { object: id, folder: located.folder, name: located.name }
        });
        self.append(ops).await
    }

    /// Permanently deletes files in the trash, with their older versions, or older versions alone.
    /// First the catalog records it, for all devices, then the objects leave the bucket: a crash in
    /// between leaves an object without an entry, never an entry without its object. Returns when
    /// the objects are gone, or [`ChangeError::Waits`] if that has to wait; it is then retried
    /// automatically.
    pub async fn purge(&self, ids: Vec<ObjectId>) -> Result<(), ChangeError> {
        let deletable = {
            let index = self.index();
            ids.iter().all(|id| index.trash().contains(id) || index.newer(id).is_some())
        };
        if !deletable {
            return Err(ChangeError::Gone);
        }
        self.delete(ids, Vec::new()).await
    }

    /// Permanently deletes all that is in the trash; as [`Files::purge`].
    pub async fn empty_trash(&self) -> Result<(), ChangeError> {
        let (files, folders) = {
            let index = self.index();
            let trash = index.trash();
            let files = trash.rows().iter().map(|row| row.id).collect();
            (files, trash.folders().iter().flat_map(|id| trash.below(id).1).collect())
        };
        self.delete(files, folders).await
    }

    /// Deletes files with their older versions, then folders, the last first.
    async fn delete(
        &self,
        files: Vec<ObjectId>,
        folders: Vec<FolderId>,
    ) -> Result<(), ChangeError> {
        let mut ops = Vec::with_capacity(files.len().saturating_add(folders.len()));
        {
            let index = self.index();
            for id in files {
                // A file that outlives its newer version is listed again.
                if let Some(newer) = index.newer(&id) {
                    let older = index.older(&id);
                    let by = Some(newer);
                    ops.extend(older.map(|object| Op::Supersede { object, by }));
                } else {
                    let versions = index.versions(&id);
                    ops.extend(versions.iter().map(|version| Op::Purge { object: version.id }));
                }
                ops.push(Op::Purge { object: id });
            }
        }
        ops.extend(folders.into_iter().rev().map(|folder| Op::PurgeFolder { folder }));
        // In batches: an event has a maximum size.
        for ops in ops.chunks(BATCH) {
            let purged = ops.iter().filter_map(|op| match op {
                Op::Purge { object } => Some(*object),
                _ => None,
            });
            let objects: Vec<_> = purged.collect();
            self.log.append(ops.to_vec(), &objects).await?;
        }
        self.log.save().await.map_err(ChangeError::Waits)
    }

    /// One change. `SessionLog::append` checks for doubts, after reading the list.
    async fn append(&self, ops: Vec<Op>) -> Result<(), ChangeError> {
        self.log.append(ops, &[]).await?;
        Ok(())
    }

    fn has(&self, id: &ObjectId) -> Result<(), ChangeError> {
        let known = self.log.history().state().files.contains_key(id);
        if known { Ok(()) } else { Err(ChangeError::Gone) }
    }

    /// Bytes of a new id.
    fn random(&self) -> Result<[u8; 16], ChangeError> {
        self.context.world.entropy.bytes().map_err(|NoEntropy| ChangeError::Device)
    }
}
