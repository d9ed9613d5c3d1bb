//! The endpoint: signs S3 URLs; stateless.
//!
//! The bucket is the only database. The endpoint has one static configuration ([`frond_config`])
//! and, in memory, only caches and counters that may be lost at any time: requests per caller
//! ([`limits`]) and recently seen logins ([`auth`]). So one instance behaves like fifty behind a
//! load balancer.
//!
//! ```text
//! request ─► log ─► CORS ─► gate (host, origin, time) ─► limits (address)
//!     ├─► page                                    the built page, its headers, /config.json
//!     ├─► sessions (session secret)               shares of open sessions in the bucket
//!     ├─► shares (nothing: anybody)               a link's record, and GETs for its objects
//!     └─► auth (JWT, login record) ─► accounts    login records in the bucket
//!                                  ├► shares      making, listing, revoking links
//!                                  └► presign     operations by name ─► keys ─► s3
//! ```
//! Nothing is signed until the bucket has confirmed the deployment's name ([`App::confirm`]).

// Who asks.
pub mod auth;
pub mod error;
pub mod gate;
pub mod limits;
pub mod log;
// What they get.
pub mod accounts;
pub mod invite;
pub mod page;
pub mod presign;
pub mod quota;
pub mod sessions;
pub mod shares;
// From what.
pub mod check;
pub mod embedded;
#[cfg(feature = "lambda")]
pub mod lambda;
pub mod s3;
pub mod serve;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::response::IntoResponse;
use axum::routing::{delete, get, post};
use bytes::Bytes;
use frond_wire::Key;
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;

use crate::error::Refusal;
use crate::s3::{Store, StoreError};
use frond_config::{Clock, Config};

/// One instance of the endpoint.
pub struct App {
    /// Its configuration.
    pub config: Config,
    /// The clock.
    pub clock: Clock,
    /// The bucket.
    pub store: Store,
    /// Cache of login records.
    pub logins: auth::Logins,
    /// One permit for each large body that is being read.
    pub large_bodies: Semaphore,
    /// Rate limits.
    pub limits: limits::Limits,
    /// Recent storage use per account.
    pub quota: quota::Quota,
    /// The page's files, as far as they were requested.
    pub page: page::Files,
    confirmed: AtomicBool,
}

/// Why an instance cannot use its bucket.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfirmError {
    /// The bucket belongs to a deployment of another name, so keys derived here would not match.
    #[error("the bucket belongs to another deployment; its name is in the object `deployment`")]
    Other,
    /// The bucket does not answer; a retry may succeed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ConfirmError> for Refusal {
    fn from(error: ConfirmError) -> Self {
        tracing::warn!(%error, "not ready");
        Self::Store
    }
}

impl App {
    /// An instance that has made no request yet.
    ///
    /// # Errors
    ///
    /// If the TLS backend cannot start.
    pub fn new(config: Config, clock: Clock) -> Result<Arc<Self>, reqwest::Error> {
        Ok(Arc::new(Self {
            store: Store::new(config.store.clone(), clock.clone())?,
            limits: limits::Limits::new(config.limits),
            logins: auth::Logins::default(),
            large_bodies: Semaphore::new(auth::LARGE_BODIES),
            quota: quota::Quota::default(),
            page: page::Files::new(
                config.page.clone(),
                config.deployment.clone(),
                config.store.origin(),
            ),
            confirmed: AtomicBool::new(false),
            config,
            clock,
        }))
    }

    /// Writes the deployment's name into the bucket, once in its life, or checks the name there.
    /// Success is cached.
    ///
    /// # Errors
    ///
    /// [`ConfirmError`].
    pub async fn confirm(&self) -> Result<(), ConfirmError> {
        if self.confirmed.load(Ordering::Acquire) {
            return Ok(());
        }
        let name = Bytes::copy_from_slice(self.config.deployment.as_bytes());
        if self.store.put_new(&Key::deployment(), name).await?.is_some() {
            return Err(ConfirmError::Other);
        }
        self.confirmed.store(true, Ordering::Release);
        Ok(())
    }

    /// The routes.
    pub fn router(self: &Arc<Self>) -> Router {
        let v1 = Router::new()
            .route("/v1/accounts", post(accounts::create))
            .route("/v1/account", delete(accounts::remove_account))
            .route("/v1/login", get(accounts::login))
            .route("/v1/logins", get(accounts::list_logins).post(accounts::add_login))
            .route("/v1/logins/{login}", delete(accounts::remove_login))
            .route("/v1/presign", post(presign::presign))
            .route("/v1/quota", get(quota::used))
            .route("/v1/sessions", post(sessions::begin))
            .route(
                "/v1/sessions/{account}/{session}",
                get(sessions::share).post(sessions::renew).delete(sessions::end),
            )
            .route("/v1/shares", get(shares::list).post(shares::make))
            .route(
                "/v1/shares/{share}",
                get(shares::open).post(shares::change).delete(shares::revoke),
            )
            .layer(from_fn_with_state(self.clone(), limits::by_address))
            .layer(map_response(gate::private));
        Router::new()
            .merge(v1)
            .route("/healthz", get(health))
            .merge(page::router(self))
            .method_not_allowed_fallback(async || Refusal::Method)
            .layer(from_fn_with_state(self.clone(), gate::gate))
            .layer(gate::cors(&self.config.origins))
            .layer(CatchPanicLayer::custom(|_| Refusal::Internal.into_response()))
            .layer(from_fn(log::requests))
            .with_state(self.clone())
    }
}

/// Whether this instance is ready: 200 once it has confirmed the deployment's name, 503 until then.
async fn health(State(app): State<Arc<App>>) -> Result<StatusCode, Refusal> {
    app.confirm().await?;
    Ok(StatusCode::OK)
}

/// The whole endpoint as one stateless service.
///
/// # Errors
///
/// If the TLS backend cannot start.
pub fn app(config: Config, clock: Clock) -> Result<Router, reqwest::Error> {
    Ok(App::new(config, clock)?.router())
}
