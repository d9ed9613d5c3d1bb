//! Batches presign requests: operations requested within a few milliseconds share one request.
//!
//! The first caller collects the operations of the others, then requests all signatures. If it is
//! dropped meanwhile, it releases the others, and they request again.

use std::cell::{Cell, RefCell};

use async_trait::async_trait;
use frond_wire::Presigned;
use futures_channel::oneshot;

use super::{ApiError, BATCH, Endpoint};
use crate::transfer::{OperationText, Signer, TransferError};

/// How long the first caller waits for others, in milliseconds.
const GATHER_MS: u64 = 3;

type PresignResult = Result<Vec<Presigned>, ApiError>;

struct Asked {
    operations: Vec<OperationText>,
    tell: oneshot::Sender<PresignResult>,
}

/// The pending presign requests.
#[derive(Default)]
pub(super) struct Gather {
    asked: RefCell<Vec<Asked>>,
    gathering: Cell<bool>,
}

/// Collects until dropped; operations collected and not taken by then are requested again.
struct Gathering<'a>(&'a Gather);

impl Drop for Gathering<'_> {
    fn drop(&mut self) {
        self.0.gathering.set(false);
        self.0.asked.take();
    }
}

#[async_trait(?Send)]
impl Signer for Endpoint {
    async fn presign(
        &self,
        operations: Vec<OperationText>,
    ) -> Result<Vec<Presigned>, TransferError> {
        loop {
            let (tell, told) = oneshot::channel();
            self.gather.asked.borrow_mut().push(Asked { operations: operations.clone(), tell });
            if !self.gather.gathering.replace(true) {
                let gathering = Gathering(&self.gather);
                self.clock.sleep(GATHER_MS).await;
                let asked = self.gather.asked.take();
                drop(gathering);
                self.answer(asked).await;
            }
            if let Ok(answer) = told.await {
                return Ok(answer?);
            }
        }
    }
}

impl Endpoint {
    /// Requests signatures for all operations in batches.
    async fn answer(&self, asked: Vec<Asked>) {
        let mut asked = asked.into_iter().peekable();
        while asked.peek().is_some() {
            let (mut batch, mut operations) = (Vec::new(), Vec::new());
            while let Some(next) = asked.next_if(|next| {
                batch.is_empty() || operations.len() + next.operations.len() <= BATCH
            }) {
                operations.extend(next.operations.iter().cloned());
                batch.push(next);
            }
            match self.presign_all(&operations).await {
                Ok(urls) => {
                    let mut urls = urls.into_iter();
                    for Asked { operations, tell } in batch {
                        let _ = tell.send(Ok(urls.by_ref().take(operations.len()).collect()));
                    }
                }
                // One bad operation fails the whole batch: request each caller's separately.
                Err(ApiError::Problem(_)) if batch.len() > 1 => {
                    for Asked { operations, tell } in batch {
                        let _ = tell.send(self.presign_all(&operations).await);
                    }
                }
                Err(error) => {
                    for Asked { tell, .. } in batch {
                        let _ = tell.send(Err(error.clone()));
                    }
                }
            }
        }
    }
}
