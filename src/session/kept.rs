//! What outlives a reload, inside the device's wrapped storage.

use frond_wire::PublicConfig;
use zeroize::Zeroizing;

use crate::account::AccountId;
use crate::codec::{Reader, Writer};
use crate::secret::{LoginSeed, VaultKey};

/// A record of another version is no record.
const VERSION: u8 = 1;
/// Room for everything of fixed length.
const FIXED: usize = 256;

/// An open session, apart from what the bucket holds. The unlock key is not in it: the keyring is open already.
pub(super) struct Kept {
    pub(super) login_seed: LoginSeed,
    pub(super) vault_key: VaultKey,
    pub(super) username: String,
    pub(super) account: AccountId,
    pub(super) config: PublicConfig,
    /// When somebody was last here, milliseconds since the Unix epoch.
    pub(super) active: u64,
}

/// As [`Kept`], of a session that goes on.
pub(super) fn write(
    login_seed: &LoginSeed,
    vault_key: &VaultKey,
    username: &str,
    account: &AccountId,
    config: &PublicConfig,
    active: u64,
) -> Option<Zeroizing<Vec<u8>>> {
    let config = serde_json::to_string(config).ok()?;
    let record = Writer::new(VERSION, FIXED + username.len() + config.len())
        .number(active)
        .array(account.as_bytes())
        .text(username)
        .text(&config)
        // EXPOSE: to be wrapped by a key that cannot be exported.
        .array(login_seed.expose())
        // EXPOSE: to be wrapped by a key that cannot be exported.
        .array(vault_key.expose());
    Some(record.finish())
}

impl Kept {
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::new(VERSION, bytes)?;
        let active = from.number()?;
        let account = AccountId::from_bytes(*from.array()?);
        let username = from.text()?.to_owned();
        let config = serde_json::from_slice(from.text()?.as_bytes()).ok()?;
        let login_seed = LoginSeed::copied(from.array()?);
        let vault_key = VaultKey::copied(from.array()?);
        from.end()?;
        Some(Self { login_seed, vault_key, username, account, config, active })
    }
}
