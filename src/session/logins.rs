//! The account's logins, seen from an open vault: a new password, recovery words, the list.

use std::any::Any;

use frond_wire::LoginKind;

use super::error::LoginError;
use super::known;
use super::open::Session;
use super::passwords::Passwords;
use super::replacing::{add, remove_others, twice};
use super::words::RecoveryWords;
use crate::account::{Keyring, Login, LoginId};
use crate::client;
use crate::secret::{Password, Root, VaultKey};

/// A login of the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoginRow {
    /// Its id.
    pub id: LoginId,
    /// A password, recovery words, or a passkey.
    pub kind: LoginKind,
    /// When it was made, in Unix seconds, as its record says.
    pub created: u64,
    /// Whether this session signed in with it.
    pub is_own: bool,
}

/// The logins of an open vault's account.
pub struct Logins(pub(super) Session);

impl Session {
    /// The account's logins.
    #[must_use]
    pub fn logins(&self) -> Logins {
        Logins(self.clone())
    }
}

impl Logins {
    /// All of them, the oldest first.
    ///
    /// # Errors
    /// As returned by the request.
    pub async fn list(&self) -> Result<Vec<LoginRow>, LoginError> {
        let keys = self.0.context().keys().ok_or(LoginError::Locked)?;
        let own = keys.endpoint.login().id();
        let listed = twice(async || keys.endpoint.logins().await).await?;
        let row = |listed: frond_wire::ListedLogin| LoginRow {
            id: listed.login,
            kind: listed.kind,
            created: listed.created,
            is_own: listed.login == own,
        };
        let mut rows: Vec<_> = listed.into_iter().map(row).collect();
        rows.sort_by_key(|row| (row.created, row.id));
        Ok(rows)
    }

    /// Removes a login; never the last. Whoever is signed in with it is signed out.
    ///
    /// # Errors
    /// [`LoginError::Last`]; others as returned by the requests.
    pub async fn remove(&self, login: LoginId) -> Result<(), LoginError> {
        let _turn = self.turn().await;
        let rows = self.list().await?;
        if rows.iter().all(|row| row.id == login) {
            return Err(LoginError::Last);
        }
        let keys = self.0.context().keys().ok_or(LoginError::Locked)?;
        twice(async || keys.endpoint.remove_login(&login).await).await?;
        if login == keys.endpoint.login().id() {
            self.0.lifetime().login_removed().await;
        }
        if rows.iter().any(|row| row.id == login && row.kind == LoginKind::Recovery) {
            self.remind(true).await;
        }
        Ok(())
    }

    /// Makes `new` the account's password, in place of every password that it has. No file is
    /// touched. This session goes on; whoever else is signed in with a former password is signed
    /// out.
    ///
    /// # Errors
    /// [`LoginError::OldStays`] if the new password works and a former one may, too. Otherwise the
    /// current password works.
    pub async fn change_password(
        &self,
        current: &Password,
        new: &Password,
    ) -> Result<(), LoginError> {
        let (context, lifetime) = (self.0.context(), self.0.lifetime());
        let _turn = self.turn().await;
        let former = self.proved(current).await?;
        let keys = context.keys().ok_or(LoginError::Locked)?;
        let (world, config, username) = (&context.world, &context.config, lifetime.username());
        let passwords = Passwords::new(world);
        passwords.check_new(username, new).await?;
        let root = passwords.root(&config.deployment, username, new).await?;
        if root == former {
            return Err(LoginError::SamePassword);
        }
        let keyring = self.keyring()?;
        let record = add(world, &keys.endpoint, &keyring, &root, LoginKind::Password).await?;
        let own = Login::from_root(&former).id();
        if own == keys.endpoint.login().id() {
            keys.endpoint.sign_as(Login::from_root(&root));
            lifetime.go_on().await;
        }
        let origin = client::origin(&world.base_url).unwrap_or_default();
        known::remember(&*world.store, origin, config, &record).await;
        known::forget(&*world.store, &own).await;
        remove_others(&keys.endpoint, LoginKind::Password, &record.login, &[own]).await
    }

    /// Makes recovery words, to be written down. They open nothing until [`Logins::keep_words`].
    ///
    /// # Errors
    /// Without randomness.
    pub fn make_words(&self) -> Result<RecoveryWords, LoginError> {
        RecoveryWords::make(&*self.0.context().world.entropy)
    }

    /// Makes these words a way into the account, in place of any recovery words before.
    ///
    /// # Errors
    /// [`LoginError::OldStays`] if these words work and former ones may, too.
    pub async fn keep_words(&self, words: &RecoveryWords) -> Result<(), LoginError> {
        let context = self.0.context();
        let _turn = self.turn().await;
        let keys = context.keys().ok_or(LoginError::Locked)?;
        let keyring = self.keyring()?;
        let kind = LoginKind::Recovery;
        let record = add(&context.world, &keys.endpoint, &keyring, words.root(), kind).await?;
        self.remind(false).await;
        remove_others(&keys.endpoint, kind, &record.login, &[]).await
    }

    /// Whether to remind of recovery words: there are none, and nobody declined to make them here.
    pub async fn lacks_words(&self) -> bool {
        let store = &self.0.context().world.store;
        if !matches!(store.get(&self.reminder()).await, Ok(None)) {
            return false;
        }
        let Ok(rows) = self.list().await else { return false };
        let lacks = rows.iter().all(|row| row.kind != LoginKind::Recovery);
        if !lacks {
            self.remind(false).await;
        }
        lacks
    }

    /// Does not remind of recovery words on this device any more.
    pub async fn decline_words(&self) {
        self.remind(false).await;
    }

    /// The root of this password.
    ///
    /// # Errors
    /// [`LoginError::CurrentPassword`] if it is not the account's.
    pub(super) async fn proved(&self, password: &Password) -> Result<Root, LoginError> {
        let (context, username) = (self.0.context(), self.0.lifetime().username());
        let passwords = Passwords::new(&context.world);
        let root = passwords.root(&context.config.deployment, username, password).await?;
        let login = Login::from_root(&root).id();
        let keys = context.keys().ok_or(LoginError::Locked)?;
        let is_password = |row: &LoginRow| row.id == login && row.kind == LoginKind::Password;
        let is_own = login == keys.endpoint.login().id();
        if is_own || self.list().await?.iter().any(is_password) {
            Ok(root)
        } else {
            Err(LoginError::CurrentPassword)
        }
    }

    /// Held during a change: one at a time in this browser, if it has locks.
    pub(super) async fn turn(&self) -> Option<Box<dyn Any>> {
        self.0.context().world.store.lock("logins").await.ok()
    }

    /// Whether this device is to remind of recovery words; if that cannot be stored, it does until
    /// there are some.
    async fn remind(&self, remind: bool) {
        let value = (!remind).then(|| b"no".to_vec());
        let _ = self.0.context().world.store.write(vec![(self.reminder(), value)]).await;
    }

    fn reminder(&self) -> String {
        format!("words/{}", self.0.context().account)
    }

    pub(super) fn keyring(&self) -> Result<Keyring, LoginError> {
        let context = self.0.context();
        let keys = context.keys().ok_or(LoginError::Locked)?;
        // EXPOSE: to be sealed for another login.
        let vault_key = VaultKey::copied(keys.vault_key.expose());
        Ok(Keyring { account: context.account, vault_key, username: None })
    }
}
