//! Reads usernames and passwords from the terminal and from files.

use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::path::Path;

use zeroize::Zeroizing;

use crate::failure::{Failure, Kind};
use crate::message::visible;

/// Maximum length of a password line, in bytes.
const LONGEST: u64 = 16 * 1024;

pub(super) fn asked_user() -> Result<String, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::usage(
            "There is no terminal to ask for a username. Give one with --user.",
        ));
    }
    let mut line = String::new();
    let asked =
        write!(io::stderr(), "Username: ").and_then(|()| io::stdin().lock().read_line(&mut line));
    asked.map_err(|_| Failure::usage("The username could not be read. Give one with --user."))?;
    Ok(line.trim().to_owned())
}

/// Has the user type the name of the account that is to be deleted.
pub(super) fn asked_confirmation(name: &str) -> Result<String, Failure> {
    let nobody =
        || Failure::usage("There is no terminal to confirm at. Use --confirm and --password-file.");
    if !io::stdin().is_terminal() {
        return Err(nobody());
    }
    let mut line = String::new();
    let asked = write!(io::stderr(), "Type {name} to delete this account: ")
        .and_then(|()| io::stdin().lock().read_line(&mut line));
    asked.map_err(|_| nobody())?;
    Ok(line.trim().to_owned())
}

/// Reads a password without echo. A new password is typed twice.
pub(super) fn asked_password(new: bool) -> Result<Zeroizing<String>, Failure> {
    let nobody =
        "There is no terminal to ask for a password. Use --password-file or --password-stdin.";
    let password = ask("Password: ", nobody)?;
    if new && ask("Repeat password: ", nobody)? != password {
        return Err(Failure::other(
            "The two passwords differ, so no account was created. Try again.",
        ));
    }
    Ok(password)
}

/// Reads the current password and a new one, which is typed twice, without echo.
pub(super) fn asked_change() -> Result<(Zeroizing<String>, Zeroizing<String>), Failure> {
    let nobody = "There is no terminal to ask for passwords. Use --password-file and \
                  --new-password-file.";
    let current = ask("Current password: ", nobody)?;
    let new = ask("New password: ", nobody)?;
    if ask("Repeat new password: ", nobody)? != new {
        return Err(Failure::other(
            "The two new passwords differ, so nothing was changed. Try again.",
        ));
    }
    Ok((current, new))
}

/// Reads a line without echo; `nobody` is said where there is no terminal.
pub(crate) fn ask(prompt: &str, nobody: &str) -> Result<Zeroizing<String>, Failure> {
    rpassword::prompt_password(prompt).map(Zeroizing::new).map_err(|_| Failure::usage(nobody))
}

/// The first line, without its line ending.
pub(crate) fn first_line(from: impl Read) -> Result<Zeroizing<String>, Failure> {
    // Read into preallocated memory: a growing buffer would leave unwiped copies behind.
    let mut line = Zeroizing::new(Vec::with_capacity(usize::try_from(LONGEST).unwrap_or(0)));
    let mut from = BufReader::with_capacity(1, from).take(LONGEST);
    from.read_until(b'\n', &mut line)
        .map_err(|error| Failure::other(format!("The line could not be read: {error}.")))?;
    let text = std::str::from_utf8(&line)
        .map_err(|_| Failure::new(Kind::Usage, "The line is not UTF-8 text."))?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    Ok(Zeroizing::new(text.strip_suffix('\r').unwrap_or(text).to_owned()))
}

/// The error for a named file that cannot be read.
pub(crate) fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::other(format!("{} could not be read: {error}.", visible(&path.display().to_string())))
}

#[cfg(test)]
mod tests {
    use super::first_line;

    #[test]
    fn a_line_ends_where_it_ends() {
        for (text, line) in
            [("word\n", "word"), ("word\r\nmore", "word"), ("word ", "word "), ("", "")]
        {
            assert_eq!(*first_line(text.as_bytes()).unwrap(), line);
        }
    }
}
