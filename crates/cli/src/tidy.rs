//! `tidy`: leftovers in the bucket.

use serde_json::json;

use super::arguments::{Place, Tidy};
use super::failure::Failure;
use super::message::{count, size};
use super::output::Output;
use super::vault::Vault;

/// Finds leftovers, and removes them if requested.
pub(super) async fn tidy(place: &Place, output: &Output, tidy: &Tidy) -> Result<(), Failure> {
    let vault = Vault::open(place, output).await?;
    let found = vault.session.leftovers().await?;
    if tidy.remove {
        if !found.objects.is_empty() {
            output.report("Waiting two minutes, in case another device still needs any of it.");
        }
        vault.session.free(&found).await?;
        vault.session.sync().await?;
    }
    let uploads = [found.uploads.len(), found.pages.len(), found.thumbnails.len()].iter().sum();
    if found.is_empty() {
        output.report("Storage holds no leftovers.");
    } else {
        let what = format!(
            "{} ({}) and {} of interrupted uploads",
            count(found.objects.len(), "object"),
            size(found.bytes),
            count(uploads, "remnant"),
        );
        output.report(&match tidy.remove {
            true => format!("Removed: {what}."),
            false => format!("Found: {what}. They belong to no file. Remove them with --remove."),
        });
    }
    output.result(&json!({
        "objects": found.objects.len(),
        "bytes": found.bytes,
        "uploads": uploads,
        "removed": tidy.remove,
    }));
    Ok(())
}
