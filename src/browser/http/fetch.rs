//! Fetch (<https://fetch.spec.whatwg.org>), its answer read as it comes in.

use std::cell::Cell;

use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, ReferrerPolicy, RequestCache, RequestCredentials, RequestInit, RequestMode,
    RequestRedirect,
};

use super::super::buffer;
use super::{is_ours, next};
use crate::bytes::Bytes;
use crate::port::{HttpError, Request, Response, is_success};

#[wasm_bindgen]
extern "C" {
    // The same in a window and in a Worker; web-sys has it only as a method of either.
    #[wasm_bindgen(js_name = fetch)]
    fn start(url: &str, init: &RequestInit) -> Promise;

    // web-sys does not expect a browser that cannot read into a buffer.
    type Body;
    #[wasm_bindgen(method, catch, js_name = getReader)]
    fn reader(this: &Body, options: &JsValue) -> Result<Reader, JsValue>;
    type Reader;
    #[wasm_bindgen(method)]
    fn read(this: &Reader, view: &JsValue) -> Promise;
}

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
    let init = init(request, &aborter.0).map_err(|_| HttpError::NoAnswer)?;
    let answer = next(JsFuture::from(start(&request.url, &init))).await?;
    let answer: web_sys::Response = answer.map_err(|_| HttpError::NoAnswer)?.unchecked_into();
    sent(u64::try_from(request.body.len()).unwrap_or(u64::MAX));

    let headers = headers(&answer.headers());
    let response = Response { status: answer.status(), headers, body: Vec::new() };
    let content = match answer.body() {
        Some(stream) => {
            read(stream.unchecked_ref(), piece, request.most(response.status), received).await?
        }
        None => Bytes::default(),
    };
    Ok((response, content))
}

fn init(request: &Request, aborter: &AbortController) -> Result<RequestInit, JsValue> {
    let headers = web_sys::Headers::new()?;
    for (name, value) in request.headers.iter().filter(|(name, _)| is_ours(name)) {
        headers.append(name, value)?;
    }
    let init = RequestInit::new();
    init.set_method(&request.method);
    init.set_headers(&headers);
    init.set_redirect(RequestRedirect::Error);
    init.set_credentials(RequestCredentials::Omit);
    init.set_referrer_policy(ReferrerPolicy::NoReferrer);
    init.set_cache(RequestCache::NoStore);
    init.set_signal(Some(&aborter.signal()));
    if request.method == "DELETE" {
        // What was to be removed is removed also where the tab closes now. web-sys has no such
        // member.
        Reflect::set(&init, &"keepalive".into(), &true.into())?;
    }
    if !request.body.is_empty() {
        init.set_body(&Uint8Array::from(&*request.body.bytes()));
    }
    Ok(init)
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
        let init = RequestInit::new();
        init.set_mode(mode);
        init.set_redirect(redirect);
        init.set_credentials(RequestCredentials::Omit);
        init.set_referrer_policy(ReferrerPolicy::NoReferrer);
        init.set_cache(RequestCache::NoStore);
        matches!(next(JsFuture::from(start(url, &init))).await, Ok(Ok(_)))
    };
    answers(RequestMode::NoCors, RequestRedirect::Follow).await
        && !answers(RequestMode::Cors, RequestRedirect::Error).await
}

/// All that the page may see, in lower case, as browsers give them.
fn headers(headers: &web_sys::Headers) -> Vec<(String, String)> {
    headers
        .entries()
        .into_iter()
        .filter_map(|entry| {
            let entry: Array = entry.ok()?.unchecked_into();
            Some((entry.get(0).as_string()?, entry.get(1).as_string()?))
        })
        .collect()
}

/// Reads into buffers of `piece` bytes, where the browser can: what it hands out otherwise is of
/// its own choice, and small. `received` is told how many came.
async fn read(
    body: &Body,
    piece: usize,
    cap: usize,
    received: &dyn Fn(u64),
) -> Result<Bytes, HttpError> {
    let options = Object::new();
    let _ = Reflect::set(&options, &"mode".into(), &"byob".into());
    let filling = body.reader(&options);
    let fills = filling.is_ok();
    let reader =
        filling.or_else(|_| body.reader(&JsValue::UNDEFINED)).map_err(|_| HttpError::NoAnswer)?;
    let all = Cell::new(0_u64);
    let came = |bytes: u32| {
        all.set(all.get().saturating_add(bytes.into()));
        received(all.get());
    };
    let mut content = Bytes::default();
    loop {
        // Room for one byte too many, so that it is seen.
        let room = piece.min(cap.saturating_sub(content.len()).saturating_add(1));
        let (piece, ended) = if fills {
            fill(&reader, room, &came).await?
        } else {
            let piece = step(&reader, &JsValue::UNDEFINED, &came).await?;
            let ended = piece.as_ref().is_none_or(|piece| piece.length() == 0);
            (piece.map(buffer::external).unwrap_or_default(), ended)
        };
        content.append(piece);
        if content.len() > cap {
            return Err(HttpError::TooLarge);
        }
        if ended {
            return Ok(content);
        }
    }
}

/// A buffer of `room` bytes, filled as they come; fewer at the end, of which it tells.
async fn fill(
    reader: &Reader,
    room: usize,
    came: &dyn Fn(u32),
) -> Result<(Bytes, bool), HttpError> {
    let room = u32::try_from(room).map_err(|_| HttpError::TooLarge)?;
    let mut buffer = Uint8Array::new_with_length(room);
    let mut filled = 0;
    while filled < room {
        let piece =
            step(reader, &buffer.subarray(filled, room), came).await?.ok_or(HttpError::NoAnswer)?;
        // It changed hands, and is back with what came: at the end nothing more.
        buffer = Uint8Array::new(&piece.buffer());
        if piece.length() == 0 {
            break;
        }
        filled = filled.saturating_add(piece.length());
    }
    let end = usize::try_from(filled).unwrap_or_default();
    Ok((buffer::external(buffer).cut(0..end).unwrap_or_default(), filled < room))
}

/// What comes next: nothing at all, or no bytes, at the end.
async fn step(
    reader: &Reader,
    room: &JsValue,
    came: &dyn Fn(u32),
) -> Result<Option<Uint8Array>, HttpError> {
    let step = next(JsFuture::from(reader.read(room))).await?.map_err(|_| HttpError::NoAnswer)?;
    let piece: Option<Uint8Array> =
        Reflect::get(&step, &"value".into()).unwrap_or_default().dyn_into().ok();
    came(piece.as_ref().map_or(0, Uint8Array::length));
    Ok(piece)
}
