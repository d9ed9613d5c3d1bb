//! From a password to the root key: NFKC (Unicode UAX #15), nothing removed, then PBKDF2
//! (RFC 8018), salted with deployment and username.

use sha2::{Digest, Sha256};

use super::{Deployment, Username};
use crate::port::{EngineFailed, KeyDerivation};
use crate::secret::{Password, Root};
use crate::unicode::{Form, normalise};

/// Iterations of PBKDF2 everywhere in format 1 (OWASP asks for 600 000). Not configurable.
pub const ITERATIONS: u32 = 1_200_000;

/// Why a password is refused for a new account. Strength is judged elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    /// The password is empty.
    #[error("the password is empty")]
    Empty,
    /// It contains a control character or a lone surrogate.
    #[error("the password holds a character that cannot be typed")]
    Character,
}

impl Password {
    /// Unicode NFKC, so that the same password typed on two systems is the same. Nothing is
    /// removed.
    #[must_use]
    pub fn normalised(&self) -> Self {
        // EXPOSE: to normalise.
        Self::new(normalise(self.expose(), Form::Nfkc))
    }

    /// Whether it may become the password of a new login: not empty, no control character, and no
    /// U+FFFD, which is what a lone surrogate from a browser becomes here.
    pub fn check_new(&self) -> Result<(), PasswordFault> {
        // EXPOSE: to check its characters.
        let text = self.expose();
        if text.is_empty() {
            return Err(PasswordFault::Empty);
        }
        if text.chars().any(|c| c.is_control() || c == char::REPLACEMENT_CHARACTER) {
            return Err(PasswordFault::Character);
        }
        Ok(())
    }
}

/// `root = PBKDF2-HMAC-SHA256(NFKC(password), salt, 1 200 000, 32)`. Accepts any password: signing
/// in must not be stricter than creating the account ever was.
pub async fn root(
    cipher: &dyn KeyDerivation,
    deployment: &Deployment,
    username: &Username,
    password: &Password,
) -> Result<Root, EngineFailed> {
    // EXPOSE: to the key derivation.
    let password = password.normalised();
    cipher.derive(password.expose().as_bytes(), &salt(deployment, username), ITERATIONS).await
}

/// `SHA-256("frond/1 salt" ‖ 0x00 ‖ deployment ‖ 0x00 ‖ username)`: the same credentials give other
/// keys in other deployments.
#[must_use]
pub fn salt(deployment: &Deployment, username: &Username) -> [u8; 32] {
    let salt = Sha256::new()
        .chain_update(b"frond/1 salt\0")
        .chain_update(deployment.as_str())
        .chain_update([0])
        .chain_update(username.as_str());
    salt.finalize().into()
}
