//! The service worker that lets the page open without a network.

use wasm_bindgen_futures::spawn_local;

use super::script;

/// Registers it if the browser supports service workers. Without one, everything works except
/// opening the page offline.
pub fn register() {
    spawn_local(async {
        let _ = script::register().await;
    });
}
