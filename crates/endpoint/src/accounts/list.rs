//! The logins of an account, from its own list.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use frond_wire::{AccountId, ListedLogin, ListedLogins, LoginId, LoginRecord, Vault};
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::App;
use crate::auth::{FreshCaller, record};
use crate::error::Refusal;

/// Most logins of one account that are looked at.
const MAX_LOGINS: usize = 1_000;
/// Concurrent requests to the store.
const AT_ONCE: usize = 16;

/// `GET /v1/logins`: the logins of the caller's account. Reads each record from the bucket, and
/// counts as that many operations.
///
/// # Errors
///
/// [`Refusal::Store`], [`Refusal::TooMany`].
pub async fn list_logins(
    State(app): State<Arc<App>>,
    FreshCaller(caller): FreshCaller,
) -> Result<Json<ListedLogins>, Refusal> {
    let marked = marked(&app, &caller.account).await?;
    let signer = &caller.signed.signer.login;
    app.limits.operations(&caller.signed.address, signer, marked.len())?;
    let (app, account) = (&app, &caller.account);
    let records = stream::iter(marked).map(|login| async move { own(app, account, &login).await });
    let found: Vec<_> = records.buffered(AT_ONCE).try_collect().await?;
    let listed = |record: LoginRecord| ListedLogin {
        login: record.login,
        kind: record.kind,
        created: record.created,
    };
    Ok(Json(ListedLogins { logins: found.into_iter().flatten().map(listed).collect() }))
}

/// The logins that have a marker, in the order of their ids. One without a record grants no access.
pub(super) async fn marked(app: &App, account: &AccountId) -> Result<Vec<LoginId>, Refusal> {
    let under = Vault(*account).logins();
    let page = app.store.list(&under, MAX_LOGINS, None).await?;
    let id = |(key, _): &(String, u64)| LoginId::parse(key.strip_prefix(under.as_str())?).ok();
    Ok(page.objects.iter().filter_map(id).collect())
}

/// The record of a login, if it has one and belongs to the account.
pub(super) async fn own(
    app: &App,
    account: &AccountId,
    login: &LoginId,
) -> Result<Option<LoginRecord>, Refusal> {
    Ok(record(app, login).await?.filter(|found| found.account == *account))
}
