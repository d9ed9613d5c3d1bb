//! Share links: one secret of 32 bytes that opens chosen files and nothing else.
//!
//! ```text
//! share_id  = base32(Expand(secret, "frond/1 share id", 16))
//! share_key = HKDF(secret ‖ pw, salt empty, "frond/1 share key", 32)                Fernet key
//! pw        = nothing, or PBKDF2-HMAC-SHA256(NFKC(password), pw_salt, 1 200 000, 32)
//! pw_salt   = SHA-256("frond/1 share salt" ‖ 0x00 ‖ secret)
//! link      = <page>#/s/<b64url secret>
//! ```
//!
//! [`seal_files`] makes what a share's record holds under its key, [`open_files`] opens it and
//! checks it against the record. [`ShareNote`] is what the owner keeps of a share, under the vault
//! key.

mod files;
mod note;
#[cfg(test)]
mod tests;

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::account::{ITERATIONS, ShareId};
use crate::kdf::{expand, hkdf};
use crate::port::{EngineFailed, Entropy, KeyDerivation, NoEntropy};
use crate::secret::{FernetKey, Password, ShareSecret};

pub use self::files::{InvalidShare, SharedFile, open_files, seal_files};
pub use self::note::ShareNote;
pub use frond_wire::{MAX_SHARE, MAX_SHARED, SHARE_FORMAT, ShareRecord};

/// What stands between the page's address and the secret in a link.
const ROUTE: &str = "#/s/";

/// The text is not a share secret: not 32 bytes as canonical base64url without padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid link")]
pub struct InvalidLink;

impl ShareSecret {
    /// A new secret from the system's generator.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, NoEntropy> {
        Self::filled(|secret| entropy.fill(secret))
    }

    /// Parses the 43 characters of a link, in canonical encoding only.
    pub fn from_text(text: &str) -> Result<Self, InvalidLink> {
        if text.len() != 43 {
            return Err(InvalidLink);
        }
        Self::filled(|secret| {
            let decoded = Base64UrlUnpadded::decode(text, secret).map_err(|_| InvalidLink)?;
            if decoded.len() == 32 { Ok(()) } else { Err(InvalidLink) }
        })
    }

    /// The 43 characters of a link. They are secret.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        // EXPOSE: the link is the secret.
        Zeroizing::new(Base64UrlUnpadded::encode_string(self.expose()))
    }

    /// The link for a page at this address, which ends in `/`. It is secret.
    #[must_use]
    pub fn link(&self, page: &str) -> Zeroizing<String> {
        Zeroizing::new([page, ROUTE, &self.to_text()].concat())
    }

    /// Parses a link: the page's address, and the secret.
    ///
    /// # Errors
    /// [`InvalidLink`] if anything is missing, too much or spelt otherwise.
    pub fn from_link(link: &str) -> Result<(&str, Self), InvalidLink> {
        let (page, secret) = link.split_once(ROUTE).ok_or(InvalidLink)?;
        let is_page = page.starts_with("https://") || page.starts_with("http://");
        if !is_page || page.contains(['#', '?']) {
            return Err(InvalidLink);
        }
        Ok((page, Self::from_text(secret)?))
    }

    /// `share_id`: public; names the share's record.
    #[must_use]
    pub fn id(&self) -> ShareId {
        // A block of HKDF-SHA256 is 32 bytes; 16 bytes of output are its first half.
        let mut block = Zeroizing::new([0; 32]);
        // EXPOSE: to derive from it.
        expand(self.expose(), &[b"frond/1 share id"], &mut block);
        let mut id = [0; 16];
        id.copy_from_slice(block.split_at(16).0);
        ShareId::from_bytes(id)
    }

    /// `share_key`: seals the shared data. Depends on the link password, if there is one.
    pub async fn key(
        &self,
        cipher: &dyn KeyDerivation,
        password: Option<&Password>,
    ) -> Result<FernetKey, EngineFailed> {
        let stretched = match password {
            None => None,
            Some(password) => {
                let password = password.normalised();
                // EXPOSE: to the key derivation.
                let salt =
                    Sha256::new().chain_update(b"frond/1 share salt\0").chain_update(self.expose());
                let password = password.expose().as_bytes();
                Some(cipher.derive(password, &salt.finalize().into(), ITERATIONS).await?)
            }
        };
        // EXPOSE: to derive from both.
        let pw: &[u8] = stretched.as_ref().map_or(&[], |pw| pw.expose());
        Ok(FernetKey::derived(|key| hkdf(&[self.expose(), pw], &[], b"frond/1 share key", key)))
    }
}
