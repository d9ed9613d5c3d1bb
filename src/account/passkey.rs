//! Passkeys: what the extension `prf` of WebAuthn (Level 3) computes of a passkey's own secret and
//! a fixed salt is the root. Only an authenticator that holds the passkey can compute it, for a
//! page of the host that it was made at, once it knows who asks.

use sha2::{Digest, Sha256};

use super::Deployment;

/// `SHA-256("frond/1 passkey" ‖ 0x00 ‖ deployment)`: the input of the extension. A passkey makes
/// another root at each deployment.
#[must_use]
pub fn passkey_salt(deployment: &Deployment) -> [u8; 32] {
    let salt = Sha256::new().chain_update(b"frond/1 passkey\0");
    salt.chain_update(deployment.as_str()).finalize().into()
}
