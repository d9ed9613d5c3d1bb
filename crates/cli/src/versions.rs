//! `versions`.

use frond::object::ObjectId;

use super::arguments::{Place, Versions};
use super::failure::{Failure, Kind};
use super::list::{expiring, expiring_line};
use super::message::visible;
use super::output::Output;
use super::select::select;
use super::vault::Vault;

/// Lists the older versions of a file, the newest first, or makes one the current version.
pub(super) async fn versions(
    place: &Place,
    output: &Output,
    versions: &Versions,
) -> Result<(), Failure> {
    let vault = Vault::open(place, output).await?;
    let files = vault.session.files();
    let rows = files.rows();
    let selected = select(&rows, &versions.name)?;
    let [file] = selected.files[..] else {
        return Err(Failure::other(format!("{} is a folder.", visible(&selected.path))));
    };
    let older = files.versions(&file.id);
    if let Some(text) = &versions.restore {
        let id = ObjectId::parse(text).ok().filter(|id| older.iter().any(|row| row.id == *id));
        let Some(id) = id else {
            let message =
                format!("{} has no older version {}.", visible(&file.path), visible(text));
            return Err(Failure::new(Kind::NotFound, message));
        };
        files.restore_version(id).await?;
        vault.session.sync().await?;
        output.report(&format!("{} is as it was in version {id}.", visible(&file.path)));
        output.result(&serde_json::json!({ "restored": id.to_string() }));
        return Ok(());
    }
    let index = files.index();
    let older = older.iter().map(|row| (row, index.version_expiry(&row.id)));
    if output.json() {
        output.result(&older.map(|(row, at)| expiring(row, at)).collect::<Vec<_>>());
    } else {
        for (row, at) in older {
            output.line(&format!("{}  {}", row.id, expiring_line(row, at, true)));
        }
    }
    Ok(())
}
