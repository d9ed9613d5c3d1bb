//! Files dropped on the page, and folders with all their contents ([File and Directory
//! Entries](https://wicg.github.io/entries-api/)).

use std::rc::Rc;

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    DataTransfer, DataTransferItem, File, FileSystemDirectoryEntry, FileSystemDirectoryHandle,
    FileSystemDirectoryReader, FileSystemEntry, FileSystemFileEntry,
};

use super::file::BrowserFile;
use crate::port::{Source, TakeSources};

/// A dropped entry, or one below a dropped folder; with its handle, if the browser has one.
type Dropped = (FileSystemEntry, Option<JsValue>);

/// Passes all files of a drop to `found`, those of folders with their paths, and the paths of
/// folders that are empty. Reads the drop before returning, because it is emptied right after the
/// event.
pub fn dropped(data: &DataTransfer, found: TakeSources) {
    let items = data.items();
    let mut files: Vec<Rc<dyn Source>> = Vec::new();
    let mut promised = Vec::new();
    for item in (0..items.length()).filter_map(|at| items.get(at)) {
        match item.webkit_get_as_entry() {
            Ok(Some(entry)) => promised.push((entry, promise_of(&item))),
            // A file that is not from a file system.
            _ => files.extend(item.get_as_file().ok().flatten().map(as_source)),
        }
    }
    spawn_local(async move {
        let mut entries = Vec::new();
        for (entry, promise) in promised {
            entries.push((entry, kept(promise).await));
        }
        let empty = read(entries, &mut files).await;
        found(files, empty);
    });
}

/// Requests the handle, which Chromium only gives during the drop event
/// (<https://wicg.github.io/file-system-access/#dom-datatransferitem-getasfilesystemhandle>).
fn promise_of(item: &DataTransferItem) -> Option<Promise> {
    let method =
        Reflect::get(item, &"getAsFileSystemHandle".into()).ok()?.dyn_into::<Function>().ok()?;
    method.call0(item).ok()?.dyn_into().ok()
}

/// Awaits the handle. Chromium gives none for its own settings folder, nor for a name that some
/// system does not allow.
async fn kept(promise: Option<Promise>) -> Option<JsValue> {
    JsFuture::from(promise?).await.ok().filter(JsValue::is_object)
}

fn as_source(file: File) -> Rc<dyn Source> {
    Rc::new(BrowserFile::picked(file))
}

/// Adds all files below `entries`, in path order, and returns the paths of empty folders;
/// unreadable entries are left out, as a folder picker does.
///
/// Enumerates entries and looks up their handles: a folder's handle lists only files whose names
/// every system allows.
async fn read(mut entries: Vec<Dropped>, files: &mut Vec<Rc<dyn Source>>) -> Vec<String> {
    let mut empty = Vec::new();
    while let Some((entry, handle)) = entries.pop() {
        let path = entry.full_path().trim_start_matches('/').to_owned();
        if entry.is_file() {
            if let Ok(file) = file_of(entry.unchecked_into()).await {
                files.push(Rc::new(BrowserFile::at(file, path).found_by(handle)));
            }
        } else if entry.is_directory() {
            let folder: FileSystemDirectoryEntry = entry.unchecked_into();
            let handle: Option<FileSystemDirectoryHandle> = handle.map(JsCast::unchecked_into);
            let reader = folder.create_reader();
            let before = entries.len();
            // Returns up to a hundred at a time; an empty list at the end.
            while let Ok(some) = some_of(&reader).await
                && some.length() > 0
            {
                for entry in some.iter().map(JsCast::unchecked_into) {
                    let handle =
                        kept(handle.as_ref().map(|folder| promise_in(folder, &entry))).await;
                    entries.push((entry, handle));
                }
            }
            if entries.len() == before {
                empty.push(path);
            }
        }
    }
    files.sort_by_cached_key(|file| file.path());
    empty
}

/// Requests the handle of an entry in a folder.
fn promise_in(folder: &FileSystemDirectoryHandle, entry: &FileSystemEntry) -> Promise {
    let name = entry.name();
    if entry.is_directory() {
        folder.get_directory_handle(&name)
    } else {
        folder.get_file_handle(&name)
    }
}

async fn file_of(entry: FileSystemFileEntry) -> Result<File, JsValue> {
    let promise = Promise::new(&mut |yes, no| entry.file_with_callback_and_callback(&yes, &no));
    Ok(JsFuture::from(promise).await?.unchecked_into())
}

async fn some_of(reader: &FileSystemDirectoryReader) -> Result<Array, JsValue> {
    let promise = Promise::new(&mut |yes, no| {
        // Throws only for concurrent calls, which do not occur here.
        let _ = reader.read_entries_with_callback_and_callback(&yes, &no);
    });
    Ok(JsFuture::from(promise).await?.unchecked_into())
}
