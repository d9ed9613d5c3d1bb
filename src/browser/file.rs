//! Files that the user picked.

use std::any::Any;
use std::cell::OnceCell;
use std::rc::Rc;

use async_trait::async_trait;
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, FileList};

use super::buffer::external;
use super::number::{to_f64, to_u64};
use crate::bytes::Bytes;
use crate::port::{Source, Unreadable};

/// A file on the user's disk. The browser reads it as it was when picked, or fails.
pub struct BrowserFile {
    pub(super) file: File,
    path: String,
    /// Bytes, once asked for: for each answer the browser asks the file system, which takes half a
    /// millisecond in Chromium.
    size: OnceCell<u64>,
    /// The browser's handle for finding it again after a reload, if there is one.
    pub(super) handle: Option<JsValue>,
}

impl BrowserFile {
    /// A file from a picker, single or in a folder.
    pub(super) fn picked(file: File) -> Self {
        // Set if a folder was picked; not supported by every browser.
        let path = Reflect::get(&file, &"webkitRelativePath".into())
            .ok()
            .and_then(|path| path.as_string());
        let path = path.filter(|path| !path.is_empty()).unwrap_or_else(|| file.name());
        Self::at(file, path)
    }

    /// A file with its path relative to the dropped folder.
    pub(super) fn at(file: File, path: String) -> Self {
        Self { file, path, size: OnceCell::new(), handle: None }
    }

    /// Adds a handle for finding it again.
    pub(super) fn found_by(self, handle: Option<JsValue>) -> Self {
        Self { handle, ..self }
    }
}

#[async_trait(?Send)]
impl Source for BrowserFile {
    fn path(&self) -> String {
        self.path.clone()
    }

    fn size(&self) -> u64 {
        *self.size.get_or_init(|| to_u64(self.file.size()))
    }

    fn media_type(&self) -> String {
        self.file.type_()
    }

    fn modified(&self) -> Option<i64> {
        i64::try_from(to_u64(self.file.last_modified())).ok()
    }

    async fn read(&self, offset: u64, length: usize) -> Result<Bytes, Unreadable> {
        let end = u64::try_from(length)
            .ok()
            .and_then(|length| offset.checked_add(length))
            .ok_or(Unreadable)?;
        // A slice takes Chromium half a millisecond more.
        let content = if (offset, end) == (0, self.size()) {
            self.file.array_buffer()
        } else {
            let slice = self.file.slice_with_f64_and_f64(to_f64(offset), to_f64(end));
            slice.map_err(|_| Unreadable)?.array_buffer()
        };
        let bytes = JsFuture::from(content).await.map_err(|_| Unreadable)?;
        let bytes = external(Uint8Array::new(&bytes));
        if bytes.len() == length { Ok(bytes) } else { Err(Unreadable) }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The files of a file input.
#[must_use]
pub fn sources(files: FileList) -> Vec<Rc<dyn Source>> {
    let file =
        |at| files.get(at).map(|file| -> Rc<dyn Source> { Rc::new(BrowserFile::picked(file)) });
    (0..files.length()).filter_map(file).collect()
}
