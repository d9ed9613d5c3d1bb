//! A file of the person's disk, which they picked (<https://wicg.github.io/file-system-access/>).

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{DomException, FileSystemFileHandle, FileSystemWritableFileStream};

use crate::browser::buffer::Contiguous;
use crate::bytes::Bytes;
use crate::port::Unwritable;

#[wasm_bindgen]
extern "C" {
    // Wherever there is a picker, and in no standard yet.
    #[wasm_bindgen(extends = FileSystemFileHandle)]
    type Removable;
    #[wasm_bindgen(method, catch)]
    fn remove(this: &Removable) -> Result<Promise, JsValue>;
}

/// What is written goes to a file of the browser's own, which takes the picked one's place when it
/// is whole. Dropped before, nothing is left: neither that, nor the empty file that the picker
/// makes.
pub(super) struct PickedSink {
    handle: FileSystemFileHandle,
    writing: Option<FileSystemWritableFileStream>,
    whole: bool,
}

impl Drop for PickedSink {
    fn drop(&mut self) {
        if self.whole {
            return;
        }
        let (handle, writing) = (self.handle.clone(), self.writing.take());
        spawn_local(async move {
            if let Some(writing) = writing {
                let _ = JsFuture::from(writing.abort()).await;
            }
            if let Ok(removed) = handle.unchecked_into::<Removable>().remove() {
                let _ = JsFuture::from(removed).await;
            }
        });
    }
}

impl PickedSink {
    /// Opens nothing yet.
    pub(super) fn new(handle: FileSystemFileHandle) -> Self {
        Self { handle, writing: None, whole: false }
    }

    /// Returns once the browser has the piece.
    pub(super) async fn write(&mut self, bytes: &Bytes) -> Result<(), Unwritable> {
        let piece = Contiguous::of(bytes);
        let written = self.writing().await?.write_with_js_u8_array(piece.array());
        done(written.map_err(|error| unwritable(&error))?).await
    }

    /// Puts the file in its place.
    pub(super) async fn finish(&mut self) -> Result<(), Unwritable> {
        done(self.writing().await?.close()).await?;
        self.whole = true;
        Ok(())
    }

    async fn writing(&mut self) -> Result<FileSystemWritableFileStream, Unwritable> {
        if let Some(writing) = &self.writing {
            return Ok(writing.clone());
        }
        let opened = JsFuture::from(self.handle.create_writable()).await;
        let opened = opened.map_err(|error| unwritable(&error))?;
        Ok(self.writing.insert(opened.unchecked_into()).clone())
    }
}

async fn done(promise: Promise) -> Result<(), Unwritable> {
    JsFuture::from(promise).await.map(drop).map_err(|error| unwritable(&error))
}

/// What the browser says, by the names of the [File System Standard](https://fs.spec.whatwg.org/).
fn unwritable(error: &JsValue) -> Unwritable {
    let name = error.dyn_ref::<DomException>().map(DomException::name);
    match name.as_deref() {
        Some("QuotaExceededError") => Unwritable::Full,
        Some("NotAllowedError" | "NoModificationAllowedError") => Unwritable::Denied,
        Some(_) | None => Unwritable::Failed,
    }
}
