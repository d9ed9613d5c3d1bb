//! `put`.

mod sources;

use std::collections::BTreeSet;
use std::rc::Rc;

use frond::path;
use frond::port::Source;
use frond::session::{Direction, TransferRow, TransferState};
use frond::text::{folder::joined, message, placed};
use serde_json::json;

use super::arguments::{Place, Put};
use super::failure::{Failure, Kind, kind};
use super::list::described;
use super::message::{count, failed, size, visible};
use super::output::Output;
use super::vault::Vault;

/// Uploads files and folders to the vault.
pub(super) async fn put(place: &Place, output: &Output, put: &Put) -> Result<(), Failure> {
    let into = folder(&put.into)?;
    if let Some(name) = &put.name {
        path::check(name).map_err(|why| Failure::usage(message::bad_name(why)))?;
    }
    let vault = Vault::awaited(place, output, put.patience).await?;
    let (sources, empty) = sources::find(put, &vault.folder, output)?;
    let (sources, clutter) = placed::without_clutter(sources);
    let sorted = Sorted::of(placed::place(sources, &into), put, &vault);
    let before: BTreeSet<_> = vault.session.files().rows().iter().map(|file| file.id).collect();
    let empty: Vec<_> = empty.iter().map(|path| joined(&into, path)).collect();
    vault.session.files().create_folders(&empty).await?;
    let Sorted { new, versions, skipped } = sorted;
    let changed = versions.len();
    vault.session.transfers().add(new)?;
    vault.session.transfers().add_versions(versions)?;
    let mut worst = None;
    let rows = vault.carry(output, |row| worst = worst.max(told(output, row))).await?;
    let done = rows.iter().filter(|row| row.state == TransferState::Done).count();
    let files = vault.session.files().rows();
    let added = files.iter().filter(|file| !before.contains(&file.id));
    let added: Vec<_> = added.map(|file| described(file)).collect();
    output.result(&json!({ "added": added, "failed": failures(&rows), "skipped": skipped }));
    note(output, &rows);
    if changed > 0 {
        output.report(&format!("{} as a new version.", count(changed, "file")));
    }
    if !skipped.is_empty() {
        output.report(&format!("{} already there.", count(skipped.len(), "file")));
    }
    if clutter > 0 {
        output.report(&format!("{} left out.", count(clutter, "system file")));
    }
    match worst {
        None => Ok(()),
        Some(kind) => Err(Failure::new(
            kind,
            format!(
                "{} added. The messages above say why the others were not.",
                count(done, "file")
            ),
        )),
    }
}

/// Sources by what becomes of them.
#[derive(Default)]
struct Sorted {
    new: Vec<Rc<dyn Source>>,
    /// Files that differ from the one under their path.
    versions: Vec<Rc<dyn Source>>,
    /// Paths of files that are there already.
    skipped: Vec<String>,
}

impl Sorted {
    fn of(sources: Vec<Rc<dyn Source>>, put: &Put, vault: &Vault) -> Self {
        let (index, mut sorted) = (vault.session.files().index(), Self::default());
        for source in sources {
            let (path, size) = (source.path(), source.size());
            let there = index.files().get(&path).filter(|_| !put.keep_both);
            let Some(there) = there else {
                sorted.new.push(source);
                continue;
            };
            let same = there.modified.is_some()
                && (there.size, there.modified) == (size, source.modified());
            if same || put.skip_existing {
                sorted.skipped.push(path);
            } else {
                sorted.versions.push(source);
            }
        }
        sorted
    }
}

/// Reports an upload that ended; returns the kind of failure, if it failed.
pub(super) fn told(output: &Output, row: &TransferRow) -> Option<Kind> {
    let name = visible(&row.name);
    match row.state {
        TransferState::Failed(error) => {
            output.warning(&format!("{name}: {}", failed(error, Direction::Up)));
            Some(kind(error))
        }
        _ => {
            output.report(&format!("{name}  {}", size(row.total)));
            None
        }
    }
}

/// Reports uploads that did not end because another process has them, or because they need their
/// file.
fn note(output: &Output, rows: &[TransferRow]) {
    let of = |state: TransferState| rows.iter().filter(|row| row.state == state).count();
    match of(TransferState::Unfinished) {
        0 => {}
        n => output.report(&format!(
            "{} from before. Continue with `frond resume`, or by putting the same file again.",
            count(n, "unfinished upload")
        )),
    }
    match of(TransferState::Elsewhere) {
        0 => {}
        n => output
            .report(&format!("Another process on this machine is uploading {}.", count(n, "file"))),
    }
}

fn failures(rows: &[TransferRow]) -> Vec<serde_json::Value> {
    let why = |row: &TransferRow| match row.state {
        TransferState::Failed(error) => {
            let message = failed(error, Direction::Up);
            Some(json!({
                "name": row.name, "size": row.total, "error": error.code(), "message": message,
            }))
        }
        _ => None,
    };
    rows.iter().filter_map(why).collect()
}

/// A folder of the vault, without leading and trailing `/`.
pub(super) fn folder(text: &str) -> Result<String, Failure> {
    let folder = text.trim_matches('/');
    if !folder.is_empty() {
        path::check(folder).map_err(|why| {
            Failure::usage(format!(
                "{} A folder of the vault is given by its path from the top, for example \
                 album/2026.",
                message::bad_name(why)
            ))
        })?;
    }
    Ok(folder.to_owned())
}
