//! The service worker (www/sw.js): with it the page opens without a network, large files stream to
//! the disk, and players seek.

use std::pin::pin;

use futures_channel::oneshot;
use futures_util::future::{Either, select};
use gloo_events::EventListener;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{ServiceWorker, ServiceWorkerContainer, ServiceWorkerRegistration};

use super::clock::timer;
use super::script;

/// A service worker that has not started after this many milliseconds counts as unavailable.
pub(super) const STARTED_MS: u64 = 5_000;

/// Asks the service worker to control this page.
const CLAIM: &str = "claim";

/// Registers it if the browser supports service workers. Without one, everything works except
/// opening the page offline, and what [`active`] and [`controls`] are asked for.
pub fn register() {
    spawn_local(async {
        let _ = script::register().await;
    });
}

/// The browser's service workers for this page; `None` where it has none, as over plain http from
/// another machine.
pub(super) fn container() -> Option<ServiceWorkerContainer> {
    let navigator = web_sys::window()?.navigator();
    js_sys::Reflect::get(&navigator, &"serviceWorker".into()).ok()?.dyn_into().ok()
}

/// The service worker, if it is running within `timeout_ms` milliseconds, which takes a moment on a
/// first visit. It need not control this page to serve this page's navigations.
pub(super) async fn active(timeout_ms: u64) -> Option<ServiceWorker> {
    let ready = container()?.ready().ok()?;
    match select(pin!(JsFuture::from(ready)), timer(timeout_ms)).await {
        Either::Left((Ok(registration), _)) => {
            registration.dyn_into::<ServiceWorkerRegistration>().ok()?.active()
        }
        _ => None,
    }
}

/// Whether the service worker controls this page, so that it serves this page's elements too. It is
/// asked to if it does not, as after a first visit or a reload past the cache.
pub(super) async fn controls(container: &ServiceWorkerContainer) -> bool {
    if container.controller().is_some() {
        return true;
    }
    let (tell, changed) = oneshot::channel();
    let _listener = EventListener::once(container, "controllerchange", move |_| {
        let _ = tell.send(());
    });
    let Some(worker) = active(STARTED_MS).await else { return false };
    if container.controller().is_none() && worker.post_message(&CLAIM.into()).is_ok() {
        select(changed, timer(STARTED_MS)).await;
    }
    container.controller().is_some()
}
