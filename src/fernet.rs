//! The Fernet spec, strict.

/// The one error of a token that does not open, whatever the stage that refused it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid token")]
pub struct InvalidToken;

/// What an authentic token held.
pub struct Opened {
    /// The token's timestamp, Unix seconds.
    pub time: u64,
    /// The plaintext.
    pub plaintext: Vec<u8>,
}
