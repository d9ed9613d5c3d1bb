//! Storage quota per account (threat T23), enforced without a database.
//!
//! ```text
//! stored  everything under the account, parts of unfinished uploads included: counted by listing it
//! ahead   what the URLs signed here may add to that, until they expire or cannot be used any more
//! stored + ahead + more ≤ quota
//! ```
//! So one instance never lets an account exceed its quota, however many URLs are in flight. Each of
//! several instances knows only its own URLs and sees the others' uploads at its next count, within
//! [`COUNT_SECONDS`]: with N instances an account can exceed its quota by at most N − 1 times what
//! was free at the last count.

mod ahead;
mod count;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use frond_wire::{AccountId, Operation, Vault};

use crate::App;
use crate::error::Refusal;
use frond_config::Limits;

use ahead::Ahead;

/// How long a count is cached, in seconds.
pub const COUNT_SECONDS: u64 = 60;
/// An account is recounted before it is refused, but not more often than this, in seconds.
pub const RECOUNT_SECONDS: u64 = 5;
/// How far the store's clock may be behind ours, in seconds: URLs may live that much longer.
pub const SKEW_SECONDS: u64 = 60;
/// Most accounts whose counts are cached.
const ACCOUNTS: usize = 4_096;

/// An amount of storage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes.
    pub bytes: u64,
    /// S3 objects: files, events, pages of journals. Parts are not objects yet.
    pub objects: u64,
}

impl Usage {
    const fn plus(self, other: Self) -> Self {
        Self {
            bytes: self.bytes.saturating_add(other.bytes),
            objects: self.objects.saturating_add(other.objects),
        }
    }

    fn fits(self, limits: &Limits) -> bool {
        limits.quota_bytes.is_none_or(|most| self.bytes <= most)
            && limits.quota_objects.is_none_or(|most| self.objects <= most)
    }
}

/// Recent storage use per account.
#[derive(Debug, Default)]
pub struct Quota(Mutex<HashMap<AccountId, Arc<tokio::sync::Mutex<Ledger>>>>);

/// One account, as this instance knows it.
#[derive(Debug, Default)]
struct Ledger {
    counted: Option<Counted>,
    ahead: Ahead,
}

#[derive(Clone, Copy, Debug)]
struct Counted {
    stored: Usage,
    at: u64,
}

impl Quota {
    /// Admits these operations if no quota is set or what they may store still fits.
    ///
    /// # Errors
    ///
    /// [`Refusal::Quota`] if it does not fit, [`Refusal::TooMany`] if the account has more unused
    /// URLs than are tracked, [`Refusal::Store`] if the account cannot be counted.
    pub async fn admit(
        &self,
        app: &App,
        account: &AccountId,
        operations: &[Operation],
    ) -> Result<(), Refusal> {
        let limits = &app.config.limits;
        if limits.quota_bytes.is_none() && limits.quota_objects.is_none() {
            return Ok(());
        }
        let writes = ahead::writes(Vault(*account), operations);
        if writes.is_empty() {
            return Ok(());
        }
        let ledger = self.ledger(account, (app.clock)());
        // One count per account at a time; waiting tasks reuse its result.
        let mut ledger = ledger.lock().await;
        let Ledger { counted, ahead } = &mut *ledger;
        let now = (app.clock)();
        let age = |counted: Counted| now.checked_sub(counted.at);
        let mut known =
            counted.filter(|counted| age(*counted).is_some_and(|age| age < COUNT_SECONDS));
        loop {
            let stored = match known {
                Some(counted) => counted.stored,
                None => {
                    let asked = |place: &_| ahead.knows(place) || writes.contains_key(place);
                    let found = count::count(app, account, asked).await?.ok_or(Refusal::Quota)?;
                    let stored = found.usage;
                    ahead.reconcile(found, now);
                    *counted = Some(Counted { stored, at: now });
                    stored
                }
            };
            let planned = ahead.with(&writes);
            if stored.plus(planned).fits(limits) {
                let life = app.config.presign_seconds.saturating_add(SKEW_SECONDS);
                return ahead.sign(&writes, (app.clock)().saturating_add(life));
            }
            let counted_now = counted.and_then(age).is_some_and(|age| age < RECOUNT_SECONDS);
            if counted_now {
                return Err(Refusal::Quota);
            }
            known = None;
        }
    }

    fn ledger(&self, account: &AccountId, now: u64) -> Arc<tokio::sync::Mutex<Ledger>> {
        let mut ledgers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if ledgers.len() >= ACCOUNTS && !ledgers.contains_key(account) {
            // Ledgers without a usable URL hold nothing that a new count would not find.
            ledgers.retain(|_, ledger| {
                ledger.try_lock().map_or(true, |ledger| ledger.ahead.is_alive(now))
            });
        }
        if ledgers.len() >= ACCOUNTS && !ledgers.contains_key(account) {
            ledgers.clear();
        }
        ledgers.entry(*account).or_default().clone()
    }
}
