//! A login: one way into an account. Its key pair signs requests; its id is the hash of the public
//! half.

use ed25519_dalek::{Signer, SigningKey};

use super::LoginId;
use crate::kdf::expand;
use crate::secret::{FernetKey, LoginSeed, Root};

impl Root {
    /// `login_seed = Expand(root, "frond/1 login")`
    #[must_use]
    pub fn login_seed(&self) -> LoginSeed {
        // EXPOSE: to derive from it.
        LoginSeed::derived(|seed| expand(self.expose(), &[b"frond/1 login"], seed))
    }

    /// `unlock_key = Expand(root, "frond/1 unlock")`: opens the keyring.
    #[must_use]
    pub fn unlock_key(&self) -> FernetKey {
        // EXPOSE: to derive from it.
        FernetKey::derived(|key| expand(self.expose(), &[b"frond/1 unlock"], key))
    }
}

/// The signing half of a login: enough to send requests, not to open the keyring.
pub struct Login {
    id: LoginId,
    public_key: [u8; 32],
    seed: LoginSeed,
}

impl Login {
    /// The login of a root.
    #[must_use]
    pub fn from_root(root: &Root) -> Self {
        Self::from_seed(root.login_seed())
    }

    /// The login of a seed, as stored over a reload.
    #[must_use]
    pub fn from_seed(seed: LoginSeed) -> Self {
        // EXPOSE: to the signature scheme.
        let public_key = SigningKey::from_bytes(seed.expose()).verifying_key().to_bytes();
        Self { id: LoginId::of(&public_key), public_key, seed }
    }

    /// `login_id`
    #[must_use]
    pub fn id(&self) -> LoginId {
        self.id
    }

    /// The public key (RFC 8032).
    #[must_use]
    pub fn public_key(&self) -> &[u8; 32] {
        &self.public_key
    }

    /// The seed, for keeping the session.
    #[must_use]
    pub fn seed(&self) -> &LoginSeed {
        &self.seed
    }

    /// Ed25519 signature.
    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        // EXPOSE: to the signature scheme.
        SigningKey::from_bytes(self.seed.expose()).sign(message).to_bytes()
    }
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { id, public_key: _, seed: _ } = self;
        f.debug_struct("Login").field("id", id).finish_non_exhaustive()
    }
}
