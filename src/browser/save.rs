//! Saves a file under its name: a complete one as a Blob, a large one as a stream.
//!
//! A large file streams through the service worker into the browser's own downloads, with their
//! progress, pause and cancel: familiar, and without a prompt. This is preferred to a file picker,
//! which not every browser has and which must be shown within seconds of the click: the picker is
//! for when there is no service worker.

mod folder;
mod offer;
mod place;

pub use folder::BrowserFolders;
pub(super) use folder::BrowserWritableFile;
pub(super) use offer::{Offer, Offers};
pub(super) use place::place;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, HtmlAnchorElement, Url};

use super::clock::timer;

/// Delay before the URL is revoked, in milliseconds; the browser must have opened it by then.
const REVOKE_MS: u64 = 60_000;

/// Passes these bytes to the browser's downloads as a file; false if the browser refuses. The copy
/// that the browser makes lives until a minute after.
#[must_use]
pub fn save_bytes(name: &str, content: &[u8]) -> bool {
    let parts = Array::of1(&Uint8Array::from(content));
    Blob::new_with_u8_array_sequence(&parts).and_then(|blob| save(name, &blob)).is_ok()
}

/// Passes a file to the browser's downloads. Its type is never set, so nothing in it can run in the
/// page's origin.
///
/// # Errors
/// The browser's error, if it refuses.
pub fn save(name: &str, content: &Blob) -> Result<(), JsValue> {
    let document = web_sys::window().and_then(|window| window.document()).ok_or(JsValue::NULL)?;
    let options = web_sys::BlobPropertyBag::new();
    options.set_type("application/octet-stream");
    let content = Blob::new_with_blob_sequence_and_options(&Array::of1(content), &options)?;
    let url = Url::create_object_url_with_blob(&content)?;
    let link: HtmlAnchorElement = document.create_element("a")?.dyn_into()?;
    link.set_href(&url);
    link.set_download(name);
    link.click();
    spawn_local(async move {
        timer(REVOKE_MS).await;
        let _ = Url::revoke_object_url(&url);
    });
    Ok(())
}
