//! Scripts that run beside the page: www/start.js starts them, with their hashes checked and
//! subject to Trusted Types (<https://w3c.github.io/trusted-types/>).

use wasm_bindgen::prelude::*;
use web_sys::Worker;

/// A program that runs in a Worker, by the name that tools/finish.mjs gives it.
#[derive(Clone, Copy)]
pub(super) enum Program {
    /// A Worker of the pool.
    Worker,
    /// The strength meter.
    Strength,
    /// Previews.
    Preview,
    /// Pages of a PDF file.
    Pdf,
    /// Search in contents.
    Search,
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = frond, js_name = start)]
    async fn start_by_name(name: &str) -> Result<JsValue, JsValue>;
    /// Tells the page's script that the program has taken over; it then performs earlier clicks.
    #[wasm_bindgen(js_namespace = frond)]
    pub fn ready();
    /// The secret of the link that the page was opened with, once: the script takes it out of the
    /// address bar before anything else.
    #[wasm_bindgen(js_namespace = frond, js_name = takeLink)]
    pub fn take_link() -> Option<String>;
    /// Registers the service worker, if the browser supports it.
    #[wasm_bindgen(catch, js_namespace = frond)]
    pub(super) async fn register() -> Result<JsValue, JsValue>;
}

/// Starts a dedicated Worker once its program has been loaded.
pub(super) async fn start(program: Program) -> Result<Worker, JsValue> {
    let name = match program {
        Program::Worker => "frond-worker",
        Program::Strength => "frond-strength",
        Program::Preview => "frond-preview",
        Program::Pdf => "frond-pdf",
        Program::Search => "frond-search",
    };
    Ok(start_by_name(name).await?.unchecked_into())
}
