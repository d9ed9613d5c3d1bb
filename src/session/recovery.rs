//! Signing in with recovery words, which leads to a new password.

use frond_wire::{LoginKind, PublicConfig};

use super::error::{LoginError, UnlockError};
use super::known;
use super::locked::LockedVault;
use super::open::Session;
use super::replacing::{add, remove_others};
use crate::account::{Keyring, Login, Username, recovery_root};
use crate::client::Endpoint;
use crate::secret::Password;

/// An account that recovery words opened. It waits for a new password.
pub struct Recovery {
    vault: LockedVault,
    config: PublicConfig,
    endpoint: Endpoint,
    keyring: Keyring,
}

impl LockedVault {
    /// Opens the account that has these recovery words: 24 in any case, separated by white space.
    ///
    /// # Errors
    /// [`LoginError::Words`], [`LoginError::UnknownWords`]; others as at signing in.
    pub async fn recover(&self, words: &str) -> Result<Recovery, LoginError> {
        let root = recovery_root(words).map_err(|_| LoginError::Words)?;
        let config = self.config().await?;
        let endpoint = self.endpoint(&config, Login::from_root(&root))?;
        let record = endpoint.login_record().await.map_err(|error| match error.into() {
            UnlockError::Wrong => LoginError::UnknownWords,
            error => LoginError::Unlock(error),
        })?;
        let keyring = Keyring::open(&root, &record).map_err(|_| UnlockError::Forged)?;
        Ok(Recovery { vault: self.clone(), config, endpoint, keyring })
    }
}

impl Recovery {
    /// Makes this the account's password, in place of every password that it has, and opens the
    /// vault. The words stay a way in.
    ///
    /// # Errors
    /// [`LoginError::OldStays`] if the new password works and a former one may, too. Otherwise the
    /// words work as before.
    pub async fn set_password(
        &self,
        username: &str,
        password: &Password,
    ) -> Result<Session, LoginError> {
        let Self { vault, config, endpoint, keyring } = self;
        let (world, passwords) = (&vault.world, &vault.passwords);
        let username = Username::parse(username).map_err(|_| UnlockError::Username)?;
        passwords.check_new(&username, password).await?;
        let root = passwords.root(&config.deployment, &username, password).await?;
        let record = add(world, endpoint, keyring, &root, LoginKind::Password).await?;
        let endpoint = endpoint.of(Login::from_root(&root));
        remove_others(&endpoint, LoginKind::Password, &record.login, &[]).await?;
        known::remember(&*world.store, vault.origin(), config, &record).await;
        let Keyring { account, vault_key, .. } =
            Keyring::open(&root, &record).map_err(|_| UnlockError::Forged)?;
        let config = config.clone();
        Ok(Session::open(world, username, account, vault_key, endpoint, config, None).await)
    }
}
