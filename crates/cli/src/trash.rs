//! `rm`, `restore`, `mv`.

use std::rc::Rc;

use frond::object::ObjectId;
use frond::session::FileRow;
use serde_json::json;

use super::arguments::{Mv, Place, Restore, Rm};
use super::failure::Failure;
use super::message::{count, visible};
use super::output::Output;
use super::put::folder;
use super::select::{below, select};
use super::vault::Vault;

/// Moves files to the trash, or deletes them permanently.
pub(super) async fn remove(place: &Place, output: &Output, rm: &Rm) -> Result<(), Failure> {
    let vault = Vault::open(place, output).await?;
    let listed = vault.session.files().rows();
    let mut there = listed.clone();
    if rm.forever {
        there.extend(vault.session.files().trash_rows());
    }
    let named = named(&there, &rm.names, rm.recursive)?;
    let mut ids: Vec<ObjectId> = Vec::new();
    for file in &named {
        if listed.iter().any(|listed| listed.id == file.id) {
            vault.session.files().trash(file.id).await?;
        }
        ids.push(file.id);
    }
    if rm.forever {
        vault.session.files().purge(ids).await?;
    }
    vault.session.sync().await?;
    let did = if rm.forever { "deleted forever" } else { "moved to the trash" };
    output.report(&format!("{} {did}.", count(named.len(), "file")));
    let paths: Vec<_> = named.iter().map(|file| &file.path).collect();
    output.result(&json!({ "removed": paths, "forever": rm.forever }));
    Ok(())
}

/// Restores files from the trash.
pub(super) async fn restore(
    place: &Place,
    output: &Output,
    restore: &Restore,
) -> Result<(), Failure> {
    let vault = Vault::open(place, output).await?;
    let trash = vault.session.files().trash_rows();
    let named = named(&trash, &restore.names, true)?;
    for file in &named {
        vault.session.files().restore(file.id).await?;
    }
    vault.session.sync().await?;
    output.report(&format!("{} restored.", count(named.len(), "file")));
    let paths: Vec<_> = named.iter().map(|file| &file.path).collect();
    output.result(&json!({ "restored": paths }));
    Ok(())
}

/// Changes the path of a file, or of all files in a folder.
pub(super) async fn rename(place: &Place, output: &Output, mv: &Mv) -> Result<(), Failure> {
    let vault = Vault::open(place, output).await?;
    let files = vault.session.files().rows();
    let selected = select(&files, &mv.from)?;
    let name = selected.path.rsplit('/').next().unwrap_or(&selected.path);
    let to = folder(&mv.to)?;
    let to = match (mv.to.ends_with('/'), to.is_empty()) {
        (true, true) => name.to_owned(),
        (true, false) => format!("{to}/{name}"),
        (false, _) => to,
    };
    for file in &selected.files {
        let path = match below(&file.path, &selected.path).filter(|_| selected.is_folder) {
            Some(rest) => format!("{to}/{rest}"),
            None => to.clone(),
        };
        vault.session.files().rename(file.id, &path).await?;
    }
    vault.session.sync().await?;
    output.report(&format!("{} is now {}.", visible(&selected.path), visible(&to)));
    output.result(&json!({ "from": selected.path, "to": to, "files": selected.files.len() }));
    Ok(())
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
