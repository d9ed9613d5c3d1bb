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
        let ended = self.download_file(start, keys, file).await;
        self.note(file, ended.err());
        let mut queue = self.queue.borrow_mut();
        match ended {
            Ok(()) => queue.done(start.id),
            Err(error) if error.retry() == Retry::Drop => drop(queue.cancel(start.id)),
            Err(error) => queue.failed(start.id, self.context.world.clock.now_ms(), error),
        }
    }

    async fn download_file(
        &self,
        start: &Start,
        keys: &Rc<Keys>,
        file: ObjectId,
    ) -> Result<(), TransferError> {
        let job = {
            let history = self.log.history();
            let found = history.state().files.get(&file).ok_or(TransferError::Missing)?;
            DownloadJob {
                id: file,
                content_key: keys.vault_key.file_key(&file).content_key(),
                size: found.size,
                header: found.header,
                seals: [&[found.seal], found.other_seals.as_slice()].concat(),
                name: safe_name(history.shown_path(&file).unwrap_or(&found.path)),
                media_type: found.media_type.clone(),
            }
        };
        let signer: Rc<dyn Signer> = keys.endpoint.clone();
        self.context.world.runner.download(job, signer, Rc::clone(&start.control)).await
    }

    /// Records what a download found out about its file.
    fn note(&self, file: ObjectId, error: Option<TransferError>) {
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
