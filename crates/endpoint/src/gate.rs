//! Which requests are admitted at all: those for our host names, from our pages, that arrive in
//! time.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use tower_http::cors::CorsLayer;

use crate::App;
use crate::config::Origin;
use crate::error::Refusal;

/// How long a request may take, its body and the store's answers included.
const REQUEST_TIME: Duration = Duration::from_secs(45);
/// How long a browser remembers a preflight.
const PREFLIGHT_TIME: Duration = Duration::from_secs(7_200);

/// Refuses other hosts and other pages, and cuts what takes too long.
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
    // A balancer asks for its health by address.
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

/// Every host that the request names, in its head or its target, is one of ours; and it names one.
fn is_ours(origins: &[Origin], request: &Request) -> bool {
    let host = |text: &str| origins.iter().any(|origin| origin.is_host(text));
    let target = request.uri().authority().map(|authority| authority.as_str());
    let mut hosts =
        request.headers().get_all(header::HOST).iter().map(|value| value.to_str().ok()).peekable();
    (target.is_some() || hosts.peek().is_some())
        && target.is_none_or(host)
        && hosts.all(|text| text.is_some_and(host))
}

/// Answers of the API are for the caller alone: nobody keeps them, nobody guesses what they are.
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
