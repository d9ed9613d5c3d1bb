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

/// What happens to a request while it runs.
enum UploadStep {
    /// So many bytes of the body have left.
    Sent(u64),
    /// So many bytes of the answer are here.
    Received(u64),
    /// The answer is whole.
    Loaded,
    /// There will be none.
    Failed,
}

/// Aborts its request when dropped, which does nothing to one that has ended.
struct Aborter(XmlHttpRequest);

impl Drop for Aborter {
    fn drop(&mut self) {
        let _ = self.0.abort();
    }
}

/// Sends and reads the whole answer.
pub(super) async fn send(request: &Request, sent: &dyn Fn(u64)) -> Result<Response, HttpError> {
    let aborter = Aborter(XmlHttpRequest::new().map_err(|_| HttpError::NoAnswer)?);
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

/// The body as a [`Blob`]: the browser keeps it outside this thread's memory and sends it without
/// asking back. Bytes are sent by way of this thread, and shown whole to developer tools, at a
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

/// Largest answer that is read: its status comes before its body.
fn most(xhr: &XmlHttpRequest, request: &Request) -> u64 {
    let status = xhr.status().unwrap_or_default();
    u64::try_from(request.most(status)).unwrap_or(u64::MAX)
}

fn answer(xhr: &XmlHttpRequest, request: &Request) -> Result<Response, HttpError> {
    // This interface follows redirects unasked. What another address answers is refused, as `fetch`
    // would have.
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
