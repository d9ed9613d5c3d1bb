//! Running one download: its job, and what it found out about its file.

use std::rc::Rc;

use super::Transfers;
use super::queue::Start;
use crate::catalog::FileFault;
use crate::object::ObjectId;
use crate::session::context::Keys;
use crate::transfer::{DownloadJob, Retry, Signer, TransferError, safe_name};

impl Transfers {
    /// Runs one download, and records in the queue how it ended.
    pub(super) async fn fetch(&self, start: &Start, keys: &Rc<Keys>, file: ObjectId) {
        let ended = match self.download_job(keys, file) {
            Ok((job, _)) => {
                let signer: Rc<dyn Signer> = keys.endpoint.clone();
                self.context.world.runner.download(job, signer, Rc::clone(&start.control)).await
            }
            Err(error) => Err(error),
        };
        self.note(file, ended.err());
        self.fetched(start, ended);
    }

    /// Records in the queue how a download ended.
    pub(super) fn fetched(&self, start: &Start, ended: Result<(), TransferError>) {
        let mut queue = self.queue.borrow_mut();
        match ended {
            Ok(()) => queue.done(start.id),
            Err(error) if error.retry() == Retry::Drop => drop(queue.cancel(start.id)),
            Err(error) => queue.failed(start.id, self.context.world.clock.now_ms(), error),
        }
    }

    /// The download of a file, and its time: that of its last change, else of its upload, in
    /// milliseconds since the Unix epoch.
    pub(super) fn download_job(
        &self,
        keys: &Keys,
        file: ObjectId,
    ) -> Result<(DownloadJob, i64), TransferError> {
        let history = self.log.history();
        let found = history.state().files.get(&file).ok_or(TransferError::Missing)?;
        let job = DownloadJob {
            id: file,
            content_key: keys.vault_key.file_key(&file).content_key(),
            size: found.size,
            header: found.header,
            seals: [&[found.seal], found.other_seals.as_slice()].concat(),
            name: safe_name(history.shown_path(&file).unwrap_or(&found.path)),
            media_type: found.media_type.clone(),
        };
        let added = i64::try_from(found.added).unwrap_or(i64::MAX);
        Ok((job, found.modified.unwrap_or(added)))
    }

    /// Records what a download found out about its file.
    pub(super) fn note(&self, file: ObjectId, error: Option<TransferError>) {
        match error {
            None => self.log.note_fault(file, None),
            Some(TransferError::Missing) => self.log.note_fault(file, Some(FileFault::Missing)),
            Some(TransferError::Truncated | TransferError::Changed) => {
                self.log.note_fault(file, Some(FileFault::Changed));
            }
            Some(_) => {}
        }
    }
}
