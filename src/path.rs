//! Paths of the vault, and the one rule for their names. Pure.
//!
//! A path is names joined by `/`. A name is not empty, not `.` or `..`, has a visible character,
//! and has at most [`MAX_NAME`] bytes. What this program writes follows the rule ([`check`],
//! [`check_name`]). Events may break it: older versions wrote any path, and other programs may.
//! Such a path is shown mended ([`mended`]), so that every path on a screen or a command line
//! follows the rule, and the file can be renamed like any other.

use std::borrow::Cow;

/// Longest name, in bytes of UTF-8: the limit of most file systems.
pub const MAX_NAME: usize = 255;
/// Longest path, in bytes of UTF-8: the limit of file systems.
pub const MAX_PATH: usize = 4096;
/// Longest extension that shortening keeps, in bytes, without its dot.
const MAX_ENDING: usize = 16;
/// Replaces an invalid name, or each of its characters.
const MARK: &str = "_";

/// Why a text is not a valid name or path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadName {
    /// The name, or a part of the path, is empty.
    #[error("the name is empty")]
    Empty,
    /// `.` or `..`.
    #[error("the name is . or ..")]
    Dots,
    /// Only white space or invisible characters.
    #[error("nothing of the name can be seen")]
    Invisible,
    /// More than [`MAX_NAME`] bytes.
    #[error("the name is too long")]
    TooLong,
    /// A single name was expected, but this contains a `/`.
    #[error("the name has a slash in it")]
    Slash,
    /// More than [`MAX_PATH`] bytes, all names together.
    #[error("the path is too long")]
    PathTooLong,
}

/// The last name of a path.
#[must_use]
pub fn name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// The path of a path's folder; empty at the top.
#[must_use]
pub fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The path of a name, or of a path, in a folder; an empty folder is the top.
#[must_use]
pub fn joined(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// Whether `path` may be written into the catalog.
pub fn check(path: &str) -> Result<(), BadName> {
    if path.len() > MAX_PATH {
        return Err(BadName::PathTooLong);
    }
    path.split('/').try_for_each(check_name)
}

/// Whether `name` may be one part of a path.
pub fn check_name(name: &str) -> Result<(), BadName> {
    match name {
        "" => Err(BadName::Empty),
        "." | ".." => Err(BadName::Dots),
        name if name.contains('/') => Err(BadName::Slash),
        name if name.len() > MAX_NAME => Err(BadName::TooLong),
        name if name.chars().all(is_blank) => Err(BadName::Invisible),
        _ => Ok(()),
    }
}

/// `path` with its last part replaced by `name`. The name is a single part, so the file stays in
/// its folder.
pub fn renamed(path: &str, name: &str) -> Result<String, BadName> {
    check_name(name)?;
    let renamed = match path.rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/{name}"),
        None => name.to_owned(),
    };
    check(&renamed).map(|()| renamed)
}

/// The path under which a file is shown: unchanged if it follows the rule. Otherwise a part without
/// a visible character becomes `_`, `..` becomes `__`, and a part that is too long is cut.
#[must_use]
pub fn mended(path: &str) -> Cow<'_, str> {
    let part = |name: &str| match check_name(name) {
        Ok(()) => name.to_owned(),
        Err(BadName::Dots) => MARK.repeat(name.len()),
        Err(BadName::TooLong) => {
            // Cutting may have removed all visible characters.
            let cut = shortened(name, MAX_NAME);
            if check_name(&cut).is_ok() { cut } else { MARK.to_owned() }
        }
        Err(BadName::Empty | BadName::Invisible | BadName::Slash | BadName::PathTooLong) => {
            MARK.to_owned()
        }
    };
    if path.split('/').all(|name| check_name(name).is_ok()) {
        return Cow::Borrowed(path);
    }
    Cow::Owned(path.split('/').map(part).collect::<Vec<_>>().join("/"))
}

/// The name under which a folder or file is shown that is recorded under a single name: like a
/// path, and `/` in it becomes `_`.
#[must_use]
pub fn mended_name(name: &str) -> Cow<'_, str> {
    if name.contains('/') {
        return Cow::Owned(mended(&name.replace('/', MARK)).into_owned());
    }
    mended(name)
}

/// A name cut to at most `room` bytes, between characters; an extension is kept if it is short
/// enough to be one.
#[must_use]
pub fn shortened(name: &str, room: usize) -> String {
    if name.len() <= room {
        return name.to_owned();
    }
    let (stem, ending) = split_ending(name);
    let kept = cut(stem, room.saturating_sub(ending.len()));
    if kept.is_empty() { cut(name, room).to_owned() } else { format!("{kept}{ending}") }
}

/// A name as stem and extension; the extension begins with its dot. It is empty if what follows the
/// last dot is too long to be one.
#[must_use]
pub fn split_ending(name: &str) -> (&str, &str) {
    let dot = name
        .rfind('.')
        .filter(|dot| *dot > 0 && (2..=MAX_ENDING + 1).contains(&(name.len() - dot)));
    dot.and_then(|dot| name.split_at_checked(dot)).unwrap_or((name, ""))
}

/// The longest prefix of at most `room` bytes that ends between two characters.
#[must_use]
pub fn cut(text: &str, room: usize) -> &str {
    text.get(..text.floor_char_boundary(room)).unwrap_or_default()
}

/// White space, control characters, and invisible characters: those that Unicode calls
/// [default ignorable](https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point), and the
/// empty Braille pattern.
fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}'
            | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests;
