//! A Fernet key: `signing half(16) ‖ encryption half(16)`; as text base64url with padding, 44
//! characters.

use base64ct::{Base64Url, Base64UrlUnpadded, Encoding};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// The text is not a Fernet key: not 32 bytes in canonical base64url with padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid key")]
pub struct InvalidKey;

/// A Fernet key: boxed, wiped on drop, compared in constant time, hidden in Debug.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct FernetKey(Box<[u8; 32]>);

impl FernetKey {
    /// Fills a new key in place: `FernetKey::filled(|key| getrandom::fill(key))`.
    pub fn filled<E>(fill: impl FnOnce(&mut [u8; 32]) -> Result<(), E>) -> Result<Self, E> {
        let mut key = Self(Box::new([0; 32]));
        fill(&mut key.0)?;
        Ok(key)
    }

    /// Fills a new key in place with an infallible derivation.
    #[must_use]
    pub fn derived(derive: impl FnOnce(&mut [u8; 32])) -> Self {
        let mut key = Self(Box::new([0; 32]));
        derive(&mut key.0);
        key
    }

    /// Copies 32 bytes; the caller must wipe the source.
    #[must_use]
    pub fn copied(bytes: &[u8; 32]) -> Self {
        Self::derived(|key| key.copy_from_slice(bytes))
    }

    /// The bytes. Each call states its reason in a comment that begins with `EXPOSE:`.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// Parses the 44 characters, in canonical form only.
    pub fn from_text(text: &str) -> Result<Self, InvalidKey> {
        let digits = text.strip_suffix('=').ok_or(InvalidKey)?;
        Self::filled(|key| {
            let decoded = Base64UrlUnpadded::decode(digits, key).map_err(|_| InvalidKey)?;
            if decoded.len() == 32 { Ok(()) } else { Err(InvalidKey) }
        })
    }

    /// The key as text. It is the secret itself.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        // EXPOSE: the user requested the key in the format that other Fernet libraries accept.
        Zeroizing::new(Base64Url::encode_string(self.expose()))
    }

    /// Signing half, for an engine's HMAC.
    #[must_use]
    pub fn signing(&self) -> &[u8; 16] {
        self.halves().0
    }

    /// Encryption half, for an engine's cipher.
    #[must_use]
    pub fn encryption(&self) -> &[u8; 16] {
        self.halves().1
    }

    #[expect(clippy::expect_used, reason = "32 bytes are two halves of 16")]
    fn halves(&self) -> (&[u8; 16], &[u8; 16]) {
        // EXPOSE: to the ciphers of a Fernet engine.
        let (signing, encryption) = self.expose().split_at(16);
        (signing.try_into().expect("16 bytes"), encryption.try_into().expect("16 bytes"))
    }
}

impl PartialEq for FernetKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&*other.0).into()
    }
}

impl Eq for FernetKey {}

impl std::fmt::Debug for FernetKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FernetKey(…)")
    }
}
