//! `put`.

pub(super) mod sources;

use std::collections::BTreeSet;
use std::rc::Rc;

use frond::path;
use frond::port::Source;
use frond::session::{Compared, Direction, TransferRow, TransferState};
use frond::text::{message, placed};
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
    let vault = Vault::awaited(place, output, put.wait_limit).await?;
    let found = sources::find(put, &vault.folder, output)?;
    let (sources, clutter) = placed::without_clutter(found.sources);
    let files = vault.session.files();
    let Compared { mut new, taken, unchanged } = files.compare(placed::place(sources, &into));
    let taken = taken.into_iter().map(|taken| taken.source);
    let (mut versions, mut existing) = (Vec::new(), Vec::new());
    match (put.keep_both, put.skip_existing) {
        (true, _) => new.extend(taken),
        (_, true) => existing.extend(taken),
        (false, false) => versions.extend(taken),
    }
    let before: BTreeSet<_> = files.rows().iter().map(|file| file.id).collect();
    let empty: Vec<_> = found.empty.iter().map(|path| path::joined(&into, path)).collect();
    files.create_folders(&empty).await?;
    let changed = versions.len();
    vault.session.transfers().add(new)?;
    vault.session.transfers().add_versions(versions)?;
    let mut worst = None;
    let rows = vault.run_transfers(output, |row| worst = worst.max(told(output, row))).await?;
    let done = rows.iter().filter(|row| row.state == TransferState::Done).count();
    if !empty.is_empty() {
        vault.session.sync().await?;
    }
    let rows_now = files.rows();
    let added = rows_now.iter().filter(|file| !before.contains(&file.id));
    let added: Vec<_> = added.map(|file| described(file)).collect();
    let paths = |sources: &[Rc<dyn Source>]| -> Vec<String> {
        sources.iter().map(|source| source.path()).collect()
    };
    output.result(&json!({
        "added": added, "failed": failures(&rows), "unchanged": paths(&unchanged),
        "existing": paths(&existing), "folders": empty,
    }));
    note(output, &rows);
    if changed > 0 {
        output.report(&format!("{} added.", count(changed, "new version")));
    }
    if !existing.is_empty() {
        output.report(&format!("Skipped {}.", count(existing.len(), "existing file")));
    }
    if let Some(skipped) = placed::skipped(unchanged.len(), clutter) {
        output.report(&skipped);
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
