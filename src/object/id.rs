//! Ids that carry their time: UUIDv7 (RFC 9562 §5.7), all 74 free bits random.
//!
//! As text 36 characters, lower case, with hyphens; any other spelling is refused. In a key
//! derivation, 16 bytes.

use std::fmt;

use uuid::{Uuid, Variant};

use crate::port::{Entropy, NoEntropy};

/// The text is no id in its canonical spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid id")]
pub struct InvalidId;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// A new id of this time, milliseconds since the Unix epoch (48 bits of it).
            pub fn generate(now_ms: u64, entropy: &dyn Entropy) -> Result<Self, NoEntropy> {
                generate(now_ms, entropy).map(Self)
            }

            /// Reads the canonical text.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                parse(text).map(Self)
            }

            /// Takes the 16 bytes, which must be a UUIDv7.
            pub fn from_bytes(bytes: [u8; 16]) -> Result<Self, InvalidId> {
                if is_v7(&Uuid::from_bytes(bytes)) { Ok(Self(bytes)) } else { Err(InvalidId) }
            }

            /// The 16 bytes.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }

            /// `stamp`: the id's time in Unix seconds, rounded down.
            #[must_use]
            pub fn stamp(&self) -> u64 {
                milliseconds(&self.0) / 1000
            }

            /// The id's time, milliseconds since the Unix epoch.
            #[must_use]
            pub fn milliseconds(&self) -> u64 {
                milliseconds(&self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(Uuid::from_bytes(self.0).as_hyphenated(), f)
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
    /// An object, new for every upload.
    ObjectId;
    /// An event of the catalog.
    EventId;
    /// A snapshot of the catalog.
    SnapshotId;
}

/// `u48be milliseconds ‖ 7 (4 bits) ‖ random(12) ‖ 0b10 ‖ random(62)`
fn generate(now_ms: u64, entropy: &dyn Entropy) -> Result<[u8; 16], NoEntropy> {
    let mut random = [0; 16];
    entropy.fill(&mut random)?;
    let free = u128::from_be_bytes(random) & 0x0fff_3fff_ffff_ffff_ffff;
    let time = u128::from(now_ms) << 80;
    Ok((time | 0x7000_8000_0000_0000_0000 | free).to_be_bytes())
}

fn parse(text: &str) -> Result<[u8; 16], InvalidId> {
    let id = Uuid::try_parse(text).map_err(|_| InvalidId)?;
    let canonical = id.as_hyphenated().encode_lower(&mut Uuid::encode_buffer()) == text;
    if canonical && is_v7(&id) { Ok(id.into_bytes()) } else { Err(InvalidId) }
}

fn is_v7(id: &Uuid) -> bool {
    id.get_version_num() == 7 && id.get_variant() == Variant::RFC4122
}

fn milliseconds(id: &[u8; 16]) -> u64 {
    let [a, b, c, d, e, f, ..] = *id;
    u64::from_be_bytes([0, 0, a, b, c, d, e, f])
}
