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
            output
                .report("Listening for two minutes whether another device still needs any of it.");
        }
        vault.session.free(&found).await?;
        vault.session.sync().await?;
    }
    let uploads = found.uploads.len().saturating_add(found.pages.len());
    if found.is_empty() {
        output.report("Nothing lies in the storage that belongs to nothing.");
    } else {
        let what = format!(
            "{} ({}) and {} of uploads that nobody goes on with",
            count(found.objects.len(), "object"),
            size(found.bytes),
            count(uploads, "remnant"),
        );
        output.report(&match tidy.remove {
            true => format!("Removed: {what}."),
            false => format!("Found: {what}. Your files are fine without it; --remove removes it."),
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
