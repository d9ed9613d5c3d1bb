//! What the vault deletes by itself: older versions, and what has been in the trash for long.

use super::{BATCH, ChangeError, Files};
use crate::catalog::{Due, Op, Retention, RowId};
use crate::port::NoEntropy;

/// A session deletes what is due for the first time after half of this to all of it, in
/// milliseconds, at random: devices that open the vault together do not do it together.
const FIRST_MS: u64 = 60_000;
/// Then again each time after half of this to all of it, unless it could not.
const AGAIN_MS: u64 = 7_200_000;

impl Files {
    /// What the vault deletes by itself.
    #[must_use]
    pub fn retention(&self) -> Retention {
        self.index().state().retention
    }

    /// Sets what the vault deletes by itself from now on, on all devices; [`Files::delete_due`]
    /// does it.
    pub async fn set_retention(&self, retention: Retention) -> Result<(), ChangeError> {
        if retention == self.retention() {
            return Ok(());
        }
        self.append(vec![Op::Retention(retention)]).await
    }

    /// What these settings delete now, by this device's clock or the endpoint's, whichever is
    /// behind; nothing once locked.
    #[must_use]
    pub fn due(&self, retention: &Retention) -> Due {
        let Some(keys) = self.context.keys() else { return Due::default() };
        let theirs = keys.endpoint.now().saturating_mul(1000);
        Due::of(&self.index(), retention, theirs.min(self.context.world.clock.now_ms()))
    }

    /// Deletes what the vault's settings say, in events of up to 500 operations. Two devices
    /// may do it at the same time: each deletes what the other has not deleted yet.
    ///
    /// # Errors
    /// [`ChangeError::ReadOnly`] while the history is doubtful, [`ChangeError::Waits`] if the list
    /// could not be brought in step with the bucket: then nothing is deleted.
    pub async fn delete_due(&self) -> Result<(), ChangeError> {
        while self.retention() != Retention::default() {
            // Others may have changed the settings or restored files; and the endpoint, which signs
            // for no other time than its own, corrects this device's clock.
            self.log.refresh().await.map_err(ChangeError::Waits)?;
            if !self.log.history().doubts.is_empty() {
                return Err(ChangeError::ReadOnly);
            }
            let due = self.due(&self.retention());
            if due.is_empty() {
                break;
            }
            self.delete_some(due).await?;
        }
        Ok(())
    }

    /// Deletes up to [`BATCH`] older versions, or else entries of the trash that hold so many.
    async fn delete_some(&self, due: Due) -> Result<(), ChangeError> {
        let (mut files, mut folders) = (due.versions, Vec::new());
        files.truncate(BATCH);
        if files.is_empty() {
            let index = self.index();
            for entry in due.trash {
                match entry {
                    RowId::File(file) => files.push(file),
                    RowId::Folder(folder) => {
                        let (below, inner) = index.trash().below(&folder);
                        files.extend(below);
                        folders.extend(inner);
                    }
                }
                if files.len().saturating_add(folders.len()) >= BATCH {
                    break;
                }
            }
        }
        self.delete(files, folders).await
    }

    /// Deletes what is due now and then, while nothing else is going on, until dropped.
    pub(in crate::session) async fn keep_retention(&self, is_busy: &dyn Fn() -> bool) {
        let world = &self.context.world;
        let mut pause = FIRST_MS;
        loop {
            let random = match world.entropy.bytes() {
                Ok(bytes) => u64::from_be_bytes(bytes),
                Err(NoEntropy) => 0,
            };
            let half = pause / 2;
            world.clock.sleep(half.saturating_add(random % half)).await;
            let is_ready = !is_busy() && !self.log.is_unread();
            let is_done = is_ready && self.delete_due().await.is_ok();
            pause = if is_done { AGAIN_MS } else { FIRST_MS };
        }
    }
}
