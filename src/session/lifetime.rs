//! How long a session lives: what keeps it over a reload, what renews it, and what ends it, here
//! and in all other tabs.

use std::rc::Rc;

use base64ct::{Base64UrlUnpadded, Encoding};
use frond_wire::NewSession;
use futures_util::future;
use sha2::{Digest, Sha256};
use std::pin::pin;

use super::inner::{Inner, Keys};
use super::kept::{self, Kept};
use super::{World, idle};
use crate::account::{AccountId, SessionId};
use crate::client::{ApiError, SessionClient};
use crate::port::{NoEntropy, TabNotes};
use crate::secret::{SessionSecret, SessionShare};

/// Note: which vault is open in this browser, `<account>/<random>`. Whoever locks removes it, and
/// so every tab's vault.
const OPEN: &str = "open";
/// Note: when somebody was last here, in any tab, milliseconds since the Unix epoch.
pub(super) const ACTIVE: &str = "active";
/// A session that is in use is renewed so often, in milliseconds.
const RENEW_MS: u64 = 30_000;
/// The endpoint ends a session so many seconds after the idle limit: what a tab in the background
/// sends comes late.
const GRACE: u64 = 60;
/// Activity is noted so often at most, in milliseconds.
const TOUCH_MS: u64 = 1_000;
/// Pauses between two tries to tell the endpoint that a session has ended, in milliseconds.
const FIRST_PAUSE_MS: u64 = 1_000;
const MAX_PAUSE_MS: u64 = 30_000;

/// Why an open vault has to be locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// Nobody was here for the idle limit, in no tab.
    Idle,
    /// Another tab locked the vault, or opened another one.
    OtherTab,
    /// The endpoint ended the session.
    Ended,
}

/// A session that has ended here, and whose share the endpoint has yet to delete.
#[must_use = "until the endpoint was told, the share lives on to the idle limit"]
pub struct Ending {
    world: Rc<World>,
    client: Option<Rc<SessionClient>>,
}

impl Ending {
    pub(super) fn new(world: &Rc<World>, client: Option<Rc<SessionClient>>) -> Self {
        Self { world: Rc::clone(world), client }
    }

    /// Tells the endpoint, and tries again until it answers.
    pub async fn told(self) {
        let Self { world, client } = self;
        let Some(client) = client else { return };
        let mut pause = FIRST_PAUSE_MS;
        while let Err(ApiError::NoAnswer | ApiError::StoreDown | ApiError::TooMany(_)) =
            client.end(&*world.http).await
        {
            world.clock.sleep(pause).await;
            pause = pause.saturating_mul(2).min(MAX_PAUSE_MS);
        }
    }
}

/// The note that says that this account's vault is open, for all its tabs; none where tabs share no
/// notes.
pub(super) fn join(world: &World, account: &AccountId) -> Option<String> {
    let notes = &*world.notes;
    let own = |note: &String| note.split_once('/').is_some_and(|(of, _)| of == account.to_string());
    if let Some(open) = notes.get(OPEN).filter(own) {
        return Some(open);
    }
    // Any id that is new: it only tells one unlocking from the next.
    let note = format!("{account}/{}", SessionId::from_bytes(world.entropy.bytes().ok()?));
    notes.set(OPEN, Some(&note));
    notes.get(OPEN).filter(|kept| *kept == note)
}

/// When somebody was last here, in any tab, as far as tabs share notes.
pub(super) fn last_active(notes: &dyn TabNotes, now: u64) -> Option<u64> {
    notes.get(ACTIVE)?.parse().ok().map(|at: u64| at.min(now))
}

impl Inner {
    /// Whether another tab locked the vault, or opened another one.
    pub(super) fn is_over_elsewhere(&self) -> bool {
        self.open_note.is_some() && self.world.notes.get(OPEN) != self.open_note
    }

    /// Somebody is here, or something moves: the idle limit counts from now, in all tabs.
    pub(super) fn touch(&self) {
        let now = self.world.clock.now_ms();
        if now.abs_diff(self.active.get()) >= TOUCH_MS {
            self.active.set(now);
            self.world.notes.set(ACTIVE, Some(&now.to_string()));
        }
    }

    /// When somebody was last here, in any tab.
    fn last_active(&self, now: u64) -> u64 {
        last_active(&*self.world.notes, now).unwrap_or(0).max(self.active.get())
    }

    /// Why the vault has to be locked, if it has to be. While a transfer runs only other tabs end
    /// it.
    pub(super) fn over(&self) -> Option<Over> {
        if self.is_over_elsewhere() {
            return Some(Over::OtherTab);
        }
        if self.queue.borrow().is_running() {
            self.touch();
            return None;
        }
        if self.ended.get() {
            return Some(Over::Ended);
        }
        let now = self.world.clock.now_ms();
        let away = now.saturating_sub(self.last_active(now));
        (away >= idle::limit(self.idle_minutes.get())).then_some(Over::Idle)
    }

    /// Returns once another tab or the endpoint ended the session.
    pub(super) async fn ends(&self) {
        while !self.is_over_elsewhere() && !self.ended.get() {
            let changed = self.world.notes.changed();
            future::select(changed, pin!(self.wake_over.notified())).await;
        }
    }

    /// How long the endpoint keeps the session alive from now on, in seconds.
    fn seconds(&self) -> u64 {
        let minutes = u64::from(self.idle_minutes.get());
        self.world
            .session_seconds
            .unwrap_or_else(|| minutes.saturating_mul(60).saturating_add(GRACE))
    }

    /// Keeps the session for a reload where it is not kept yet; else renews it, not more often than
    /// needed.
    pub(super) async fn live_on(&self) {
        let Some(client) = self.kept.borrow().clone() else { return self.keep().await };
        let now = self.world.clock.now_ms();
        let active = self.last_active(now);
        let (at, of) = self.renewed.get();
        if active <= of || now.abs_diff(at) < RENEW_MS {
            return;
        }
        match client.renew(&*self.world.http, self.seconds()).await {
            Ok(()) => self.renewed.set((now, active)),
            Err(ApiError::SessionEnded) => {
                self.ended.set(true);
                self.wake_over.notify();
            }
            // Tried again with the next round.
            Err(_) => {}
        }
    }

    /// Keeps the session for a reload, where this device can and the endpoint answers: as part of
    /// the session that another tab began with this login, or as a new one.
    pub(super) async fn keep(&self) {
        if self.unkeepable.get() {
            return;
        }
        let World { store, keys: key_store, http, .. } = &*self.world;
        // Two tabs begin one session.
        let Ok(_turn) = store.lock("session").await else { return };
        let Some(keys) = self.keys() else { return };
        if let Some(kept) = Kept::load(&**key_store).await {
            if kept.client.account == self.records.account {
                match kept.client.share(&**http).await {
                    Ok(share) if self.is_this_login(&keys, &kept, &share).await => {
                        return self.adopt(kept.client);
                    }
                    Ok(_) | Err(ApiError::SessionEnded) => {}
                    Err(_) => return,
                }
            }
            // Nobody's any more. Where the endpoint does not hear of it now, it ends by itself.
            let _ = kept.client.end(&**http).await;
        }
        // Where it fails, nothing was begun that would have to be ended.
        if let Ok(client) = self.begin_session(&keys).await {
            self.adopt(client);
        }
    }

    /// Whether a session that lies on this device is one of this login.
    async fn is_this_login(&self, keys: &Keys, kept: &Kept, share: &SessionShare) -> bool {
        kept.open(&*self.world.keys, share).await.is_some_and(|found| {
            found.vault_key == keys.vault_key && found.login_seed == *keys.endpoint.login().seed()
        })
    }

    fn adopt(&self, client: SessionClient) {
        *self.kept.borrow_mut() = Some(Rc::new(client));
        let now = self.world.clock.now_ms();
        self.renewed.set((now, self.last_active(now)));
        self.changed();
    }

    /// The share is at the endpoint before anything lies here that it opens.
    async fn begin_session(&self, keys: &Keys) -> Result<SessionClient, ApiError> {
        let World { keys: key_store, http, entropy, clock, .. } = &*self.world;
        if !key_store.renew().await {
            self.unkeepable.set(true);
            return Err(ApiError::InvalidResponse);
        }
        let client = SessionClient {
            origin: keys.endpoint.origin().to_owned(),
            account: self.records.account,
            session: SessionId::from_bytes(entropy.bytes()?),
            secret: SessionSecret::filled(|secret| entropy.fill(secret))?,
        };
        let share = SessionShare::filled(|share| entropy.fill(share))?;
        let mut iv = [0; 16];
        entropy.fill(&mut iv)?;
        keys.endpoint
            .begin_session(&NewSession {
                session: client.session,
                // EXPOSE: its hash, to the endpoint.
                secret_hash: Base64UrlUnpadded::encode_string(&Sha256::digest(
                    client.secret.expose(),
                )),
                // EXPOSE: to the endpoint, which keeps it apart from this device.
                share: Base64UrlUnpadded::encode_string(share.expose()),
                idle_seconds: self.seconds(),
            })
            .await?;
        let secrets = (keys.endpoint.login().seed(), &keys.vault_key);
        let public = (self.username.as_str(), &self.config);
        let open = || self.keys().is_some();
        let sealing = (clock.now_ms() / 1000, iv);
        if open()
            && kept::keep(&**key_store, &client, &share, secrets, public, sealing).await
            && open()
        {
            return Ok(client);
        }
        // Locked meanwhile, and what was wiped stays wiped; or this device keeps nothing after all.
        self.unkeepable.set(true);
        key_store.wipe().await;
        let _ = client.end(&**http).await;
        Err(ApiError::SessionEnded)
    }

    /// Forgets the session on this device and in all its tabs.
    pub(super) async fn forget(&self) -> Ending {
        let World { notes, keys: key_store, .. } = &*self.world;
        let open = notes.get(OPEN);
        // Another vault was opened here meanwhile: what lies here is that one's.
        let superseded = open.is_some() && open != self.open_note;
        let own = self.kept.take();
        if superseded {
            return Ending::new(&self.world, own);
        }
        notes.set(OPEN, None);
        let lies = match &own {
            Some(_) => None,
            None => Kept::load(&**key_store).await.map(|kept| Rc::new(kept.client)),
        };
        key_store.wipe().await;
        Ending::new(&self.world, own.or(lies))
    }
}

impl From<NoEntropy> for ApiError {
    fn from(_: NoEntropy) -> Self {
        Self::InvalidResponse
    }
}
