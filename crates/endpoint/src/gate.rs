//! Admission of requests: only for our host names, only from our pages, only within the time limit.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use tower_http::cors::CorsLayer;

use crate::App;
use crate::error::Refusal;
use frond_config::Origin;

/// Time limit of a request, including its body and the store's responses.
const REQUEST_TIME: Duration = Duration::from_secs(45);
/// How long a browser caches a preflight response.
const PREFLIGHT_TIME: Duration = Duration::from_secs(7_200);

/// Refuses other hosts and other origins, and cancels requests over the time limit.
///
/// # Errors
///
/// [`Refusal::Host`], [`Refusal::Origin`], [`Refusal::Timeout`].
pub async fn gate(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let path = request.uri().path();
    // Load balancers check health by address.
    if path != "/healthz" && !is_ours(&app.config.origins, &request) {
        return Err(Refusal::Host);
    }
    let origins = request.headers().get_all(header::ORIGIN);
    let known =
        |value: &HeaderValue| app.config.origins.iter().any(|origin| value == origin.as_str());
    if path.starts_with("/v1/") && !origins.iter().all(known) {
        return Err(Refusal::Origin);
    }
    tokio::time::timeout(REQUEST_TIME, next.run(request)).await.map_err(|_| Refusal::Timeout)
}

/// Whether the request names a host, and every host in its header or target is one of ours.
fn is_ours(origins: &[Origin], request: &Request) -> bool {
    let host = |text: &str| origins.iter().any(|origin| origin.is_host(text));
    let target = request.uri().authority().map(|authority| authority.as_str());
    let mut hosts =
        request.headers().get_all(header::HOST).iter().map(|value| value.to_str().ok()).peekable();
    (target.is_some() || hosts.peek().is_some())
        && target.is_none_or(host)
        && hosts.all(|text| text.is_some_and(host))
}

/// API responses are for the caller alone: `no-store`, and no content sniffing.
pub async fn private(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// CORS for the page's origins only.
pub fn cors(origins: &[Origin]) -> CorsLayer {
    let origins = origins.iter().filter_map(|origin| HeaderValue::from_str(origin.as_str()).ok());
    CorsLayer::new()
        .allow_origin(origins.collect::<Vec<_>>())
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
        .expose_headers([header::DATE, header::RETRY_AFTER])
        .max_age(PREFLIGHT_TIME)
}
