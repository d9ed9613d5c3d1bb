//! `settings`.

use frond::catalog::{Due, Retention};
use serde_json::json;

use super::arguments::{Limit, Place, Settings};
use super::failure::Failure;
use super::message::{count, size};
use super::output::Output;
use super::vault::Vault;

/// Shows what the vault deletes by itself, or sets it.
pub(super) async fn settings(
    place: &Place,
    output: &Output,
    settings: &Settings,
) -> Result<(), Failure> {
    let vault = Vault::open(place, output).await?;
    let files = vault.session.files();
    let before = files.retention();
    let or = |set: Option<Limit>, before| set.map_or(before, |Limit(limit)| limit);
    let retention = Retention {
        versions: or(settings.versions, before.versions),
        version_days: or(settings.version_days, before.version_days),
        trash_days: or(settings.trash_days, before.trash_days),
    };
    if retention != before {
        let due = files.due(&retention);
        if !due.is_empty() && !settings.force {
            return Err(Failure::other(format!(
                "Nothing was changed. These limits would delete {} forever, now. Set them with \
                 --force.",
                described(&due)
            )));
        }
        files.set_retention(retention).await?;
        vault.session.sync().await?;
        files.delete_due().await?;
    }
    let Retention { versions, version_days, trash_days } = retention;
    if output.json() {
        output.result(&json!({
            "versions": versions, "version_days": version_days, "trash_days": trash_days,
        }));
        return Ok(());
    }
    let shown = |limit: Option<u32>, none: &str| {
        limit.map_or_else(|| none.to_owned(), |limit| limit.to_string())
    };
    output.line(&format!("versions      {}", shown(versions, "all")));
    output.line(&format!("version-days  {}", shown(version_days, "always")));
    output.line(&format!("trash-days    {}", shown(trash_days, "never")));
    Ok(())
}

/// What is deleted, in words.
fn described(due: &Due) -> String {
    let Due { of_versions, of_trash, .. } = due;
    format!(
        "{} ({}) and {} in the trash ({})",
        count(of_versions.files, "older version"),
        size(of_versions.bytes),
        count(of_trash.files, "file"),
        size(of_trash.bytes),
    )
}
