//! Streams a file into the browser's downloads, through the service worker (www/sw.js).

use std::cell::Cell;
use std::rc::Rc;

use futures_channel::mpsc;
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use futures_util::lock::Mutex;
use gloo_events::EventListener;
use js_sys::{Array, Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{HtmlAnchorElement, MessageChannel, MessageEvent, MessagePort, ServiceWorker};

use super::super::clock::timer;
use super::super::number::to_f64;
use super::super::service_worker::{STARTED_MS, active};

/// A running service worker responds within this many milliseconds.
const ANSWERED_MS: u64 = 20_000;

/// Files being offered to the service worker.
pub(in super::super) struct Offers {
    /// The browser navigates to one URL at a time: a second navigation would cancel the first.
    turn: Mutex<()>,
    going: Rc<Cell<bool>>,
    _listener: Option<EventListener>,
}

/// A file that the browser saves while it is received. If dropped before the stream's end, the
/// download fails in the browser: no file that looks complete remains.
pub(in super::super) struct Offer {
    worker: ServiceWorker,
    port: MessagePort,
}

impl Drop for Offer {
    fn drop(&mut self) {
        let _ = self.port.post_message(&JsValue::NULL);
    }
}

impl Offer {
    /// To be called every few seconds: the browser terminates an idle service worker, and the
    /// download with it.
    pub(in super::super) fn keep_alive(&self) {
        let _ = self.worker.post_message(&JsValue::NULL);
    }
}

impl Offers {
    /// Must be created before any other `beforeunload` listener: navigating to a download's URL
    /// fires `beforeunload`, and the user would be asked whether to abandon running transfers. The
    /// page is not left, so this listener suppresses the prompt.
    pub(in super::super) fn new() -> Self {
        let going = Rc::<Cell<bool>>::default();
        let ours = Rc::clone(&going);
        let listener = web_sys::window().map(|window| {
            EventListener::new(&window, "beforeunload", move |event| {
                if ours.take() {
                    event.stop_immediate_propagation();
                }
            })
        });
        Self { turn: Mutex::default(), going, _listener: listener }
    }

    /// Makes the browser save the data received through `data` as a file with that name and size.
    /// Returns `None` if there is no service worker; the writer is notified through `data`.
    ///
    /// # Errors
    /// If the service worker or the browser misbehaves.
    pub(in super::super) async fn offer(
        &self,
        (name, size): (&str, u64),
        data: MessagePort,
    ) -> Result<Option<Offer>, JsValue> {
        let _turn = self.turn.lock().await;
        let Some(worker) = active(STARTED_MS).await else {
            data.post_message(&"none".into())?;
            return Ok(None);
        };
        let channel = MessageChannel::new()?;
        let mut answers = Answers::of(channel.port1());
        let file = Object::new();
        Reflect::set(&file, &"name".into(), &name.into())?;
        Reflect::set(&file, &"size".into(), &to_f64(size).into())?;
        worker.post_message_with_transferable(&file, &Array::of2(&channel.port2(), &data))?;
        let offer = Offer { worker, port: channel.port1() };
        let url = answers.next().await?;
        self.going.set(true);
        go(&url)?;
        let taken = answers.next().await;
        self.going.set(false);
        taken?;
        Ok(Some(offer))
    }
}

/// The service worker's responses: the file's URL, then that the browser has requested it.
struct Answers {
    told: mpsc::UnboundedReceiver<String>,
    _listener: EventListener,
}

impl Answers {
    fn of(port: MessagePort) -> Self {
        let (tell, told) = mpsc::unbounded();
        let listener = EventListener::new(&port, "message", move |event| {
            let text = event.dyn_ref::<MessageEvent>().and_then(|event| event.data().as_string());
            let _ = tell.unbounded_send(text.unwrap_or_default());
        });
        port.start();
        Self { told, _listener: listener }
    }

    async fn next(&mut self) -> Result<String, JsValue> {
        match select(self.told.next(), timer(ANSWERED_MS)).await {
            Either::Left((Some(text), _)) => Ok(text),
            _ => Err(JsValue::NULL),
        }
    }
}

/// Navigates by a plain link: one with `download` would bypass the service worker.
fn go(url: &str) -> Result<(), JsValue> {
    let document = web_sys::window().and_then(|window| window.document()).ok_or(JsValue::NULL)?;
    let link: HtmlAnchorElement = document.create_element("a")?.dyn_into()?;
    link.set_href(url);
    link.click();
    Ok(())
}
