//! `login`, `signup`, `logout`, `password`, `delete-account`, `status`.

mod address;
mod ask;

use std::fs::File;
use std::io;
use std::path::Path;

use frond::catalog::Usage;
use frond::secret::Password;
use frond::session::{Over, Proof, TransferState, UnlockError};
use frond::text::message::{self, PASSWORD_CHANGED};
use serde_json::json;
use zeroize::Zeroizing;

use self::address::{address, is_loopback};
pub(super) use self::ask::{ask as ask_hidden, first_line, unreadable};
use self::ask::{asked_change, asked_confirmation, asked_password, asked_user};
use super::arguments::{self, Login, Logout, Place, Signup};
use super::failure::{Failure, Kind};
use super::message::{count, visible};
use super::output::Output;
use super::vault::{Locked, Vault, folder, local, tell};
use crate::native::folder::Folder;

/// Number of times that a wrong password may be re-entered.
const TRIES: u32 = 3;

/// Signs in.
pub(super) async fn login(place: &Place, output: &Output, login: Login) -> Result<(), Failure> {
    enter(place, output, login, None).await
}

/// Creates an account and signs in.
pub(super) async fn signup(place: &Place, output: &Output, signup: Signup) -> Result<(), Failure> {
    let Signup { login, invite } = signup;
    enter(place, output, login, Some(invite)).await
}

/// Opens the account or, with `new`, creates it, using this invite if one is needed.
async fn enter(
    place: &Place,
    output: &Output,
    login: Login,
    new: Option<Option<String>>,
) -> Result<(), Failure> {
    let address = address(&login.address)?;
    let folder = folder(place)?;
    if let Some(other) = folder.address().filter(|known| *known != address.as_str()) {
        let message = format!(
            "This profile is signed in at {}. Sign out with `frond logout` first, or choose \
             another --profile.",
            visible(&other)
        );
        return Err(Failure::other(message));
    }
    if address.scheme() == "http" && !is_loopback(&address) {
        output.warning(
            "The connection to this address is not encrypted. Others on the network see when you \
             use the vault and how much is transferred, but not the content.",
        );
    }
    let locked = Locked::new(folder.clone(), address.as_str())?;
    let user = match login.user {
        Some(user) => user,
        None => asked_user()?,
    };
    let mut tries = 1;
    let session = loop {
        let password = match &login.password_file {
            Some(file) => line_of(file)?,
            None if login.password_stdin => first_line(io::stdin())?,
            None => asked_password(new.is_some())?,
        };
        let asks = login.password_file.is_none() && !login.password_stdin;
        let password = secret(&password);
        let entered = match &new {
            None => locked.vault.sign_in(&user, &password).await,
            Some(invite) => locked.vault.create(&user, &password, invite.clone()).await,
        };
        match entered {
            Ok(session) => break session,
            Err(error @ (UnlockError::Wrong | UnlockError::Weak)) if asks && tries < TRIES => {
                output.warning(&super::message::unlock(&error));
                if error == UnlockError::Weak
                    && let Ok(suggested) = locked.vault.passphrase().await
                {
                    // EXPOSE: to the user, who needs a better one, on their own terminal.
                    output.warning(&format!("Suggested passphrase: {}", suggested.expose()));
                }
                tries += 1;
            }
            Err(error) => return Err(error.into()),
        }
    };
    folder.set_address(address.as_str()).map_err(|error| {
        Failure::other(format!(
            "You were not signed in because the state folder could not be written: {error}. Check \
             its permissions, then try again."
        ))
    })?;
    session.keep().await;
    let vault = locked.opened(session);
    if !vault.session.kept() {
        tell(vault.session.lock().await).await;
        return Err(Failure::other(
            "You were not signed in because this machine could not store the keys, or the server \
             could not store its share of them. Your files are safe. Free some space, then try \
             again.",
        ));
    }
    vault.session.sync().await?;
    vault.warn(output);
    let files = vault.session.files().rows().len();
    let user = vault.session.username();
    output.report(&format!("Signed in to {address} as {user}: {}.", count(files, "file")));
    output.report(&format!(
        "The keys are in {}, readable only by you. They open with the server's share, until `frond \
         logout` or 30 days after their last use.",
        visible(&folder.path().display().to_string())
    ));
    output.result(&json!({ "address": address.as_str(), "user": user, "files": files }));
    Ok(())
}

/// Signs out.
pub(super) async fn logout(place: &Place, output: &Output, logout: Logout) -> Result<(), Failure> {
    let folder = folder(place)?;
    if folder.address().is_none() {
        output.report("Nobody is signed in.");
        return Ok(());
    }
    let ending = match Vault::known(place).await {
        Ok(vault) if vault.session.busy() && !logout.force => {
            return Err(Failure::other(
                "You are still signed in, because some changes or uploads are on this machine \
                 only. See them with `frond status`, upload them with `frond resume`, or discard \
                 them with `frond logout --force`.",
            ));
        }
        Ok(vault) => vault.session.lock().await,
        Err(failure) if failure.kind == Kind::NoAnswer && !logout.force => {
            return Err(Failure::new(
                Kind::NoAnswer,
                "The server does not answer, so Frond cannot check whether this machine has \
                 changes or uploads that are not in storage. Nothing is lost. Try again when it is \
                 back, or discard them with `frond logout --force`.",
            ));
        }
        Err(_) => {
            Locked::new(folder.clone(), &folder.address().unwrap_or_default())?.vault.forget().await
        }
    };
    remove(&folder)?;
    if !tell(ending).await {
        output.warning(
            "The server did not answer, so its share of the keys still exists. A copy of this \
             machine's state folder that was made before can open the vault until the share \
             expires, 30 days after the last use.",
        );
    }
    output.report(
        "Signed out. Keys and list were removed from this machine. Your files are in storage.",
    );
    output.result(&json!({ "signed_out": true }));
    Ok(())
}

fn remove(folder: &Folder) -> Result<(), Failure> {
    folder.remove().map_err(|error| {
        let place = visible(&folder.path().display().to_string());
        Failure::other(format!(
            "{place} could not be removed: {error}. It may still hold the keys. Remove it by hand."
        ))
    })
}

/// Deletes the account.
pub(super) async fn delete(
    place: &Place,
    output: &Output,
    delete: &arguments::DeleteAccount,
) -> Result<(), Failure> {
    let vault = Vault::known(place).await?;
    let (session, name) = (&vault.session, vault.session.username());
    let all = Usage::of(&session.files().index(), |_| ()).all();
    output.warning(&format!(
        "This deletes {} ({}) for all devices, older versions and the trash included. Nobody can \
         bring them back.",
        count(all.files, "file"),
        super::message::size(all.bytes)
    ));
    let typed = match &delete.confirm {
        Some(typed) => typed.clone(),
        None => asked_confirmation(&visible(&name))?,
    };
    if typed != name {
        return Err(Failure::other("This is not your username. Nothing was deleted."));
    }
    let password = match &delete.password_file {
        Some(file) => line_of(file)?,
        None => asked_password(false)?,
    };
    let counted = |deleted| output.report(&format!("{deleted} objects deleted"));
    session.delete_account(Proof::Password(&secret(&password)), &counted).await?;
    tell(vault.session.lock().await).await;
    remove(&vault.folder)?;
    output.report(&message::over(Over::Deleted, 0));
    output.result(&json!({ "deleted": true }));
    Ok(())
}

/// Changes the password.
pub(super) async fn password(
    place: &Place,
    output: &Output,
    change: &arguments::Password,
) -> Result<(), Failure> {
    let vault = Vault::known(place).await?;
    let (current, new) = match (&change.password_file, &change.new_password_file) {
        (Some(current), Some(new)) => (line_of(current)?, line_of(new)?),
        _ => asked_change()?,
    };
    let (current, new) = (secret(&current), secret(&new));
    vault.session.logins().change_password(&current, &new).await?;
    output.report(PASSWORD_CHANGED);
    output.result(&json!({ "changed": true }));
    Ok(())
}

pub(super) fn line_of(file: &Path) -> Result<Zeroizing<String>, Failure> {
    first_line(File::open(file).map_err(|error| unreadable(file, &error))?)
}

pub(super) fn secret(text: &Zeroizing<String>) -> Password {
    Password::new(text.as_str().to_owned())
}

/// Shows who is signed in, and pending work.
pub(super) async fn status(place: &Place, output: &Output) -> Result<(), Failure> {
    let vault = Vault::known(place).await?;
    vault.warn(output);
    let view = vault.session.view();
    let files = vault.session.files().rows().len();
    let address = vault.folder.address().unwrap_or_default();
    let user = vault.session.username();
    output.line(&format!("{user} at {}", visible(&address)));
    output.line(&format!(
        "profile {}, state folder {}",
        place.profile,
        visible(&vault.folder.path().display().to_string())
    ));
    output.line(&format!("{} at the last refresh", count(files, "file")));
    output.line(&format!("list fingerprint: {}", view.list_fingerprint));
    for merged in &view.merges {
        let (at, changes) =
            (i64::try_from(merged.at).unwrap_or(i64::MAX), count(merged.events, "change"));
        output.line(&format!(
            "two histories merged on {}: {changes} claimed the same places",
            local(at)
        ));
    }
    if view.unsaved > 0 {
        output.line(&format!("{} not in storage yet", count(view.unsaved, "change")));
    }
    let waits = view.transfers.iter().filter(|row| row.state != TransferState::Done);
    for row in waits.clone() {
        output.line(&format!(
            "unfinished upload: {}, {}",
            visible(&row.name),
            super::message::size(row.total)
        ));
    }
    let unfinished: Vec<_> =
        waits.map(|row| json!({ "name": row.name, "size": row.total })).collect();
    let merges: Vec<_> = view
        .merges
        .iter()
        .map(|merged| json!({ "at": merged.at, "changes": merged.events }))
        .collect();
    output.result(&json!({
        "address": address, "user": user, "profile": place.profile, "state": vault.folder.path(),
        "files": files, "unsaved": view.unsaved, "unfinished": unfinished,
        "list_fingerprint": view.list_fingerprint, "read_only": !view.doubts.is_empty(),
        "merges": merges,
    }));
    Ok(())
}
