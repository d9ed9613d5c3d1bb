//! `merge`.

use frond::session::Doubt;
use serde_json::json;

use super::arguments::Place;
use super::failure::Failure;
use super::message::count;
use super::output::Output;
use super::vault::Vault;

/// Confirms that both histories of every fork belong to this account.
pub(super) async fn merge(place: &Place, output: &Output) -> Result<(), Failure> {
    let vault = Vault::open(place, output).await?;
    let view = vault.session.view();
    if !view.doubts.contains(&Doubt::Fork) {
        output.report("There is nothing to merge.");
        output.result(&json!({ "merged": 0 }));
        return Ok(());
    }
    vault.session.merge_forks().await?;
    vault.session.sync().await?;
    let merged = vault.session.view().merges.last().map_or(0, |merged| merged.events);
    output.report(&format!("Merged {} that claimed the same places.", count(merged, "change")));
    output.result(&json!({ "merged": merged }));
    Ok(())
}
