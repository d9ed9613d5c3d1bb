//! Secret bytes: one type per role, boxed, wiped when dropped, compared in constant time, absent
//! from Debug.
//!
//! No secret is `Clone`, `Display` or `Serialize`. The only access to the bytes is `expose`, and
//! every call of it is justified by a comment that begins with `EXPOSE:`.

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

pub use frond_fernet::FernetKey;

macro_rules! secrets {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Zeroize, ZeroizeOnDrop)]
        pub struct $name(Box<[u8; 32]>);

        impl $name {
            /// Fills a new secret in place.
            pub fn filled<E>(fill: impl FnOnce(&mut [u8; 32]) -> Result<(), E>) -> Result<Self, E> {
                let mut secret = Self(Box::new([0; 32]));
                fill(&mut secret.0)?;
                Ok(secret)
            }

            /// Fills a new secret in place by an infallible derivation.
            #[must_use]
            pub fn derived(derive: impl FnOnce(&mut [u8; 32])) -> Self {
                let mut secret = Self(Box::new([0; 32]));
                derive(&mut secret.0);
                secret
            }

            /// Copies 32 bytes; the caller wipes the source.
            #[must_use]
            pub fn copied(bytes: &[u8; 32]) -> Self {
                let mut secret = Self(Box::new([0; 32]));
                secret.0.copy_from_slice(bytes);
                secret
            }

            /// The bytes. Each call is justified by a comment that begins with `EXPOSE:`.
            #[must_use]
            pub fn expose(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0.ct_eq(&*other.0).into()
            }
        }

        impl Eq for $name {}

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )*};
}

secrets! {
    /// `root`: derived from the password or the recovery words.
    Root;
    /// Ed25519 private seed of a login (RFC 8032).
    LoginSeed;
    /// The account's one key; every file key derives from it.
    VaultKey;
    /// `file_key`: covers all of one object.
    FileKey;
    /// `content_key`: the content of one object, not its stored name.
    ContentKey;
    /// The 32 bytes in a share link.
    ShareSecret;
    /// Authorises a device to fetch its session's share while the session lives. Stored on the
    /// device in clear.
    SessionSecret;
    /// The part of the key material for a session's keys that is not stored on the device.
    SessionShare;
}

/// A password as typed, wiped when dropped.
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes ownership of the text.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text. Each call is justified by a comment that begins with `EXPOSE:`.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}
