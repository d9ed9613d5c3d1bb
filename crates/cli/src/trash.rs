//! `mkdir`, `rm`, `restore`, `mv`.

use std::rc::Rc;

use frond::catalog::{FolderId, Row};
use frond::object::ObjectId;
use frond::session::FileRow;
use serde_json::json;

use super::arguments::{Mkdir, Mv, Place, Restore, Rm};
use super::failure::Failure;
use super::message::{count, visible};
use super::output::Output;
use super::put::folder;
use super::select::{below, select};
use super::vault::Vault;

/// Makes empty folders.
pub(super) async fn mkdir(place: &Place, output: &Output, mkdir: &Mkdir) -> Result<(), Failure> {
    let vault = Vault::open(place, output).await?;
    let mut made = Vec::new();
    for name in &mkdir.folders {
        let path = folder(name)?;
        vault.session.files().create_folder(&path).await?;
        made.push(path);
    }
    vault.session.sync().await?;
    output.report(&format!("{} made.", count(made.len(), "folder")));
    output.result(&json!({ "made": made }));
    Ok(())
}

/// Moves files and folders to the trash, or deletes them permanently.
pub(super) async fn remove(place: &Place, output: &Output, rm: &Rm) -> Result<(), Failure> {
    let vault = Vault::open(place, output).await?;
    let files = vault.session.files();
    let listed = files.rows();
    let mut there = listed.clone();
    if rm.forever {
        there.extend(files.trash_rows());
    }
    let mut folders = Vec::new();
    let mut names = Vec::new();
    for name in &rm.names {
        match listed_folder(&vault, name).or_else(|| trashed_folder(&vault, name, rm.forever)) {
            Some(found) if is_no_file(&there, name) => {
                if !rm.recursive {
                    return Err(needs_recursive(&found.path));
                }
                folders.push(found);
            }
            _ => names.push(name.clone()),
        }
    }
    let named = named(&there, &names, rm.recursive)?;
    let mut paths: Vec<_> = named.iter().map(|file| file.path.clone()).collect();
    for found in &folders {
        paths.extend(there.iter().map(|file| &file.path).filter(|path| found.holds(path)).cloned());
        if !found.trashed {
            files.trash_folder(found.id).await?;
        }
        if rm.forever {
            files.purge_folder(found.id).await?;
        }
    }
    let mut ids: Vec<ObjectId> = Vec::new();
    for file in &named {
        if listed.iter().any(|listed| listed.id == file.id) {
            files.trash(file.id).await?;
        }
        ids.push(file.id);
    }
    if rm.forever {
        files.purge(ids).await?;
    }
    vault.session.sync().await?;
    let did = if rm.forever { "deleted for ever" } else { "moved to the trash" };
    output.report(&format!("{} {did}.", count(paths.len(), "file")));
    output.result(&json!({ "removed": paths, "forever": rm.forever }));
    Ok(())
}

/// Restores files and folders from the trash.
pub(super) async fn restore(
    place: &Place,
    output: &Output,
    restore: &Restore,
) -> Result<(), Failure> {
    let vault = Vault::open(place, output).await?;
    let files = vault.session.files();
    let trash = files.trash_rows();
    let (mut folders, mut names) = (Vec::new(), Vec::new());
    for name in &restore.names {
        match trashed_folder(&vault, name, true) {
            Some(found) if is_no_file(&trash, name) => folders.push(found),
            _ => names.push(name.clone()),
        }
    }
    let named = named(&trash, &names, true)?;
    let mut paths: Vec<_> = named.iter().map(|file| file.path.clone()).collect();
    for found in &folders {
        paths.extend(trash.iter().map(|file| &file.path).filter(|path| found.holds(path)).cloned());
        files.restore_folder(found.id).await?;
    }
    for file in &named {
        files.restore(file.id).await?;
    }
    vault.session.sync().await?;
    output.report(&format!("{} restored.", count(paths.len(), "file")));
    output.result(&json!({ "restored": paths }));
    Ok(())
}

/// Changes the path of a file, or of a folder with all that it holds.
pub(super) async fn rename(place: &Place, output: &Output, mv: &Mv) -> Result<(), Failure> {
    let vault = Vault::open(place, output).await?;
    let files = vault.session.files();
    let rows = files.rows();
    let found = listed_folder(&vault, &mv.from).filter(|_| is_no_file(&rows, &mv.from));
    let (from, count) = match &found {
        Some(found) => {
            (found.path.clone(), rows.iter().filter(|row| found.holds(&row.path)).count())
        }
        None => (select(&rows, &mv.from)?.path, 1),
    };
    let name = from.rsplit('/').next().unwrap_or(&from);
    let to = folder(&mv.to)?;
    let to = match (mv.to.ends_with('/'), to.is_empty()) {
        (true, true) => name.to_owned(),
        (true, false) => format!("{to}/{name}"),
        (false, _) => to,
    };
    match found {
        Some(found) => files.rename_folder(found.id, &to).await?,
        None => {
            for file in select(&rows, &mv.from)?.files {
                files.rename(file.id, &to).await?;
            }
        }
    }
    vault.session.sync().await?;
    output.report(&format!("{} is now {}.", visible(&from), visible(&to)));
    output.result(&json!({ "from": from, "to": to, "files": count }));
    Ok(())
}

/// A folder that a name selects.
struct SelectedFolder {
    id: FolderId,
    path: String,
    trashed: bool,
}

impl SelectedFolder {
    fn holds(&self, path: &str) -> bool {
        below(path, &self.path).is_some()
    }
}

fn listed_folder(vault: &Vault, name: &str) -> Option<SelectedFolder> {
    let index = vault.session.files().index();
    let path = name.trim_end_matches('/');
    let known = index.files().folder(path).map(|id| (id, path.to_owned()));
    let shown = || {
        let mut all = index.files().folders_below("").into_iter();
        all.find(|(_, other)| visible(other) == path)
    };
    let (id, path) = known.or_else(shown)?;
    Some(SelectedFolder { id, path, trashed: false })
}

/// A folder that was put into the trash; `None` if the trash is not `searched`.
fn trashed_folder(vault: &Vault, name: &str, searched: bool) -> Option<SelectedFolder> {
    let name = name.trim_end_matches('/');
    let mut rows = vault.session.files().index().trash().list().into_iter();
    rows.find_map(|row| match row {
        Row::Folder { id, path, .. } if searched && (path == name || visible(&path) == name) => {
            Some(SelectedFolder { id, path, trashed: true })
        }
        _ => None,
    })
}

fn is_no_file(files: &[Rc<FileRow>], name: &str) -> bool {
    select(files, name).map_or(true, |selected| selected.is_folder)
}

fn needs_recursive(path: &str) -> Failure {
    Failure::other(format!("{} is a folder. --recursive takes all that is in it.", visible(path)))
}

/// The selected files; folders only if allowed.
fn named<'a>(
    files: &'a [Rc<FileRow>],
    names: &[String],
    folders: bool,
) -> Result<Vec<&'a FileRow>, Failure> {
    let mut found: Vec<&FileRow> = Vec::new();
    for name in names {
        let selected = select(files, name)?;
        if selected.is_folder && !folders {
            let message = format!(
                "{} is a folder, so nothing was removed. Use --recursive for all files in it.",
                visible(&selected.path)
            );
            return Err(Failure::other(message));
        }
        for file in selected.files {
            if found.iter().all(|other| other.id != file.id) {
                found.push(file);
            }
        }
    }
    Ok(found)
}
