//! The spool: ciphertext in the origin private file system (<https://fs.spec.whatwg.org>). A Worker
//! writes it; the page lists and removes.
//!
//! ```text
//! spool/<folder>/<rest of the name, "!" for "/">       SHA-256 of the blob ‖ the blob
//! ```
//!
//! A blob with a wrong hash was torn by a crash and is ignored.

use async_trait::async_trait;
use js_sys::{Function, Promise, Reflect, Uint8Array};
use sha2::{Digest, Sha256};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DomException, File, FileSystemDirectoryHandle, FileSystemFileHandle,
    FileSystemGetDirectoryOptions, FileSystemGetFileOptions, FileSystemRemoveOptions,
    FileSystemSyncAccessHandle,
};

use super::buffer::{self, arrays};
use super::number::to_u64;
use crate::bytes::Bytes;
use crate::port::{Spool, SpoolError};

/// The folder of all blobs.
const FOLDER: &str = "spool";
/// Length of the hash before each blob, in bytes.
const SUM: usize = 32;
/// Bytes hashed per step.
const STEP: usize = 64 * 1024;

#[wasm_bindgen]
extern "C" {
    // An asynchronous iterator: each step returns a promise.
    #[wasm_bindgen(extends = js_sys::Object)]
    type NameIterator;
    #[wasm_bindgen(method, catch)]
    fn next(this: &NameIterator) -> Result<Promise, JsValue>;
}

/// Closes a file when dropped, so that it can be opened again.
struct Writing(FileSystemSyncAccessHandle);

impl Drop for Writing {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// The spool of this origin.
#[derive(Clone, Copy, Debug, Default)]
pub struct BrowserSpool;

#[async_trait(?Send)]
impl Spool for BrowserSpool {
    async fn put(&self, name: &str, blob: &Bytes) -> Result<(), SpoolError> {
        let (folder, file) = split(name);
        let folder = folder_of(folder, true).await.map_err(|error| failed(&error))?;
        let written = write(&folder, &file, blob).await;
        if written.is_err() {
            let _ = wait(folder.remove_entry(&file)).await;
        }
        written
    }

    async fn get(&self, name: &str) -> Result<Option<Bytes>, SpoolError> {
        let (folder, file) = split(name);
        let read = async {
            let folder = folder_of(folder, false).await?;
            let handle: FileSystemFileHandle =
                wait(folder.get_file_handle(&file)).await?.unchecked_into();
            let file: File = wait(handle.get_file()).await?.unchecked_into();
            Ok(buffer::external(Uint8Array::new(&wait(file.array_buffer()).await?)))
        };
        match read.await {
            Ok(file) => {
                let blob = file.cut(SUM..file.len());
                Ok(blob.filter(|blob| file.array(0) == Some(sum(blob))))
            }
            Err(error) if is(&error, "NotFoundError") => Ok(None),
            Err(error) => Err(failed(&error)),
        }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, SpoolError> {
        let (folder, begins) = split(prefix);
        match names(folder).await {
            Ok(names) => {
                let of = names.into_iter().filter(|name| name.starts_with(&begins));
                let mut of: Vec<_> =
                    of.map(|name| format!("{folder}/{}", name.replace('!', "/"))).collect();
                of.sort();
                Ok(of)
            }
            Err(error) if is(&error, "NotFoundError") => Ok(Vec::new()),
            Err(error) => Err(failed(&error)),
        }
    }

    async fn remove(&self, prefix: &str) -> Result<(), SpoolError> {
        let (folder, begins) = split(prefix);
        let removed = async {
            if begins.is_empty() {
                let options = FileSystemRemoveOptions::new();
                options.set_recursive(true);
                wait(root().await?.remove_entry_with_options(folder, &options)).await?;
                return Ok(());
            }
            let from = folder_of(folder, false).await?;
            for name in names(folder).await?.iter().filter(|name| name.starts_with(&begins)) {
                wait(from.remove_entry(name)).await?;
            }
            Ok(())
        };
        match removed.await {
            Err(error) if !is(&error, "NotFoundError") => Err(failed(&error)),
            _ => Ok(()),
        }
    }
}

/// Splits `folder/rest` into the folder and a single-component file name.
fn split(name: &str) -> (&str, String) {
    let (folder, rest) = name.split_once('/').unwrap_or((name, ""));
    (folder, rest.replace('/', "!"))
}

async fn write(
    folder: &FileSystemDirectoryHandle,
    name: &str,
    blob: &Bytes,
) -> Result<(), SpoolError> {
    let open = async {
        let options = FileSystemGetFileOptions::new();
        options.set_create(true);
        let file = wait(folder.get_file_handle_with_options(name, &options)).await?;
        let file: FileSystemFileHandle = file.unchecked_into();
        // Available only in Workers.
        let open: Function = Reflect::get(&file, &"createSyncAccessHandle".into())?.dyn_into()?;
        let opened: Promise = open.call0(&file)?.dyn_into()?;
        Ok(Writing(wait(opened).await?.unchecked_into()))
    };
    let file = open.await.map_err(|error| failed(&error))?;
    let sum = sum(blob);
    let write = || {
        file.0.truncate_with_u32(0)?;
        let mut written = file.0.write_with_u8_array(&sum)?;
        for piece in arrays(blob) {
            written += file.0.write_with_js_u8_array(&piece.unchecked_into())?;
        }
        file.0.flush()?;
        Ok(to_u64(written))
    };
    match write() {
        Ok(written) if Ok(written) == u64::try_from(SUM + blob.len()) => Ok(()),
        // The browser had room for only part of it.
        Ok(_) => Err(SpoolError::Full),
        Err(error) => Err(failed(&error)),
    }
}

/// The hash of a blob, computed stepwise because the blob may be in the browser's buffers.
fn sum(blob: &Bytes) -> [u8; SUM] {
    let mut sum = Sha256::new();
    for start in (0..blob.len()).step_by(STEP) {
        let step = blob.cut(start..blob.len().min(start.saturating_add(STEP))).unwrap_or_default();
        sum.update(step.bytes());
    }
    sum.finalize().into()
}

async fn root() -> Result<FileSystemDirectoryHandle, JsValue> {
    let navigator = Reflect::get(&js_sys::global(), &"navigator".into())?;
    // Unavailable on pages loaded over plain http from another machine.
    let storage = Reflect::get(&navigator, &"storage".into())?;
    let open: Function = Reflect::get(&storage, &"getDirectory".into())?.dyn_into()?;
    let opened: Promise = open.call0(&storage)?.dyn_into()?;
    let all: FileSystemDirectoryHandle = wait(opened).await?.unchecked_into();
    let folder = wait(all.get_directory_handle_with_options(FOLDER, &creating(true))).await?;
    Ok(folder.unchecked_into())
}

async fn folder_of(name: &str, create: bool) -> Result<FileSystemDirectoryHandle, JsValue> {
    let folder =
        wait(root().await?.get_directory_handle_with_options(name, &creating(create))).await?;
    Ok(folder.unchecked_into())
}

fn creating(create: bool) -> FileSystemGetDirectoryOptions {
    let options = FileSystemGetDirectoryOptions::new();
    options.set_create(create);
    options
}

async fn names(folder: &str) -> Result<Vec<String>, JsValue> {
    let folder = folder_of(folder, false).await?;
    let keys: Function = Reflect::get(&folder, &"keys".into())?.dyn_into()?;
    let all: NameIterator = keys.call0(&folder)?.unchecked_into();
    let mut names = Vec::new();
    loop {
        let next = wait(all.next()?).await?;
        if Reflect::get(&next, &"done".into())?.is_truthy() {
            return Ok(names);
        }
        names.extend(Reflect::get(&next, &"value".into())?.as_string());
    }
}

async fn wait(promise: Promise) -> Result<JsValue, JsValue> {
    JsFuture::from(promise).await
}

fn is(error: &JsValue, name: &str) -> bool {
    error.dyn_ref::<DomException>().is_some_and(|error| error.name() == name)
}

fn failed(error: &JsValue) -> SpoolError {
    if is(error, "QuotaExceededError") { SpoolError::Full } else { SpoolError::Failed }
}
