//! Files that a person picked or dropped.

use std::any::Any;
use std::rc::Rc;

use async_trait::async_trait;
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DataTransfer, File, FileList};

use super::number::{to_f64, to_u64};
use crate::port::{Source, Unreadable};

/// A file of the person's disk. The browser reads what it was when picked, or fails.
pub struct BrowserFile(pub(super) File);

#[async_trait(?Send)]
impl Source for BrowserFile {
    fn path(&self) -> String {
        // Set where a folder was picked, and not a part of every browser's standard.
        let path = Reflect::get(&self.0, &"webkitRelativePath".into()).ok().and_then(|path| path.as_string());
        path.filter(|path| !path.is_empty()).unwrap_or_else(|| self.0.name())
    }

    fn size(&self) -> u64 {
        to_u64(self.0.size())
    }

    fn media_type(&self) -> String {
        self.0.type_()
    }

    fn modified(&self) -> Option<i64> {
        i64::try_from(to_u64(self.0.last_modified())).ok()
    }

    async fn read(&self, offset: u64, length: usize) -> Result<Vec<u8>, Unreadable> {
        let end =
            u64::try_from(length).ok().and_then(|length| offset.checked_add(length)).ok_or(Unreadable)?;
        let slice = self.0.slice_with_f64_and_f64(to_f64(offset), to_f64(end)).map_err(|_| Unreadable)?;
        let bytes = JsFuture::from(slice.array_buffer()).await.map_err(|_| Unreadable)?;
        let bytes = Uint8Array::new(&bytes).to_vec();
        if bytes.len() == length { Ok(bytes) } else { Err(Unreadable) }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// What a file input holds.
#[must_use]
pub fn sources(files: FileList) -> Vec<Rc<dyn Source>> {
    let file = |at| files.get(at).map(|file| -> Rc<dyn Source> { Rc::new(BrowserFile(file)) });
    (0..files.length()).filter_map(file).collect()
}

/// What was dropped on the page.
#[must_use]
pub fn dropped(data: DataTransfer) -> Vec<Rc<dyn Source>> {
    data.files().map(sources).unwrap_or_default()
}
