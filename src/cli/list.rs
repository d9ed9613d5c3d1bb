//! `ls`.

use serde_json::{Value, json};

use super::arguments::{Ls, Place};
use super::failure::{Failure, Kind};
use super::message::{size, trouble, visible};
use super::output::Output;
use super::select::{all, select};
use super::vault::{Vault, local};
use crate::session::FileRow;
use crate::text::folder::{self, Entry};
use crate::text::message::fault_word;

/// Lists files. Where nothing answers, what this machine knew last.
pub(super) async fn list(place: &Place, output: &Output, ls: &Ls) -> Result<(), Failure> {
    let vault = Vault::known(place).await?;
    let synced = vault.session.sync().await;
    vault.warn(output);
    let view = vault.session.view();
    let files = if ls.trash { &view.trash } else { &view.files };
    if output.json() {
        let files: Vec<_> = all(files, &ls.names)?.into_iter().map(described).collect();
        output.result(&files);
    } else {
        for line in lines(files, ls)? {
            output.line(&line);
        }
    }
    match synced {
        Ok(()) => Ok(()),
        Err(why) => {
            let Failure { kind, .. } = why.into();
            let stale = format!("{} This is the list as this machine knew it last.", trouble(why));
            Err(Failure::new(if kind == Kind::Refused { kind } else { Kind::NoAnswer }, stale))
        }
    }
}

fn lines(files: &[FileRow], ls: &Ls) -> Result<Vec<String>, Failure> {
    if ls.recursive || ls.trash {
        return Ok(all(files, &ls.names)?
            .into_iter()
            .map(|file| line(&Entry::File(file.clone()), ls.long))
            .collect());
    }
    if ls.names.is_empty() {
        return Ok(folder::list(files, "").iter().map(|entry| line(entry, ls.long)).collect());
    }
    let mut lines = Vec::new();
    for name in &ls.names {
        let selected = select(files, name)?;
        let entries = match selected.is_folder {
            true => folder::list(files, &selected.path),
            false => selected.files.into_iter().cloned().map(Entry::File).collect(),
        };
        lines.extend(entries.iter().map(|entry| line(entry, ls.long)));
    }
    Ok(lines)
}

/// One line: `   1.2 MB  3 May 2026, 14:05  path`.
fn line(entry: &Entry, long: bool) -> String {
    let (length, modified, slash, fault) = match entry {
        Entry::Folder { size, .. } => (*size, None, "/", None),
        Entry::File(file) => {
            (file.size, file.modified.or(i64::try_from(file.added).ok()), "", file.fault)
        }
    };
    let fault = fault.map(|fault| format!("  ({})", fault_word(fault))).unwrap_or_default();
    let name = format!("{}{slash}{fault}", visible(entry.path()));
    if !long {
        return name;
    }
    let modified = modified.map(local).unwrap_or_default();
    format!("{:>12}  {modified:>25}  {name}", size(length))
}

/// A file, for scripts.
pub(super) fn described(file: &FileRow) -> Value {
    let FileRow { id, path, size, media_type, modified, added, fault } = file;
    json!({
        "id": id.to_string(), "path": path, "size": size, "type": media_type, "modified": modified, "added": added,
        "fault": fault.map(fault_word),
    })
}
