//! The locked vault: creating an account, signing in, restoring a session after a reload.

use std::rc::Rc;

use frond_wire::{LoginKind, NewLogin, ProblemKind, PublicConfig, Registration};
use futures_util::future::try_join;

use super::error::UnlockError;
use super::kept::{SessionKeys, StoredSession};
use super::lifetime::Ending;
use super::open::Session;
use super::passwords::{Passwords, Strength};
use super::world::World;
use super::{idle, known, tabs};
use crate::account::{AccountId, Deployment, Keyring, Login, Username};
use crate::client::{self, ApiError, Endpoint};
use crate::secret::{Password, Root, SessionShare, VaultKey};
use crate::transfer::Backoff;

/// The result of restoring a session after a reload.
pub enum Restored {
    /// The session is open again.
    Open(Session),
    /// There is none.
    None,
    /// It has ended, and nothing of it is left on this device.
    Over(Ending),
    /// The endpoint does not answer, and without it only the password opens the vault. The session
    /// is unchanged.
    NoAnswer,
}

impl Restored {
    /// The session, if it is open again.
    #[must_use]
    pub fn open(self) -> Option<Session> {
        match self {
            Self::Open(session) => Some(session),
            Self::None | Self::Over(_) | Self::NoAnswer => None,
        }
    }
}

/// The locked vault.
#[derive(Clone)]
pub struct LockedVault {
    /// Adapters.
    pub(crate) world: Rc<World>,
    pub(super) passwords: Rc<Passwords>,
}

impl LockedVault {
    /// A locked vault over these adapters.
    #[must_use]
    pub fn new(world: Rc<World>) -> Self {
        let passwords = Rc::new(Passwords::new(&world));
        Self { world, passwords }
    }

    /// The deployment's public configuration. Checks that it is the deployment that this page was
    /// built for, if any, and that this origin always had; pins its name at first use.
    pub async fn config(&self) -> Result<PublicConfig, UnlockError> {
        let World { http, store, base_url, deployment, .. } = &*self.world;
        let config = client::config(&**http, base_url).await?;
        let named =
            Deployment::parse(&config.deployment).map_err(|_| UnlockError::InvalidResponse)?;
        if deployment.as_ref().is_some_and(|built_for| built_for != named.as_str()) {
            return Err(UnlockError::OtherDeployment);
        }
        known::pin(&**store, self.origin(), named.as_str()).await?;
        Ok(config)
    }

    /// The session that a reload interrupted, unless it is over.
    pub async fn restore(&self) -> Restored {
        let World { store, clock, notes, session_seconds, .. } = &*self.world;
        let Some(kept) = StoredSession::load(&*self.world.keys).await else {
            return Restored::None;
        };
        let now = clock.now_ms();
        let limit = idle::limit(idle::minutes(&**store).await);
        let away = tabs::last_active(&**notes, now).map_or(0, |active| now.saturating_sub(active));
        if session_seconds.is_none() && away >= limit {
            return self.over(kept).await;
        }
        let share = match self.share(&kept).await {
            Ok(share) => share,
            Err(ApiError::SessionEnded) => return self.over(kept).await,
            Err(_) => return Restored::NoAnswer,
        };
        let Some(keys) = kept.open(&*self.world.keys, &share).await else {
            return self.over(kept).await;
        };
        self.reopen(kept, keys).await
    }

    /// Ends the session kept on this device, without opening it.
    pub async fn forget(&self) -> Ending {
        let kept = StoredSession::load(&*self.world.keys).await;
        self.world.keys.wipe().await;
        Ending::new(&self.world, kept.map(|kept| Rc::new(kept.client)))
    }

    /// The share of a session; retried once after a failure, unless the device is offline.
    async fn share(&self, kept: &StoredSession) -> Result<SessionShare, ApiError> {
        let World { http, clock, .. } = &*self.world;
        match kept.client.share(&**http).await {
            Err(ApiError::NoAnswer | ApiError::StoreDown | ApiError::TooMany(_))
                if !http.is_offline() =>
            {
                clock.sleep(Backoff::REQUEST.pause(1)).await;
                kept.client.share(&**http).await
            }
            answer => answer,
        }
    }

    async fn reopen(&self, kept: StoredSession, keys: SessionKeys) -> Restored {
        let SessionKeys { login_seed, vault_key, username, config } = keys;
        let pinned = known::pin(&*self.world.store, self.origin(), &config.deployment).await;
        let username = Username::parse(&username);
        let endpoint = self.endpoint(&config, Login::from_seed(login_seed));
        match (pinned, username, endpoint) {
            (Ok(()), Ok(username), Ok(endpoint)) => {
                let (account, client) = (kept.client.account, Some(kept.client));
                let session = Session::open(
                    &self.world,
                    username,
                    account,
                    vault_key,
                    endpoint,
                    config,
                    client,
                );
                Restored::Open(session.await)
            }
            // Whether it belongs to this deployment is unknown; the next try may tell.
            (Err(UnlockError::DeviceStorage), ..) => Restored::None,
            _ => self.over(kept).await,
        }
    }

    async fn over(&self, kept: StoredSession) -> Restored {
        self.world.keys.wipe().await;
        Restored::Over(Ending::new(&self.world, Some(Rc::new(kept.client))))
    }

    /// Opens an existing account. Never creates anything. If endpoint or store do not answer, the
    /// password opens what this device remembers.
    pub async fn sign_in(
        &self,
        username: &str,
        password: &Password,
    ) -> Result<Session, UnlockError> {
        // EXPOSE: to check that it is not empty.
        if password.expose().is_empty() {
            return Err(UnlockError::Password);
        }
        let username = Username::parse(username).map_err(|_| UnlockError::Username)?;
        let (config, root) = match &self.world.deployment {
            // Derives the keys while the configuration is on its way.
            Some(name) => {
                let root = self.passwords.root(name, &username, password);
                try_join(self.config_or_known(), root).await?
            }
            None => {
                let config = self.config_or_known().await?;
                let root = self.passwords.root(&config.deployment, &username, password).await?;
                (config, root)
            }
        };
        self.enter(config, &root, Some(username)).await
    }

    /// The configuration; as last seen, if the endpoint does not answer.
    pub(super) async fn config_or_known(&self) -> Result<PublicConfig, UnlockError> {
        match self.config().await {
            Err(UnlockError::NoAnswer) => {
                known::config(&*self.world.store, self.origin()).await.ok_or(UnlockError::NoAnswer)
            }
            config => config,
        }
    }

    /// Opens the account that has the login of `root`; without a username, its keyring names it. If
    /// endpoint or store do not answer, it opens what this device remembers.
    pub(super) async fn enter(
        &self,
        config: PublicConfig,
        root: &Root,
        username: Option<Username>,
    ) -> Result<Session, UnlockError> {
        let store = &*self.world.store;
        let endpoint = self.endpoint(&config, Login::from_root(root))?;
        let login = endpoint.login().id();
        let (record, answered) = match endpoint.login_record().await {
            Ok(record) => (record, true),
            Err(error @ (ApiError::NoAnswer | ApiError::StoreDown)) => {
                (known::login(store, &login).await.ok_or(error)?, false)
            }
            Err(error) => {
                let error = error.into();
                if error == UnlockError::Wrong {
                    known::forget(store, &login).await;
                }
                return Err(error);
            }
        };
        let Keyring { account, vault_key, username: named } =
            Keyring::open(root, &record).map_err(|_| UnlockError::Forged)?;
        let username = username.or(named).ok_or(UnlockError::Forged)?;
        if answered {
            known::remember(store, self.origin(), &config, &record).await;
        }
        Ok(Session::open(&self.world, username, account, vault_key, endpoint, config, None).await)
    }

    /// Creates an account and opens it.
    pub async fn create(
        &self,
        username: &str,
        password: &Password,
        invite: Option<String>,
    ) -> Result<Session, UnlockError> {
        let username = Username::parse(username).map_err(|_| UnlockError::Username)?;
        self.passwords.check_new(&username, password).await?;
        let config = self.config().await?;
        match config.registration {
            Registration::Closed => return Err(UnlockError::Closed),
            Registration::Invite if invite.is_none() => return Err(UnlockError::Invite),
            Registration::Invite | Registration::Open => {}
        }
        let World { clock, entropy, .. } = &*self.world;
        let root = self.passwords.root(&config.deployment, &username, password).await?;
        let account = AccountId::from_bytes(entropy.bytes()?);
        let vault_key = VaultKey::filled(|key| entropy.fill(key))?;
        let keyring = Keyring { account, vault_key, username: None };
        let mut iv = [0; 16];
        entropy.fill(&mut iv)?;
        let record = keyring.record(&root, LoginKind::Password, clock.now_ms() / 1000, iv);
        // Check that the written record opens before anything depends on it.
        if Keyring::open(&root, &record).as_ref() != Ok(&keyring) {
            return Err(UnlockError::Engine);
        }
        let endpoint = self.endpoint(&config, Login::from_root(&root))?;
        let new = NewLogin { record, invite };
        let mut made = endpoint.create_account(&new).await;
        if matches!(made, Err(ApiError::NoAnswer | ApiError::StoreDown)) {
            // The account may exist and the response be lost: putting the same record again is
            // idempotent.
            made = endpoint.create_account(&new).await;
        }
        match made {
            Ok(()) => {}
            Err(ApiError::Problem(ProblemKind::LoginExists)) => {
                if endpoint.login_record().await? != new.record {
                    return Err(UnlockError::Exists);
                }
            }
            Err(error) => return Err(error.into()),
        }
        known::remember(&*self.world.store, self.origin(), &config, &new.record).await;
        let vault_key = keyring.vault_key;
        Ok(Session::open(&self.world, username, account, vault_key, endpoint, config, None).await)
    }

    /// How strong a password is for this user; `None` when the meter could not be loaded.
    pub async fn strength(&self, username: &str, password: &Password) -> Option<Strength> {
        self.passwords.strength(username, password).await
    }

    /// A generated passphrase: seven words of 11 bits each, 77 bits, joined by hyphens.
    pub async fn passphrase(&self) -> Result<Password, UnlockError> {
        self.passwords.passphrase().await
    }

    /// The page's own origin.
    pub(super) fn origin(&self) -> &str {
        client::origin(&self.world.base_url).unwrap_or_default()
    }

    pub(super) fn endpoint(
        &self,
        config: &PublicConfig,
        login: Login,
    ) -> Result<Endpoint, UnlockError> {
        let deployment =
            Deployment::parse(&config.deployment).map_err(|_| UnlockError::InvalidResponse)?;
        let own = client::origin(&self.world.base_url).ok_or(UnlockError::InvalidResponse)?;
        let origin = if config.endpoint.is_empty() { own } else { &config.endpoint };
        let World { http, clock, .. } = &*self.world;
        let (http, clock, store) = (Rc::clone(http), Rc::clone(clock), config.store.clone());
        Ok(Endpoint::new(http, clock, origin.to_owned(), store, deployment, login))
    }
}
