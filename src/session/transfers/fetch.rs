//! Running one download.

use std::rc::Rc;

use super::Transfers;
use super::queue::Start;
use crate::object::ObjectId;
use crate::session::context::Keys;
use crate::session::reading;
use crate::transfer::{Retry, SignedAhead, Signer, TransferError};

impl Transfers {
    /// Runs one download, and records in the queue how it ended.
    pub(super) async fn fetch(&self, start: &Start, keys: &Rc<Keys>, file: ObjectId) {
        let ended = match reading::job(&self.log, keys, file) {
            Ok(job) => {
                let (ahead, signer) = (Rc::clone(&self.ahead), keys.endpoint.clone());
                let signer: Rc<dyn Signer> = Rc::new(SignedAhead { ahead, signer });
                self.context.world.runner.download(job, signer, Rc::clone(&start.control)).await
            }
            Err(error) => Err(error),
        };
        reading::note(&self.log, file, ended.err());
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
}
