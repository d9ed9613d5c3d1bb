//! Storage quota per account (threat T23), enforced without a database.
//!
//! ```text
//! stored  everything under the account, parts of unfinished uploads included; counted by a listing
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

use axum::Json;
use axum::extract::State;
use frond_wire::{AccountId, Operation, QuotaUse, Used, Vault};

use crate::App;
use crate::auth::Caller;
use crate::error::Refusal;
use frond_config::Limits;

use ahead::{Ahead, Place};

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

impl Ledger {
    /// What is stored, by a count that is less than `most` seconds old, or a new one. `writes` are
    /// about to be signed.
    async fn stored(
        &mut self,
        app: &App,
        account: &AccountId,
        writes: &HashMap<Place, u64>,
        most: u64,
    ) -> Result<Counted, Refusal> {
        let now = (app.clock)();
        let is_new = |counted: &Counted| now.checked_sub(counted.at).is_some_and(|age| age < most);
        if let Some(counted) = self.counted.filter(is_new) {
            return Ok(counted);
        }
        let asked = |place: &_| self.ahead.knows(place) || writes.contains_key(place);
        let found = count::count(app, account, asked).await?.ok_or(Refusal::Quota)?;
        let counted = Counted { stored: found.usage, at: now };
        self.ahead.reconcile(found, now);
        Ok(*self.counted.insert(counted))
    }
}

/// `GET /v1/quota`: what the caller's account stores. Counts nothing where there is no quota.
///
/// # Errors
///
/// [`Refusal::Quota`] if it holds more than can be counted.
pub async fn used(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<QuotaUse>, Refusal> {
    let Limits { quota_bytes, quota_objects, .. } = app.config.limits;
    if quota_bytes.is_none() && quota_objects.is_none() {
        return Ok(Json(QuotaUse::default()));
    }
    let Usage { bytes, objects } = app.quota.stored(&app, &caller.account).await?;
    Ok(Json(QuotaUse {
        bytes: quota_bytes.map(|quota| Used { stored: bytes, quota }),
        objects: quota_objects.map(|quota| Used { stored: objects, quota }),
    }))
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
        let mut most = COUNT_SECONDS;
        loop {
            let Counted { stored, at } = ledger.stored(app, account, &writes, most).await?;
            let planned = ledger.ahead.with(&writes);
            let now = (app.clock)();
            if stored.plus(planned).fits(limits) {
                let life = app.config.presign_seconds.saturating_add(SKEW_SECONDS);
                return ledger.ahead.sign(&writes, now.saturating_add(life));
            }
            if now.checked_sub(at).is_some_and(|age| age < RECOUNT_SECONDS) {
                return Err(Refusal::Quota);
            }
            most = 0;
        }
    }

    /// Whether an object of this many bytes would fit, by the last count. It is not counted: it is
    /// not stored under the account.
    ///
    /// # Errors
    ///
    /// [`Refusal::Quota`], [`Refusal::Store`].
    pub async fn fits(&self, app: &App, account: &AccountId, bytes: u64) -> Result<(), Refusal> {
        let limits = &app.config.limits;
        if limits.quota_bytes.is_none() && limits.quota_objects.is_none() {
            return Ok(());
        }
        let stored = self.stored(app, account).await?;
        let fits = stored.plus(Usage { bytes, objects: 1 }).fits(limits);
        if fits { Ok(()) } else { Err(Refusal::Quota) }
    }

    /// What an account stores, as of the last count.
    ///
    /// # Errors
    ///
    /// [`Refusal::Quota`] if it holds more than can be counted, [`Refusal::Store`] if it cannot be
    /// counted now.
    async fn stored(&self, app: &App, account: &AccountId) -> Result<Usage, Refusal> {
        let ledger = self.ledger(account, (app.clock)());
        let mut ledger = ledger.lock().await;
        Ok(ledger.stored(app, account, &HashMap::new(), COUNT_SECONDS).await?.stored)
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
