//! [Fernet](https://github.com/fernet/spec/blob/master/Spec.md), strict: small authenticated
//! messages under one key.
//!
//! ```text
//! key        = signing half(16) ‖ encryption half(16)
//! token      = 0x80 ‖ u64be timestamp ‖ IV(16) ‖ ciphertext ‖ HMAC(32)
//! ciphertext = AES-128-CBC(encryption half, IV, message ‖ PKCS7 padding)
//! HMAC       = HMAC-SHA256(signing half, all of the token before it)
//! ```
//!
//! As text, key and token are base64url (RFC 4648 §5) with padding, in canonical form only: no
//! other alphabet, no white space, no missing or extra `=`, no spare bits. `encrypt` and `decrypt`
//! functions work on text, like every Fernet library; [`seal`] and [`open`] work on raw tokens, the
//! bytes before base64url encoding.
//!
//! ```
//! use frond_fernet::{self as fernet, FernetKey, MAX_CLOCK_SKEW};
//!
//! let key = FernetKey::from_text("cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=")?;
//! let iv = [7; 16]; // In use: 16 fresh bytes from the system's generator, for every token.
//! let token = fernet::encrypt(&key, 1_763_886_000, iv, b"hello");
//!
//! let opened = fernet::decrypt(&key, &token)?;
//! assert_eq!(opened.plaintext, b"hello");
//! assert_eq!(opened.time, 1_763_886_000);
//!
//! // With a maximum age, time counts: at most 60 s old, and at most `MAX_CLOCK_SKEW` ahead of this
//! // clock.
//! assert!(fernet::decrypt_within(&key, &token, 60, 1_763_886_060).is_ok());
//! assert!(fernet::decrypt_within(&key, &token, 60, 1_763_886_061).is_err());
//! assert!(fernet::decrypt_within(&key, &token, 60, 1_763_886_000 - MAX_CLOCK_SKEW).is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Callers MUST give every token a fresh random IV and use each key for one purpose. This crate
//! does not read a clock, generate randomness, stream (a token authenticates only as a whole;
//! larger data are sequences of tokens), or reveal why a token was refused: [`InvalidToken`] is all
//! that a caller, and so an attacker, learns.
//!
//! A token's HMAC is verified, in constant time, before any of it is decrypted or, for text,
//! allocated. The age is checked after the HMAC, in saturating arithmetic. Without a maximum age
//! the timestamp is not checked: the far future is accepted.

mod cipher;
mod key;
mod multi;
#[cfg(test)]
mod tests;
mod text;
mod token;

pub use cipher::{hmac, open, seal};
pub use key::{FernetKey, InvalidKey};
pub use multi::MultiFernet;
pub use text::{MAX_CLOCK_SKEW, decrypt, decrypt_within, encrypt, from_text, timestamp, to_text};
pub use token::{Frame, HMAC, PREFIX, Token, Unsigned, token_length};

/// The only error for a token that does not open, whichever check refused it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid token")]
pub struct InvalidToken;

/// Contents of an authentic token.
#[derive(PartialEq, Eq)]
pub struct Opened<T = Vec<u8>> {
    /// The token's timestamp, Unix seconds.
    pub time: u64,
    /// The plaintext.
    pub plaintext: T,
}

impl<T> std::fmt::Debug for Opened<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { time, plaintext: _ } = self;
        f.debug_struct("Opened").field("time", time).finish_non_exhaustive()
    }
}

/// The check that refused, for this crate's own tests. The public API reduces it to
/// [`InvalidToken`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    /// Not canonical base64url with padding.
    Text,
    /// Not version 0x80.
    Version,
    /// Too short, or not a whole number of blocks.
    Length,
    /// The HMAC does not match.
    Hmac,
    /// Invalid padding.
    Padding,
    /// Too old, or from the future.
    Age,
}

impl From<Refusal> for InvalidToken {
    fn from(_: Refusal) -> Self {
        Self
    }
}
