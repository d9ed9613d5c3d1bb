//! Web Locks (<https://w3c.github.io/web-locks/>): one holder among all tabs of the origin; a tab that dies lets go.

use futures_channel::oneshot;
use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use crate::port::StoreFailed;

#[wasm_bindgen]
extern "C" {
    type LockManager;
    #[wasm_bindgen(method)]
    fn request(this: &LockManager, name: &str, granted: &Function) -> Promise;
}

/// Holds the lock until it is dropped.
pub(super) struct Guard {
    _release: oneshot::Sender<()>,
}

/// Waits for the lock.
pub(super) async fn request(name: &str) -> Result<Guard, StoreFailed> {
    let (tell, granted) = oneshot::channel();
    let (release, released) = oneshot::channel();
    // The browser holds the lock until the promise that this gives it is settled. Whoever stopped waiting in the
    // meantime has dropped `release`, so that it is settled at once.
    let hold = Closure::once_into_js(move |_: JsValue| {
        let _ = tell.send(());
        future_to_promise(async move {
            let _ = released.await;
            Ok(JsValue::UNDEFINED)
        })
    });
    drop(manager().ok_or(StoreFailed)?.request(name, hold.unchecked_ref()));
    granted.await.map_err(|_| StoreFailed)?;
    Ok(Guard { _release: release })
}

/// Missing on pages that came over plain http from another machine.
fn manager() -> Option<LockManager> {
    let navigator = Reflect::get(&js_sys::global(), &"navigator".into()).ok()?;
    let locks = Reflect::get(&navigator, &"locks".into()).ok()?;
    locks.is_object().then(|| locks.unchecked_into())
}
