//! What a device remembers of a deployment: its name, pinned per origin; and what the password
//! needs to open the vault while the endpoint does not answer. All of it is public or ciphertext
//! under the password.
//!
//! ```text
//! deployment/<origin>    name of the deployment, for ever
//! config/<origin>        public configuration, as last seen
//! login/<login_id>       login record, as last seen
//! ```

use frond_wire::{LoginRecord, PublicConfig};

use super::error::UnlockError;
use crate::account::{AccountId, LoginId};
use crate::port::{Store, StoreFailed};

/// Checks that this origin's deployment name is unchanged; pins the name at first use.
///
/// A pin that cannot be read is not overwritten: otherwise an attacker who can make the storage
/// fail would choose the name, and with it the salt. Without any storage, every visit counts as the
/// first.
pub(super) async fn pin(store: &dyn Store, origin: &str, name: &str) -> Result<(), UnlockError> {
    let key = format!("deployment/{origin}");
    match store.get(&key).await {
        Ok(Some(pinned)) if pinned == name.as_bytes() => Ok(()),
        Ok(Some(_)) => Err(UnlockError::DeploymentChanged),
        Ok(None) => match store.write(vec![(key, Some(name.as_bytes().to_vec()))]).await {
            Ok(()) => Ok(()),
            Err(_) if store.is_absent() => Ok(()),
            Err(_) => Err(UnlockError::DeviceStorage),
        },
        Err(_) if store.is_absent() => Ok(()),
        Err(_) => Err(UnlockError::DeviceStorage),
    }
}

/// The configuration as last seen.
pub(super) async fn config(store: &dyn Store, origin: &str) -> Option<PublicConfig> {
    serde_json::from_slice(&store.get(&format!("config/{origin}")).await.ok()??).ok()
}

/// A login record as last seen.
pub(super) async fn login(store: &dyn Store, login: &LoginId) -> Option<LoginRecord> {
    serde_json::from_slice(&store.get(&format!("login/{login}")).await.ok()??).ok()
}

/// Remembers both. If that fails, the password cannot open the vault here while the endpoint is
/// down.
pub(super) async fn remember(
    store: &dyn Store,
    origin: &str,
    config: &PublicConfig,
    record: &LoginRecord,
) {
    let (Ok(config), Ok(login)) = (serde_json::to_vec(config), serde_json::to_vec(record)) else {
        return;
    };
    let records =
        [(format!("config/{origin}"), config), (format!("login/{}", record.login), login)];
    let _ = store.write(records.into_iter().map(|(key, value)| (key, Some(value))).collect()).await;
}

/// Forgets a login that the endpoint no longer knows.
pub(super) async fn forget(store: &dyn Store, login: &LoginId) {
    let _ = store.write(vec![(format!("login/{login}"), None)]).await;
}

/// Forgets all that this device has of an account; and the deployment, unless it has another
/// account there. Nothing is forgotten if that fails.
pub(super) async fn forget_account(
    store: &dyn Store,
    origin: &str,
    account: &AccountId,
) -> Result<(), StoreFailed> {
    let id = account.to_string();
    let mut keys = store.keys("").await?;
    keys.retain(|key| key.split('/').nth(1) == Some(id.as_str()));
    let is_its = |record: &[u8]| {
        serde_json::from_slice(record).is_ok_and(|record: LoginRecord| record.account == *account)
    };
    let (its, others): (Vec<_>, Vec<_>) =
        store.scan("login/").await?.into_iter().partition(|(_, record)| is_its(record));
    keys.extend(its.into_iter().map(|(key, _)| key));
    if others.is_empty() {
        keys.extend([format!("deployment/{origin}"), format!("config/{origin}")]);
    }
    store.write(keys.into_iter().map(|key| (key, None)).collect()).await
}
