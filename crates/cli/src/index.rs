//! `index`: indexes the contents of all files that no device has indexed yet.

use serde_json::json;

use super::arguments::Place;
use super::failure::Failure;
use super::message::{count, size};
use super::output::Output;
use super::vault::Vault;

/// Indexes what is not indexed, and says how much of the vault is.
pub(super) async fn index(place: &Place, output: &Output) -> Result<(), Failure> {
    let vault = Vault::open(place, output).await?;
    let search = vault.session.search();
    search.sync().await?;
    search.index_all().await.map_err(|_| {
        Failure::other("This machine's state could not be written, so nothing was indexed.")
    })?;
    search.sync().await?;
    let (covered, files) = search.coverage();
    let bytes = search.indexing().bytes;
    let all = count(files, "file");
    output.report(&format!("{covered} of {all} with text are indexed, {}.", size(bytes)));
    output.result(&json!({ "indexed": covered, "files": files, "bytes": bytes }));
    Ok(())
}
