//! The software engine: available everywhere, synchronous, and the reference for all others. Its
//! ciphers use the processor's instructions natively; a browser gives it none, so bulk work there
//! is [`SideBySide`]'s.

mod side_by_side;
mod tokens;

use async_trait::async_trait;
use sha2::Sha256;

use crate::bytes::Bytes;
use crate::port::{BulkCipher, EngineFailed, KeyDerivation};
use crate::secret::{FernetKey, Root};
use frond_fernet::{InvalidToken, Opened, open, seal};

pub use side_by_side::SideBySide;

/// Fernet and PBKDF2 by `aes`, `cbc`, `hmac`, `sha2` and `pbkdf2`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Software;

#[async_trait(?Send)]
impl BulkCipher for Software {
    async fn seal(
        &self,
        key: &FernetKey,
        time: u64,
        iv: [u8; 16],
        plaintext: &Bytes,
    ) -> Result<Bytes, EngineFailed> {
        Ok(seal(key, time, iv, &plaintext.bytes()).into())
    }

    async fn open(&self, key: &FernetKey, token: &Bytes) -> Result<Opened<Bytes>, InvalidToken> {
        let Opened { time, plaintext } = open(key, &token.bytes())?;
        Ok(Opened { time, plaintext: plaintext.into() })
    }
}

#[async_trait(?Send)]
impl KeyDerivation for Software {
    async fn derive(
        &self,
        password: &[u8],
        salt: &[u8; 32],
        iterations: u32,
    ) -> Result<Root, EngineFailed> {
        Ok(Root::derived(|root| pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, iterations, root)))
    }
}
