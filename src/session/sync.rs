//! The loop that keeps bucket and device in step: saves pending changes, reads new events, cleans
//! up, and retries automatically.

use futures_util::future;

use super::open::Session;
use crate::transfer::TransferError;

/// Pause between two polls for other devices' changes, in milliseconds: a user who changes
/// something on one device finds it on another within this time, and an idle tab polls three
/// times a minute.
const POLL_MS: u64 = 20_000;

impl Session {
    /// Takes one step after the other, until dropped.
    pub(super) async fn step_repeatedly(&self) {
        let mut failed: u32 = 0;
        loop {
            let result = self.round().await;
            let pause = match result {
                Ok(()) => {
                    failed = 0;
                    POLL_MS
                }
                Err(error) => {
                    self.transfers().unsaved(error);
                    let pause = error.retry().backoff().pause(failed);
                    failed = failed.saturating_add(1);
                    pause
                }
            };
            self.transfers().settle();
            self.search().wake();
            self.context().changed();
            self.context().sync_due(pause).await;
        }
    }

    /// Syncs bucket and device once: records the queue, saves pending changes, reads new events,
    /// cleans up. For callers that do not run [`Session::work`], or before or after it; must not
    /// run concurrently with it.
    pub async fn sync(&self) -> Result<(), TransferError> {
        self.transfers().enlist().await;
        self.log().want();
        self.round().await
    }

    /// One step, and what keeps the session alive: one that is new is kept while the list is read.
    async fn round(&self) -> Result<(), TransferError> {
        let step = async {
            let result = self.step().await;
            // Shown even if the endpoint does not answer yet.
            self.log().set_error(result.err());
            self.context().changed();
            result
        };
        future::join(step, self.lifetime().live_on()).await.0
    }

    /// One step. A device whose storage fails still shows the list, and reports that nothing can
    /// be changed.
    async fn step(&self) -> Result<(), TransferError> {
        let (log, transfers) = (self.log(), self.transfers());
        let loaded = if log.is_loaded() { Ok(()) } else { log.load().await };
        // Reads what other tabs left or ended; a storage failure is reported by `saved` below.
        let _ = transfers.load().await;
        let saved = match loaded {
            Ok(()) => log.save().await,
            Err(failed) => Err(failed.into()),
        };
        if let Err(error) = saved
            && error != TransferError::Storage
        {
            return saved;
        }
        if log.is_due() {
            log.refresh().await?;
        }
        transfers.show_begun();
        if saved.is_ok() {
            self.garbage().clean_up().await?;
        }
        saved
    }
}
