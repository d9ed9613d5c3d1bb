//! `sync`: makes a folder of the vault what a folder of this machine is, in that direction only.

use std::collections::BTreeSet;
use std::rc::Rc;

use frond::catalog::{FolderId, RowId};
use frond::object::ObjectId;
use frond::port::Source;
use frond::session::{Compared, FileRow, Taken, TransferState};
use frond::text::placed;
use frond::transfer::TransferError;
use serde_json::json;

use super::arguments::{Place, Sync};
use super::failure::{Failure, kind};
use super::message::{count, visible};
use super::output::Output;
use super::put::{folder, sources, told};
use super::vault::Vault;

/// Bytes compared at a time.
const PIECE: u64 = 4 << 20;

/// Uploads what the vault does not have as it is here; with `--delete`, moves to the trash what is
/// not here.
pub(super) async fn sync(place: &Place, output: &Output, sync: &Sync) -> Result<(), Failure> {
    let into = match &sync.into {
        Some(into) => folder(into)?,
        None => sources::name_of(&sync.folder, output)?,
    };
    let vault = Vault::awaited(place, output, sync.wait_limit).await?;
    let mut local = sources::below(&sync.folder, &into, output)?;
    let all = local.sources.len();
    local.sources.retain(|source| !placed::is_clutter(&source.path()));
    let clutter = all.saturating_sub(local.sources.len());
    let folders: BTreeSet<_> = local.folders.into_iter().collect();
    let plan = Plan::of(&vault, output, local.sources, &into, &folders, sync).await?;
    plan.print(output);
    let (new, changed) = (plan.new.len(), plan.changed.len());
    let (deleted, unchanged) = (plan.deleted.len(), plan.unchanged);
    let mut worst = None;
    let mut done = 0;
    if !sync.dry_run {
        let files = vault.session.files();
        files.create_folders(&local.empty).await?;
        vault.session.transfers().add(plan.new)?;
        vault.session.transfers().add_versions(plan.changed)?;
        let rows = vault.run_transfers(output, |row| worst = worst.max(told(output, row))).await?;
        done = rows.iter().filter(|row| row.state == TransferState::Done).count();
        // Only once what replaces it is in the vault: a moved file is never in neither place.
        if worst.is_none() {
            let gone: Vec<_> = plan.deleted.into_iter().map(|(row, _)| row).collect();
            files.trash_all(&gone).await?;
            vault.session.sync().await?;
        }
    }
    let would = if sync.dry_run { "To do: " } else { "" };
    let mut words = vec![
        format!("{} new", count(new, "file")),
        format!("{changed} changed"),
        format!("{unchanged} unchanged"),
    ];
    if sync.delete {
        words.push(format!("{deleted} to the trash"));
    }
    if clutter > 0 {
        words.push(format!("{} left out", count(clutter, "system file")));
    }
    output.report(&format!("{would}{}.", words.join(", ")));
    output.result(&json!({
        "new": new, "changed": changed, "unchanged": unchanged, "deleted": deleted,
        "dry_run": sync.dry_run,
    }));
    match worst {
        None => Ok(()),
        Some(kind) => Err(Failure::new(
            kind,
            format!(
                "{} uploaded. The messages above say why the others were not, and nothing was \
                 moved to the trash.",
                count(done, "file")
            ),
        )),
    }
}

/// What is to be done.
#[derive(Default)]
struct Plan {
    new: Vec<Rc<dyn Source>>,
    changed: Vec<Rc<dyn Source>>,
    unchanged: usize,
    /// What is not on this machine, with its path; a folder stands for all that it holds.
    deleted: Vec<(RowId, String)>,
}

impl Plan {
    async fn of(
        vault: &Vault,
        output: &Output,
        sources: Vec<Rc<dyn Source>>,
        into: &str,
        folders: &BTreeSet<String>,
        sync: &Sync,
    ) -> Result<Self, Failure> {
        let files = vault.session.files();
        let here: BTreeSet<String> = sources.iter().map(|source| source.path()).collect();
        let Compared { new, taken, unchanged } = files.compare(sources);
        let mut plan = Self { new, ..Self::default() };
        for Taken { source, there } in taken {
            let may_be_same = sync.checksum && there.size == source.size();
            if may_be_same && same(vault, output, &there, &source).await? {
                plan.unchanged = plan.unchanged.saturating_add(1);
            } else {
                plan.changed.push(source);
            }
        }
        for source in unchanged {
            let there = files.index().files().get(&source.path()).filter(|_| sync.checksum);
            match there {
                Some(there) if !same(vault, output, &there, &source).await? => {
                    plan.changed.push(source);
                }
                _ => plan.unchanged = plan.unchanged.saturating_add(1),
            }
        }
        if sync.delete {
            let index = files.index();
            let gone = |path: &String| !folders.contains(path);
            let below: Vec<(FolderId, String)> = index.files().folders_below(into);
            let mut roots = BTreeSet::new();
            // Each folder comes after the one that it is in.
            for (id, path) in below.into_iter().filter(|(_, path)| gone(path)) {
                if !inside(&roots, &path) {
                    roots.insert(path.clone());
                    plan.deleted.push((RowId::Folder(id), path));
                }
            }
            for row in index.files().below(into) {
                if !here.contains(&row.path) && !inside(&roots, &row.path) {
                    plan.deleted.push((RowId::File(row.id), row.path.clone()));
                }
            }
        }
        Ok(plan)
    }

    fn print(&self, output: &Output) {
        let all = [("new", &self.new), ("changed", &self.changed)];
        for (what, sources) in all {
            for source in sources {
                output.line(&format!("{what:<8} {}", visible(&source.path())));
            }
        }
        for (row, path) in &self.deleted {
            let end = if matches!(row, RowId::Folder(_)) { "/" } else { "" };
            output.line(&format!("trash    {}{end}", visible(path)));
        }
    }
}

/// Whether one of the folders is above a path.
fn inside(folders: &BTreeSet<String>, path: &str) -> bool {
    path.match_indices('/').any(|(at, _)| path.get(..at).is_some_and(|up| folders.contains(up)))
}

/// Whether the vault has the content of this file, which has the same size.
async fn same(
    vault: &Vault,
    output: &Output,
    row: &FileRow,
    source: &Rc<dyn Source>,
) -> Result<bool, Failure> {
    match same_content(vault, row.id, row.size, source).await {
        Ok(same) => Ok(same),
        // What is stored is lost or was changed: the file here replaces it.
        Err(TransferError::Missing | TransferError::Changed | TransferError::Truncated) => {
            output.warning(&format!(
                "{} is not in the storage as it was saved; it is uploaded again.",
                visible(&row.path)
            ));
            Ok(false)
        }
        Err(error) => Err(Failure::new(kind(error), super::message::list_error(error))),
    }
}

async fn same_content(
    vault: &Vault,
    id: ObjectId,
    size: u64,
    source: &Rc<dyn Source>,
) -> Result<bool, TransferError> {
    let mut at = 0;
    while at < size {
        let end = size.min(at.saturating_add(PIECE));
        let length = usize::try_from(end.saturating_sub(at)).unwrap_or(usize::MAX);
        let here = source.read(at, length).await.map_err(|_| TransferError::Source)?;
        let there = vault.session.files().read(id, at..end, |_| {}).await?;
        if here.bytes() != there.bytes() {
            return Ok(false);
        }
        at = end;
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_below_a_folder_is_inside_it() {
        let folders = BTreeSet::from(["a/b".to_owned()]);
        assert!(inside(&folders, "a/b/c") && inside(&folders, "a/b/c/d"));
        assert!(!inside(&folders, "a/b") && !inside(&folders, "a/bc/d") && !inside(&folders, "a"));
    }
}
