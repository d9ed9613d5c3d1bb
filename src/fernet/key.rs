//! A Fernet key: `signing half(16) ‖ encryption half(16)`; as text base64url with padding, 44 characters.

use data_encoding::{BASE64URL, BASE64URL_NOPAD};
use zeroize::Zeroizing;

use crate::port::{Entropy, NoEntropy};
use crate::secret::FernetKey;

/// The text is no Fernet key: not 32 bytes as canonical base64url with padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid key")]
pub struct InvalidKey;

impl FernetKey {
    /// A new key from the system's generator.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, NoEntropy> {
        Self::filled(|bytes| entropy.fill(bytes))
    }

    /// Reads the 44 characters, in the one canonical spelling.
    pub fn from_text(text: &str) -> Result<Self, InvalidKey> {
        // A decoder that knows padding takes it in the middle too, where two texts are joined.
        let digits = text.strip_suffix('=').filter(|digits| digits.len() == 43).ok_or(InvalidKey)?;
        let mut bytes = Zeroizing::new([0; 32]);
        BASE64URL_NOPAD.decode_mut(digits.as_bytes(), &mut *bytes).map_err(|_| InvalidKey)?;
        Ok(Self::copied(&bytes))
    }

    /// The key as text. It is the secret itself.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        // EXPOSE: a person asked for the key in the form that other Fernet libraries take.
        Zeroizing::new(BASE64URL.encode(self.expose()))
    }

    /// Signing half.
    pub(crate) fn signing(&self) -> &[u8; 16] {
        self.halves().0
    }

    /// Encryption half.
    pub(crate) fn encryption(&self) -> &[u8; 16] {
        self.halves().1
    }

    #[expect(clippy::expect_used, reason = "32 bytes are two halves of 16")]
    fn halves(&self) -> (&[u8; 16], &[u8; 16]) {
        // EXPOSE: to the ciphers of a Fernet engine.
        let (signing, encryption) = self.expose().split_at(16);
        (signing.try_into().expect("16 bytes"), encryption.try_into().expect("16 bytes"))
    }
}
