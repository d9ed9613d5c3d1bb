//! The service worker, by which the page opens without a network.

use wasm_bindgen_futures::spawn_local;

use super::script;

/// Registers it where the browser has service workers. Without one all works, but for the page
/// while offline.
pub fn register() {
    spawn_local(async {
        let _ = script::register().await;
    });
}
