//! `login`, `signup`, `logout`, `status`.

mod address;
mod ask;

use std::fs::File;
use std::io;

use serde_json::json;

use self::address::{address, is_loopback};
use self::ask::{asked_password, asked_user};
pub(super) use self::ask::{first_line, unreadable};
use super::arguments::{Login, Logout, Place, Signup};
use super::failure::{Failure, Kind};
use super::message::{count, visible};
use super::output::Output;
use super::vault::{Locked, Vault, folder, local, tell};
use crate::secret::Password;
use crate::session::{TransferState, UnlockError};

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
            "This profile belongs to {}. Sign out there first, or take another --profile.",
            visible(&other)
        );
        return Err(Failure::other(message));
    }
    if address.scheme() == "http" && !is_loopback(&address) {
        output.warning(
            "This address is not encrypted: who sits on the line sees when you come, and how much.",
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
            Some(file) => first_line(File::open(file).map_err(|error| unreadable(file, &error))?)?,
            None if login.password_stdin => first_line(io::stdin())?,
            None => asked_password(new.is_some())?,
        };
        let asks = login.password_file.is_none() && !login.password_stdin;
        let password = Password::new(password.as_str().to_owned());
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
                    output.warning(&format!("One made just now: {}", suggested.expose()));
                }
                tries += 1;
            }
            Err(error) => return Err(error.into()),
        }
    };
    folder.set_address(address.as_str()).map_err(|error| {
        Failure::other(format!(
            "Nobody was signed in, because this machine could not keep it: {error}."
        ))
    })?;
    session.keep().await;
    let vault = locked.opened(session);
    if !vault.session.kept() {
        tell(vault.session.lock().await).await;
        return Err(Failure::other(
            "Nobody was signed in, because this machine could not keep the keys, or the server its part of what opens \
             them. Make room, and try again.",
        ));
    }
    vault.session.sync().await?;
    vault.warn(output);
    let files = vault.session.files().rows().len();
    let user = vault.session.username();
    output.report(&format!("Signed in to {address} as {user}: {}.", count(files, "file")));
    output.report(&format!(
        "The keys are in {}, readable by you alone, and open together with the server until `frond logout`, or until \
         nobody used them for 30 days.",
        visible(&folder.path().display().to_string())
    ));
    output.result(&json!({ "address": address.as_str(), "user": user, "files": files }));
    Ok(())
}

/// Signs out.
pub(super) async fn logout(place: &Place, output: &Output, logout: Logout) -> Result<(), Failure> {
    let folder = folder(place)?;
    if folder.address().is_none() {
        output.report("Nobody was signed in.");
        return Ok(());
    }
    let ending = match Vault::known(place).await {
        Ok(vault) if vault.session.busy() && !logout.force => {
            return Err(Failure::other(
                "Some changes or uploads are on this machine only. `frond status` shows them, `frond resume` brings \
                 them up; `frond logout --force` gives them up.",
            ));
        }
        Ok(vault) => vault.session.lock().await,
        Err(failure) if failure.kind == Kind::NoAnswer && !logout.force => {
            return Err(Failure::new(
                Kind::NoAnswer,
                "The server does not answer, so nobody can see whether anything waits on this machine. Try again when it \
                 is back, or sign out all the same with `frond logout --force`.",
            ));
        }
        Err(_) => {
            Locked::new(folder.clone(), &folder.address().unwrap_or_default())?.vault.forget().await
        }
    };
    folder.remove().map_err(|error| {
        let place = visible(&folder.path().display().to_string());
        Failure::other(format!(
            "{place} could not be removed: {error}. Remove it by hand: the keys may be in it."
        ))
    })?;
    if !tell(ending).await {
        output.warning(
            "The server did not answer: until it ends the session by itself, at most 30 days from its last use, a copy of \
             this machine that was made before opens the vault.",
        );
    }
    output
        .report("Signed out. Keys and list have left this machine; your files are in the storage.");
    output.result(&json!({ "signed_out": true }));
    Ok(())
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
        "profile {}, kept in {}",
        place.profile,
        visible(&vault.folder.path().display().to_string())
    ));
    output.line(&format!("{} when last looked", count(files, "file")));
    output.line(&format!("code of this history: {}", view.head_code));
    for merged in &view.merges {
        let (at, changes) =
            (i64::try_from(merged.at).unwrap_or(i64::MAX), count(merged.events, "change"));
        output.line(&format!(
            "two histories were merged on {}: {changes} claimed the same places",
            local(at)
        ));
    }
    if view.unsaved > 0 {
        output
            .line(&format!("{} that the storage does not have yet", count(view.unsaved, "change")));
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
        "files": files, "unsaved": view.unsaved, "unfinished": unfinished, "head_code": view.head_code,
        "read_only": !view.doubts.is_empty(), "merges": merges,
    }));
    Ok(())
}
