//! What a running transfer and its owner share: how far it is, and whether it may go on.

use super::TransferError;
use crate::notify::Broadcast;
use crate::port::Clock;
use futures_util::future;
use std::cell::Cell;
use std::pin::pin;

/// What a transfer tells of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// So many bytes of content have moved: were sent, or came. It goes on.
    Done(u64),
    /// The line or a server fails. It waits and goes on by itself; the next [`Progress::Done`] says
    /// that it did.
    Waiting(TransferError),
    /// All that is still to be sent lies on this device as ciphertext: the source is not needed any
    /// more.
    Kept,
}

/// What the owner of one transfer decides: it holds the transfer and resumes it; the transfer asks
/// before each part or range.
pub struct TransferControl {
    told: Box<dyn Fn(Progress)>,
    held: Cell<bool>,
    broadcast: Broadcast,
}

impl TransferControl {
    /// A control that is not held; `told` is called with what the transfer reports.
    #[must_use]
    pub fn new(told: impl Fn(Progress) + 'static) -> Self {
        Self { told: Box::new(told), held: Cell::new(false), broadcast: Broadcast::default() }
    }

    /// The owner: do not begin another part or range (`true`), or go on (`false`).
    pub fn hold(&self, held: bool) {
        self.held.set(held);
        self.broadcast.notify();
    }

    /// The owner: the line is back, do not wait any longer.
    pub fn wake(&self) {
        self.broadcast.notify();
    }

    /// The owner, passing a control on: whether it is held.
    #[must_use]
    pub fn held(&self) -> bool {
        self.held.get()
    }

    /// Whoever passes on to a Worker what the owner says: returns once it said something.
    pub async fn word(&self) {
        self.broadcast.notified().await;
    }

    /// The transfer: so it stands.
    pub fn tell(&self, progress: Progress) {
        (self.told)(progress);
    }

    /// The transfer: returns once it may go on.
    pub async fn gate(&self) {
        while self.held.get() {
            self.broadcast.notified().await;
        }
    }

    /// The transfer: returns after `ms` milliseconds, or as soon as its owner says anything.
    pub async fn pause(&self, clock: &dyn Clock, ms: u64) {
        future::select(clock.sleep(ms), pin!(self.broadcast.notified())).await;
    }
}
