//! What an open session stores on its device, so that a reload needs no password.
//!
//! ```text
//! record    = where the session's share is, the session's secret, sealed       on the device
//! sealed    = Fernet token of login seed, vault key, username, configuration
//! its key   = HMAC(device key, "frond/1 session keys" ‖ session_id ‖ share)    stored nowhere
//! ```
//! The device's key is on the device too, even if the browser calls it non-extractable; the share
//! is not. The endpoint returns the share for the session's secret for as long as the session
//! lives, and deletes it when the session ends. So a copy of the device, taken at any time, opens
//! the vault only together with the endpoint, and only until the session ends.

use frond_wire::PublicConfig;
use zeroize::Zeroizing;

use crate::account::{AccountId, SessionId};
use crate::client::SessionClient;
use crate::codec::{Reader, Writer};
use crate::fernet;
use crate::port::SessionKeyStore;
use crate::secret::{FernetKey, LoginSeed, SessionSecret, SessionShare, VaultKey};

/// Records of other versions are ignored.
const VERSION: u8 = 2;
/// Capacity for all fixed-length fields.
const FIXED: usize = 256;

/// The record, in parts.
pub(super) struct StoredSession {
    /// Where the share is.
    pub(super) client: SessionClient,
    sealed: Vec<u8>,
}

/// The keys of a session, and what else it needs to resume. The unlock key is not included: the
/// keyring is already open.
pub(super) struct SessionKeys {
    pub(super) login_seed: LoginSeed,
    pub(super) vault_key: VaultKey,
    pub(super) username: String,
    pub(super) config: PublicConfig,
}

impl StoredSession {
    /// Loads the record from this device.
    pub(super) async fn load(store: &dyn SessionKeyStore) -> Option<Self> {
        Self::read(&store.load().await?)
    }

    fn read(record: &[u8]) -> Option<Self> {
        let mut from = Reader::new(VERSION, record)?;
        let account = AccountId::from_bytes(*from.array()?);
        let session = SessionId::from_bytes(*from.array()?);
        let secret = SessionSecret::copied(from.array()?);
        let origin = from.text()?.to_owned();
        let sealed = from.bytes()?.to_vec();
        from.end()?;
        Some(Self { client: SessionClient { origin, account, session, secret }, sealed })
    }

    /// Opens the keys with the share that the endpoint returned.
    pub(super) async fn open(
        &self,
        store: &dyn SessionKeyStore,
        share: &SessionShare,
    ) -> Option<SessionKeys> {
        let key = wrapping_key(store, &self.client.session, share).await?;
        let opened = fernet::open(&key, &self.sealed).ok()?;
        let plain = Zeroizing::new(opened.plaintext);
        let mut from = Reader::new(VERSION, &plain)?;
        let account = AccountId::from_bytes(*from.array()?);
        let username = from.text()?.to_owned();
        let config = serde_json::from_slice(from.text()?.as_bytes()).ok()?;
        let login_seed = LoginSeed::copied(from.array()?);
        let vault_key = VaultKey::copied(from.array()?);
        from.end()?;
        (account == self.client.account).then_some(SessionKeys {
            login_seed,
            vault_key,
            username,
            config,
        })
    }
}

/// Seals the keys of a session under a new key of this device and this share; writes them, reads
/// them back and opens them. False if they would not be there after a reload.
pub(super) async fn keep(
    store: &dyn SessionKeyStore,
    client: &SessionClient,
    share: &SessionShare,
    (login_seed, vault_key): (&LoginSeed, &VaultKey),
    (username, config): (&str, &PublicConfig),
    (time, iv): (u64, [u8; 16]),
) -> bool {
    let SessionClient { origin, account, session, secret } = client;
    let Ok(config) = serde_json::to_string(config) else { return false };
    if !store.renew().await {
        return false;
    }
    let Some(key) = wrapping_key(store, session, share).await else { return false };
    let plain = Writer::new(VERSION)
        .array(account.as_bytes())
        .text(username)
        .text(&config)
        // EXPOSE: to be sealed.
        .array(login_seed.expose())
        // EXPOSE: to be sealed.
        .array(vault_key.expose())
        .finish();
    let sealed = fernet::seal(&key, time, iv, &plain);
    let record = Writer::new(VERSION)
        .array(account.as_bytes())
        .array(session.as_bytes())
        // EXPOSE: stored here in clear; worthless once the session has ended.
        .array(secret.expose())
        .text(origin)
        .bytes(&sealed)
        .finish();
    if !store.save(&record).await {
        return false;
    }
    match StoredSession::load(store).await {
        Some(kept) => {
            kept.open(store, share).await.is_some_and(|keys| keys.vault_key == *vault_key)
        }
        None => false,
    }
}

async fn wrapping_key(
    store: &dyn SessionKeyStore,
    session: &SessionId,
    share: &SessionShare,
) -> Option<FernetKey> {
    let mut message = Zeroizing::new(Vec::with_capacity(FIXED));
    message.extend_from_slice(b"frond/1 session keys");
    message.extend_from_slice(session.as_bytes());
    // EXPOSE: to derive from it, with the device's key.
    message.extend_from_slice(share.expose());
    store.derive(&message).await
}
