//! Running one download.

use std::rc::Rc;

use super::Transfers;
use super::queue::Start;
use crate::object::ObjectId;
use crate::session::context::Keys;
use crate::session::reading;
use crate::transfer::{Retry, Signer, TransferError};

impl Transfers {
    /// Runs one download, and records in the queue how it ended.
    pub(super) async fn fetch(&self, start: &Start, keys: &Rc<Keys>, file: ObjectId) {
        let ended = self.download_file(start, keys, file).await;
        reading::note(&self.log, file, ended.err());
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
        let job = reading::job(&self.log, keys, file)?;
        let signer: Rc<dyn Signer> = keys.endpoint.clone();
        self.context.world.runner.download(job, signer, Rc::clone(&start.control)).await
    }
}
