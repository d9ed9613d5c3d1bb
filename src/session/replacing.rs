//! How one login takes the place of another: its record is written, what is stored is proved to
//! open, and only then the other one is removed. Cut at any step, one of the two works.

use super::error::LoginError;
use super::world::World;
use crate::account::{Keyring, Login, LoginId};
use crate::client::{ApiError, Endpoint};
use crate::secret::Root;
use frond_wire::{LoginKind, LoginRecord, ProblemKind};

/// Adds the login of `root` to the account of the login that `endpoint` signs with, and proves that
/// its stored record opens to this keyring. A login that is there already, as after an attempt that
/// was cut, is proved only.
///
/// # Errors
/// [`LoginError::Unproved`]; others as returned by the requests. Nothing was removed.
pub(super) async fn add(
    world: &World,
    endpoint: &Endpoint,
    keyring: &Keyring,
    root: &Root,
    kind: LoginKind,
) -> Result<LoginRecord, LoginError> {
    let mut iv = [0; 16];
    world.entropy.fill(&mut iv)?;
    let login = Login::from_root(root);
    let record = keyring.record(root, kind, endpoint.now(), iv);
    match twice(async || endpoint.add_login(&login, record.clone()).await).await {
        Err(ApiError::Problem(ProblemKind::LoginExists)) => {}
        added => added?,
    }
    let new = endpoint.of(login);
    let stored = twice(async || new.login_record().await).await?;
    match Keyring::open(root, &stored) {
        Ok(opened) if opened == *keyring && stored.kind == kind => Ok(stored),
        _ => Err(LoginError::Unproved),
    }
}

/// Removes all logins of this kind but `kept`, and those of `others`, whether they are listed or
/// not.
///
/// # Errors
/// [`LoginError::OldStays`]: which of them are removed is unknown.
pub(super) async fn remove_others(
    endpoint: &Endpoint,
    kind: LoginKind,
    kept: &LoginId,
    others: &[LoginId],
) -> Result<(), LoginError> {
    let remove = async |login: &LoginId| {
        twice(async || endpoint.remove_login(login).await).await.map_err(|_| LoginError::OldStays)
    };
    for login in others {
        remove(login).await?;
    }
    let listed = twice(async || endpoint.logins().await).await.map_err(|_| LoginError::OldStays)?;
    for listed in listed.iter().filter(|listed| listed.kind == kind && listed.login != *kept) {
        remove(&listed.login).await?;
    }
    Ok(())
}

/// Sends a request that is safe to repeat once more if it was not answered.
pub(super) async fn twice<T>(send: impl AsyncFn() -> Result<T, ApiError>) -> Result<T, ApiError> {
    match send().await {
        Err(ApiError::NoAnswer | ApiError::StoreDown) => send().await,
        answer => answer,
    }
}
