//! Invite codes: made here, held by the configuration as hashes, good for one account each.
//!
//! ```text
//! code            = base32(15 random bytes), in groups of four
//! configuration   = SHA-256(code)
//! claim           = an empty object at invites/<hash>/<login_id>; or …/revoked, by the operator
//! ```
//! Whoever claims writes first and looks second: a claim holds only where no other lies beside it.
//! So of two that claim at one moment, on whichever instances, at most one gets in, also on stores
//! without conditional writes. They may both be refused; then either may try again.

use std::collections::BTreeMap;

use bytes::Bytes;
use data_encoding::BASE32_NOPAD;
use frond_wire::{InviteHash, Key, LoginId};

use crate::App;
use crate::error::Refusal;
use crate::s3::StoreError;

/// Pages of 1 000 claims that are listed.
const MAX_PAGES: usize = 100;

/// A new code, 120 bits, to be shown once; the configuration holds its [`InviteHash`].
///
/// # Errors
///
/// Where the system gives no randomness.
pub fn code() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 15];
    getrandom::fill(&mut bytes)?;
    let text = BASE32_NOPAD.encode(&bytes).to_ascii_lowercase();
    let group = |group: &[u8]| String::from_utf8_lossy(group).into_owned();
    Ok(text.as_bytes().chunks(4).map(group).collect::<Vec<_>>().join("-"))
}

/// What became of an invite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits for somebody.
    Unused,
    /// This login used it.
    Used(LoginId),
    /// The operator took it back.
    Revoked,
}

/// Uses an invite up; the login that did may do so again.
///
/// # Errors
///
/// [`Refusal::Invite`] where another login has it or it was revoked.
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

/// No claim lies beside this one.
async fn only(app: &App, invite: &InviteHash, own: &Key) -> Result<(), Refusal> {
    let found = app.store.list(&Key::claims(invite), 2, None).await?;
    if found.objects.iter().all(|(key, _)| key == own.as_str()) {
        Ok(())
    } else {
        Err(Refusal::Invite)
    }
}

/// Takes an invite back, at once and for all instances; an account that was made with it stays.
///
/// # Errors
///
/// [`StoreError`].
pub async fn revoke(app: &App, invite: &InviteHash) -> Result<State, StoreError> {
    app.store.put_new(&Key::revoked(invite), Bytes::new()).await?;
    Ok(list(app).await?.remove(invite).unwrap_or(State::Revoked))
}

/// Every invite of the configuration, and every one of earlier configurations that somebody used.
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
                // Used before it was revoked: it was used.
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
