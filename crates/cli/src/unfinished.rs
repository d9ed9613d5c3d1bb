//! `resume` and `cancel`: interrupted uploads.

use frond::session::{TransferRow, TransferState};
use serde_json::json;

use super::arguments::{Cancel, Place, WaitLimit};
use super::failure::{Failure, Kind};
use super::message::{count, visible};
use super::output::Output;
use super::put::told;
use super::vault::Vault;

/// Resumes all uploads whose files are still at their paths.
pub(super) async fn resume(
    place: &Place,
    output: &Output,
    wait_limit: WaitLimit,
) -> Result<(), Failure> {
    let vault = Vault::awaited(place, output, wait_limit).await?;
    vault.paths.willing.set(true);
    vault.session.transfers().resume_all();
    let mut worst = None;
    let mut done = Vec::new();
    let rows = vault.run_transfers(output, |row| {
        worst = worst.max(told(output, row));
        if row.state == TransferState::Done {
            done.push(row.name.clone());
        }
    });
    let rows = rows.await?;
    let left: Vec<_> = rows.iter().filter(|row| row.state == TransferState::Unfinished).collect();
    for row in &left {
        output.warning(&format!(
            "{}: the file is no longer where it was, so its upload was not continued. Put the same \
             file again.",
            visible(&row.name)
        ));
    }
    let names: Vec<_> = left.iter().map(|row| &row.name).collect();
    output.result(&json!({ "done": done, "unfinished": names }));
    match worst.or((!left.is_empty()).then_some(Kind::Other)) {
        None => Ok(()),
        Some(kind) => Err(Failure::new(
            kind,
            format!(
                "{} finished. The messages above say why the others were not.",
                count(done.len(), "upload")
            ),
        )),
    }
}

/// Cancels uploads.
pub(super) async fn cancel(place: &Place, output: &Output, cancel: &Cancel) -> Result<(), Failure> {
    let vault = Vault::open(place, output).await?;
    let open: Vec<TransferRow> = vault.session.view().transfers;
    let meant = |row: &&TransferRow| {
        cancel.all
            || cancel.names.iter().any(|name| *name == row.name || *name == visible(&row.name))
    };
    let meant: Vec<_> = open.iter().filter(meant).collect();
    if let Some(name) = cancel.names.iter().find(|name| open.iter().all(|row| row.name != **name)) {
        let message = format!(
            "There is no unfinished upload “{}”. `frond status` shows them.",
            visible(name)
        );
        return Err(Failure::new(Kind::NotFound, message));
    }
    for row in &meant {
        vault.session.transfers().cancel(row.id);
    }
    // Removes them on this machine, then cleans up what was sent.
    vault.session.sync().await?;
    output.report(&format!("{} cancelled.", count(meant.len(), "upload")));
    let names: Vec<_> = meant.iter().map(|row| &row.name).collect();
    output.result(&json!({ "cancelled": names }));
    Ok(())
}
