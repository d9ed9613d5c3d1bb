//! Removes logins first, then the account's data. Never removes the last login alone.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use bytes::Bytes;
use frond_wire::{ACCOUNT_BATCH, AccountId, Key, LoginId, Vault};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::list::{marked, own};
use crate::App;
use crate::auth::{FreshCaller, record};
use crate::error::Refusal;
use crate::shares;

/// Concurrent deletions.
const AT_ONCE: usize = 16;

/// `DELETE /v1/logins/<login_id>`: removes a login, the caller's own included. Answers 204, also
/// when repeated.
///
/// # Errors
///
/// [`Refusal::LastLogin`], or [`Refusal::Forbidden`] if it belongs to another account.
pub async fn remove_login(
    State(app): State<Arc<App>>,
    Path(login): Path<String>,
    FreshCaller(caller): FreshCaller,
) -> Result<StatusCode, Refusal> {
    let login = LoginId::parse(&login)?;
    let vault = Vault(caller.account);
    if let Some(found) = record(&app, &login).await? {
        if found.account != caller.account {
            return Err(Refusal::Forbidden);
        }
        if !another_way_in(&app, &caller.account, &login).await? {
            return Err(Refusal::LastLogin);
        }
        app.store.delete(&Key::login(&login)).await?;
        app.logins.forget(&login);
        // Two logins that remove each other concurrently both passed the check above: both are
        // restored.
        if !another_way_in(&app, &caller.account, &login).await? {
            let bytes = serde_json::to_vec(&found).map_err(|_| Refusal::Internal)?;
            app.store.put_new(&Key::login(&login), Bytes::from(bytes)).await?;
            return Err(Refusal::LastLogin);
        }
    }
    app.store.delete(&vault.login(&login)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whether the account has a login besides this one. A marker counts only with its record.
async fn another_way_in(
    app: &App,
    account: &AccountId,
    besides: &LoginId,
) -> Result<bool, Refusal> {
    for login in marked(app, account).await? {
        if login != *besides && own(app, account, &login).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// `DELETE /v1/account`: deletes [`ACCOUNT_BATCH`] objects of the account at most. Answers 204 when
/// all is deleted, 202 when more remains: the caller repeats the request.
///
/// All logins but the caller's are revoked first, then everything else is deleted and its shares
/// are revoked, the caller's own login last, so that a repeat can finish after a crash. Unfinished
/// uploads are left to the store's lifecycle rule.
///
/// # Errors
///
/// [`Refusal::Store`], [`Refusal::TooMany`]; deletions so far stand, and a repeat resumes.
pub async fn remove_account(
    State(app): State<Arc<App>>,
    FreshCaller(caller): FreshCaller,
) -> Result<StatusCode, Refusal> {
    let (account, signer) = (&caller.account, &caller.signed.signer.login);
    app.limits.operations(&caller.signed.address, signer, ACCOUNT_BATCH)?;
    for login in marked(&app, account).await? {
        if login != *signer && own(&app, account, &login).await?.is_some() {
            app.store.delete(&Key::login(&login)).await?;
            app.logins.forget(&login);
        }
    }
    let vault = Vault(*account);
    let marker = vault.login(signer);
    let page = app.store.list(&vault.all(), ACCOUNT_BATCH, None).await?;
    let keys =
        page.objects.iter().filter_map(|(key, _)| vault.listed(key)).filter(|key| *key != marker);
    let keys: Vec<Key> = keys.collect();
    let deletions = stream::iter(keys).map(|key| {
        let app = &app;
        async move {
            // Anybody could open its files while they are being deleted, and the record after that.
            if let Some(share) = vault.noted_share(key.as_str()) {
                return shares::end(app, account, &share).await;
            }
            Ok(app.store.delete(&key).await?)
        }
    });
    deletions.buffer_unordered(AT_ONCE).try_for_each(|()| async { Ok(()) }).await?;
    if page.next.is_some() {
        return Ok(StatusCode::ACCEPTED);
    }
    app.store.delete(&Key::login(signer)).await?;
    app.logins.forget(signer);
    app.store.delete(&marker).await?;
    Ok(StatusCode::NO_CONTENT)
}
