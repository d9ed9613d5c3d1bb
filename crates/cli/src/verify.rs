//! `verify`.

use std::collections::BTreeMap;
use std::rc::Rc;

use frond::object::ObjectId;
use frond::session::{Audit, Direction, FileRow};
use frond::transfer::TransferError;
use serde_json::json;

use super::arguments::{Place, Verify};
use super::failure::{Failure, Kind, kind};
use super::message::{count, failed, size, visible};
use super::output::Output;
use super::select::all;
use super::vault::Vault;

/// Reads files to their last byte and discards the content. Without names, reads their older
/// versions too, and compares the newest snapshot with the log.
pub(super) async fn verify(place: &Place, output: &Output, verify: &Verify) -> Result<(), Failure> {
    let vault = Vault::open(place, output).await?;
    let mut files = vault.session.files().rows();
    if verify.trash {
        files.extend(vault.session.files().trash_rows());
    }
    if verify.names.is_empty() {
        let older = |file: &Rc<FileRow>| vault.session.files().versions(&file.id);
        let versions: Vec<_> = files.iter().flat_map(older).map(Rc::new).collect();
        files.extend(versions);
    }
    let files = all(&files, &verify.names)?;
    let mut rows = Vec::new();
    let mut worst = None;
    let (mut sound, mut bytes) = (0_usize, 0_u64);
    let by_id: BTreeMap<_, _> = files.iter().map(|file| (file.id, *file)).collect();
    let verification = vault.session.verification(files.iter().map(|file| file.id).collect());
    let ended = |id: ObjectId, error: Option<TransferError>| {
        let Some(file) = by_id.get(&id) else { return };
        let path = visible(&file.path);
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
            "error": error.map(TransferError::code),
        }));
    };
    vault.verify(output, &verification, ended).await?;
    let bad = files.len().saturating_sub(sound);
    output.line(&format!("{} of {} verified, {}.", sound, count(files.len(), "file"), size(bytes)));
    let audit = if verify.names.is_empty() { vault.session.audit().await? } else { None };
    let snapshot = audit.map(|audit| json!({ "changes": audit.events, "ok": audit.is_right }));
    output.result(&json!({
        "files": rows, "ok": sound, "failed": bad, "bytes": bytes, "snapshot": snapshot,
    }));
    if let Some(Audit { events, is_right }) = audit {
        let changes = count(events, "change");
        if !is_right {
            let message = format!("The snapshot does not match the {changes} that it covers.");
            return Err(Failure::new(Kind::Damaged, message));
        }
        output.line(&format!("The snapshot matches the {changes} that it covers."));
    }
    match worst {
        None => Ok(()),
        Some(kind) => {
            Err(Failure::new(kind, format!("{} failed verification.", count(bad, "file"))))
        }
    }
}
