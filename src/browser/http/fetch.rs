//! Fetch (<https://fetch.spec.whatwg.org>) by gloo-net; the body of an answer is read as it comes.
//!
//! gloo-net's own ways to read a body know no limit, and its `Headers` panic on what browsers
//! refuse, so the body goes through `body` and headers through web-sys.

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

/// Most answers are a few hundred bytes; they are read into buffers of so many.
const SMALL: usize = 64 * 1024;

/// Aborts its request when dropped, which does nothing to one that has ended.
struct Aborter(AbortController);

impl Drop for Aborter {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Sends and reads the whole answer.
pub(super) async fn send(request: &Request, sent: &dyn Fn(u64)) -> Result<Response, HttpError> {
    let (mut response, content) = exchange(request, sent, SMALL, &|_| {}).await?;
    response.body = content.to_vec();
    Ok(response)
}

/// Sends and reads the whole answer; the content of a success as it came, in pieces of `piece`
/// bytes.
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
    let aborter = Aborter(AbortController::new().map_err(|_| HttpError::NoAnswer)?);
    let prepared = prepare(request, &aborter.0.signal()).ok_or(HttpError::NoAnswer)?;
    let answer = next(prepared.send()).await?.map_err(|_| HttpError::NoAnswer)?;
    sent(u64::try_from(request.body.len()).unwrap_or(u64::MAX));

    let most = request.most(answer.status());
    let content = match answer.body() {
        Some(stream) => body::read(&stream, piece, most, received).await?,
        None => Bytes::default(),
    };
    let headers = read_headers(&answer.headers().into_raw());
    Ok((Response { status: answer.status(), headers, body: Vec::new() }, content))
}

/// What holds for every request.
fn builder(url: &str) -> RequestBuilder {
    RequestBuilder::new(url)
        .credentials(RequestCredentials::Omit)
        .referrer_policy(ReferrerPolicy::NoReferrer)
        .cache(RequestCache::NoStore)
}

/// The request as the browser takes it; nothing where it refuses a header, the method or the URL.
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

/// The same request, which the browser sends to its end even when the tab is closed now: what was
/// to be removed is removed. Neither gloo-net nor web-sys has the member.
fn kept_alive(request: &web_sys::Request) -> Option<gloo_net::http::Request> {
    let init = RequestInit::new();
    Reflect::set(&init, &"keepalive".into(), &true.into()).ok()?;
    Some(web_sys::Request::new_with_request_and_init(request, &init).ok()?.into())
}

/// Whether what has this URL answers when nothing is read of it ([`no-cors`][mode]), and not when
/// something is.
///
/// In that mode browsers insist on following redirects; the page's own policy (`connect-src`) keeps
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

/// All that the page may see, in lower case, as browsers give them.
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
