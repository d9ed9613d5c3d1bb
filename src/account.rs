//! Key derivation: how a name and a password, recovery words, or a passkey become the keys of an
//! account.
//!
//! ```text
//! salt       = SHA-256("frond/1 salt" ‖ 0x00 ‖ deployment ‖ 0x00 ‖ username)
//! root       = PBKDF2-HMAC-SHA256(NFKC(password), salt, 1 200 000, 32)
//!              or the bytes of the recovery words
//!              or the output of a passkey for SHA-256("frond/1 passkey" ‖ 0x00 ‖ deployment)
//! login_seed = Expand(root, "frond/1 login", 32)                Ed25519 private seed (RFC 8032)
//! login_id   = base32(first 16 bytes of SHA-256(public key))
//! unlock_key = Expand(root, "frond/1 unlock", 32)               Fernet key of the keyring
//! ```
//!
//! The iteration count is a constant: no server or bucket can lower it. The endpoint learns only a
//! login's public half; the keyring in the login's record holds the account's vault key.
//!
//! This module does not judge how guessable a password is, nor talk to the endpoint.

mod keyring;
mod login;
mod passkey;
mod password;
mod proof;
mod recovery;
mod request;
mod username;

pub use frond_wire::{AccountId, DeviceId, LoginId, SessionId, ShareId};
pub use keyring::{Forged, Keyring};
pub use login::Login;
pub use passkey::passkey_salt;
pub use password::{ITERATIONS, PasswordFault, root, salt};
pub use proof::added_login;
pub use recovery::{InvalidWords, recovery_root, recovery_words};
pub use request::authorise;
pub use username::{Deployment, InvalidName, Username};
