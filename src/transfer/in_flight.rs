//! Futures that run concurrently and whose outputs are taken in the order in which they began.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;

use futures_util::future::{self, Either};
use futures_util::stream::{FuturesOrdered, StreamExt};

/// A queue of running futures. They progress only while [`InFlight::next`] or
/// [`InFlight::meanwhile`] is polled.
pub(super) struct InFlight<F: Future> {
    /// Outputs of the oldest ones, in order.
    came: VecDeque<F::Output>,
    /// Those after them, in order.
    coming: FuturesOrdered<F>,
}

impl<F: Future> Default for InFlight<F> {
    fn default() -> Self {
        Self { came: VecDeque::new(), coming: FuturesOrdered::new() }
    }
}

impl<F: Future> InFlight<F> {
    /// Number of futures whose output was not taken yet.
    pub(super) fn len(&self) -> usize {
        self.came.len().saturating_add(self.coming.len())
    }

    /// Adds a future as the last one.
    pub(super) fn push(&mut self, future: F) {
        self.coming.push_back(future);
    }

    /// The output of the first one; `None` if there is none.
    pub(super) async fn next(&mut self) -> Option<F::Output> {
        match self.came.pop_front() {
            Some(output) => Some(output),
            None => self.coming.next().await,
        }
    }

    /// Runs `work` while the futures progress.
    pub(super) async fn meanwhile<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        while !self.coming.is_empty() {
            match future::select(work.as_mut(), self.coming.next()).await {
                Either::Left((done, _)) => return done,
                Either::Right((came, _)) => self.came.extend(came),
            }
        }
        work.await
    }
}
