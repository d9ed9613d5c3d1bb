//! How much an account stores (threat T23): counted by listing it, believed for a minute, with what was signed since.
//!
//! Parts of unfinished uploads are in no listing; they count from when they are signed until the next count. The
//! lifecycle rule of docs/STORES.md is what removes them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::App;
use crate::error::Refusal;
use crate::keys::{AccountId, Vault};

/// How long a count is believed, in seconds.
const BELIEVED_SECONDS: u64 = 60;
/// Most counts held in memory.
const ENTRIES: usize = 4_096;
/// Most pages of 1 000 keys that are counted; an account with more is counted up to there.
const MAX_PAGES: usize = 200;

/// What accounts stored a moment ago.
#[derive(Debug, Default)]
pub struct Quota(Mutex<HashMap<AccountId, Count>>);

#[derive(Clone, Copy, Debug)]
struct Count {
    bytes: u64,
    until: u64,
}

impl Quota {
    /// Lets `more` bytes be signed for, where a quota is set and they still fit.
    ///
    /// # Errors
    ///
    /// [`Refusal::Quota`] where they do not fit, [`Refusal::Store`] where the account cannot be counted.
    pub async fn admit(&self, app: &App, account: &AccountId, more: u64) -> Result<(), Refusal> {
        let Some(quota) = app.config.limits.quota_bytes.filter(|_| more > 0) else { return Ok(()) };
        let now = (app.clock)();
        let known = self.lock().get(account).copied().filter(|count| now < count.until);
        let bytes = match known {
            Some(count) => count.bytes,
            None => count(app, account).await?,
        };
        let mut counts = self.lock();
        if counts.len() >= ENTRIES {
            counts.retain(|_, count| now < count.until);
        }
        if counts.len() >= ENTRIES {
            counts.clear();
        }
        let until = now.saturating_add(BELIEVED_SECONDS);
        let count = counts.entry(account.clone()).or_insert(Count { bytes, until });
        if now >= count.until {
            *count = Count { bytes, until };
        }
        let total = count.bytes.saturating_add(more);
        if total > quota {
            return Err(Refusal::Quota);
        }
        count.bytes = total;
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<AccountId, Count>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn count(app: &App, account: &AccountId) -> Result<u64, Refusal> {
    let (mut bytes, mut next) = (0_u64, None);
    for _ in 0..MAX_PAGES {
        let page = app.store.list(&Vault(account).all(), 1_000, next).await?;
        bytes = page.objects.iter().fold(bytes, |sum, (_, size)| sum.saturating_add(*size));
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    Ok(bytes)
}
