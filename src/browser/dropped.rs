//! What was dropped on the page: files, and folders with all that is in them
//! ([File and Directory Entries](https://wicg.github.io/entries-api/)).

use std::rc::Rc;

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    DataTransfer, DataTransferItem, File, FileSystemDirectoryEntry, FileSystemDirectoryReader,
    FileSystemEntry, FileSystemFileEntry,
};

use super::file::BrowserFile;
use crate::port::{Source, TakeSources};

/// Tells `found` of all files of a drop, those of folders with their path. The drop is looked at before this returns,
/// as it must be: a moment later it is empty.
pub fn dropped(data: &DataTransfer, found: TakeSources) {
    let items = data.items();
    let mut files: Vec<Rc<dyn Source>> = Vec::new();
    let (mut entries, mut alone) = (Vec::new(), Vec::new());
    for item in (0..items.length()).filter_map(|at| items.get(at)) {
        match item.webkit_get_as_entry() {
            Ok(Some(entry)) if entry.is_file() => alone.push((entry, handle_of(&item))),
            Ok(Some(entry)) => entries.push(entry),
            // A file, but of no file system.
            _ => files.extend(item.get_as_file().ok().flatten().map(as_source)),
        }
    }
    spawn_local(async move {
        for (entry, handle) in alone {
            if let Ok(file) = file_of(entry.unchecked_into()).await {
                files.push(Rc::new(BrowserFile::picked(file).found_by(handle)));
            }
        }
        read(entries, &mut files).await;
        found(files);
    });
}

/// The promise of a handle, which Chromium gives only now
/// (<https://wicg.github.io/file-system-access/#dom-datatransferitem-getasfilesystemhandle>).
fn handle_of(item: &DataTransferItem) -> Option<JsValue> {
    let method = Reflect::get(item, &"getAsFileSystemHandle".into()).ok()?.dyn_into::<Function>().ok()?;
    method.call0(item).ok()
}

fn as_source(file: File) -> Rc<dyn Source> {
    Rc::new(BrowserFile::picked(file))
}

/// Adds all files below `entries`, in the order of their paths; what cannot be read is left out, as a picker of folders
/// leaves it out.
async fn read(mut entries: Vec<FileSystemEntry>, files: &mut Vec<Rc<dyn Source>>) {
    while let Some(entry) = entries.pop() {
        if entry.is_file() {
            let path = entry.full_path().trim_start_matches('/').to_owned();
            if let Ok(file) = file_of(entry.unchecked_into()).await {
                files.push(Rc::new(BrowserFile::at(file, path)));
            }
        } else if entry.is_directory() {
            let folder: FileSystemDirectoryEntry = entry.unchecked_into();
            let reader = folder.create_reader();
            // A hundred at a time, until there are none.
            while let Ok(some) = some_of(&reader).await
                && some.length() > 0
            {
                entries.extend(some.iter().map(JsCast::unchecked_into));
            }
        }
    }
    files.sort_by_cached_key(|file| file.path());
}

async fn file_of(entry: FileSystemFileEntry) -> Result<File, JsValue> {
    let promise = Promise::new(&mut |yes, no| entry.file_with_callback_and_callback(&yes, &no));
    Ok(JsFuture::from(promise).await?.unchecked_into())
}

async fn some_of(reader: &FileSystemDirectoryReader) -> Result<Array, JsValue> {
    let promise = Promise::new(&mut |yes, no| {
        // It throws where two are asked for at once, which nobody here does.
        let _ = reader.read_entries_with_callback_and_callback(&yes, &no);
    });
    Ok(JsFuture::from(promise).await?.unchecked_into())
}
