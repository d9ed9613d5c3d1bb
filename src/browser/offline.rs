//! The service worker, by which the page opens without a network.

use js_sys::{Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::script::{Script, trusted};

#[wasm_bindgen]
extern "C" {
    type Container;
    #[wasm_bindgen(method, catch)]
    fn register(this: &Container, url: &JsValue) -> Result<Promise, JsValue>;
}

/// Registers it where the browser has service workers. Without one all works, but for the page while offline.
pub fn register() {
    spawn_local(async {
        let _ = attempt().await;
    });
}

async fn attempt() -> Result<(), JsValue> {
    let navigator = web_sys::window().ok_or(JsValue::NULL)?.navigator();
    // Missing on pages that came over plain http from another machine.
    let container = Reflect::get(&navigator, &"serviceWorker".into())?;
    if container.is_object() {
        JsFuture::from(container.unchecked_ref::<Container>().register(&trusted(Script::Offline)?)?).await?;
    }
    Ok(())
}
