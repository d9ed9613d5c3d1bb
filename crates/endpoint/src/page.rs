//! The page: the built folder with its security headers, and the same for another static host.
//!
//! The page's own `meta` policy names [`PLACEHOLDER`] as the one foreign origin; whoever serves the page puts the real
//! origins there. Everything else is served as it lies there.

use std::path::Path;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::any_service;
use axum::{Json, Router};
use frond_wire::PublicConfig;
use tower_http::compression::{CompressionLayer, CompressionLevel};
use tower_http::services::ServeDir;

use crate::App;
use crate::config::Config;
use crate::error::Refusal;

/// What `index.html` holds where the origins of endpoint and store belong.
pub const PLACEHOLDER: &str = "https://store.invalid";

/// Routes of the page; everything that no other route takes.
pub fn router(app: &Arc<App>) -> Router<Arc<App>> {
    let files = ServeDir::new(&app.config.page)
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip();
    Router::new()
        .route("/", axum::routing::get(index))
        .route("/index.html", axum::routing::get(index))
        .route("/config.json", axum::routing::get(public_config))
        .fallback_service(any_service(files))
        .layer(CompressionLayer::new().quality(CompressionLevel::Precise(5)))
        .layer(from_fn_with_state(app.clone(), headers))
}

/// What every tab has to know; `endpoint` is empty, for the page's own origin is the endpoint's.
async fn public_config(State(app): State<Arc<App>>) -> Json<PublicConfig> {
    Json(public(&app.config, String::new()))
}

fn public(config: &Config, endpoint: String) -> PublicConfig {
    PublicConfig {
        deployment: config.deployment.clone(),
        endpoint,
        store: config.store.origin(),
        registration: config.accounts.registration,
        max_object_bytes: config.limits.max_object_bytes,
        presign_seconds: config.presign_seconds,
    }
}

async fn index(State(app): State<Arc<App>>) -> Result<Response, Refusal> {
    let text =
        tokio::fs::read_to_string(app.config.page.join("index.html")).await.map_err(|_| Refusal::NotFound)?;
    let text = text.replace(PLACEHOLDER, &app.config.store.origin());
    Ok(([(header::CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response())
}

/// Writes `index.html` and `config.json` for a page that another host serves.
///
/// # Errors
///
/// Where the built page cannot be read or `out` cannot be written.
pub fn export(config: &Config, out: &Path) -> std::io::Result<()> {
    let endpoint = config.origins.first().map(ToString::to_string).unwrap_or_default();
    let text = std::fs::read_to_string(config.page.join("index.html"))?;
    let origins = format!("{endpoint} {}", config.store.origin());
    std::fs::create_dir_all(out)?;
    std::fs::write(out.join("index.html"), text.replace(PLACEHOLDER, &origins))?;
    std::fs::write(out.join("config.json"), serde_json::to_vec_pretty(&public(config, endpoint))?)
}

/// The content security policy of THREATS.md.
fn policy(config: &Config) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; font-src 'self'; \
         worker-src 'self' blob:; manifest-src 'self'; img-src 'self' blob:; media-src 'self' blob:; \
         connect-src 'self' {}; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'; trusted-types frond",
        config.store.origin()
    )
}

/// Security headers for every answer of the page, and how long it may be kept.
async fn headers(State(app): State<Arc<App>>, request: Request, next: Next) -> Result<Response, Refusal> {
    let uri = request.uri().clone();
    if uri.path().starts_with("/v1/") {
        return Err(Refusal::NotFound);
    }
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        return Err(Refusal::Method);
    }
    let mut response = next.run(request).await;
    if response.status() == axum::http::StatusCode::NOT_FOUND {
        response = Refusal::NotFound.into_response();
    } else {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(lifetime(&uri)));
    }
    let headers = response.headers_mut();
    let policy = HeaderValue::try_from(policy(&app.config)).map_err(|_| Refusal::Internal)?;
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    for (name, value) in [
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

/// A file whose name holds its hash never changes; all others are asked for again each time.
fn lifetime(uri: &Uri) -> &'static str {
    let hex = |part: &str| part.len() >= 16 && part.bytes().all(|b| b.is_ascii_hexdigit());
    if uri.path().split(['-', '_', '.', '/']).any(hex) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    }
}
