//! Several keys: the newest encrypts, each may decrypt; like pyca's `MultiFernet`.

use super::{InvalidToken, Opened, decrypt, decrypt_within, encrypt};
use crate::FernetKey;

/// A list of keys, newest first, for key rotation.
///
/// Decryption tries one key after the other, so the result does not tell *which* key made a token.
/// Where that matters (as in a vault), keys are found by id and never tried in turn.
#[derive(Debug)]
pub struct MultiFernet {
    newest: FernetKey,
    older: Vec<FernetKey>,
}

impl MultiFernet {
    /// The key that encrypts, and older keys that only decrypt, tried in this order.
    #[must_use]
    pub fn new(newest: FernetKey, older: Vec<FernetKey>) -> Self {
        Self { newest, older }
    }

    /// Makes one token under the newest key. `time` is Unix seconds, `iv` 16 fresh random bytes.
    #[must_use]
    pub fn encrypt(&self, time: u64, iv: [u8; 16], message: &[u8]) -> String {
        encrypt(&self.newest, time, iv, message)
    }

    /// Verifies, then decrypts, under any of the keys; any age.
    pub fn decrypt(&self, text: &str) -> Result<Opened, InvalidToken> {
        self.first(|key| decrypt(key, text))
    }

    /// As [`decrypt_within`], under any of the keys.
    pub fn decrypt_within(
        &self,
        text: &str,
        max_age: u64,
        now: u64,
    ) -> Result<Opened, InvalidToken> {
        self.first(|key| decrypt_within(key, text, max_age, now))
    }

    /// Encrypts the message again under the newest key, with the same timestamp. `iv` is 16 fresh
    /// random bytes.
    pub fn rotate(&self, text: &str, iv: [u8; 16]) -> Result<String, InvalidToken> {
        let opened = self.decrypt(text)?;
        Ok(self.encrypt(opened.time, iv, &opened.plaintext))
    }

    fn first(
        &self,
        open: impl Fn(&FernetKey) -> Result<Opened, InvalidToken>,
    ) -> Result<Opened, InvalidToken> {
        std::iter::once(&self.newest)
            .chain(&self.older)
            .find_map(|key| open(key).ok())
            .ok_or(InvalidToken)
    }
}
