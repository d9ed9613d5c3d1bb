//! A folder on the disk, picked by the user (<https://wicg.github.io/file-system-access/>).

use std::any::Any;
use std::rc::Rc;

use async_trait::async_trait;
use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DomException, File, FileSystemDirectoryHandle, FileSystemFileHandle,
    FileSystemGetDirectoryOptions, FileSystemGetFileOptions,
};

use super::super::number::to_u64;
use crate::port::{FolderPicker, PickedFolder, Unwritable, WritableFile};

#[wasm_bindgen]
extern "C" {
    // Throws if the browser has no picker.
    #[wasm_bindgen(catch, js_name = showDirectoryPicker)]
    fn pick(options: &Object) -> Result<Promise, JsValue>;
}

/// The browser's folder picker.
pub struct BrowserFolders;

#[async_trait(?Send)]
impl FolderPicker for BrowserFolders {
    fn is_there(&self) -> bool {
        let name = "showDirectoryPicker".into();
        web_sys::window().is_some_and(|window| Reflect::has(&window, &name).unwrap_or(false))
    }

    async fn pick(&self) -> Option<Rc<dyn PickedFolder>> {
        let options = Object::new();
        Reflect::set(&options, &"mode".into(), &"readwrite".into()).ok()?;
        let picked = JsFuture::from(pick(&options).ok()?).await.ok()?;
        Some(Rc::new(BrowserFolder(picked.unchecked_into())))
    }
}

/// A file to write, which a Worker is given.
pub(in super::super) struct BrowserWritableFile(pub(in super::super) FileSystemFileHandle);

impl WritableFile for BrowserWritableFile {
    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct BrowserFolder(FileSystemDirectoryHandle);

#[async_trait(?Send)]
impl PickedFolder for BrowserFolder {
    async fn file(
        &self,
        path: &str,
        size: u64,
    ) -> Result<Option<Rc<dyn WritableFile>>, Unwritable> {
        let file = self.open(path, size).await.map_err(|error| {
            match error.dyn_ref::<DomException>().map(DomException::name).as_deref() {
                Some("QuotaExceededError") => Unwritable::Full,
                Some("NotAllowedError" | "NoModificationAllowedError") => Unwritable::Denied,
                // A folder where the file is to be, or a file in place of a folder.
                Some("TypeMismatchError" | "InvalidModificationError") => Unwritable::Exists,
                _ => Unwritable::Failed,
            }
        })?;
        Ok(match file {
            FileAtPath::Same => None,
            FileAtPath::Other => return Err(Unwritable::Exists),
            FileAtPath::Empty(file) => Some(Rc::new(BrowserWritableFile(file))),
        })
    }
}

/// What is at a path.
enum FileAtPath {
    /// A file of the expected size.
    Same,
    /// A file of another size.
    Other,
    /// A new file, or one that is empty, as an export leaves it whose tab is closed.
    Empty(FileSystemFileHandle),
}

impl BrowserFolder {
    async fn open(&self, path: &str, size: u64) -> Result<FileAtPath, JsValue> {
        let (mut folder, mut name) = (self.0.clone(), path);
        while let Some((outer, rest)) = name.split_once('/') {
            let options = FileSystemGetDirectoryOptions::new();
            options.set_create(true);
            let inner = folder.get_directory_handle_with_options(outer, &options);
            folder = JsFuture::from(inner).await?.unchecked_into();
            name = rest;
        }
        let file = JsFuture::from(folder.get_file_handle(name)).await;
        if let Ok(file) = file {
            let file: FileSystemFileHandle = file.unchecked_into();
            let there: File = JsFuture::from(file.get_file()).await?.unchecked_into();
            return Ok(match to_u64(there.size()) {
                there if there == size => FileAtPath::Same,
                0 => FileAtPath::Empty(file),
                _ => FileAtPath::Other,
            });
        }
        let options = FileSystemGetFileOptions::new();
        options.set_create(true);
        let file = JsFuture::from(folder.get_file_handle_with_options(name, &options)).await?;
        Ok(FileAtPath::Empty(file.unchecked_into()))
    }
}
