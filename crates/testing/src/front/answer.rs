//! A request, taken apart and answered: CORS, keys and settings here, objects by the store behind.

use std::sync::Arc;

use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};

use super::broken::{after, before, forward};
use super::signature::{Who, judge};
use super::{BUCKET, Fault, Inner, Pairs};

const SETTINGS: [&str; 6] =
    ["cors", "lifecycle", "versioning", "policy", "acl", "publicAccessBlock"];

pub fn refuse(status: u16, code: &str) -> Response {
    (StatusCode::from_u16(status).unwrap(), format!("<Error><Code>{code}</Code></Error>"))
        .into_response()
}

pub async fn serve(State(store): State<Arc<Inner>>, request: Request) -> Response {
    let origin = request.headers().get("origin").cloned();
    let mut response = if request.method() == Method::OPTIONS {
        StatusCode::OK.into_response()
    } else {
        answer(&store, request).await
    };
    let headers = response.headers_mut();
    if store.has(Fault::NoDate) {
        // hyper adds one where there is none.
        headers.insert("date", HeaderValue::from_static(""));
    }
    let rules = store.settings.lock().unwrap().get("cors").cloned().unwrap_or_default();
    if let Some(origin) = origin.filter(|origin| allows(&rules, origin.to_str().unwrap())) {
        let names: Vec<&str> = texts(&rules, "ExposeHeader");
        headers.insert("access-control-allow-origin", origin);
        headers.insert(
            "access-control-allow-methods",
            HeaderValue::from_static("GET, HEAD, PUT, POST, DELETE"),
        );
        headers.insert(
            "access-control-allow-headers",
            HeaderValue::from_static(if store.has(Fault::CorsWithoutChecksums) {
                "content-type, if-none-match, range"
            } else {
                "content-md5, content-type, if-none-match, range, x-amz-checksum-algorithm, \
                 x-amz-checksum-crc32c, x-amz-checksum-sha256"
            }),
        );
        headers.insert(
            "access-control-expose-headers",
            HeaderValue::from_str(&names.join(", ")).unwrap(),
        );
    }
    response
}

fn allows(rules: &str, origin: &str) -> bool {
    texts(rules, "AllowedOrigin").iter().any(|allowed| [origin, "*"].contains(allowed))
}

fn texts<'a>(xml: &'a str, name: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    xml.split(open.as_str())
        .skip(1)
        .filter_map(|rest| Some(rest.split_once(close.as_str())?.0))
        .collect()
}

/// A request, taken apart and its signature judged.
pub struct Asked {
    pub method: Method,
    /// Without the bucket; none for the bucket itself.
    pub key: Option<String>,
    /// Without the signature.
    pub query: Pairs,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub who: Who,
}

impl Asked {
    pub fn asks(&self, name: &str) -> bool {
        self.query.iter().any(|(asked, _)| asked == name)
    }

    pub fn is_upload(&self) -> bool {
        self.asks("uploadId")
    }
}

async fn answer(store: &Inner, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let host = parts.headers["host"].to_str().unwrap().to_owned();
    let url: reqwest::Url = format!("http://{host}{}", parts.uri).parse().unwrap();
    let bare = {
        let mut url = url.clone();
        url.set_query(None);
        url
    };
    let (signature, query): (Pairs, Pairs) =
        url.query_pairs().into_owned().partition(|(name, _)| name.starts_with("X-Amz-"));
    let who = match judge(store, &parts.method, bare, &signature, &query, &parts.headers) {
        Ok(who) => who,
        Err(code) => return refuse(403, code),
    };
    let path = percent_decoded(parts.uri.path());
    if path == "/" {
        return buckets(store, who);
    }
    let Some(rest) = path.strip_prefix(&format!("/{BUCKET}")) else {
        return refuse(404, "NoSuchBucket");
    };
    let key = rest.strip_prefix('/').filter(|key| !key.is_empty()).map(str::to_owned);
    let body = to_bytes(body, 16 << 20).await.unwrap();
    let asked = Asked { method: parts.method, key, query, headers: parts.headers, body, who };
    if let Some(name) = SETTINGS.into_iter().find(|name| asked.key.is_none() && asked.asks(name)) {
        return setting(store, name, &asked);
    }
    if let Some(refusal) = before(store, &asked) {
        return refusal;
    }
    let reply = forward(store, &asked).await;
    after(store, &asked, reply)
}

fn percent_decoded(path: &str) -> String {
    let url: reqwest::Url = format!("http://x/?p={}", path.replace('+', "%2B")).parse().unwrap();
    url.query_pairs().next().unwrap().1.into_owned()
}

fn buckets(store: &Inner, who: Who) -> Response {
    let names = match who {
        Who::Nobody => return refuse(403, "AccessDenied"),
        Who::Tab if store.has(Fault::TwoBuckets) => {
            "<Bucket><Name>frond</Name></Bucket><Bucket><Name>other</Name></Bucket>"
        }
        Who::Tab => return refuse(403, "AccessDenied"),
        Who::Owner => "<Bucket><Name>frond</Name></Bucket>",
    };
    format!("<ListAllMyBucketsResult>{names}</ListAllMyBucketsResult>").into_response()
}

fn setting(store: &Inner, name: &str, asked: &Asked) -> Response {
    if asked.who != Who::Owner && !(asked.who == Who::Tab && store.has(Fault::TabIsOwner)) {
        return refuse(403, "AccessDenied");
    }
    let mut settings = store.settings.lock().unwrap();
    if asked.method == Method::PUT {
        settings.insert(name.to_owned(), String::from_utf8(asked.body.to_vec()).unwrap());
        return StatusCode::OK.into_response();
    }
    settings
        .get(name)
        .cloned()
        .map_or_else(|| refuse(404, "NoSuchConfiguration"), IntoResponse::into_response)
}
