//! The keyring: the secret content of a login record.
//!
//! Under `unlock_key`, as a Fernet token: `{"login":…,"account":…,"vault_key":b64url}`, and
//! `"username":…` where the login does not begin with one. Login and account are both inside and
//! outside; readers compare them, so no record can replace another.

use base64ct::{Base64UrlUnpadded, Encoding};
use frond_wire::{LOGIN_FORMAT, LoginKind, LoginRecord};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{AccountId, Login, LoginId, Username};
use crate::fernet;
use crate::secret::{Root, VaultKey};

/// The record is not this login's, or was changed in storage. The error does not say which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the login record is not what was stored")]
pub struct Forged;

/// The content of the keyring.
#[derive(Debug, PartialEq, Eq)]
pub struct Keyring {
    /// The account.
    pub account: AccountId,
    /// The account's vault key.
    pub vault_key: VaultKey,
    /// The username, in the keyring of a passkey.
    pub username: Option<Username>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plain<'a> {
    login: LoginId,
    account: AccountId,
    vault_key: &'a str,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    username: Option<&'a str>,
}

impl Keyring {
    /// The login record of `root`. `created` is Unix seconds, `iv` 16 fresh random bytes.
    #[must_use]
    #[expect(clippy::expect_used, reason = "strings are always JSON")]
    pub fn record(&self, root: &Root, kind: LoginKind, created: u64, iv: [u8; 16]) -> LoginRecord {
        let login = Login::from_root(root);
        let (id, account) = (login.id(), self.account);
        // EXPOSE: to be sealed.
        let vault_key = Zeroizing::new(Base64UrlUnpadded::encode_string(self.vault_key.expose()));
        let username = self.username.as_ref().map(Username::as_str);
        let plain = Plain { login: id, account, vault_key: &vault_key, username };
        // Full capacity up front: a growing buffer would leave unwiped copies behind.
        let mut json = Zeroizing::new(Vec::with_capacity(512));
        serde_json::to_writer(&mut *json, &plain).expect("strings are always JSON");
        let keyring = fernet::encrypt(&root.unlock_key(), created, iv, &json);
        let public_key = Base64UrlUnpadded::encode_string(login.public_key());
        LoginRecord {
            format: LOGIN_FORMAT.to_owned(),
            login: id,
            public_key,
            account,
            kind,
            created,
            keyring,
        }
    }

    /// Opens a record with the root that should own it.
    pub fn open(root: &Root, record: &LoginRecord) -> Result<Self, Forged> {
        let login = Login::from_root(root);
        let opened = fernet::decrypt(&root.unlock_key(), &record.keyring).map_err(|_| Forged)?;
        let json = Zeroizing::new(opened.plaintext);
        let plain: Plain<'_> = serde_json::from_slice(&json).map_err(|_| Forged)?;
        let ours = record.format == LOGIN_FORMAT
            && record.login == login.id()
            && record.public_key == Base64UrlUnpadded::encode_string(login.public_key())
            && plain.login == record.login
            && plain.account == record.account;
        if !ours {
            return Err(Forged);
        }
        let vault_key = VaultKey::filled(|key| {
            let decoded = Base64UrlUnpadded::decode(plain.vault_key, key).map_err(|_| Forged)?;
            if decoded.len() == 32 { Ok(()) } else { Err(Forged) }
        })?;
        let username = plain.username.map(Username::parse).transpose().map_err(|_| Forged)?;
        Ok(Self { account: plain.account, vault_key, username })
    }
}
