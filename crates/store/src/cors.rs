//! CORS for all responses, refusals included: `s3s` has none, and a page cannot read a response
//! without it. <https://fetch.spec.whatwg.org/#http-cors-protocol>

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

pub(super) const METHODS: &str = "GET, PUT, HEAD, DELETE, POST";
pub(super) const HEADERS: [&str; 7] = [
    "content-type",
    "content-md5",
    "if-match",
    "if-none-match",
    "if-range",
    "range",
    "authorization",
];
pub(super) const EXPOSED: &str = "ETag, Content-Length, Content-Range, Accept-Ranges, Date, \
    Last-Modified, x-amz-checksum-crc32, x-amz-checksum-crc32c, x-amz-checksum-crc64nvme, \
    x-amz-checksum-sha1, x-amz-checksum-sha256, x-amz-request-id";
/// How long a browser may cache a preflight response, in seconds.
pub(super) const MAX_AGE: &str = "3600";

/// Origins of the pages that may call the store.
pub(super) type Origins = Arc<[HeaderValue]>;

/// Answers preflights, which are never signed, and adds CORS headers to all other responses.
pub(super) async fn cors(State(origins): State<Origins>, request: Request, next: Next) -> Response {
    let origin = request.headers().get(ORIGIN).filter(|origin| origins.contains(origin)).cloned();
    let mut response = if request.method() == Method::OPTIONS {
        preflight(request.headers(), origin.is_some())
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    }
    response
}

fn preflight(request: &HeaderMap, origin_allowed: bool) -> Response {
    let text = |name| {
        request.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or_default()
    };
    let method_allowed =
        METHODS.split(", ").any(|method| method == text(ACCESS_CONTROL_REQUEST_METHOD));
    let asked = text(ACCESS_CONTROL_REQUEST_HEADERS);
    let headers_allowed =
        asked.split(',').map(str::trim).filter(|name| !name.is_empty()).all(|name| {
            let name = name.to_ascii_lowercase();
            name.starts_with("x-amz-") || HEADERS.contains(&name.as_str())
        });
    if !(origin_allowed && method_allowed && headers_allowed) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(MAX_AGE));
    if let Some(asked) = request.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
    }
    response
}
