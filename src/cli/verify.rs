//! `verify`.

use serde_json::json;

use super::arguments::{Place, Verify};
use super::failure::{Failure, kind};
use super::message::{count, failed, size, visible};
use super::output::Output;
use super::select::all;
use super::vault::Vault;
use crate::native::target::Target;
use crate::session::{Direction, TransferState};

/// Reads files to their last byte and lets them go.
pub(super) async fn verify(place: &Place, output: &Output, verify: &Verify) -> Result<(), Failure> {
    let vault = Vault::open(place, output).await?;
    let view = vault.session.view();
    let mut files = view.files.clone();
    if verify.trash {
        files.extend(view.trash.iter().cloned());
    }
    let files = all(&files, &verify.names)?;
    let mut rows = Vec::new();
    let mut worst = None;
    let (mut sound, mut bytes) = (0_usize, 0_u64);
    // One after another: each line says which file it was.
    for file in &files {
        vault.carrier.aim(file.id, Target::Nowhere);
        vault.session.download(file.id)?;
        let mut result = None;
        let carried = vault.carry(output, |_, row| {
            if row.direction == Direction::Down {
                result = Some(row.state.clone());
            }
        });
        carried.await?;
        vault.session.clear_ended();
        let path = visible(&file.path);
        let error = match result {
            Some(TransferState::Done) => None,
            Some(TransferState::Failed(error)) => Some(error),
            _ => Some(crate::transfer::TransferError::Missing),
        };
        match error {
            None => {
                sound += 1;
                bytes = bytes.saturating_add(file.size);
                output.line(&format!("ok      {path}"));
            }
            Some(error) => {
                worst = worst.max(Some(kind(error)));
                output.line(&format!("FAILED  {path}: {}", failed(error, Direction::Down)));
            }
        }
        rows.push(json!({
            "path": file.path, "id": file.id.to_string(), "size": file.size, "ok": error.is_none(),
            "error": error.map(crate::transfer::TransferError::code),
        }));
    }
    let bad = files.len().saturating_sub(sound);
    output.line(&format!(
        "{} of {}, {}: every seal is right.",
        sound,
        count(files.len(), "file"),
        size(bytes)
    ));
    output.result(&json!({ "files": rows, "ok": sound, "failed": bad, "bytes": bytes }));
    match worst {
        None => Ok(()),
        Some(kind) => Err(Failure::new(kind, format!("{} did not pass.", count(bad, "file")))),
    }
}
