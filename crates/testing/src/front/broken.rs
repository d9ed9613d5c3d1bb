//! What the fault refuses, leaves out or changes on the way to the store behind and back.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};

use super::answer::{Asked, refuse};
use super::signature::Who;
use super::{Fault, Inner, PREFIX, Pairs};

/// What is refused, or done by nobody.
pub fn before(store: &Inner, asked: &Asked) -> Option<Response> {
    let (method, key) = (asked.method.as_str(), asked.key.as_deref());
    let conditional = asked.headers.contains_key("if-none-match");
    if asked.who == Who::Nobody {
        let open = match (method, key) {
            ("GET", Some(_)) => Fault::PublicReads,
            ("GET", None) => Fault::PublicLists,
            _ => Fault::PublicWrites,
        };
        return (!store.has(open)).then(|| refuse(403, "AccessDenied"));
    }
    let outside = key.is_some_and(|key| !key.starts_with(PREFIX) && key.starts_with("frond-"));
    if asked.who == Who::Tab && outside && !store.has(Fault::TabIsEverywhere) {
        return Some(refuse(403, "AccessDenied"));
    }
    match (store.fault, method) {
        (Fault::PutRefused, "PUT") if !asked.is_upload() => Some(refuse(403, "AccessDenied")),
        (Fault::DeleteKeeps, "DELETE") if !asked.is_upload() => {
            Some(StatusCode::NO_CONTENT.into_response())
        }
        (Fault::AbortKeeps, "DELETE") if asked.is_upload() => {
            Some(StatusCode::NO_CONTENT.into_response())
        }
        (Fault::NoUploads, "POST") if asked.asks("uploads") => Some(refuse(501, "NotImplemented")),
        (Fault::NoPartList, "GET") if asked.is_upload() => Some(refuse(501, "NotImplemented")),
        (Fault::ErrorUnder200, "POST") if asked.is_upload() => Some(refuse(200, "InternalError")),
        (Fault::ChecksumsRefused, "PUT") if asked.headers.contains_key("content-md5") => {
            Some(refuse(501, "NotImplemented"))
        }
        (Fault::PutRefusesCondition, "PUT") if conditional => Some(refuse(501, "NotImplemented")),
        (Fault::CompleteRefusesCondition, "POST") if conditional => {
            Some(refuse(501, "NotImplemented"))
        }
        (Fault::NoUploadList, "GET") if key.is_none() && asked.asks("uploads") => {
            Some("<ListMultipartUploadsResult></ListMultipartUploadsResult>".into_response())
        }
        (Fault::ListEmpty, "GET") if key.is_none() && asked.asks("list-type") => {
            Some("<ListBucketResult></ListBucketResult>".into_response())
        }
        _ => None,
    }
}

pub struct Got {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// The same request to the inner store, less what the fault leaves out.
pub async fn forward(store: &Inner, asked: &Asked) -> Got {
    let kept = |name: &str| match name {
        "content-type" | "content-length" => true,
        "content-md5"
        | "x-amz-checksum-crc32c"
        | "x-amz-checksum-sha256"
        | "x-amz-checksum-algorithm" => !store.has(Fault::ChecksumsIgnored),
        "range" => !store.has(Fault::NoRanges),
        "if-none-match" => {
            let ignored = if asked.is_upload() {
                Fault::CompleteIgnoresCondition
            } else {
                Fault::PutIgnoresCondition
            };
            !store.has(ignored)
        }
        _ => false,
    };
    let headers = asked.headers.iter().filter(|(name, _)| kept(name.as_str()));
    let headers: Pairs = headers
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    let left_out = |name: &str| match store.fault {
        Fault::ListFromTheStart => name == "start-after",
        Fault::ListOnePage => name == "max-keys",
        Fault::ListFlat => name == "delimiter",
        _ => false,
    };
    let query: Pairs = asked.query.iter().filter(|(name, _)| !left_out(name)).cloned().collect();
    let url = store.inner_url(asked.method.clone(), asked.key.as_deref(), &query, &headers);
    let mut request =
        store.http.request(asked.method.clone(), url).timeout(Duration::from_secs(60));
    for (name, value) in &headers {
        request = request.header(name, value);
    }
    let reply = request.body(asked.body.clone()).send().await.unwrap();
    let (status, headers) = (reply.status(), reply.headers().clone());
    Got { status, headers, body: reply.bytes().await.unwrap().to_vec() }
}

pub fn after(store: &Inner, asked: &Asked, got: Got) -> Response {
    let Got { mut status, headers, mut body } = got;
    let method = asked.method.as_str();
    let is_object = asked.key.is_some() && !asked.is_upload();
    if store.has(Fault::GetDamaged) && method == "GET" && is_object && status == StatusCode::OK {
        body[0] ^= 1;
    }
    if store.has(Fault::MissingIsForbidden)
        && method == "GET"
        && is_object
        && status == StatusCode::NOT_FOUND
    {
        status = StatusCode::FORBIDDEN;
    }
    let no_etag = (store.has(Fault::HeadWithoutEtag) && method == "HEAD")
        || (store.has(Fault::PartsWithoutEtag) && method == "PUT" && asked.is_upload());
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    for (name, value) in &headers {
        let hop = ["connection", "transfer-encoding", "date"].contains(&name.as_str());
        if !(hop || no_etag && name == "etag") {
            response.headers_mut().append(HeaderName::from(name), value.clone());
        }
    }
    response
}
