//! Invite codes: generated here, kept as hashes in the configuration, valid for one account each.
//!
//! ```text
//! code            = base32(15 random bytes), in groups of four
//! configuration   = SHA-256(code)
//! claim           = an empty object at invites/<hash>/<login_id>; or …/revoked, by the operator
//! ```
//! A claim is written first and checked after: it holds only if no other claim is stored for the
//! invite. So of two concurrent claims, on any instances, at most one succeeds, even on stores
//! without conditional writes. Both may be refused; then either may retry.

use std::collections::BTreeMap;

use bytes::Bytes;
use data_encoding::BASE32_NOPAD;
use frond_wire::{InviteHash, Key, LoginId};

use crate::App;
use crate::error::Refusal;
use crate::s3::StoreError;

/// Most pages of 1 000 claims that are listed.
const MAX_PAGES: usize = 100;

/// A new code of 120 bits, shown once; the configuration holds its [`InviteHash`].
///
/// # Errors
///
/// If the system provides no randomness.
pub fn code() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 15];
    getrandom::fill(&mut bytes)?;
    let text = BASE32_NOPAD.encode(&bytes).to_ascii_lowercase();
    let group = |group: &[u8]| String::from_utf8_lossy(group).into_owned();
    Ok(text.as_bytes().chunks(4).map(group).collect::<Vec<_>>().join("-"))
}

/// State of an invite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Not used yet.
    Unused,
    /// Used by this login.
    Used(LoginId),
    /// Revoked by the operator.
    Revoked,
}

/// Claims an invite for a login; repeating it for the same login succeeds.
///
/// # Errors
///
/// [`Refusal::Invite`] if another login has claimed it or it was revoked.
pub async fn claim(app: &App, invite: &InviteHash, login: &LoginId) -> Result<(), Refusal> {
    let own = Key::claim(invite, login);
    only(app, invite, &own).await?;
    app.store.put_new(&own, Bytes::new()).await?;
    if let Err(refusal) = only(app, invite, &own).await {
        app.store.delete(&own).await?;
        return Err(refusal);
    }
    Ok(())
}

/// Checks that there is no other claim.
async fn only(app: &App, invite: &InviteHash, own: &Key) -> Result<(), Refusal> {
    let found = app.store.list(&Key::claims(invite), 2, None).await?;
    if found.objects.iter().all(|(key, _)| key == own.as_str()) {
        Ok(())
    } else {
        Err(Refusal::Invite)
    }
}

/// Revokes an invite, immediately and for all instances; an account created with it stays.
///
/// # Errors
///
/// [`StoreError`].
pub async fn revoke(app: &App, invite: &InviteHash) -> Result<State, StoreError> {
    app.store.put_new(&Key::revoked(invite), Bytes::new()).await?;
    Ok(list(app).await?.remove(invite).unwrap_or(State::Revoked))
}

/// All configured invites, and all used invites of earlier configurations.
///
/// # Errors
///
/// [`StoreError`].
pub async fn list(app: &App) -> Result<BTreeMap<InviteHash, State>, StoreError> {
    let configured = app.config.accounts.invites.iter();
    let mut states: BTreeMap<_, _> =
        configured.map(|invite| (invite.clone(), State::Unused)).collect();
    let (all, mut next) = (Key::invites(), None);
    for _ in 0..MAX_PAGES {
        let page = app.store.list(&all, 1_000, next).await?;
        for (key, _) in &page.objects {
            let rest = key.strip_prefix(all.as_str()).unwrap_or_default();
            let (hash, by) = rest.split_once('/').unwrap_or((rest, ""));
            let Ok(invite) = InviteHash::parse(hash) else { continue };
            match LoginId::parse(by) {
                Ok(login) => states.insert(invite, State::Used(login)),
                // Claimed before it was revoked: report it as used.
                Err(_) if matches!(states.get(&invite), Some(State::Used(_))) => None,
                Err(_) => states.insert(invite, State::Revoked),
            };
        }
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    Ok(states)
}
