//! A place on the disk, which the person picks (<https://wicg.github.io/file-system-access/>).

use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DomException, FileSystemFileHandle};

use super::offer::{STARTED_MS, worker};
use crate::transfer::TransferError;

/// A click allows a picker for a few seconds; a service worker that is there at all has answered
/// long before.
const SOON_MS: u64 = 1_000;

#[wasm_bindgen]
extern "C" {
    // Throws where there is none.
    #[wasm_bindgen(catch, js_name = showSaveFilePicker)]
    fn pick(options: &Object) -> Result<Promise, JsValue>;
}

/// Where a file goes that is too large for a Blob: `None` is the browser's downloads, by the
/// service worker. Where there is none (a first visit, some private windows), the person picks a
/// place. To be called soon after the click.
///
/// # Errors
/// [`TransferError::Dismissed`], and [`TransferError::NoTarget`] where there is no picker either.
pub(in super::super) async fn place(
    name: &str,
) -> Result<Option<FileSystemFileHandle>, TransferError> {
    if worker(SOON_MS).await.is_some() {
        return Ok(None);
    }
    let options = Object::new();
    Reflect::set(&options, &"suggestedName".into(), &name.into())
        .map_err(|_| TransferError::NoTarget)?;
    let picked = async { JsFuture::from(pick(&options)?).await };
    match picked.await {
        Ok(handle) => Ok(Some(handle.unchecked_into())),
        Err(error)
            if error.dyn_ref().is_some_and(|error: &DomException| error.name() == "AbortError") =>
        {
            Err(TransferError::Dismissed)
        }
        // No picker here, or the click is too long ago.
        Err(_) if worker(STARTED_MS).await.is_some() => Ok(None),
        Err(_) => Err(TransferError::NoTarget),
    }
}
