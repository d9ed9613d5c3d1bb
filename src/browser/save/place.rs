//! A target on the disk, picked by the user (<https://wicg.github.io/file-system-access/>).

use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DomException, FileSystemFileHandle};

use super::super::service_worker::{STARTED_MS, active};
use crate::transfer::TransferError;

/// A click permits a picker for a few seconds; an installed service worker responds long before
/// that.
const SOON_MS: u64 = 1_000;

#[wasm_bindgen]
extern "C" {
    // Throws if the browser has no picker.
    #[wasm_bindgen(catch, js_name = showSaveFilePicker)]
    fn pick(options: &Object) -> Result<Promise, JsValue>;
}

/// The target of a file that is too large for a Blob: `None` means the browser's downloads, through
/// the service worker. If there is none (a first visit, some private windows), the user picks a
/// target. To be called soon after the click.
///
/// # Errors
/// [`TransferError::Dismissed`], or [`TransferError::NoTarget`] if there is no picker either.
pub(in super::super) async fn place(
    name: &str,
) -> Result<Option<FileSystemFileHandle>, TransferError> {
    if active(SOON_MS).await.is_some() {
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
        // There is no picker, or the click was too long ago.
        Err(_) if active(STARTED_MS).await.is_some() => Ok(None),
        Err(_) => Err(TransferError::NoTarget),
    }
}
