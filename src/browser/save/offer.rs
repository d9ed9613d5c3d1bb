//! A file that streams into the browser's downloads, through the service worker (www/sw.js).

use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;

use futures_channel::mpsc;
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use futures_util::lock::Mutex;
use gloo_events::EventListener;
use js_sys::{Array, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    HtmlAnchorElement, MessageChannel, MessageEvent, MessagePort, ServiceWorker,
    ServiceWorkerRegistration,
};

use super::super::clock::timer;
use super::super::number::to_f64;

/// A service worker that has not begun to run by then is not to be had, in milliseconds.
pub(super) const STARTED_MS: u64 = 5_000;
/// One that runs has answered by then, in milliseconds.
const ANSWERED_MS: u64 = 20_000;

/// Files on their way to the service worker.
pub(in super::super) struct Offers {
    /// The browser goes to one address at a time: a second would call off the first.
    turn: Mutex<()>,
    going: Rc<Cell<bool>>,
    _listener: Option<EventListener>,
}

/// A file that the browser saves while it comes. Dropped before the stream's end, the download
/// fails in the browser: no file that looks whole is left.
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
    /// To be called every few seconds: a service worker to which nobody speaks is ended, and the
    /// download with it.
    pub(in super::super) fn keep_alive(&self) {
        let _ = self.worker.post_message(&JsValue::NULL);
    }
}

impl Offers {
    /// To be made before anything else listens for the page's end: whoever goes to an address
    /// leaves the page, as far as the page can see, and would be asked whether to lose what is on
    /// its way. This is no leaving, so nobody is asked.
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

    /// Has the browser save what comes through `data`, as a file of that name and size. `None`
    /// where there is no service worker; whoever writes hears it through `data`.
    ///
    /// # Errors
    /// When service worker or browser do not do what they should.
    pub(in super::super) async fn offer(
        &self,
        (name, size): (&str, u64),
        data: MessagePort,
    ) -> Result<Option<Offer>, JsValue> {
        let _turn = self.turn.lock().await;
        let Some(worker) = worker(STARTED_MS).await else {
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

/// What the service worker answers: where the file is, then that the browser came for it.
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

/// The service worker, once it runs, if it does so in that many milliseconds. On a first visit that
/// takes a moment; it need not be in control of this page to answer what this page goes to.
pub(super) async fn worker(patience: u64) -> Option<ServiceWorker> {
    let navigator = web_sys::window()?.navigator();
    let container = Reflect::get(&navigator, &"serviceWorker".into()).ok()?;
    let ready: Promise = Reflect::get(&container, &"ready".into()).ok()?.dyn_into().ok()?;
    match select(pin!(JsFuture::from(ready)), timer(patience)).await {
        Either::Left((Ok(registration), _)) => {
            registration.dyn_into::<ServiceWorkerRegistration>().ok()?.active()
        }
        _ => None,
    }
}

/// By a plain link: one with `download` would pass the service worker by.
fn go(url: &str) -> Result<(), JsValue> {
    let document = web_sys::window().and_then(|window| window.document()).ok_or(JsValue::NULL)?;
    let link: HtmlAnchorElement = document.create_element("a")?.dyn_into()?;
    link.set_href(url);
    link.click();
    Ok(())
}
