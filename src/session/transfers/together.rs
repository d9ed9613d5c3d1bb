//! Small uploads ask for their URLs together: those that are sealed wait until a batch is, while
//! those of the batch before are being sent.

use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;

use async_trait::async_trait;
use frond_wire::Presigned;
use futures_util::future;

use crate::notify::Broadcast;
use crate::port::Clock;
use crate::transfer::{OperationText, Signer, TransferError};

/// Uploads of one batch: a third of those that run at one time.
const BATCH: usize = 16;
/// The longest that one waits for others, in milliseconds.
const WAIT_MS: u64 = 100;

/// The small uploads that run.
#[derive(Default)]
pub(super) struct Together {
    running: Cell<usize>,
    /// Of these, how many are sealed and wait.
    waiting: Cell<usize>,
    /// How many batches went.
    batches: Cell<u64>,
    go: Broadcast,
}

impl Together {
    /// The signer of one upload, which runs until this is dropped.
    pub(super) fn signer(
        self: &Rc<Self>,
        clock: &Rc<dyn Clock>,
        signer: Rc<dyn Signer>,
    ) -> Rc<dyn Signer> {
        self.running.set(self.running.get().saturating_add(1));
        let (together, clock, asked) = (Rc::clone(self), Rc::clone(clock), Cell::new(false));
        Rc::new(SignedTogether { together, clock, signer, asked })
    }

    /// Lets those go that wait, if they are enough, or if no other runs.
    fn look(&self) {
        let waiting = self.waiting.get();
        if waiting >= BATCH || waiting >= self.running.get() {
            self.release();
        }
    }

    fn release(&self) {
        self.waiting.set(0);
        self.batches.set(self.batches.get().wrapping_add(1));
        self.go.notify();
    }

    async fn wait(&self, clock: &dyn Clock) {
        let batch = self.batches.get();
        self.waiting.set(self.waiting.get().saturating_add(1));
        self.look();
        if self.batches.get() == batch {
            future::select(pin!(self.go.notified()), clock.sleep(WAIT_MS)).await;
        }
        if self.batches.get() == batch {
            self.release();
        }
    }
}

struct SignedTogether {
    together: Rc<Together>,
    clock: Rc<dyn Clock>,
    signer: Rc<dyn Signer>,
    /// Whether it asked before: a URL that did not serve is replaced at once.
    asked: Cell<bool>,
}

impl Drop for SignedTogether {
    fn drop(&mut self) {
        self.together.running.set(self.together.running.get().saturating_sub(1));
        self.together.look();
    }
}

#[async_trait(?Send)]
impl Signer for SignedTogether {
    async fn presign(
        &self,
        operations: Vec<OperationText>,
    ) -> Result<Vec<Presigned>, TransferError> {
        if !self.asked.replace(true) {
            self.together.wait(&*self.clock).await;
        }
        self.signer.presign(operations).await
    }
}
