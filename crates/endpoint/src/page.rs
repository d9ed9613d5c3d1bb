//! Serves the built page with its security headers, and exports it for another static host.
//!
//! The page's own `meta` policy names [`PLACEHOLDER`] as the only foreign origin; serving and
//! export replace it with the real origins, and put the deployment's name into [`UNNAMED`]. All
//! other files are served unchanged, compressed once and from memory (`files`).

mod files;

use std::path::Path;
use std::sync::Arc;
use std::{fs, io};

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json, Router};
use frond_wire::PublicConfig;

use crate::App;
use crate::error::Refusal;
use crate::limits::{Address, by_address};
use frond_config::Config;

pub use files::Files;

/// Placeholder in `index.html` for the origins of endpoint and store.
pub const PLACEHOLDER: &str = "https://store.invalid";
/// Placeholder in `index.html` for the deployment's name. A page with a name connects to no other
/// deployment.
pub const UNNAMED: &str = r#"name="frond-deployment" content="""#;

/// Routes of the page: everything that no other route matches. They count toward the address's rate
/// limit like any request.
pub fn router(app: &Arc<App>) -> Router<Arc<App>> {
    Router::new()
        .route("/config.json", axum::routing::get(public_config))
        .fallback(file)
        .layer(from_fn_with_state(app.clone(), headers))
        .layer(from_fn_with_state(app.clone(), by_address))
}

/// One file, in the best encoding that the client accepts.
async fn file(
    State(app): State<Arc<App>>,
    Extension(address): Extension<Address>,
    request: Request,
) -> Result<Response, Refusal> {
    let found = app.page.find(request.uri().path()).await.ok_or(Refusal::NotFound)?;
    let body = found.accepted(request.headers());
    let response = if body.is_known(request.headers()) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        app.limits.bytes(&address, body.bytes.len())?;
        ([(header::CONTENT_TYPE, found.media.clone())], body.bytes.clone()).into_response()
    };
    Ok((body.headers(), response).into_response())
}

/// Public configuration; `endpoint` is empty because the page's own origin is the endpoint's.
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
        checksum: config.store.checksum,
    }
}

/// Fills in `index.html`. Name and origins contain no characters that are special in HTML.
fn filled(text: &str, deployment: &str, origins: &str) -> String {
    let named = format!(r#"name="frond-deployment" content="{deployment}""#);
    text.replace(PLACEHOLDER, origins).replace(UNNAMED, &named)
}

/// Exports the page for another host: all files of the built page, `index.html` filled in, and
/// `config.json`.
///
/// # Errors
///
/// If the built page cannot be read, or `out` cannot be written or lies inside it.
pub fn export(config: &Config, out: &Path) -> io::Result<()> {
    let endpoint = config.origins.first().map(ToString::to_string).unwrap_or_default();
    let text = fs::read_to_string(config.page.join("index.html"))?;
    let origins = format!("{endpoint} {}", config.store.origin());
    fs::create_dir_all(out)?;
    if out.canonicalize()?.starts_with(config.page.canonicalize()?) {
        return Err(io::Error::other("the folder to write to lies inside of the built page"));
    }
    copy(&config.page, out)?;
    fs::write(out.join("index.html"), filled(&text, &config.deployment, &origins))?;
    fs::write(out.join("config.json"), serde_json::to_vec_pretty(&public(config, endpoint))?)
}

/// Copies all files except `index.html` and its compressed forms, which are filled in.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (name, kind) = (entry.file_name(), entry.file_type()?);
        if kind.is_dir() {
            copy(&entry.path(), &to.join(&name))?;
        } else if !name.to_string_lossy().starts_with("index.html") {
            fs::copy(entry.path(), to.join(&name))?;
        }
    }
    Ok(())
}

/// The content security policy of THREATS.md.
fn policy(config: &Config) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
         font-src 'self'; worker-src 'self' blob:; manifest-src 'self'; img-src 'self' blob:; \
         media-src 'self'; connect-src 'self' {}; frame-ancestors 'none'; base-uri 'none'; \
         form-action 'none'; require-trusted-types-for 'script'; trusted-types frond",
        config.store.origin()
    )
}

/// Sets security headers and cache lifetime of every response of the page.
async fn headers(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let uri = request.uri().clone();
    if uri.path().starts_with("/v1/") {
        return Err(Refusal::NotFound);
    }
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        return Err(Refusal::Method);
    }
    let mut response = next.run(request).await;
    // Refusals are not cached, whatever the file's name.
    if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, HeaderValue::from_static(lifetime(&uri)));
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

/// A file with its hash in its name never changes; all others are revalidated each time.
fn lifetime(uri: &Uri) -> &'static str {
    let hex = |part: &str| part.len() >= 16 && part.bytes().all(|b| b.is_ascii_hexdigit());
    if uri.path().split(['-', '_', '.', '/']).any(hex) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    }
}
