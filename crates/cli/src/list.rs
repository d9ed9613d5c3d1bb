//! `ls`.

use std::collections::BTreeMap;
use std::rc::Rc;

use frond::catalog::{Listing, Row, Totals};
use frond::port::Clock;
use frond::session::{FileRow, Session};
use frond::text::message::fault_word;
use frond::text::words;
use frond::transfer::TransferError;
use serde_json::{Value, json};

use super::arguments::{Ls, Place};
use super::failure::{Failure, Kind};
use super::message::{list_error, size, visible};
use super::output::Output;
use super::select::{all, select};
use super::vault::{Vault, local};
use crate::native::clock::SystemClock;

/// Lists files; if there is no response, those that this machine last knew.
pub(super) async fn list(place: &Place, output: &Output, ls: &Ls) -> Result<(), Failure> {
    let vault = Vault::known(place).await?;
    let synced = vault.session.sync().await;
    vault.warn(output);
    let session = &vault.session;
    if ls.trash {
        trash(session, output, ls)?;
        return synced_or_stale(synced);
    }
    let files = session.files().rows();
    if output.json() {
        let files: Vec<_> = all(&files, &ls.names)?.into_iter().map(described).collect();
        output.result(&files);
    } else {
        for line in lines(session.files().index().files(), &files, ls)? {
            output.line(&line);
        }
    }
    synced_or_stale(synced)
}

/// Lists files in the trash, with when the vault deletes them by itself.
fn trash(session: &Session, output: &Output, ls: &Ls) -> Result<(), Failure> {
    let (files, index) = (session.files().trash_rows(), session.files().index());
    let mut known = BTreeMap::new();
    let mut rows = Vec::new();
    for file in all(&files, &ls.names)? {
        // All files of a folder in the trash are deleted together.
        let entry = index.trash().entry(&file.id);
        let expiry = entry
            .and_then(|entry| *known.entry(entry).or_insert_with(|| index.trash_expiry(entry)));
        if output.json() {
            rows.push(expiring(file, expiry));
        } else {
            output.line(&expiring_line(file, expiry, ls.long));
        }
    }
    output.result(&rows);
    Ok(())
}

/// Fails if the list could not be refreshed, which was shown all the same.
pub(super) fn synced_or_stale(synced: Result<(), TransferError>) -> Result<(), Failure> {
    synced.map_err(|why| {
        let Failure { kind, .. } = why.into();
        let stale = format!("{} This is the list as this machine last saw it.", list_error(why));
        Failure::new(if kind == Kind::Refused { kind } else { Kind::NoAnswer }, stale)
    })
}

fn lines(listing: Listing<'_>, files: &[Rc<FileRow>], ls: &Ls) -> Result<Vec<String>, Failure> {
    let file = |file: &FileRow| file_line(file, ls.long);
    let folder = |path: &str| -> Vec<String> {
        listing.in_folder(path).map(|row| row_line(&row, ls.long)).collect()
    };
    if ls.recursive {
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

/// A file in JSON that the vault deletes by itself: `expires` is when, at the earliest, in
/// milliseconds since the Unix epoch, or `null` for never.
pub(super) fn expiring(file: &FileRow, expiry: Option<u64>) -> Value {
    let mut described = described(file);
    if let Some(members) = described.as_object_mut() {
        members.insert("expires".to_owned(), expiry.into());
    }
    described
}

/// Its line; a long one says when.
pub(super) fn expiring_line(file: &FileRow, expiry: Option<u64>, long: bool) -> String {
    let line = file_line(file, long);
    match expiry.filter(|_| long) {
        Some(at) => {
            let offset = SystemClock.local_offset(i64::try_from(at).unwrap_or(i64::MAX));
            format!("{line}  ({})", words::expiry(at, SystemClock.now_ms(), offset))
        }
        None => line,
    }
}
