//! `ls`.

use std::rc::Rc;

use frond::catalog::{Listing, Row, Totals};
use frond::session::FileRow;
use frond::text::message::fault_word;
use serde_json::{Value, json};

use super::arguments::{Ls, Place};
use super::failure::{Failure, Kind};
use super::message::{size, trouble, visible};
use super::output::Output;
use super::select::{all, select};
use super::vault::{Vault, local};

/// Lists files; if there is no response, those that this machine last knew.
pub(super) async fn list(place: &Place, output: &Output, ls: &Ls) -> Result<(), Failure> {
    let vault = Vault::known(place).await?;
    let synced = vault.session.sync().await;
    vault.warn(output);
    let session = &vault.session;
    let files = if ls.trash { session.files().trash_rows() } else { session.files().rows() };
    if output.json() {
        let files: Vec<_> = all(&files, &ls.names)?.into_iter().map(described).collect();
        output.result(&files);
    } else {
        for line in lines(session.files().index().files(), &files, ls)? {
            output.line(&line);
        }
    }
    match synced {
        Ok(()) => Ok(()),
        Err(why) => {
            let Failure { kind, .. } = why.into();
            let stale = format!("{} This is the list as this machine last saw it.", trouble(why));
            Err(Failure::new(if kind == Kind::Refused { kind } else { Kind::NoAnswer }, stale))
        }
    }
}

fn lines(listing: Listing<'_>, files: &[Rc<FileRow>], ls: &Ls) -> Result<Vec<String>, Failure> {
    let file = |file: &FileRow| file_line(file, ls.long);
    let folder = |path: &str| -> Vec<String> {
        listing.in_folder(path).map(|row| row_line(&row, ls.long)).collect()
    };
    if ls.recursive || ls.trash {
        return Ok(all(files, &ls.names)?.into_iter().map(file).collect());
    }
    if ls.names.is_empty() {
        return Ok(folder(""));
    }
    let mut lines = Vec::new();
    for name in &ls.names {
        let empty = name.trim_end_matches('/');
        if listing.folder(empty).is_some() && listing.totals(empty) == Some(Totals::default()) {
            lines.extend(folder(empty));
            continue;
        }
        let selected = select(files, name)?;
        if selected.is_folder {
            lines.extend(folder(&selected.path));
        } else {
            lines.extend(selected.files.into_iter().map(file));
        }
    }
    Ok(lines)
}

fn row_line(row: &Row, long: bool) -> String {
    match row {
        Row::Folder { path, totals, .. } => line(path, "/", totals.bytes, None, long),
        Row::File(file) => file_line(file, long),
    }
}

pub(super) fn file_line(file: &FileRow, long: bool) -> String {
    let fault = file.fault.map(|fault| format!("  ({})", fault_word(fault))).unwrap_or_default();
    let modified = file.modified.or(i64::try_from(file.added).ok());
    line(&file.path, &fault, file.size, modified, long)
}

/// One line: `   1.2 MB  3 May 2026, 14:05  path`.
fn line(path: &str, after: &str, length: u64, modified: Option<i64>, long: bool) -> String {
    let name = format!("{}{after}", visible(path));
    if !long {
        return name;
    }
    let modified = modified.map(local).unwrap_or_default();
    format!("{:>12}  {modified:>25}  {name}", size(length))
}

/// A file in JSON.
pub(super) fn described(file: &FileRow) -> Value {
    let FileRow { id, path, size, media_type, modified, added, fault } = file;
    json!({
        "id": id.to_string(), "path": path, "size": size, "type": media_type, "modified": modified,
        "added": added, "fault": fault.map(fault_word),
    })
}
