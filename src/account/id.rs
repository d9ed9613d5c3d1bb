//! Ids of 16 bytes, written as base32 (RFC 4648 §6), lower case, without padding: 26 characters,
//! one spelling.

use std::fmt;

use crate::base32;
use crate::object::InvalidId;
use crate::port::{Entropy, NoEntropy};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// Takes the 16 bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The 16 bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }

            /// Reads the canonical text: lower case, no padding, spare bits zero.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                base32::decode(text).map(|number| Self(number.to_be_bytes())).ok_or(InvalidId)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&base32::encode(u128::from_be_bytes(self.0), 26))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}

ids! {
    /// An account: random.
    AccountId;
    /// A device: random.
    DeviceId;
    /// A login: the first half of its public key's SHA-256.
    LoginId;
    /// An open session: random.
    SessionId;
    /// A share: derived from its link's secret.
    ShareId;
}

macro_rules! random {
    ($($name:ident)*) => {$(
        impl $name {
            /// A new random id.
            pub fn generate(entropy: &dyn Entropy) -> Result<Self, NoEntropy> {
                let mut bytes = [0; 16];
                entropy.fill(&mut bytes)?;
                Ok(Self(bytes))
            }
        }
    )*};
}

random! { AccountId DeviceId SessionId }
