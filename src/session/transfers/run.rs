//! Running the queue: several transfers at a time, each started, monitored, and settled when it
//! ends.

use std::pin::pin;
use std::rc::Rc;

use futures_util::future::{self, AbortHandle, Abortable};
use futures_util::stream::{FuturesUnordered, StreamExt};

use super::Transfers;
use super::queue::{Load, Start};
use crate::catalog::FileFault;
use crate::object::ObjectId;
use crate::session::context::Keys;
use crate::transfer::{
    DownloadJob, MAX_PAUSE_MS, Progress, Retry, Signer, TransferControl, TransferError, safe_name,
};

/// Shortest pause before the queue is checked again, in milliseconds.
const SOON_MS: u64 = 10;

impl Transfers {
    /// Runs transfers as they are queued, until dropped.
    pub(in crate::session) async fn run(self: &Rc<Self>) {
        let mut running = FuturesUnordered::new();
        loop {
            {
                // Transfers continue meanwhile: one of them may hold the lock that this waits for.
                let going_on = async {
                    while running.next().await.is_some() {}
                    future::pending::<()>().await;
                };
                future::select(pin!(self.enlist()), pin!(going_on)).await;
            }
            if self.queue.borrow().waits_for_network() && !self.persisted.replace(true) {
                self.context.world.store.persist().await;
            }
            while let Some((start, registration)) = self.next() {
                self.context.changed();
                running.push(Abortable::new(self.transfer(start), registration));
            }
            let next_at = self.queue.borrow().next_at(self.context.world.clock.now_ms());
            let pause = async {
                match next_at {
                    Some(at) => {
                        let left = at.saturating_sub(self.context.world.clock.now_ms());
                        self.context.world.clock.sleep(left.clamp(SOON_MS, MAX_PAUSE_MS)).await;
                        // Show transfers that stand still now.
                        self.context.changed();
                    }
                    None => future::pending().await,
                }
            };
            let ended = async {
                if running.next().await.is_none() {
                    future::pending::<()>().await;
                }
            };
            let broadcast = self.queue_changed.notified();
            future::select(pin!(ended), future::select(pin!(pause), pin!(broadcast))).await;
        }
    }

    /// The next transfer that may run.
    fn next(self: &Rc<Self>) -> Option<(Start, future::AbortRegistration)> {
        let (handle, registration) = AbortHandle::new_pair();
        let (now, down) = (self.context.world.clock.now_ms(), self.is_down());
        let start = self.queue.borrow_mut().start(now, down, |id| (handle, self.control(id)))?;
        Some((start, registration))
    }

    /// Whether the network, the endpoint or the store is known to fail.
    fn is_down(&self) -> bool {
        let trouble = self.log.trouble().is_some_and(TransferError::is_passing);
        trouble || self.queue.borrow().waits_for_network()
    }

    async fn transfer(self: &Rc<Self>, start: Start) {
        let Some(keys) = self.context.keys() else { return };
        match &start.load {
            Load::Up(upload) => self.send(&start, &keys, upload).await,
            Load::Refused => {}
            Load::Down(file) => {
                let ended = self.fetch(&start, &keys, *file).await;
                self.note(*file, ended.err());
                let mut queue = self.queue.borrow_mut();
                match ended {
                    Ok(()) => queue.done(start.id),
                    Err(error) if error.retry() == Retry::Drop => drop(queue.cancel(start.id)),
                    Err(error) => queue.failed(start.id, self.context.world.clock.now_ms(), error),
                }
            }
        }
        // The idle limit counts from the end of the last transfer.
        self.context.tabs.touch();
        self.context.changed();
    }

    async fn fetch(
        self: &Rc<Self>,
        start: &Start,
        keys: &Rc<Keys>,
        file: ObjectId,
    ) -> Result<(), TransferError> {
        let job = {
            let history = self.log.history();
            let found = history.state().files.get(&file).ok_or(TransferError::Missing)?;
            let row = history.index().row(&file).ok_or(TransferError::Missing)?;
            DownloadJob {
                id: file,
                content_key: keys.vault_key.file_key(&file).content_key(),
                size: found.size,
                header: found.header,
                seals: [&[found.seal], found.other_seals.as_slice()].concat(),
                name: safe_name(&row.path),
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

    fn control(self: &Rc<Self>, id: u64) -> Rc<TransferControl> {
        let transfers = Rc::downgrade(self);
        Rc::new(TransferControl::new(move |told| {
            let Some(transfers) = transfers.upgrade() else { return };
            let now = transfers.context.world.clock.now_ms();
            transfers.queue.borrow_mut().told(id, now, told);
            // A moving transfer counts as activity.
            transfers.context.tabs.touch();
            if !matches!(told, Progress::Done(_)) {
                // Which transfers should be spooled may have changed.
                transfers.queue_changed.notify();
            }
            transfers.context.changed();
        }))
    }
}
