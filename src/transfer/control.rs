//! State that a running transfer and its owner share: its progress, and whether it may continue.

use super::TransferError;
use crate::notify::Broadcast;
use crate::object::ObjectId;
use crate::port::Clock;
use futures_util::future;
use std::cell::Cell;
use std::pin::pin;

/// What a transfer reports about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// Number of bytes of content sent or received so far. The transfer is making progress.
    Done(u64),
    /// The network or a server fails. The transfer waits and resumes by itself; the next
    /// [`Progress::Done`] signals that it did.
    Waiting(TransferError),
    /// This object is what ends an archive: its failure is about to be returned.
    Faulty(ObjectId),
    /// All data still to be sent is stored on this device as ciphertext: the source is no longer
    /// needed.
    Kept,
}

/// The owner's decisions about one transfer: the owner pauses and resumes it; the transfer checks
/// before each part or range.
pub struct TransferControl {
    told: Box<dyn Fn(Progress)>,
    held: Cell<bool>,
    broadcast: Broadcast,
}

impl TransferControl {
    /// A control that is not paused; `told` is called with the transfer's reports.
    #[must_use]
    pub fn new(told: impl Fn(Progress) + 'static) -> Self {
        Self { told: Box::new(told), held: Cell::new(false), broadcast: Broadcast::default() }
    }

    /// For the owner: do not start another part or range (`true`), or continue (`false`).
    pub fn hold(&self, held: bool) {
        self.held.set(held);
        self.broadcast.notify();
    }

    /// For the owner: the network is back, end the current wait.
    pub fn wake(&self) {
        self.broadcast.notify();
    }

    /// For an owner that forwards a control: whether it is paused.
    #[must_use]
    pub fn held(&self) -> bool {
        self.held.get()
    }

    /// For a forwarder to a Worker: returns when the owner has changed something.
    pub async fn word(&self) {
        self.broadcast.notified().await;
    }

    /// For the transfer: reports progress.
    pub fn tell(&self, progress: Progress) {
        (self.told)(progress);
    }

    /// For the transfer: returns when it may continue.
    pub async fn gate(&self) {
        while self.held.get() {
            self.broadcast.notified().await;
        }
    }

    /// For the transfer: returns after `ms` milliseconds, or as soon as the owner changes
    /// something.
    pub async fn pause(&self, clock: &dyn Clock, ms: u64) {
        future::select(clock.sleep(ms), pin!(self.broadcast.notified())).await;
    }
}
