//! The queue's records on this device (`session::records` lists all names).

use std::rc::Rc;

use crate::account::AccountId;
use crate::port::{Entropy, Store, StoreFailed};
use crate::session::records::{Change, number};

/// The names of the records of one account's queue.
pub(super) struct TransferRecords {
    pub(super) store: Rc<dyn Store>,
    pub(super) account: AccountId,
}

impl TransferRecords {
    /// Name of the lock under which the queue's records are written.
    pub(super) fn queue_lock(&self) -> String {
        format!("queue/{}", self.account)
    }

    /// The record of an upload. Numbered, so that the queue's order does not depend on a clock.
    pub(super) fn queued(&self, number: u64) -> String {
        format!("queue/{}/{number:016x}", self.account)
    }

    /// The change that claims all numbers of the queue below `next`.
    pub(super) fn claim_queued(&self, next: u64) -> Change {
        (format!("next-queue/{}", self.account), Some(next.to_string().into_bytes()))
    }

    /// The change that accompanies every change of the queue's records: a tab that finds the mark
    /// unchanged need not read them.
    pub(super) fn mark_queue(&self, entropy: &dyn Entropy) -> Result<Change, StoreFailed> {
        let mut mark = vec![0; 16];
        entropy.fill(&mut mark).map_err(|_| StoreFailed)?;
        Ok((format!("queue-mark/{}", self.account), Some(mark)))
    }

    /// The mark of the last change of the queue's records; `None` before the first.
    pub(super) async fn queue_mark(&self) -> Result<Option<Vec<u8>>, StoreFailed> {
        self.store.get(&format!("queue-mark/{}", self.account)).await
    }

    /// The next free number of the queue.
    pub(super) async fn next_queued(&self) -> Result<u64, StoreFailed> {
        number(&*self.store, &format!("next-queue/{}", self.account)).await
    }

    /// Waiting uploads, in order.
    pub(super) async fn all_queued(&self) -> Result<Vec<(u64, Vec<u8>)>, StoreFailed> {
        let under = format!("queue/{}/", self.account);
        let records = self.store.scan(&under).await?;
        let numbered = records.into_iter().filter_map(|(key, record)| {
            Some((u64::from_str_radix(key.strip_prefix(&under)?, 16).ok()?, record))
        });
        Ok(numbered.collect())
    }
}
