//! Files for the page's players, by URL: the service worker (www/sw.js) passes each request to the
//! page, which answers it with verified bytes.
//!
//! ```text
//! <video> ── request ──► service worker ── {url, range}, a port ──► page: `serve` of `transfer`
//!         ◄─ response ──                ◄── {status, headers} ───
//!                                       ◄── pieces (`stream`) ───
//! ```
//!
//! The service worker keeps nothing between two requests: the browser may end it at any time, and
//! the next request starts it again.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use async_trait::async_trait;
use frond_preview::Playable;
use futures_channel::mpsc;
use gloo_events::EventListener;
use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, MessagePort};

use super::location::base_url;
use super::service_worker::{container, controls};
use super::stream::Stream;
use crate::port::{MediaServer, MediaSource, RangeRequest};
use crate::transfer::RangeAnswer;

/// Files by URL.
#[derive(Default)]
pub struct BrowserMedia {
    offered: Rc<RefCell<HashMap<String, Offered>>>,
    listener: OnceCell<EventListener>,
}

struct Offered {
    kind: Playable,
    size: u64,
    requests: mpsc::UnboundedSender<RangeRequest>,
}

#[async_trait(?Send)]
impl MediaServer for BrowserMedia {
    async fn offer(&self, kind: Playable, size: u64) -> Option<MediaSource> {
        let container = container()?;
        if !controls(&container).await {
            return None;
        }
        let id = web_sys::window()?.crypto().ok()?.random_uuid();
        let url = format!("{}media/{id}", base_url());
        let (ask, requests) = mpsc::unbounded();
        let mut offered = self.offered.borrow_mut();
        offered.retain(|_, offered| !offered.requests.is_closed());
        offered.insert(url.clone(), Offered { kind, size, requests: ask });
        self.listener.get_or_init(|| {
            let offered = Rc::clone(&self.offered);
            EventListener::new(&container, "message", move |event| {
                if let Some(event) = event.dyn_ref() {
                    let _ = answer(&offered.borrow(), event);
                }
            })
        });
        Some(MediaSource { url, requests })
    }
}

/// Answers one request that the service worker passes on.
fn answer(offered: &HashMap<String, Offered>, event: &MessageEvent) -> Result<(), JsValue> {
    let asked =
        |name: &str| Ok::<_, JsValue>(Reflect::get(&event.data(), &name.into())?.as_string());
    let Some(url) = asked("url")? else { return Ok(()) };
    let port: MessagePort = event.ports().get(0).dyn_into()?;
    let offered = offered.get(&url).filter(|offered| !offered.requests.is_closed());
    let Some(Offered { kind, size, requests }) = offered else {
        return port.post_message(&head(404, &[])?);
    };
    let answer = RangeAnswer::to(asked("range")?.as_deref(), *size);
    let range = answer.body(*size);
    let length = range.end.saturating_sub(range.start).to_string();
    let content_range = answer.content_range(*size);
    let mut headers = vec![
        ("Accept-Ranges", "bytes"),
        ("Content-Length", length.as_str()),
        ("Content-Type", kind.as_str()),
    ];
    headers.extend(content_range.as_deref().map(|range| ("Content-Range", range)));
    port.post_message(&head(answer.status(), &headers)?)?;
    if !range.is_empty() {
        let request = RangeRequest { range, sink: Box::new(Stream::through(port)) };
        let _ = requests.unbounded_send(request);
    }
    Ok(())
}

/// Status and headers, as the service worker takes them.
fn head(status: u16, headers: &[(&str, &str)]) -> Result<JsValue, JsValue> {
    let named = Object::new();
    for (name, value) in headers {
        Reflect::set(&named, &(*name).into(), &(*value).into())?;
    }
    let head = Object::new();
    Reflect::set(&head, &"status".into(), &status.into())?;
    Reflect::set(&head, &"headers".into(), &named)?;
    Ok(head.into())
}
