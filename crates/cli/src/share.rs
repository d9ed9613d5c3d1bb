//! `share`, `shares`, `unshare`.

use frond::secret::Password;
use frond::session::{LinkRow, NewLink, Session, ShareError};
use frond::text::message::REVOKED;
use serde_json::{Value, json};

use super::arguments::{Place, Share, Shares, Unshare};
use super::failure::{Failure, Kind};
use super::message::{count, visible};
use super::output::Output;
use super::select::select;
use super::session::{ask_hidden, line_of, secret};
use super::vault::{Vault, local};

/// Makes a link for files and folders, or brings one up to date, and prints it.
pub(super) async fn share(place: &Place, output: &Output, share: &Share) -> Result<(), Failure> {
    let vault = Vault::open(place, output).await?;
    let shares = vault.session.shares();
    let row = match &share.update {
        Some(name) => {
            let id = found(&vault.session, name).await?.id;
            shares.update(&id, share.expires.map(|expires| expires.0)).await?
        }
        None => {
            let rows = vault.session.files().rows();
            let paths = share.names.iter().map(|name| Ok(select(&rows, name)?.path));
            let paths = paths.collect::<Result<Vec<_>, Failure>>()?;
            let password = password(share)?;
            let seconds = share.expires.unwrap_or_default().0;
            let (label, password) = (share.label.as_deref().unwrap_or_default(), password.as_ref());
            shares.make(NewLink { paths: &paths, label, seconds, password }).await?
        }
    };
    let link = row.link.as_ref().ok_or(ShareError::Changed)?;
    output.line(link);
    output.report(&line(&row));
    output.result(&object(&row));
    Ok(())
}

/// Lists links.
pub(super) async fn shares(place: &Place, output: &Output, shares: &Shares) -> Result<(), Failure> {
    let vault = Vault::known(place).await?;
    let rows = vault.session.shares().list().await?;
    for row in &rows {
        output.line(&format!("{}  {}", row.id, line(row)));
        if let Some(link) = row.link.as_ref().filter(|_| shares.long) {
            output.line(&format!("  {}", link.as_str()));
        }
    }
    output.result(&rows.iter().map(object).collect::<Vec<_>>());
    Ok(())
}

/// Revokes links.
pub(super) async fn unshare(
    place: &Place,
    output: &Output,
    unshare: &Unshare,
) -> Result<(), Failure> {
    let vault = Vault::known(place).await?;
    let mut revoked = Vec::new();
    for name in &unshare.names {
        let row = found(&vault.session, name).await?;
        vault.session.shares().revoke(&row.id).await?;
        output.report(&format!("Revoked {}.", visible(&row.label)));
        revoked.push(row.id.to_string());
    }
    output.report(REVOKED);
    output.result(&json!({ "revoked": revoked }));
    Ok(())
}

/// The one link with this label or id.
async fn found(session: &Session, name: &str) -> Result<LinkRow, Failure> {
    let rows = session.shares().list().await?;
    let is = |row: &LinkRow| row.id.to_string() == name || visible(&row.label) == visible(name);
    let mut matching = rows.into_iter().filter(is);
    let shown = visible(name);
    match (matching.next(), matching.next()) {
        (Some(row), None) => Ok(row),
        (None, _) => {
            let message =
                format!("There is no link “{shown}”. `frond shares` shows what there is.");
            Err(Failure::new(Kind::NotFound, message))
        }
        (Some(_), Some(_)) => {
            let message = format!(
                "Several links are called “{shown}”, so nothing was changed. Name one by its id, \
                 which `frond shares` shows."
            );
            Err(Failure::usage(message))
        }
    }
}

/// The link password, if there is to be one.
fn password(share: &Share) -> Result<Option<Password>, Failure> {
    let text = match &share.password_file {
        Some(file) => line_of(file)?,
        None if share.password => {
            let nobody = "There is no terminal to ask for a link password. Use --password-file.";
            let text = ask_hidden("Link password: ", nobody)?;
            if ask_hidden("Repeat link password: ", nobody)? != text {
                return Err(Failure::other(
                    "The two passwords differ, so nothing was shared. Try again.",
                ));
            }
            text
        }
        None => return Ok(None),
    };
    if text.is_empty() {
        return Err(Failure::usage("The link password is empty, so nothing was shared."));
    }
    Ok(Some(secret(&text)))
}

/// A link in words, without the link.
fn line(row: &LinkRow) -> String {
    if row.link.is_none() {
        return "(changed in storage: revoke it)".to_owned();
    }
    let at = |expires: u64| local(i64::try_from(expires).unwrap_or(i64::MAX).saturating_mul(1000));
    let ends = match row.expires {
        None => "no end".to_owned(),
        Some(expires) if row.is_over => format!("ended {}", at(expires)),
        Some(expires) => format!("until {}", at(expires)),
    };
    let password = if row.password { ", with a password" } else { "" };
    format!("{}  {}, {ends}{password}", visible(&row.label), count(row.files, "file"))
}

fn object(row: &LinkRow) -> Value {
    json!({
        "id": row.id, "label": row.label, "link": row.link.as_ref().map(|link| link.as_str()),
        "files": row.files, "paths": row.paths, "password": row.password, "created": row.created,
        "expires": row.expires, "ended": row.is_over,
    })
}
