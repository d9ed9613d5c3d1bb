//! The sources named by `put`'s arguments: files, folders with their contents, standard input.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use frond::path::joined;
use frond::port::Source;

use crate::arguments::Put;
use crate::failure::Failure;
use crate::message::visible;
use crate::native::entropy::SystemEntropy;
use crate::native::file::LocalFile;
use crate::native::folder::Folder;
use crate::native::staged::Staged;
use crate::output::Output;
use crate::session::unreadable;

/// Files and folders on this machine to upload; all paths are those of the vault.
#[derive(Default)]
pub(crate) struct LocalTree {
    /// Files, in order.
    pub(crate) sources: Vec<Rc<dyn Source>>,
    /// Folders, each after the one that it is in.
    pub(crate) folders: Vec<String>,
    /// Those of the folders that hold nothing.
    pub(crate) empty: Vec<String>,
}

/// What a folder holds, by paths below `into`. Fails if any of it cannot be read.
pub(crate) fn below(folder: &Path, into: &str, output: &Output) -> Result<LocalTree, Failure> {
    let known = std::fs::metadata(folder).map_err(|error| unreadable(folder, &error))?;
    if !known.is_dir() {
        let shown = visible(&folder.display().to_string());
        return Err(Failure::usage(format!("{shown} is not a folder.")));
    }
    let mut found = LocalTree::default();
    walk(folder, into, output, &mut found)?;
    Ok(found)
}

/// All that the arguments name. Fails if any of it cannot be read, so nothing is uploaded then.
pub(crate) fn find(put: &Put, folder: &Folder, output: &Output) -> Result<LocalTree, Failure> {
    if put.name.is_some() && put.paths.len() > 1 {
        return Err(Failure::usage("--name is for one file only."));
    }
    let mut found = LocalTree::default();
    for path in &put.paths {
        if path.as_os_str() == "-" {
            let name =
                put.name.clone().ok_or_else(|| Failure::usage("Standard input needs a --name."))?;
            let staged = Staged::read(io::stdin().lock(), folder.path(), name, &SystemEntropy);
            found.sources.push(Rc::new(
                staged.map_err(|error| unreadable(Path::new("standard input"), &error))?,
            ));
            continue;
        }
        let known = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?;
        let name = match &put.name {
            Some(name) if !known.is_dir() => name.clone(),
            Some(_) => {
                return Err(Failure::usage("--name is for a file. Use --into for a folder."));
            }
            None => name_of(path, output)?,
        };
        if known.is_dir() {
            walk(path, &name, output, &mut found)?;
        } else {
            found.sources.push(Rc::new(
                LocalFile::find(path, name).map_err(|error| unreadable(path, &error))?,
            ));
        }
    }
    Ok(found)
}

/// Collects regular files and folders below a folder, in name order. Links are not followed: they
/// may lead outside, or form cycles.
fn walk(place: &Path, above: &str, output: &Output, found: &mut LocalTree) -> Result<(), Failure> {
    let read = || -> io::Result<Vec<(PathBuf, std::fs::FileType)>> {
        let entries = std::fs::read_dir(place)?.map(|entry| {
            let entry = entry?;
            Ok((entry.path(), entry.file_type()?))
        });
        entries.collect()
    };
    let mut entries = read().map_err(|error| unreadable(place, &error))?;
    if !above.is_empty() {
        found.folders.push(above.to_owned());
        if entries.is_empty() {
            found.empty.push(above.to_owned());
        }
    }
    entries.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    for (path, kind) in entries {
        let name = joined(above, &name_of(&path, output)?);
        if kind.is_dir() {
            walk(&path, &name, output, found)?;
        } else if kind.is_file() {
            found.sources.push(Rc::new(
                LocalFile::find(&path, name).map_err(|error| unreadable(&path, &error))?,
            ));
        } else {
            output.warning(&format!(
                "{} is neither a file nor a folder, so it was not added.",
                visible(&path.display().to_string())
            ));
        }
    }
    Ok(())
}

/// The last component of a path. Invalid UTF-8 becomes U+FFFD, as the format requires, with a
/// warning.
pub(crate) fn name_of(path: &Path, output: &Output) -> Result<String, Failure> {
    let real = || std::path::absolute(path).ok()?.canonicalize().ok();
    let named = |path: &Path| path.file_name().map(OsStr::to_owned);
    let shown = || visible(&path.display().to_string());
    // `.` and `..` are resolved to the folder's real name.
    let name = named(path).or_else(|| named(&real()?));
    let name = name.ok_or_else(|| Failure::usage(format!("{} has no name.", shown())))?;
    name.into_string().or_else(|bytes| {
        let name = bytes.to_string_lossy().into_owned();
        let escaped = bytes.as_encoded_bytes().escape_ascii();
        output.warning(&format!(
            "The name {escaped} is not UTF-8, so the file is named {} in the vault.",
            visible(&name)
        ));
        Ok(name)
    })
}
