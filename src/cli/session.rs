//! `login`, `logout`, `status`.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::path::Path;

use reqwest::Url;
use serde_json::json;
use zeroize::Zeroizing;

use super::arguments::{Login, Logout, Place};
use super::failure::{Failure, Kind};
use super::message::{count, visible};
use super::output::Output;
use super::vault::{Locked, Vault, folder};
use crate::secret::Password;
use crate::session::{DoorError, TransferState};

/// Times that a wrong password is asked for again.
const TRIES: u32 = 3;
/// Longest line that is read as a password, in bytes.
const LONGEST: u64 = 16 * 1024;

/// Signs in.
pub(super) async fn login(place: &Place, output: &Output, login: Login) -> Result<(), Failure> {
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
        output
            .warning("This address is not encrypted: who sits on the line sees when you come, and how much.");
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
            None => asked_password()?,
        };
        let asks = login.password_file.is_none() && !login.password_stdin;
        match locked.door.sign_in(&user, &Password::new(password.to_string())).await {
            Ok(session) => break session,
            Err(error @ DoorError::Wrong) if asks && tries < TRIES => {
                output.warning(&super::message::door(&error));
                tries += 1;
            }
            Err(error) => return Err(error.into()),
        }
    };
    folder.set_address(address.as_str()).map_err(|error| {
        Failure::other(format!("Nobody was signed in, because this machine could not keep it: {error}."))
    })?;
    let vault = locked.opened(session);
    if !vault.session.kept() {
        vault.session.lock().await;
        return Err(Failure::other(
            "Nobody was signed in, because this machine could not keep the keys. Make room.",
        ));
    }
    vault.session.sync().await?;
    vault.warn(output);
    let files = vault.session.view().files.len();
    let user = vault.session.username();
    output.report(&format!("Signed in to {address} as {user}: {}.", count(files, "file")));
    output.report(&format!(
        "The keys are in {}, readable by you alone, until `frond logout`.",
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
    if let Ok(vault) = Vault::known(place).await {
        if vault.session.busy() && !logout.force {
            return Err(Failure::other(
                "Some changes or uploads are on this machine only. `frond status` shows them, `frond resume` brings \
                 them up; `frond logout --force` gives them up.",
            ));
        }
        vault.session.lock().await;
    }
    folder.remove().map_err(|error| {
        let place = visible(&folder.path().display().to_string());
        Failure::other(format!(
            "{place} could not be removed: {error}. Remove it by hand: the keys may be in it."
        ))
    })?;
    output.report("Signed out. Keys and list have left this machine; your files are in the storage.");
    output.result(&json!({ "signed_out": true }));
    Ok(())
}

/// Who is signed in, and what waits.
pub(super) async fn status(place: &Place, output: &Output) -> Result<(), Failure> {
    let vault = Vault::known(place).await?;
    vault.warn(output);
    let view = vault.session.view();
    let address = vault.folder.address().unwrap_or_default();
    let user = vault.session.username();
    output.line(&format!("{user} at {}", visible(&address)));
    output.line(&format!(
        "profile {}, kept in {}",
        place.profile,
        visible(&vault.folder.path().display().to_string())
    ));
    output.line(&format!("{} when last looked", count(view.files.len(), "file")));
    output.line(&format!("code of this history: {}", view.head_code));
    if view.unsaved > 0 {
        output.line(&format!("{} that the storage does not have yet", count(view.unsaved, "change")));
    }
    let waits = view.transfers.iter().filter(|row| row.state != TransferState::Done);
    for row in waits.clone() {
        output.line(&format!(
            "unfinished upload: {}, {}",
            visible(&row.name),
            super::message::size(row.total)
        ));
    }
    let unfinished: Vec<_> = waits.map(|row| json!({ "name": row.name, "size": row.total })).collect();
    output.result(&json!({
        "address": address, "user": user, "profile": place.profile, "state": vault.folder.path(),
        "files": view.files.len(), "unsaved": view.unsaved, "unfinished": unfinished, "head_code": view.head_code,
        "read_only": !view.doubts.is_empty(),
    }));
    Ok(())
}

/// Where the page is: `https` unless something else is said, or it is on this machine.
fn address(text: &str) -> Result<Url, Failure> {
    let wrong = || Failure::usage("This is no address of a page. It looks like https://files.example.org");
    let mut url = match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => url,
        _ => {
            let plain = Url::parse(&format!("http://{text}")).map_err(|_| wrong())?;
            if is_loopback(&plain) {
                plain
            } else {
                Url::parse(&format!("https://{text}")).map_err(|_| wrong())?
            }
        }
    };
    if url.host_str().is_none_or(str::is_empty) || !url.username().is_empty() || url.password().is_some() {
        return Err(wrong());
    }
    url.set_query(None);
    url.set_fragment(None);
    // What ends in a file's name, is the page in its folder.
    let folder = url
        .path()
        .rsplit_once('/')
        .map_or("", |(folder, file)| if file.contains('.') { folder } else { url.path() });
    let folder = format!("{}/", folder.trim_end_matches('/'));
    url.set_path(&folder);
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host_str() {
        Some(host) => host == "localhost" || host == "[::1]" || host.starts_with("127."),
        None => false,
    }
}

fn asked_user() -> Result<String, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::usage("Nobody is there to be asked for a username. Give one with --user."));
    }
    let mut line = String::new();
    let asked = write!(io::stderr(), "Username: ").and_then(|()| io::stdin().lock().read_line(&mut line));
    asked.map_err(|_| Failure::usage("The username could not be read. Give one with --user."))?;
    Ok(line.trim().to_owned())
}

fn asked_password() -> Result<Zeroizing<String>, Failure> {
    rpassword::prompt_password("Password: ").map(Zeroizing::new).map_err(|_| {
        Failure::usage(
            "Nobody is there to be asked for a password. Take --password-file or --password-stdin.",
        )
    })
}

/// The first line, without its end.
pub(super) fn first_line(from: impl Read) -> Result<Zeroizing<String>, Failure> {
    // Read into room that is there: a copy that grew would leave unwiped pieces behind.
    let mut line = Zeroizing::new(Vec::with_capacity(usize::try_from(LONGEST).unwrap_or(0)));
    let mut from = BufReader::with_capacity(1, from).take(LONGEST);
    from.read_until(b'\n', &mut line)
        .map_err(|error| Failure::other(format!("It could not be read: {error}.")))?;
    let text =
        std::str::from_utf8(&line).map_err(|_| Failure::new(Kind::Usage, "It is not text in UTF-8."))?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    Ok(Zeroizing::new(text.strip_suffix('\r').unwrap_or(text).to_owned()))
}

/// A file that was named and cannot be read.
pub(super) fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::other(format!("{} could not be read: {error}.", visible(&path.display().to_string())))
}

#[cfg(test)]
mod tests {
    use super::{address, first_line};

    #[test]
    fn addresses() {
        for (typed, meant) in [
            ("https://a.example", "https://a.example/"),
            ("a.example", "https://a.example/"),
            ("localhost:8080", "http://localhost:8080/"),
            ("127.0.0.1:1", "http://127.0.0.1:1/"),
            ("https://a.example/app", "https://a.example/app/"),
            ("https://a.example/app/index.html?x#/fernet", "https://a.example/app/"),
        ] {
            assert_eq!(address(typed).unwrap().as_str(), meant, "{typed}");
        }
        for wrong in ["", "https://", "ftp://a.example", "https://user:word@a.example", "a b"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_line_ends_where_it_ends() {
        for (text, line) in [("word\n", "word"), ("word\r\nmore", "word"), ("word ", "word "), ("", "")] {
            assert_eq!(*first_line(text.as_bytes()).unwrap(), line);
        }
    }
}
