//! Web Locks (<https://w3c.github.io/web-locks/>): one holder among all tabs of the origin; the
//! browser releases the locks of a tab that dies.

use futures_channel::oneshot;
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use crate::port::StoreFailed;

#[wasm_bindgen]
extern "C" {
    type LockManager;
    #[wasm_bindgen(method)]
    fn request(this: &LockManager, name: &str, options: &Object, granted: &Function) -> Promise;
}

/// Holds the lock until it is dropped.
pub(in crate::browser) struct Guard {
    _release: oneshot::Sender<()>,
}

/// Waits for the lock; with `if_available`, acquires it immediately or not at all.
pub(in crate::browser) async fn request(
    name: &str,
    if_available: bool,
) -> Result<Option<Guard>, StoreFailed> {
    let (tell, granted) = oneshot::channel();
    let (release, released) = oneshot::channel();
    // The browser holds the lock until the promise returned here settles. A caller that stopped
    // waiting has dropped `release`, so the promise settles immediately.
    let hold = Closure::once_into_js(move |lock: JsValue| {
        let _ = tell.send(!lock.is_null());
        future_to_promise(async move {
            let _ = released.await;
            Ok(JsValue::UNDEFINED)
        })
    });
    let options = Object::new();
    Reflect::set(&options, &"ifAvailable".into(), &if_available.into()).map_err(|_| StoreFailed)?;
    drop(manager().ok_or(StoreFailed)?.request(name, &options, hold.unchecked_ref()));
    let ours = granted.await.map_err(|_| StoreFailed)?;
    Ok(ours.then_some(Guard { _release: release }))
}

/// Unavailable on pages loaded over plain http from another machine.
fn manager() -> Option<LockManager> {
    let navigator = Reflect::get(&js_sys::global(), &"navigator".into()).ok()?;
    let locks = Reflect::get(&navigator, &"locks".into()).ok()?;
    locks.is_object().then(|| locks.unchecked_into())
}
