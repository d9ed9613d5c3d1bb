//! Shares: links that open chosen files of an account, without a login.
//!
//! ```text
//! vaults/<account>/shares/<share_id>    the owner's note, sealed; written before the record,
//!                                       deleted last
//! shares/<share_id>                     the record
//! shares/revoked/<share_id>             empty: the tombstone; written once, never deleted
//! ```
//! A share lives while it has a record that has not expired, and no tombstone. As the tombstone is
//! an object of its own, nothing that writes the record can revive a revoked share: not a request
//! that was sent before, nor a copy of the record that is put back.
//!
//! Who opens a share gets URLs for GETs of the objects that its record names, under the owner's
//! account: so a record that names another account's objects opens nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use bytes::Bytes;
use frond_wire::{
    AccountId, ChangedShare, Key, ListedShare, ListedShares, MAX_SHARE, MAX_SHARE_NOTE, MAX_SHARED,
    MAX_SHARES, Name, NewShare, ObjectId, OpenedShare, Presigned, SHARE_FORMAT, SHARE_PAGE,
    ShareId, ShareRecord, Vault,
};
use futures_util::{StreamExt, TryStreamExt, future, stream};
use rusty_s3::Method;
use serde::Deserialize;

use crate::App;
use crate::accounts::is_token;
use crate::auth::{Caller, FreshCaller, LargeCaller};
use crate::error::Refusal;
use crate::limits::Address;
use crate::s3::Request;

/// Concurrent requests to the store.
const AT_ONCE: usize = 16;

/// `POST /v1/shares`: makes a share of files of the caller's account. Answers 201, also when
/// repeated.
///
/// # Errors
///
/// [`Refusal::Forbidden`] if record or share belong to another account, [`Refusal::ShareExists`] if
/// the share has another record, [`Refusal::ShareEnded`] if it was revoked,
/// [`Refusal::TooManyShares`], [`Refusal::Quota`], [`Refusal::TooLarge`], [`Refusal::Malformed`].
pub async fn make(
    State(app): State<Arc<App>>,
    LargeCaller(caller): LargeCaller,
) -> Result<StatusCode, Refusal> {
    let NewShare { share, record, note } = caller.signed.json()?;
    let body = check(&app, &caller, &record, &note).await?;
    // Before the note is written: the list of an account has no share of another.
    if let Some(found) = alive(&app, &share).await? {
        let own = owned(&caller, found)?;
        return if own == record { Ok(StatusCode::CREATED) } else { Err(Refusal::ShareExists) };
    }
    let vault = Vault(caller.account);
    let notes = app.store.list(&vault.shares(), MAX_SHARES, None).await?.objects;
    let own = vault.share(&share);
    if notes.len() >= MAX_SHARES && !notes.iter().any(|(key, _)| key == own.as_str()) {
        return Err(Refusal::TooManyShares);
    }
    app.store.put(&own, note.into()).await?;
    if app.store.put_new(&Key::share(&share), body).await?.is_some() {
        return Err(Refusal::ShareExists);
    }
    unless_revoked(&app, &caller, &share).await?;
    Ok(StatusCode::CREATED)
}

/// `POST /v1/shares/<share_id>`: replaces record and note of a share of the caller's account.
/// Answers 204. Who is reading its files meanwhile goes on with those that it still has.
///
/// # Errors
///
/// As [`make`]; [`Refusal::NotFound`] if there is no such share.
pub async fn change(
    State(app): State<Arc<App>>,
    Path(share): Path<String>,
    LargeCaller(caller): LargeCaller,
) -> Result<StatusCode, Refusal> {
    let share = ShareId::parse(&share)?;
    let ChangedShare { record, note } = caller.signed.json()?;
    let body = check(&app, &caller, &record, &note).await?;
    let found = owned(&caller, alive(&app, &share).await?.ok_or(Refusal::NotFound)?)?;
    if (found.created, found.password) != (record.created, record.password) {
        return Err(Refusal::Malformed);
    }
    app.store.put(&Key::share(&share), body).await?;
    app.store.put(&Vault(caller.account).share(&share), note.into()).await?;
    unless_revoked(&app, &caller, &share).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /v1/shares`: the shares of the caller's account, also those that have expired, with the
/// owner's notes. Reads each note from the bucket, and counts as that many operations.
///
/// # Errors
///
/// [`Refusal::Store`], [`Refusal::TooMany`].
pub async fn list(
    State(app): State<Arc<App>>,
    FreshCaller(caller): FreshCaller,
) -> Result<Json<ListedShares>, Refusal> {
    let vault = Vault(caller.account);
    let page = app.store.list(&vault.shares(), MAX_SHARES, None).await?;
    let shares: Vec<_> =
        page.objects.iter().filter_map(|(key, _)| vault.noted_share(key)).collect();
    let signer = &caller.signed.signer.login;
    app.limits.operations(&caller.signed.address, signer, shares.len())?;
    let app = &app;
    let notes = stream::iter(shares).map(|share| async move {
        let note = app.store.get(&vault.share(&share)).await?;
        let listed = |note| String::from_utf8(note).ok().map(|note| ListedShare { share, note });
        Ok::<_, Refusal>(note.and_then(listed))
    });
    let notes: Vec<_> = notes.buffered(AT_ONCE).try_collect().await?;
    Ok(Json(ListedShares { shares: notes.into_iter().flatten().collect() }))
}

/// `DELETE /v1/shares/<share_id>`: revokes a share of the caller's account. Answers 204, also when
/// repeated. URLs that were signed before stay valid until they expire.
///
/// # Errors
///
/// [`Refusal::Forbidden`] if it belongs to another account, [`Refusal::NotFound`].
pub async fn revoke(
    State(app): State<Arc<App>>,
    Path(share): Path<String>,
    FreshCaller(caller): FreshCaller,
) -> Result<StatusCode, Refusal> {
    let share = ShareId::parse(&share)?;
    match record(&app, &share).await? {
        Some(found) => drop(owned(&caller, found)?),
        None if app.store.get(&Vault(caller.account).share(&share)).await?.is_some() => {}
        None if is_revoked(&app, &share).await? => return Ok(StatusCode::NO_CONTENT),
        None => return Err(Refusal::NotFound),
    }
    end(&app, &caller.account, &share).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The query of [`open`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct From {
    from: Option<ObjectId>,
}

/// `GET /v1/shares/<share_id>`: the record of a share, and GETs for its objects, to anybody. It
/// changes nothing, so whoever looks at links uses none up.
///
/// # Errors
///
/// [`Refusal::ShareEnded`], [`Refusal::NotFound`], [`Refusal::TooMany`].
pub async fn open(
    State(app): State<Arc<App>>,
    Extension(address): Extension<Address>,
    Path(share): Path<String>,
    from: Result<Query<From>, QueryRejection>,
) -> Result<Json<OpenedShare>, Refusal> {
    app.confirm().await?;
    let share = ShareId::parse(&share).map_err(|_| Refusal::NotFound)?;
    let Query(From { from }) = from.map_err(|_| Refusal::Malformed)?;
    app.limits.stranger(&address)?;
    let record = alive(&app, &share).await?.ok_or(Refusal::NotFound)?;
    let left = record.expires.map(|expires| expires.saturating_sub((app.clock)()));
    if left == Some(0) {
        return Err(Refusal::ShareEnded);
    }
    let rest = record.objects.iter().copied().skip_while(|object| Some(*object) < from);
    let objects: Vec<_> = rest.take(SHARE_PAGE).collect();
    app.limits.opened(&address, objects.len(), record.sealed.len())?;
    let expires = app.config.presign_seconds.min(left.unwrap_or(u64::MAX));
    let vault = Vault(record.account);
    let url = |object: &ObjectId| {
        let request = Request::object(Method::Get, vault.name(&Name::Object(*object)));
        Presigned {
            method: request.method.to_str().to_owned(),
            url: app.store.sign(&request, expires).into(),
            headers: BTreeMap::new(),
        }
    };
    let urls = objects.iter().map(url).collect();
    let record = from.is_none().then_some(record);
    Ok(Json(OpenedShare { record, expires, objects, urls }))
}

/// Revokes a share of this account: writes its tombstone, then deletes record and note.
///
/// # Errors
///
/// [`Refusal::Store`]; a repeat resumes.
pub async fn end(app: &App, account: &AccountId, share: &ShareId) -> Result<(), Refusal> {
    let found = record(app, share).await?;
    if found.as_ref().is_none_or(|found| found.account == *account) {
        app.store.put_new(&Key::revoked_share(share), Bytes::new()).await?;
        app.store.delete(&Key::share(share)).await?;
    }
    app.store.delete(&Vault(*account).share(share)).await?;
    Ok(())
}

/// The share was revoked while it was written: what was written goes.
async fn unless_revoked(app: &App, caller: &Caller, share: &ShareId) -> Result<(), Refusal> {
    if !is_revoked(app, share).await? {
        return Ok(());
    }
    end(app, &caller.account, share).await?;
    Err(Refusal::ShareEnded)
}

async fn is_revoked(app: &App, share: &ShareId) -> Result<bool, Refusal> {
    Ok(app.store.get(&Key::revoked_share(share)).await?.is_some())
}

/// The record of a share, as stored.
async fn record(app: &App, share: &ShareId) -> Result<Option<ShareRecord>, Refusal> {
    let Some(bytes) = app.store.get(&Key::share(share)).await? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|_| Refusal::Store)
}

/// The record of a share that was not revoked; it may have expired.
async fn alive(app: &App, share: &ShareId) -> Result<Option<ShareRecord>, Refusal> {
    let (revoked, record) = future::try_join(is_revoked(app, share), record(app, share)).await?;
    if revoked { Err(Refusal::ShareEnded) } else { Ok(record) }
}

fn owned(caller: &Caller, record: ShareRecord) -> Result<ShareRecord, Refusal> {
    if record.account == caller.account { Ok(record) } else { Err(Refusal::Forbidden) }
}

/// Checks what is to be stored, field by field as FORMAT.md specifies it; returns the record's
/// JSON.
async fn check(
    app: &App,
    caller: &Caller,
    record: &ShareRecord,
    note: &str,
) -> Result<Bytes, Refusal> {
    let ShareRecord { format, account, objects, created: _, expires, password: _, sealed } = record;
    if *account != caller.account {
        return Err(Refusal::Forbidden);
    }
    let over = expires.is_some_and(|expires| expires <= (app.clock)());
    let is_plain = format == SHARE_FORMAT
        && objects.is_sorted_by(|a, b| a < b)
        && !objects.is_empty()
        && is_token(sealed, MAX_SHARE)
        && is_token(note, MAX_SHARE_NOTE);
    if !is_plain || over {
        return Err(Refusal::Malformed);
    }
    let body = serde_json::to_vec(record).map_err(|_| Refusal::Internal)?;
    if objects.len() > MAX_SHARED || body.len() > MAX_SHARE {
        return Err(Refusal::TooLarge);
    }
    let bytes = u64::try_from(body.len()).unwrap_or(u64::MAX);
    app.quota.fits(app, &caller.account, bytes).await?;
    Ok(body.into())
}
