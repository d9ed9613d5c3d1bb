//! Open sessions: each has a random *share*, which a device needs to unwrap the keys that it keeps
//! over a reload.
//!
//! A device wraps the keys of an open session under its own key together with the share
//! (docs/decisions/0001). It fetches the share with the session's *secret* while the session is
//! active; when the session ends, the share is deleted, and any copy of the device's storage,
//! whenever it was taken, is useless.
//!
//! ```text
//! vaults/<account>/sessions/<session_id>/until  when the session expires; each renewal replaces it
//! vaults/<account>/sessions/<session_id>/share  login, hash of the secret, share; written once,
//!                                               deleted at the end
//! ```
//! Only the start of a session writes its share, so no late renewal restores a deleted one, whether
//! or not the store supports conditional writes. `until` is written first: a share without it is no
//! session.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use data_encoding::BASE64URL_NOPAD;
use frond_wire::{
    AccountId, LoginId, NewSession, Renewal, SESSION_FORMAT, SESSION_SCHEME, SESSION_SECONDS,
    SessionId, Share, Vault,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::App;
use crate::auth::{FreshCaller, record};
use crate::error::Refusal;

/// Most sessions of one account; beyond that, those that expire soonest are ended.
const MAX_SESSIONS: usize = 100;
/// Most session keys listed when a session begins.
const MAX_LISTED: usize = 1_000;
/// Concurrent requests to the store.
const AT_ONCE: usize = 16;
/// Longest body of a renewal, in bytes.
const MAX_RENEWAL: usize = 1_024;

/// Stored once per session.
#[derive(PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    format: String,
    login: LoginId,
    secret_hash: String,
    share: String,
    created: u64,
}

/// When a session expires, in Unix seconds.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Until {
    until: u64,
}

/// `POST /v1/sessions`: begins a session. Answers 201, also when repeated. Removes the account's
/// expired sessions.
///
/// # Errors
///
/// [`Refusal::Malformed`]; [`Refusal::Forbidden`] if another session has this id.
pub async fn begin(
    State(app): State<Arc<App>>,
    FreshCaller(caller): FreshCaller,
) -> Result<StatusCode, Refusal> {
    let NewSession { session, secret_hash, share, idle_seconds } = caller.signed.json()?;
    if bytes32(&secret_hash).is_none() || bytes32(&share).is_none() {
        return Err(Refusal::Malformed);
    }
    clear(&app, &caller.account).await?;
    write_until(&app, &caller.account, &session, idle_seconds).await?;
    let record = Record {
        format: SESSION_FORMAT.to_owned(),
        login: caller.signed.signer.login,
        secret_hash,
        share,
        created: (app.clock)(),
    };
    let body = serde_json::to_vec(&record).map_err(|_| Refusal::Internal)?;
    let key = Vault(caller.account).session_share(&session);
    match app.store.put_new(&key, body.into()).await? {
        None => Ok(StatusCode::CREATED),
        Some(found) => {
            let found: Record = serde_json::from_slice(&found).map_err(|_| Refusal::Store)?;
            let same = found == Record { created: found.created, ..record };
            if same { Ok(StatusCode::CREATED) } else { Err(Refusal::Forbidden) }
        }
    }
}

/// `GET /v1/sessions/<account>/<session_id>`: returns the share, given the session's secret.
///
/// # Errors
///
/// [`Refusal::SessionEnded`] for anything but an active session with its secret.
pub async fn share(State(_): State<Arc<App>>, held: Held) -> Result<Json<Share>, Refusal> {
    Ok(Json(Share { share: held.record.share }))
}

/// `POST /v1/sessions/<account>/<session_id>`: renews the session; it expires `idle_seconds` from
/// now. Answers 204.
///
/// # Errors
///
/// As [`share`]; [`Refusal::Malformed`].
pub async fn renew(State(app): State<Arc<App>>, held: Held) -> Result<StatusCode, Refusal> {
    let Renewal { idle_seconds } =
        serde_json::from_slice(&held.body).map_err(|_| Refusal::Malformed)?;
    write_until(&app, &held.account, &held.session, idle_seconds).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /v1/sessions/<account>/<session_id>`: ends the session. Answers 204.
///
/// # Errors
///
/// As [`share`]: an ended session answers [`Refusal::SessionEnded`].
pub async fn end(State(app): State<Arc<App>>, held: Held) -> Result<StatusCode, Refusal> {
    remove(&app, &held.account, &held.session).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A request that names an active session and holds its secret.
pub struct Held {
    account: AccountId,
    session: SessionId,
    record: Record,
    body: Bytes,
}

impl FromRequest<Arc<App>> for Held {
    type Rejection = Refusal;

    async fn from_request(request: Request<Body>, app: &Arc<App>) -> Result<Self, Refusal> {
        app.confirm().await?;
        let (mut parts, body) = request.into_parts();
        let Path((account, session)) =
            Path::<(String, String)>::from_request_parts(&mut parts, app)
                .await
                .map_err(|_| Refusal::Malformed)?;
        let (account, session) = (AccountId::parse(&account)?, SessionId::parse(&session)?);
        let secret = secret(&parts.headers).ok_or(Refusal::SessionEnded)?;
        let body = to_bytes(body, MAX_RENEWAL).await.map_err(|_| Refusal::TooLarge)?;
        let record = living(app, &account, &session, &secret).await?;
        Ok(Self { account, session, record, body })
    }
}

/// The record of an active session, if the secret matches.
async fn living(
    app: &App,
    account: &AccountId,
    session: &SessionId,
    secret: &[u8; 32],
) -> Result<Record, Refusal> {
    let key = Vault(*account).session_share(session);
    let found = app.store.get(&key).await?.ok_or(Refusal::SessionEnded)?;
    let found: Record = serde_json::from_slice(&found).map_err(|_| Refusal::Store)?;
    let expected = bytes32(&found.secret_hash).ok_or(Refusal::Store)?;
    if !bool::from(Sha256::digest(secret).as_slice().ct_eq(&expected)) {
        return Err(Refusal::SessionEnded);
    }
    let over = until(app, account, session).await?.is_none_or(|until| (app.clock)() >= until);
    // Always read from the bucket: a login removed through another instance must not open the
    // session.
    let listed = record(app, &found.login).await?.is_some_and(|login| login.account == *account);
    if over || !listed {
        remove(app, account, session).await?;
        return Err(Refusal::SessionEnded);
    }
    Ok(found)
}

/// Deletes the share first: without it the rest is useless.
async fn remove(app: &App, account: &AccountId, session: &SessionId) -> Result<(), Refusal> {
    app.store.delete(&Vault(*account).session_share(session)).await?;
    app.store.delete(&Vault(*account).session_until(session)).await?;
    Ok(())
}

async fn until(
    app: &App,
    account: &AccountId,
    session: &SessionId,
) -> Result<Option<u64>, Refusal> {
    let Some(found) = app.store.get(&Vault(*account).session_until(session)).await? else {
        return Ok(None);
    };
    let Until { until } = serde_json::from_slice(&found).map_err(|_| Refusal::Store)?;
    Ok(Some(until))
}

async fn write_until(
    app: &App,
    account: &AccountId,
    session: &SessionId,
    idle_seconds: u64,
) -> Result<(), Refusal> {
    if !SESSION_SECONDS.contains(&idle_seconds) {
        return Err(Refusal::Malformed);
    }
    let until = Until { until: (app.clock)().saturating_add(idle_seconds) };
    let body = serde_json::to_vec(&until).map_err(|_| Refusal::Internal)?;
    app.store.put(&Vault(*account).session_until(session), body.into()).await?;
    Ok(())
}

/// Removes expired sessions, and makes room for one more.
async fn clear(app: &App, account: &AccountId) -> Result<(), Refusal> {
    let under = Vault(*account).sessions();
    let page = app.store.list(&under, MAX_LISTED, None).await?;
    let id = |(key, _): &(String, u64)| {
        SessionId::parse(key.strip_prefix(under.as_str())?.split('/').next()?).ok()
    };
    let sessions: BTreeSet<_> = page.objects.iter().filter_map(id).collect();
    let ends = stream::iter(sessions).map(|session| async move {
        Ok::<_, Refusal>((until(app, account, &session).await?.unwrap_or(0), session))
    });
    let mut ends: Vec<_> = ends.buffer_unordered(AT_ONCE).try_collect().await?;
    ends.sort();
    let now = (app.clock)();
    let room = ends.len().saturating_sub(MAX_SESSIONS - 1);
    let over = ends.into_iter().enumerate().filter(|(at, (until, _))| *at < room || *until <= now);
    let over: Vec<_> = over.map(|(_, (_, session))| session).collect();
    let removed =
        stream::iter(over).map(|session| async move { remove(app, account, &session).await });
    removed.buffer_unordered(AT_ONCE).try_for_each(|()| async { Ok(()) }).await
}

/// `Authorization: Session <secret>`.
fn secret(headers: &HeaderMap) -> Option<[u8; 32]> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    bytes32(value.strip_prefix(SESSION_SCHEME)?.strip_prefix(' ')?)
}

/// 32 bytes in canonical base64url without padding.
fn bytes32(text: &str) -> Option<[u8; 32]> {
    BASE64URL_NOPAD.decode(text.as_bytes()).ok()?.try_into().ok()
}
