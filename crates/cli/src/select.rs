//! Selects files by name.

use std::rc::Rc;

use frond::session::FileRow;

use super::failure::{Failure, Kind};
use super::message::visible;

/// The files that a name selects.
pub(super) struct Selected<'a> {
    /// The name without a trailing `/`; for a file, its path.
    pub(super) path: String,
    pub(super) is_folder: bool,
    pub(super) files: Vec<&'a FileRow>,
}

/// The file with that path, or all files in the folder with that path. A path may also be given as
/// `frond ls` shows it, and a file by its id.
pub(super) fn select<'a>(files: &'a [Rc<FileRow>], name: &str) -> Result<Selected<'a>, Failure> {
    let is = |file: &&Rc<FileRow>| {
        file.path == name || file.id.to_string() == name || visible(&file.path) == name
    };
    if let Some(file) = files.iter().find(is) {
        return Ok(Selected { path: file.path.clone(), is_folder: false, files: vec![file] });
    }
    let folder = name.trim_end_matches('/');
    let inside = |file: &&Rc<FileRow>| below(&file.path, folder).is_some();
    let files: Vec<_> = files.iter().filter(inside).map(|file| &**file).collect();
    if files.is_empty() {
        let message = format!(
            "There is no file or folder “{}” here. `frond ls` shows what there is.",
            visible(name)
        );
        return Err(Failure::new(Kind::NotFound, message));
    }
    Ok(Selected { path: folder.to_owned(), is_folder: true, files })
}

/// All files that the names select, without duplicates; all files if there are no names.
pub(super) fn all<'a>(
    files: &'a [Rc<FileRow>],
    names: &[String],
) -> Result<Vec<&'a FileRow>, Failure> {
    if names.is_empty() {
        return Ok(files.iter().map(|file| &**file).collect());
    }
    let mut found: Vec<&FileRow> = Vec::new();
    for name in names {
        for file in select(files, name)?.files {
            if found.iter().all(|other| other.id != file.id) {
                found.push(file);
            }
        }
    }
    Ok(found)
}

/// The path relative to a folder; the empty folder is the root.
pub(super) fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    if folder.is_empty() { Some(path) } else { path.strip_prefix(folder)?.strip_prefix('/') }
}
