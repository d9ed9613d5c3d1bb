//! Passkeys as logins: added to an open vault, and signed in with.

use frond_wire::{LoginKind, PublicConfig};

use super::error::{LoginError, UnlockError};
use super::locked::LockedVault;
use super::logins::Logins;
use super::open::Session;
use super::replacing::add;
use crate::account::{Deployment, Keyring, Login, passkey_salt};
use crate::port::Passkeys;
use crate::secret::Root;

impl Logins {
    /// Makes a passkey, and makes it one more way into the account.
    ///
    /// # Errors
    /// [`LoginError::Passkey`] if it gave no key: the account is unchanged, but the authenticator
    /// may list the passkey. Others as returned by the requests.
    pub async fn add_passkey(&self, passkeys: &dyn Passkeys) -> Result<(), LoginError> {
        let Self(session) = self;
        let (context, username) = (session.context(), session.lifetime().username());
        let (salt, handle) = (salt(&context.config)?, context.world.entropy.bytes()?);
        let root = passkeys.create(username.as_str(), handle, salt).await?;
        let _turn = self.turn().await;
        let keys = context.keys().ok_or(LoginError::Locked)?;
        let keyring = Keyring { username: Some(username.clone()), ..self.keyring()? };
        add(&context.world, &keys.endpoint, &keyring, &root, LoginKind::Passkey).await?;
        Ok(())
    }

    /// The root of a passkey of this account.
    ///
    /// # Errors
    /// [`LoginError::UnknownPasskey`] if it is not one of them.
    pub(super) async fn proved_by(&self, passkeys: &dyn Passkeys) -> Result<Root, LoginError> {
        let root = passkeys.get(salt(&self.0.context().config)?).await?;
        let login = Login::from_root(&root).id();
        let is_its = self.list().await?.iter().any(|row| row.id == login);
        if is_its { Ok(root) } else { Err(LoginError::UnknownPasskey) }
    }
}

impl LockedVault {
    /// Opens the account of a passkey that the user chooses.
    ///
    /// # Errors
    /// [`LoginError::Passkey`], [`LoginError::UnknownPasskey`]; others as at signing in.
    pub async fn sign_in_with_passkey(
        &self,
        passkeys: &dyn Passkeys,
    ) -> Result<Session, LoginError> {
        let config = self.config_or_known().await?;
        let root = passkeys.get(salt(&config)?).await?;
        self.enter(config, &root, None).await.map_err(|error| match error {
            UnlockError::Wrong => LoginError::UnknownPasskey,
            error => LoginError::Unlock(error),
        })
    }
}

fn salt(config: &PublicConfig) -> Result<[u8; 32], UnlockError> {
    let deployment = Deployment::parse(&config.deployment);
    Ok(passkey_salt(&deployment.map_err(|_| UnlockError::InvalidResponse)?))
}
