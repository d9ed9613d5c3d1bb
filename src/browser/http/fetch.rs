//! Fetch (<https://fetch.spec.whatwg.org>) by gloo-net; the body of a response is read as it
//! arrives.
//!
//! gloo-net's own methods for reading a body have no limit, and its `Headers` panics on what
//! browsers refuse, so bodies go through `body` and headers through web-sys.

use gloo_net::http::{Headers, Method, RequestBuilder};
use js_sys::{Array, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{
    AbortController, AbortSignal, ReferrerPolicy, RequestCache, RequestCredentials, RequestInit,
    RequestMode, RequestRedirect,
};

use super::{body, is_ours, next};
use crate::bytes::Bytes;
use crate::port::{HttpError, Request, Response, is_success};

/// Buffer size for typical responses, which have a few hundred bytes.
const SMALL: usize = 64 * 1024;

/// Aborts its request when dropped, unless that has ended: browsers make an error with a stack
/// trace for each call, which takes as long as much of a small request.
struct FetchAborter {
    controller: AbortController,
    has_ended: bool,
}

impl Drop for FetchAborter {
    fn drop(&mut self) {
        if !self.has_ended {
            self.controller.abort();
        }
    }
}

/// Sends, and reads the complete response.
pub(super) async fn send(request: &Request, sent: &dyn Fn(u64)) -> Result<Response, HttpError> {
    let (mut response, content) = exchange(request, sent, SMALL, &|_| {}).await?;
    response.body = content.to_vec();
    Ok(response)
}

/// Sends, and reads the complete response; returns the content of a success as received, in pieces
/// of `piece` bytes.
pub(super) async fn receive(
    request: &Request,
    piece: usize,
    received: &dyn Fn(u64),
) -> Result<(Response, Bytes), HttpError> {
    let (mut response, mut content) = exchange(request, &|_| {}, piece, received).await?;
    if !is_success(response.status) {
        response.body = std::mem::take(&mut content).to_vec();
    }
    Ok((response, content))
}

async fn exchange(
    request: &Request,
    sent: &dyn Fn(u64),
    piece: usize,
    received: &dyn Fn(u64),
) -> Result<(Response, Bytes), HttpError> {
    let controller = AbortController::new().map_err(|_| HttpError::NoAnswer)?;
    let mut aborter = FetchAborter { controller, has_ended: false };
    let prepared = prepare(request, &aborter.controller.signal()).ok_or(HttpError::NoAnswer)?;
    let answer = next(prepared.send()).await?.map_err(|_| HttpError::NoAnswer)?;
    sent(u64::try_from(request.body.len()).unwrap_or(u64::MAX));

    let most = request.most(answer.status());
    let content = match answer.body() {
        Some(stream) => body::read(&stream, piece, most, received).await?,
        None => Bytes::default(),
    };
    aborter.has_ended = true;
    let headers = read_headers(&answer.headers().into_raw());
    Ok((Response { status: answer.status(), headers, body: Vec::new() }, content))
}

/// Settings common to all requests.
fn builder(url: &str) -> RequestBuilder {
    RequestBuilder::new(url)
        .credentials(RequestCredentials::Omit)
        .referrer_policy(ReferrerPolicy::NoReferrer)
        .cache(RequestCache::NoStore)
}

/// Builds the browser's request; `None` if it refuses a header, the method or the URL.
fn prepare(request: &Request, signal: &AbortSignal) -> Option<gloo_net::http::Request> {
    let headers = web_sys::Headers::new().ok()?;
    for (name, value) in request.headers.iter().filter(|(name, _)| is_ours(name)) {
        headers.append(name, value).ok()?;
    }
    let builder = builder(&request.url)
        .method(Method::from_bytes(request.method.as_bytes()).ok()?)
        .headers(Headers::from_raw(headers))
        .redirect(RequestRedirect::Error)
        .abort_signal(Some(signal));
    let prepared = if request.body.is_empty() {
        builder.build()
    } else {
        builder.body(Uint8Array::from(&*request.body.bytes()))
    };
    let prepared = prepared.ok()?;
    if request.method == "DELETE" { kept_alive(&prepared.into()) } else { Some(prepared) }
}

/// The same request with `keepalive`: the browser completes it even if the tab is closed, so that
/// deletions are carried out. Neither gloo-net nor web-sys has the member.
fn kept_alive(request: &web_sys::Request) -> Option<gloo_net::http::Request> {
    let init = RequestInit::new();
    Reflect::set(&init, &"keepalive".into(), &true.into()).ok()?;
    Some(web_sys::Request::new_with_request_and_init(request, &init).ok()?.into())
}

/// Whether the server at this URL responds to an unreadable ([`no-cors`][mode]) request, but not to
/// a readable one.
///
/// In that mode browsers always follow redirects; the page's own policy (`connect-src`) restricts
/// those to the store.
///
/// [mode]: https://fetch.spec.whatwg.org/#concept-request-mode
pub(super) async fn is_hidden(url: &str) -> bool {
    let answers = async |mode, redirect| {
        let probe = builder(url).mode(mode).redirect(redirect).build();
        let Ok(probe) = probe else { return false };
        matches!(next(probe.send()).await, Ok(Ok(_)))
    };
    answers(RequestMode::NoCors, RequestRedirect::Follow).await
        && !answers(RequestMode::Cors, RequestRedirect::Error).await
}

/// All headers that the page may see; browsers return them in lower case.
fn read_headers(headers: &web_sys::Headers) -> Vec<(String, String)> {
    headers
        .entries()
        .into_iter()
        .filter_map(|entry| {
            let entry: Array = entry.ok()?.unchecked_into();
            Some((entry.get(0).as_string()?, entry.get(1).as_string()?))
        })
        .collect()
}
