//! How long a session lives: keeping it over a reload, renewing it, and ending it, here and in all
//! other tabs.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;

use base64ct::{Base64UrlUnpadded, Encoding};
use frond_wire::NewSession;
use futures_util::future;
use sha2::{Digest, Sha256};

use super::context::{Context, Keys};
use super::kept::{self, StoredSession};
use super::world::World;
use super::{idle, known};
use crate::account::{SessionId, Username};
use crate::client::{ApiError, SessionClient};
use crate::notify::Broadcast;
use crate::secret::{SessionSecret, SessionShare};
use crate::transfer::Backoff;

/// Minimum interval between renewals of a session in use, in milliseconds.
const RENEW_MS: u64 = 30_000;
/// The endpoint ends a session this many seconds after the idle limit, because background tabs send
/// late.
const GRACE: u64 = 60;

/// Why an open vault has to be locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// No user activity in any tab for the idle limit.
    Idle,
    /// Another tab locked the vault, or opened another one.
    OtherTab,
    /// The endpoint ended the session.
    Ended,
    /// The login of this session was removed: on another device, by a new password, by itself or
    /// with its account.
    Removed,
    /// The account was deleted here.
    Deleted,
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

    /// Tells the endpoint, and retries until it answers.
    pub async fn told(self) {
        let Self { world, client } = self;
        let Some(client) = client else { return };
        let mut failed = 0;
        while let Err(ApiError::NoAnswer | ApiError::StoreDown | ApiError::TooMany(_)) =
            client.end(&*world.http).await
        {
            world.clock.sleep(Backoff::OUTAGE.pause(failed)).await;
            failed = failed.saturating_add(1);
        }
    }
}

/// What keeps a session over a reload, renews it and ends it.
pub(super) struct Lifetime {
    context: Rc<Context>,
    username: Username,
    /// The session at the endpoint by which this one outlives a reload.
    kept: RefCell<Option<Rc<SessionClient>>>,
    /// Whether it was tried to keep it.
    tried: Cell<bool>,
    /// This device cannot keep sessions: not tried again.
    unkeepable: Cell<bool>,
    /// When it was last renewed, and for which activity; milliseconds since the Unix epoch.
    renewed: Cell<(u64, u64)>,
    /// Why it has to be locked, if the endpoint said so or it was locked.
    ended: Cell<Option<Over>>,
    idle_minutes: Cell<u32>,
    over_changed: Broadcast,
}

impl Lifetime {
    /// For a vault that was just opened; `kept` is set if the session outlived a reload.
    pub(super) async fn new(
        context: Rc<Context>,
        username: Username,
        kept: Option<SessionClient>,
    ) -> Self {
        let idle_minutes = idle::minutes(&*context.world.store).await;
        idle::note(&*context.world.notes, idle_minutes);
        Self {
            context,
            username,
            kept: RefCell::new(kept.map(Rc::new)),
            tried: Cell::new(false),
            unkeepable: Cell::new(false),
            renewed: Cell::new((0, 0)),
            ended: Cell::new(None),
            idle_minutes: Cell::new(idle_minutes),
            over_changed: Broadcast::default(),
        }
    }

    pub(super) fn username(&self) -> &Username {
        &self.username
    }

    /// Whether the session survives a reload.
    pub(super) fn is_kept(&self) -> bool {
        self.kept.borrow().is_some()
    }

    /// Whether it is known that a reload needs a password or that it does not.
    pub(super) fn is_settled(&self) -> bool {
        self.is_kept() || self.tried.get()
    }

    pub(super) fn idle_minutes(&self) -> u32 {
        self.idle_minutes.get()
    }

    /// Sets the idle limit for this device, 1 to 240 minutes; only for this session if this device
    /// stores nothing.
    pub(super) async fn set_idle_minutes(&self, minutes: u32) {
        let minutes = idle::clamped(minutes);
        self.idle_minutes.set(minutes);
        idle::note(&*self.context.world.notes, minutes);
        let _ = idle::set(&*self.context.world.store, minutes).await;
        // The endpoint learns it with the next renewal.
        self.renewed.set((0, 0));
        self.context.sync_soon();
    }

    /// Why the vault has to be locked, if it has to. While a transfer runs (`in_use`) only other
    /// tabs and the removal of login or account end the session, and the idle limit counts from
    /// now.
    pub(super) fn over(&self, in_use: bool) -> Option<Over> {
        let tabs = &self.context.tabs;
        let ended = self.ended.get();
        if ended == Some(Over::Deleted) {
            return ended;
        }
        if tabs.is_over_elsewhere() {
            return Some(Over::OtherTab);
        }
        if ended == Some(Over::Removed) {
            return ended;
        }
        if in_use {
            tabs.touch();
            return None;
        }
        if ended.is_some() {
            return ended;
        }
        let now = self.context.world.clock.now_ms();
        let away = now.saturating_sub(tabs.last_active(now));
        (away >= idle::limit(self.idle_minutes.get())).then_some(Over::Idle)
    }

    /// Returns once another tab or the endpoint ended the session.
    pub(super) async fn ends(&self) {
        while !self.context.tabs.is_over_elsewhere() && self.ended.get().is_none() {
            let changed = self.context.world.notes.changed();
            future::select(changed, pin!(self.over_changed.notified())).await;
        }
    }

    /// How long the endpoint keeps the session alive from now on, in seconds.
    fn seconds(&self) -> u64 {
        let minutes = u64::from(self.idle_minutes.get());
        self.context
            .world
            .session_seconds
            .unwrap_or_else(|| minutes.saturating_mul(60).saturating_add(GRACE))
    }

    /// Ends the session because the login that it signs with was removed. Its password opens
    /// nothing here any more either.
    pub(super) async fn login_removed(&self) {
        if let Some(keys) = self.context.keys() {
            known::forget(&*self.context.world.store, &keys.endpoint.login().id()).await;
        }
        self.over_by(Over::Removed);
    }

    /// Ends the session because its account was deleted.
    pub(super) fn account_deleted(&self) {
        self.over_by(Over::Deleted);
    }

    fn over_by(&self, why: Over) {
        self.ended.set(Some(why));
        self.over_changed.notify();
    }

    /// Keeps the session for a reload if it is not kept yet; otherwise renews it, no more often
    /// than needed. Ends it if its login was removed.
    pub(super) async fn live_on(&self) {
        let endpoint = self.context.keys().map(|keys| Rc::clone(&keys.endpoint));
        if endpoint.as_ref().is_some_and(|endpoint| endpoint.is_removed()) {
            return self.login_removed().await;
        }
        let Some(client) = self.kept.borrow().clone() else { return self.keep().await };
        let now = self.context.world.clock.now_ms();
        let active = self.context.tabs.last_active(now);
        let (at, of) = self.renewed.get();
        if active <= of || now.abs_diff(at) < RENEW_MS {
            return;
        }
        match client.renew(&*self.context.world.http, self.seconds()).await {
            Ok(()) => self.renewed.set((now, active)),
            Err(ApiError::SessionEnded) => match endpoint {
                Some(endpoint) if endpoint.has_no_record().await => self.login_removed().await,
                _ => self.over_by(Over::Ended),
            },
            // Retried in the next round.
            Err(_) => {}
        }
    }

    /// Keeps the session for a reload if this device can and the endpoint answers: joins the
    /// session that another tab began with this login, or begins a new one.
    pub(super) async fn keep(&self) {
        self.begin_or_join().await;
        if !self.tried.replace(true) {
            self.context.changed();
        }
    }

    async fn begin_or_join(&self) {
        if self.unkeepable.get() {
            return;
        }
        let World { store, keys: key_store, http, .. } = &*self.context.world;
        // The lock makes two tabs begin one session.
        let Ok(_turn) = store.lock("session").await else { return };
        let Some(keys) = self.context.keys() else { return };
        if let Some(kept) = StoredSession::load(&**key_store).await {
            if kept.client.account == self.context.account {
                match kept.client.share(&**http).await {
                    Ok(share) if self.is_this_login(&keys, &kept, &share).await => {
                        return self.adopt(kept.client);
                    }
                    Ok(_) | Err(ApiError::SessionEnded) => {}
                    Err(_) => return,
                }
            }
            // No longer used by any tab. If the endpoint cannot be told now, the session expires
            // there.
            let _ = kept.client.end(&**http).await;
        }
        // If it fails, no session was begun that would have to be ended.
        if let Ok(client) = self.begin_session(&keys).await {
            self.adopt(client);
        }
    }

    /// Goes on under the login that the endpoint's client signs with from now on: keeps a new
    /// session of that login, and ends the one before, which opens nothing once its login is
    /// removed. Other tabs of this browser are signed out.
    pub(super) async fn go_on(&self) {
        let World { store, keys: key_store, http, .. } = &*self.context.world;
        // Without the lock nothing is kept on this device.
        let Ok(_turn) = store.lock("session").await else { return };
        let Some(keys) = self.context.keys() else { return };
        self.context.tabs.end_others(&self.context.account);
        let before = self.kept.take();
        if !self.unkeepable.get() {
            match self.begin_session(&keys).await {
                Ok(client) => self.adopt(client),
                // The next round tries again.
                Err(_) => key_store.wipe().await,
            }
        }
        if let Some(before) = before {
            // If the endpoint cannot be told now, it ends with its login.
            let _ = before.end(&**http).await;
        }
    }

    /// Whether a session kept on this device belongs to this login.
    async fn is_this_login(&self, keys: &Keys, kept: &StoredSession, share: &SessionShare) -> bool {
        kept.open(&*self.context.world.keys, share).await.is_some_and(|found| {
            found.vault_key == keys.vault_key && found.login_seed == *keys.endpoint.login().seed()
        })
    }

    fn adopt(&self, client: SessionClient) {
        *self.kept.borrow_mut() = Some(Rc::new(client));
        let now = self.context.world.clock.now_ms();
        self.renewed.set((now, self.context.tabs.last_active(now)));
        self.context.changed();
    }

    /// The endpoint has the share before this device stores anything that the share opens.
    async fn begin_session(&self, keys: &Keys) -> Result<SessionClient, ApiError> {
        let World { keys: key_store, http, entropy, clock, .. } = &*self.context.world;
        if !key_store.renew().await {
            self.unkeepable.set(true);
            return Err(ApiError::InvalidResponse);
        }
        let client = SessionClient {
            origin: keys.endpoint.origin().to_owned(),
            account: self.context.account,
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
        let login = keys.endpoint.login();
        let secrets = (login.seed(), &keys.vault_key);
        let public = (self.username.as_str(), &self.context.config);
        let open = || self.context.keys().is_some();
        let sealing = (clock.now_ms() / 1000, iv);
        if open()
            && kept::keep(&**key_store, &client, &share, secrets, public, sealing).await
            && open()
        {
            return Ok(client);
        }
        // Either the vault was locked meanwhile and what was wiped must stay wiped, or this device
        // cannot keep sessions after all.
        self.unkeepable.set(true);
        key_store.wipe().await;
        let _ = client.end(&**http).await;
        Err(ApiError::SessionEnded)
    }

    /// Ends the session on this device and in all its tabs, and wakes [`Lifetime::ends`].
    pub(super) async fn end(&self) -> Ending {
        self.over_by(Over::Ended);
        let world = &self.context.world;
        let own = self.kept.take();
        if !self.context.tabs.end() {
            // Another vault was opened here meanwhile: the stored keys belong to it.
            return Ending::new(world, own);
        }
        let lies = match &own {
            Some(_) => None,
            None => StoredSession::load(&*world.keys).await.map(|kept| Rc::new(kept.client)),
        };
        world.keys.wipe().await;
        Ending::new(world, own.or(lies))
    }
}
