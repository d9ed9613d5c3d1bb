//! Fetch (<https://fetch.spec.whatwg.org>), its answer read as it comes in.

use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, ReferrerPolicy, RequestCache, RequestCredentials, RequestInit, RequestRedirect,
};

use super::{is_ours, within};
use crate::port::{HttpError, Request, Response};

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

/// Bytes that are read at one time, at most.
const READ: u32 = 64 * 1024;

/// Aborts its request when dropped, which does nothing to one that has ended.
struct Aborter(AbortController);

impl Drop for Aborter {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Sends and reads the whole answer.
pub(super) async fn send(
    request: &Request,
    sent: &dyn Fn(u64),
    stall_ms: u64,
) -> Result<Response, HttpError> {
    let aborter = Aborter(AbortController::new().map_err(|_| HttpError::NoAnswer)?);
    let init = init(request, &aborter.0).map_err(|_| HttpError::NoAnswer)?;
    let answer = within(stall_ms, JsFuture::from(start(&request.url, &init))).await?;
    let answer: web_sys::Response = answer.map_err(|_| HttpError::NoAnswer)?.unchecked_into();
    sent(u64::try_from(request.body.len()).unwrap_or(u64::MAX));

    let headers = headers(&answer.headers());
    let mut response = Response { status: answer.status(), headers, body: Vec::new() };
    if let Some(stream) = answer.body() {
        // Room that grew by doubling would be twice what is needed.
        let length = response.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        response.body.reserve_exact(request.max_response.min(length));
        read(stream.unchecked_ref(), &mut response.body, request.max_response, stall_ms).await?;
    }
    Ok(response)
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
    if !request.body.is_empty() {
        init.set_body(&Uint8Array::from(request.body.as_slice()));
    }
    Ok(init)
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

/// Reads into one buffer again and again, where the browser can: what it hands out otherwise fills the memory until it is
/// collected.
async fn read(body: &Body, bytes: &mut Vec<u8>, cap: usize, stall_ms: u64) -> Result<(), HttpError> {
    let options = Object::new();
    let _ = Reflect::set(&options, &"mode".into(), &"byob".into());
    let (reader, mut view) = match body.reader(&options) {
        Ok(reader) => (reader, JsValue::from(Uint8Array::new_with_length(READ))),
        Err(_) => (body.reader(&JsValue::UNDEFINED).map_err(|_| HttpError::NoAnswer)?, JsValue::UNDEFINED),
    };
    loop {
        let step = within(stall_ms, JsFuture::from(reader.read(&view))).await?;
        let step = step.map_err(|_| HttpError::NoAnswer)?;
        let piece = Reflect::get(&step, &"value".into()).unwrap_or_default();
        let piece = piece.dyn_into::<Uint8Array>().ok().filter(|piece| piece.length() > 0);
        let Some(piece) = piece else { return Ok(()) };
        let start = bytes.len();
        let end = usize::try_from(piece.length()).ok().and_then(|length| start.checked_add(length));
        let end = end.filter(|end| *end <= cap).ok_or(HttpError::TooLarge)?;
        bytes.resize(end, 0);
        piece.copy_to(bytes.get_mut(start..).unwrap_or_default());
        if !view.is_undefined() {
            view = Uint8Array::new(&piece.buffer()).into();
        }
    }
}
