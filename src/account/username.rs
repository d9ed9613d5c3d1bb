//! User name and deployment name: their permitted characters.

use std::fmt;

/// The name has an invalid form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a name that is not accepted")]
pub struct InvalidName;

/// A user name: `[a-z0-9][a-z0-9._@+-]{0,63}`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Username(String);

impl Username {
    /// Trims ASCII white space, lowercases ASCII letters, and rejects the name if it then does not
    /// match.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let name = text.trim_matches(|c: char| c.is_ascii_whitespace()).to_ascii_lowercase();
        if matches(&name, 64, b"._@+-") { Ok(Self(name)) } else { Err(InvalidName) }
    }

    /// The name, normalised.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Personal, and never sent to the server: must not appear in logs.
impl fmt::Debug for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Username(…)")
    }
}

/// A deployment's name: `[a-z0-9][a-z0-9.-]{0,62}`, fixed for the life of a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Deployment(String);

impl Deployment {
    /// Accepts the name unchanged, or rejects it.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        if matches(text, 63, b".-") { Ok(Self(text.to_owned())) } else { Err(InvalidName) }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Deployment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `[a-z0-9]`, then that or `more`, at most `longest` characters.
fn matches(name: &str, longest: usize, more: &[u8]) -> bool {
    let plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    name.len() <= longest
        && name.as_bytes().first().is_some_and(plain)
        && name.as_bytes().iter().all(|byte| plain(byte) || more.contains(byte))
}
