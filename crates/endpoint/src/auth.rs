//! Authentication: the JWT that a tab signs itself, and the login record that it belongs to (threat
//! T22).
//!
//! [`jwt::verify`] is pure. The extractor [`Signed`] reads the body and verifies the JWT; it knows
//! the key but no account yet. [`Caller`] adds the account, from the login record in the bucket or
//! its cache; [`FreshCaller`] always reads the bucket, and so does [`LargeCaller`], before it reads
//! a large body.

pub mod jwt;
pub mod proof;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header;
use axum::http::request::Parts;
use frond_wire::{AccountId, Key, LoginId, LoginRecord, MAX_BODY, MAX_SHARE_BODY};
use serde::de::DeserializeOwned;

use crate::App;
use crate::error::Refusal;
use crate::limits::Address;

/// How long a login record is cached, in seconds: after a login is removed through one instance,
/// the others refuse it after at most this time.
pub const CACHE_SECONDS: u64 = 10;
/// Most large bodies that are read at a time.
pub const LARGE_BODIES: usize = 16;
/// Most login records held in memory.
const CACHE_ENTRIES: usize = 4_096;

/// A request with a valid JWT. Whether its key has an account is not known yet.
#[derive(Debug)]
pub struct Signed {
    /// The signer.
    pub signer: jwt::Signer,
    /// The client's address.
    pub address: Address,
    /// The whole body.
    pub body: Bytes,
}

impl FromRequest<Arc<App>> for Signed {
    type Rejection = Refusal;

    async fn from_request(request: Request<Body>, app: &Arc<App>) -> Result<Self, Refusal> {
        app.confirm().await?;
        let (parts, body) = request.into_parts();
        let head = Head::of(&parts)?;
        let body = head.read(app, body, MAX_BODY).await?;
        let signer = head.verify(app, Some(&body))?;
        app.limits.login(&signer.login)?;
        head.signed(signer, body)
    }
}

/// What a signed request says before its body.
struct Head<'a> {
    parts: &'a Parts,
    token: &'a str,
    address: Address,
}

impl<'a> Head<'a> {
    fn of(parts: &'a Parts) -> Result<Self, Refusal> {
        let token = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = token.and_then(|text| text.strip_prefix("Bearer ")).ok_or(Refusal::Token)?;
        let address = parts.extensions.get::<Address>().cloned().unwrap_or_default();
        Ok(Self { parts, token, address })
    }

    /// Reads a body of at most `most` bytes. Refuses a declared length above that before reading.
    async fn read(&self, app: &App, body: Body, most: usize) -> Result<Bytes, Refusal> {
        if body.size_hint().lower() > u64::try_from(most).unwrap_or(u64::MAX) {
            return Err(Refusal::TooLarge);
        }
        let body = to_bytes(body, most).await.map_err(|_| Refusal::TooLarge)?;
        app.limits.bytes(&self.address, body.len())?;
        Ok(body)
    }

    /// Verifies the JWT, with the body if that was read.
    fn verify(&self, app: &App, body: Option<&[u8]>) -> Result<jwt::Signer, Refusal> {
        let target = self.parts.uri.path_and_query().map_or("/", |target| target.as_str());
        let request = jwt::Request {
            deployment: &app.config.deployment,
            origins: &app.config.origins,
            method: self.parts.method.as_str(),
            target,
            body,
            now: (app.clock)(),
        };
        let signer = jwt::verify(self.token, &request)?;
        tracing::Span::current().record("login", signer.login.short());
        Ok(signer)
    }

    fn signed(self, signer: jwt::Signer, body: Bytes) -> Result<Signed, Refusal> {
        let json = self.parts.headers.get(header::CONTENT_TYPE).is_some_and(|value| {
            let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
            essence.trim().eq_ignore_ascii_case("application/json")
        });
        if !json && !body.is_empty() {
            return Err(Refusal::MediaType);
        }
        Ok(Signed { signer, address: self.address, body })
    }
}

impl Signed {
    /// Parses the body strictly.
    ///
    /// # Errors
    ///
    /// [`Refusal::MediaType`] without a body, [`Refusal::Malformed`] for unknown or duplicate
    /// members and any other error.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        if self.body.is_empty() {
            return Err(Refusal::MediaType);
        }
        serde_json::from_slice(&self.body).map_err(|_| Refusal::Malformed)
    }
}

/// A request of a login that has an account, or had it at most [`CACHE_SECONDS`] ago.
#[derive(Debug)]
pub struct Caller {
    /// The signed request.
    pub signed: Signed,
    /// The caller's account, from its own record.
    pub account: AccountId,
}

impl FromRequest<Arc<App>> for Caller {
    type Rejection = Refusal;

    async fn from_request(request: Request<Body>, app: &Arc<App>) -> Result<Self, Refusal> {
        let signed = Signed::from_request(request, app).await?;
        let login = &signed.signer.login;
        let now = (app.clock)();
        if let Some(account) = app.logins.get(login, &signed.signer.public_key, now) {
            return Ok(Self { signed, account });
        }
        let account = account(app, &signed.signer).await?;
        app.logins.put(login, &signed.signer.public_key, account, now);
        Ok(Self { signed, account })
    }
}

/// A request of a login that is in the bucket now. Required for all changes to an account's logins:
/// a login that was removed seconds ago through another instance must not add another.
#[derive(Debug)]
pub struct FreshCaller(pub Caller);

impl FromRequest<Arc<App>> for FreshCaller {
    type Rejection = Refusal;

    async fn from_request(request: Request<Body>, app: &Arc<App>) -> Result<Self, Refusal> {
        let signed = Signed::from_request(request, app).await?;
        let account = account(app, &signed.signer).await?;
        Ok(Self(Caller { signed, account }))
    }
}

/// A request of a login that is in the bucket now, with a body of at most [`MAX_SHARE_BODY`] bytes:
/// it is read only once the login was found, and of a few requests at a time.
#[derive(Debug)]
pub struct LargeCaller(pub Caller);

impl FromRequest<Arc<App>> for LargeCaller {
    type Rejection = Refusal;

    async fn from_request(request: Request<Body>, app: &Arc<App>) -> Result<Self, Refusal> {
        app.confirm().await?;
        let (parts, body) = request.into_parts();
        let head = Head::of(&parts)?;
        let signer = head.verify(app, None)?;
        app.limits.login(&signer.login)?;
        let account = account(app, &signer).await?;
        let _reading = app.large_bodies.try_acquire().map_err(|_| Refusal::TooMany(1))?;
        let body = head.read(app, body, MAX_SHARE_BODY).await?;
        let signer = head.verify(app, Some(&body))?;
        Ok(Self(Caller { signed: head.signed(signer, body)?, account }))
    }
}

/// The account of a signer, from its record in the bucket.
///
/// # Errors
///
/// [`Refusal::NotListed`] if it has none.
pub async fn account(app: &App, signer: &jwt::Signer) -> Result<AccountId, Refusal> {
    let record = record(app, &signer.login).await?.ok_or(Refusal::NotListed)?;
    if record.public_key != signer.public_key {
        return Err(Refusal::NotListed);
    }
    Ok(record.account)
}

/// The record of a login, as stored.
///
/// # Errors
///
/// [`Refusal::Store`] if the bucket does not answer or holds something else there.
pub async fn record(app: &App, login: &LoginId) -> Result<Option<LoginRecord>, Refusal> {
    let Some(bytes) = app.store.get(&Key::login(login)).await? else { return Ok(None) };
    let record: LoginRecord = serde_json::from_slice(&bytes).map_err(|_| Refusal::Store)?;
    if record.login != *login {
        return Err(Refusal::Store);
    }
    Ok(Some(record))
}

/// Cache of login records: only that they exist, their account, and when the entry expires.
#[derive(Debug, Default)]
pub struct Logins(Mutex<HashMap<LoginId, Known>>);

#[derive(Debug)]
struct Known {
    public_key: String,
    account: AccountId,
    until: u64,
}

impl Logins {
    fn get(&self, login: &LoginId, public_key: &str, now: u64) -> Option<AccountId> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.get(login)?;
        let fresh = now < known.until && known.until <= now.saturating_add(CACHE_SECONDS);
        (fresh && known.public_key == public_key).then_some(known.account)
    }

    fn put(&self, login: &LoginId, public_key: &str, account: AccountId, now: u64) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= CACHE_ENTRIES {
            known.retain(|_, entry| now < entry.until);
        }
        if known.len() >= CACHE_ENTRIES {
            known.clear();
        }
        let until = now.saturating_add(CACHE_SECONDS);
        known.insert(*login, Known { public_key: public_key.to_owned(), account, until });
    }

    /// Forgets a login that was removed.
    pub fn forget(&self, login: &LoginId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(login);
    }
}
