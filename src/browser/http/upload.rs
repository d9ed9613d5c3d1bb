//! `XMLHttpRequest` (<https://xhr.spec.whatwg.org>), for its upload events.

use futures_channel::mpsc;
use futures_util::StreamExt;
use gloo_events::EventListener;
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, ProgressEvent, Url, XmlHttpRequest, XmlHttpRequestResponseType};

use super::super::buffer::arrays;
use super::super::number::to_u64;
use super::{is_ours, next};
use crate::bytes::Bytes;
use crate::port::{HttpError, Request, Response};

/// Events of a running request.
enum UploadStep {
    /// Number of bytes of the body sent so far.
    Sent(u64),
    /// Number of bytes of the response received so far.
    Received(u64),
    /// The response is complete.
    Loaded,
    /// There will be no response.
    Failed,
}

/// Aborts its request when dropped; no effect once it has ended.
struct UploadAborter(XmlHttpRequest);

impl Drop for UploadAborter {
    fn drop(&mut self) {
        let _ = self.0.abort();
    }
}

/// Sends, and reads the complete response.
pub(super) async fn send(request: &Request, sent: &dyn Fn(u64)) -> Result<Response, HttpError> {
    let aborter = UploadAborter(XmlHttpRequest::new().map_err(|_| HttpError::NoAnswer)?);
    let xhr = &aborter.0;
    let (listeners, mut steps) = listen(xhr).map_err(|_| HttpError::NoAnswer)?;
    start(xhr, request).map_err(|_| HttpError::NoAnswer)?;

    loop {
        match next(steps.next()).await? {
            Some(UploadStep::Sent(bytes)) => sent(bytes),
            Some(UploadStep::Received(bytes)) if bytes > most(xhr, request) => {
                return Err(HttpError::TooLarge);
            }
            Some(UploadStep::Received(_)) => {}
            Some(UploadStep::Loaded) => break,
            Some(UploadStep::Failed) | None => return Err(HttpError::NoAnswer),
        }
    }
    drop(listeners);
    answer(xhr, request)
}

fn start(xhr: &XmlHttpRequest, request: &Request) -> Result<(), JsValue> {
    xhr.open_with_async(&request.method, &request.url, true)?;
    xhr.set_response_type(XmlHttpRequestResponseType::Arraybuffer);
    for (name, value) in request.headers.iter().filter(|(name, _)| is_ours(name)) {
        xhr.set_request_header(name, value)?;
    }
    xhr.send_with_opt_blob(Some(&blob(&request.body)?))
}

/// The body as a [`Blob`], which the browser keeps outside this thread's memory and sends on its
/// own. Plain bytes would be sent through this thread, and shown whole to developer tools, at a
/// tenth of the speed.
fn blob(body: &Bytes) -> Result<Blob, JsValue> {
    Blob::new_with_u8_array_sequence(&arrays(body))
}

fn listen(
    xhr: &XmlHttpRequest,
) -> Result<(Vec<EventListener>, mpsc::UnboundedReceiver<UploadStep>), JsValue> {
    let (tell, steps) = mpsc::unbounded();
    let on = |target: &web_sys::EventTarget, event: &'static str, step: fn(u64) -> UploadStep| {
        let tell = tell.clone();
        EventListener::new(target, event, move |event| {
            let bytes = event.dyn_ref::<ProgressEvent>().map_or(0.0, ProgressEvent::loaded);
            let _ = tell.unbounded_send(step(to_u64(bytes)));
        })
    };
    let listeners = vec![
        on(xhr.upload()?.as_ref(), "progress", UploadStep::Sent),
        on(xhr, "progress", UploadStep::Received),
        on(xhr, "load", |_| UploadStep::Loaded),
        on(xhr, "error", |_| UploadStep::Failed),
        on(xhr, "abort", |_| UploadStep::Failed),
    ];
    Ok((listeners, steps))
}

/// Maximum length of the response: its status is known before its body.
fn most(xhr: &XmlHttpRequest, request: &Request) -> u64 {
    let status = xhr.status().unwrap_or_default();
    u64::try_from(request.most(status)).unwrap_or(u64::MAX)
}

fn answer(xhr: &XmlHttpRequest, request: &Request) -> Result<Response, HttpError> {
    // This API always follows redirects. A response from another URL is rejected, as `fetch` would.
    let asked = Url::new(&request.url).map_err(|_| HttpError::NoAnswer)?;
    asked.set_hash("");
    if xhr.response_url() != asked.href() {
        return Err(HttpError::NoAnswer);
    }
    let body = xhr.response().map_err(|_| HttpError::NoAnswer)?;
    let body = if body.is_object() { Uint8Array::new(&body).to_vec() } else { Vec::new() };
    let status = xhr.status().map_err(|_| HttpError::NoAnswer)?;
    if body.len() > request.most(status) {
        return Err(HttpError::TooLarge);
    }
    let headers = xhr.get_all_response_headers().unwrap_or_default();
    let headers = headers
        .split("\r\n")
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    Ok(Response { status, headers, body })
}
