//! Retries: a request with a transient failure is repeated for as long as its transfer lives.
//!
//! `bucket` retries one request for some seconds; the scheduler takes over after that, for both
//! directions. The owner receives [`Progress::Waiting`], and [`Progress::Done`] once the transfer
//! makes progress again.

use std::cell::Cell;

use super::retry::Retry;
use super::{
    ConcurrencyLimit, Progress, TransferControl, TransferError, TransferWorld, bucket::random,
};
use crate::notify::Broadcast;
use crate::port::{Clock, Entropy};

/// The request scheduler of one transfer, shared by all its requests.
pub(super) struct RequestScheduler<'a> {
    clock: &'a dyn Clock,
    entropy: &'a dyn Entropy,
    control: &'a TransferControl,
    /// The limit of concurrent requests.
    pub(super) limit: ConcurrencyLimit,
    under_way: Cell<usize>,
    ended: Broadcast,
    /// Wakes requests that wait for a permit.
    waiting: Cell<usize>,
    done: Cell<u64>,
}

impl<'a> RequestScheduler<'a> {
    /// A scheduler for at most `most` concurrent requests.
    pub(super) fn new(world: &'a TransferWorld, control: &'a TransferControl, most: usize) -> Self {
        Self {
            clock: &*world.clock,
            entropy: &*world.entropy,
            control,
            limit: ConcurrencyLimit::new(most),
            under_way: Cell::new(0),
            ended: Broadcast::default(),
            waiting: Cell::new(0),
            done: Cell::new(0),
        }
    }

    /// Sets the number of bytes of content done; the reported number never decreases.
    pub(super) fn done(&self, bytes: u64) {
        if bytes > self.done.get() {
            self.done.set(bytes);
            if self.waiting.get() == 0 {
                self.control.tell(Progress::Done(bytes));
            }
        }
    }

    /// Adds to the number of bytes of content done.
    pub(super) fn more(&self, bytes: u64) {
        self.done(self.done.get().saturating_add(bytes));
    }

    /// Makes a request when permitted, and repeats it while it fails transiently.
    pub(super) async fn persist<T>(
        &self,
        request: impl AsyncFn() -> Result<T, TransferError>,
    ) -> Result<T, TransferError> {
        self.beside(async || self.once(&request).await).await
    }

    /// Like [`RequestScheduler::persist`], but bypasses the owner's pause and the limit: for a
    /// small request that must not wait for large ones, which may stall.
    pub(super) async fn beside<T>(
        &self,
        request: impl AsyncFn() -> Result<T, TransferError>,
    ) -> Result<T, TransferError> {
        let mut tried = 0;
        let mut waits = None;
        loop {
            match request().await {
                Ok(done) => {
                    if waits.take().is_some_and(|waits: Counted<'_>| waits.is_last()) {
                        self.control.tell(Progress::Done(self.done.get()));
                    }
                    return Ok(done);
                }
                Err(error) => {
                    let Retry::Wait(backoff) = error.retry() else { return Err(error) };
                    waits.get_or_insert_with(|| Counted::one(&self.waiting));
                    self.control.tell(Progress::Waiting(error));
                    let pause = backoff.jittered(tried, random(self.entropy)?);
                    tried = tried.saturating_add(1);
                    self.control.pause(self.clock, pause).await;
                }
            }
        }
    }

    /// Makes a request when permitted, without retrying.
    pub(super) async fn once<T>(
        &self,
        request: impl AsyncFn() -> Result<T, TransferError>,
    ) -> Result<T, TransferError> {
        let _turn = self.turn().await;
        let result = request().await;
        match &result {
            Ok(_) => self.limit.well(),
            Err(error) if error.is_passing() => self.limit.slow(),
            Err(_) => {}
        }
        result
    }

    /// Waits until the owner and the limit permit another request; counts as in flight until
    /// dropped.
    async fn turn(&self) -> Turn<'_> {
        loop {
            self.control.gate().await;
            if self.under_way.get() < self.limit.allowed() {
                return Turn { _one: Counted::one(&self.under_way), ended: &self.ended };
            }
            self.ended.notified().await;
        }
    }
}

struct Turn<'a> {
    _one: Counted<'a>,
    ended: &'a Broadcast,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        // Waiters run after this drop has finished: everything is on one thread.
        self.ended.notify();
    }
}

/// Counts one, until dropped.
struct Counted<'a>(&'a Cell<usize>);

impl<'a> Counted<'a> {
    fn one(count: &'a Cell<usize>) -> Self {
        count.set(count.get().saturating_add(1));
        Self(count)
    }

    /// Whether the count is zero.
    fn is_last(&self) -> bool {
        self.0.get() == 1
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}
