//! `get`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use frond::catalog::disambiguate;
use frond::object::ObjectId;
use frond::session::{Direction, FileRow, TransferState};
use frond::text::folder::parent;
use frond::transfer::{TransferError, safe_path};
use serde_json::json;

use super::arguments::{Get, Place};
use super::failure::{Failure, Kind, kind};
use super::link::{Link, is_link};
use super::message::{count, failed, size, visible};
use super::output::Output;
use super::select::{all, below, select};
use super::session::line_of;
use super::vault::Vault;
use crate::native::file::milliseconds;
use crate::native::target::Target;

/// The files to download, with their paths on this machine relative to the target folder.
type Wanted<'a> = BTreeMap<ObjectId, (&'a FileRow, String)>;

/// Where the files come from.
enum Origin {
    Vault(Vault),
    Link(Link),
}

impl Origin {
    fn rows(&self) -> Vec<Rc<FileRow>> {
        match self {
            Self::Vault(vault) => vault.session.files().rows(),
            Self::Link(link) => link.rows(),
        }
    }

    async fn download<'a>(
        &self,
        output: &Output,
        files: Vec<(&'a FileRow, Target)>,
        ended: impl FnMut(&'a FileRow, Option<TransferError>),
    ) -> Result<(), Failure> {
        match self {
            Self::Vault(vault) => vault.download(output, files, ended).await,
            Self::Link(link) => link.download(output, files, ended).await,
        }
    }

    /// Downloads files as one archive, with paths relative to the folder `above`. Returns the error
    /// if it failed, and the file that it is about.
    async fn download_archive(
        &self,
        output: &Output,
        files: &[&FileRow],
        above: &str,
        target: Target,
    ) -> Result<Option<(TransferError, Option<String>)>, Failure> {
        match self {
            Self::Link(link) => link.download_archive(output, files, target).await,
            Self::Vault(vault) => {
                let ids = files.iter().map(|file| file.id).collect();
                let failed = vault.download_archive(output, ids, above, target).await?;
                Ok(failed.and_then(|row| match row.state {
                    TransferState::Failed(error) => Some((error, row.faulty)),
                    _ => None,
                }))
            }
        }
    }
}

/// Downloads files and folders.
pub(super) async fn get(place: &Place, output: &Output, get: &Get) -> Result<(), Failure> {
    let (names, to_stdout) = match get.names.split_last() {
        Some((last, names)) if last == "-" => (names, true),
        _ => (&*get.names, false),
    };
    let (link, names) = match (&get.link_file, names) {
        (Some(file), names) => (Some(line_of(file)?.to_string()), names),
        (None, [link, names @ ..]) if is_link(link) => (Some(link.clone()), names),
        (None, names) => (None, names),
    };
    let fits = if link.is_some() { names.len() < 2 } else { names.len() == 1 };
    if to_stdout && (!fits || output.json()) {
        return Err(Failure::usage(
            "Standard output takes exactly one file, and not together with --json.",
        ));
    }
    if to_stdout && get.zip.is_some() {
        return Err(Failure::usage("An archive goes to a file, not to standard output."));
    }
    let origin = match link {
        Some(link) => {
            Origin::Link(Link::open(&link, get.link_password_file.as_deref(), output).await?)
        }
        None => Origin::Vault(Vault::open(place, output).await?),
    };
    let files = origin.rows();
    if let Some(zip) = &get.zip {
        return get_archive(&origin, output, get, (zip, names), &files).await;
    }
    let wanted = wanted(&files, names)?;
    if to_stdout && wanted.len() != 1 {
        return Err(Failure::usage(
            "These are several files. Standard output takes exactly one file.",
        ));
    }
    let (mut downs, mut places, mut refused) = (Vec::new(), BTreeMap::new(), Vec::new());
    let mut existing = Vec::new();
    for (id, (row, path)) in &wanted {
        if to_stdout {
            downs.push((*row, Target::Stdout));
            continue;
        }
        let path = place_of(get, wanted.len(), path);
        if get.skip_existing && is_same(row, &path) {
            existing.push(&row.path);
            continue;
        }
        if !get.force && path.symlink_metadata().is_ok() {
            let shown = visible(&path.display().to_string());
            output.warning(&format!(
                "{shown} already exists and was left as it is. Replace it with --force."
            ));
            refused.push(json!({ "path": row.path, "error": "exists", "to": path }));
            continue;
        }
        let target =
            Target::File { path: path.clone(), replace: get.force, modified: row.modified };
        downs.push((*row, target));
        places.insert(*id, path);
    }
    let mut worst = (!refused.is_empty()).then_some(Kind::Other);
    let mut got = Vec::new();
    let ended = |file: &FileRow, error: Option<TransferError>| {
        let path = visible(&file.path);
        let Some(error) = error else {
            output.report(&format!("{path}  {}", size(file.size)));
            got.push(
                json!({ "path": file.path, "id": file.id.to_string(), "to": places.get(&file.id) }),
            );
            return;
        };
        worst = worst.max(Some(kind(error)));
        let message = failed(error, Direction::Down);
        output.warning(&format!("{path}: {message}"));
        refused.push(json!({ "path": file.path, "error": error.code(), "message": message }));
    };
    origin.download(output, downs, ended).await?;
    output.result(&json!({ "got": got, "failed": refused, "existing": existing }));
    if !existing.is_empty() {
        output.report(&format!("Skipped {}.", count(existing.len(), "existing file")));
    }
    match worst {
        None => Ok(()),
        Some(kind) => {
            let (got, all) = (got.len(), count(wanted.len(), "file"));
            Err(Failure::new(
                kind,
                format!(
                    "{got} of {all} downloaded. The messages above say why the others were not."
                ),
            ))
        }
    }
}

/// Downloads files and folders as one archive.
async fn get_archive(
    origin: &Origin,
    output: &Output,
    get: &Get,
    (zip, names): (&Path, &[String]),
    files: &[Rc<FileRow>],
) -> Result<(), Failure> {
    let (files, above) = (all(files, names)?, above(files, names)?);
    let shown = visible(&zip.display().to_string());
    if !get.force && zip.symlink_metadata().is_ok() {
        let message = format!("{shown} already exists. Replace it with --force.");
        return Err(Failure::other(message));
    }
    let target = Target::File { path: zip.to_owned(), replace: get.force, modified: None };
    let failure = origin.download_archive(output, &files, &above, target).await?;
    if let Some((error, faulty)) = failure {
        let file = faulty.map(|path| format!("{}: ", visible(&path))).unwrap_or_default();
        let why = failed(error, Direction::Down);
        return Err(Failure::new(kind(error), format!("{shown} was not written. {file}{why}")));
    }
    output.report(&format!("{shown}  {}", count(files.len(), "file")));
    let got = files.iter().map(|file| json!({ "path": file.path, "id": file.id.to_string() }));
    output.result(&json!({ "got": got.collect::<Vec<_>>(), "to": zip }));
    Ok(())
}

/// The deepest folder that has everything that the names select.
fn above(files: &[Rc<FileRow>], names: &[String]) -> Result<String, Failure> {
    let mut above: Option<String> = None;
    for name in names {
        let selected = select(files, name)?;
        let mut folder = parent(&selected.path);
        while above
            .as_deref()
            .is_some_and(|above| above != folder && below(above, folder).is_none())
        {
            folder = parent(folder);
        }
        above = Some(folder.to_owned());
    }
    Ok(above.unwrap_or_default())
}

/// The files that the names select, all if there are none, each with a distinct path of safe
/// components.
fn wanted<'a>(files: &'a [Rc<FileRow>], names: &[String]) -> Result<Wanted<'a>, Failure> {
    let mut wanted = Wanted::new();
    if names.is_empty() {
        let whole = |file: &'a Rc<FileRow>| (file.id, (&**file, safe_path(&file.path)));
        wanted.extend(files.iter().map(whole));
    }
    for name in names {
        let selected = select(files, name)?;
        // A folder keeps its own name, but not its parents'.
        let above = selected.path.rsplit_once('/').map_or("", |(above, _)| above);
        for file in selected.files {
            let path = if selected.is_folder {
                below(&file.path, above)
            } else {
                file.path.rsplit('/').next()
            };
            wanted.insert(file.id, (file, safe_path(path.unwrap_or(&file.path))));
        }
    }
    let told: Vec<_> = wanted.iter().map(|(id, (_, path))| (id, path.as_str())).collect();
    let apart = disambiguate(told);
    for ((_, path), apart) in wanted.values_mut().zip(apart) {
        *path = apart;
    }
    Ok(wanted)
}

/// Whether the file at `path` has the size and the modification time of this one. A file without a
/// recorded time, as from a stream, is never the same.
fn is_same(row: &FileRow, path: &Path) -> bool {
    let Ok(there) = path.metadata() else { return false };
    let modified = there.modified().ok().and_then(milliseconds);
    there.is_file() && there.len() == row.size && modified.is_some() && modified == row.modified
}

/// The target path of a file. `--to` is the file's own path if there is one file and no such folder
/// exists.
fn place_of(get: &Get, files: usize, path: &str) -> PathBuf {
    let Some(to) = &get.to else { return PathBuf::from(path) };
    let is_folder = to.is_dir() || to.as_os_str().as_encoded_bytes().ends_with(b"/");
    if files == 1 && !is_folder && !path.contains('/') {
        to.clone()
    } else {
        Path::new(to).join(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows as from a history without sanitized paths.
    #[test]
    fn nothing_is_written_outside_of_the_folder() {
        let row = |(n, path): (u8, &str)| {
            Rc::new(FileRow {
                id: ObjectId::from_bytes([0, 0, 0, 0, 0, n, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0])
                    .unwrap(),
                path: path.to_owned(),
                size: 0,
                media_type: "".into(),
                modified: None,
                added: 0,
                fault: None,
            })
        };
        let files: Vec<_> =
            [(1, "../../up"), (2, "/abs"), (3, "a/../../b"), (4, ".."), (5, "C:\\x")]
                .map(row)
                .into();
        let names: Vec<_> = files.iter().map(|file| file.path.clone()).collect();
        let wanted = wanted(&files, &names).unwrap();
        assert_eq!(wanted.len(), files.len());
        for (_, path) in wanted.values() {
            let parts = Path::new(path).components();
            assert!(
                parts.into_iter().all(|part| matches!(part, std::path::Component::Normal(_))),
                "{path}"
            );
        }
    }
}
