//! Typed ids. Constructed only by parsing the canonical text, or from their bytes.
//!
//! | ids | bytes | text |
//! | --- | --- | --- |
//! | account, device, login, session, share | 16 | 26 characters of base32 |
//! | object, event, snapshot | a UUIDv7, all 74 free bits random | 36 characters, as a UUID |
//! | folder | 16: derived from its first place, or random | 36 characters, as a UUID |
//! | upload | the store's own | at most 1 024 bytes; signed for if plain ([`UploadId::is_plain`]) |
//!
//! JSON uses the text. Base32 (RFC 4648) is in lower case, without padding, its spare bits zero; a
//! UUID (RFC 9562) in lower case, with hyphens. The time in a manifest's UUIDv7 counts down.

use std::fmt;

use base32ct::{Base32Unpadded, Encoding};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use uuid::{Uuid, Variant};

/// The text is not an id in canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid id")]
pub struct InvalidId;

/// Text form, `Debug` and serde of an id that has `parse` and `Display`.
macro_rules! as_text {
    ($($name:ident)*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::parse(text)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    )*};
}

macro_rules! base32_ids {
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

            /// Parses the canonical text: lower case, no padding, spare bits zero.
            ///
            /// # Errors
            ///
            /// [`InvalidId`] for any other text.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                let mut bytes = [0; 16];
                let decoded = Base32Unpadded::decode(text, &mut bytes).map_err(|_| InvalidId)?;
                // The decoder ignores spare bits.
                if decoded.len() == 16 && base32(&bytes) == text {
                    Ok(Self(bytes))
                } else {
                    Err(InvalidId)
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&base32(&self.0))
            }
        }

        as_text! { $name }
    )*};
}

/// RFC 4648 base32 of 16 bytes, lower case, without padding: 26 characters.
#[must_use]
pub fn base32(bytes: &[u8; 16]) -> String {
    let mut text = [0; 26];
    // 16 bytes take exactly 26 characters, so this cannot fail.
    Base32Unpadded::encode(bytes, &mut text).unwrap_or_default().to_owned()
}

base32_ids! {
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

impl LoginId {
    /// `first 16 bytes of SHA-256(public key)`
    #[must_use]
    pub fn of(public_key: &[u8; 32]) -> Self {
        let digest: [u8; 32] = Sha256::digest(public_key).into();
        let mut id = [0; 16];
        id.copy_from_slice(digest.split_at(16).0);
        Self(id)
    }

    /// Enough of the id to tell logins apart in a log, too little to identify one: 6 characters.
    #[must_use]
    pub fn short(&self) -> String {
        self.to_string().chars().take(6).collect()
    }
}

macro_rules! uuid7_ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// A new id with this time, in milliseconds since the Unix epoch (48 bits), from 16
            /// random bytes.
            #[must_use]
            pub fn new(now_ms: u64, random: [u8; 16]) -> Self {
                Self(uuid7(now_ms, random))
            }

            /// Parses the canonical text.
            ///
            /// # Errors
            ///
            /// [`InvalidId`] for any other text.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                let id = Uuid::try_parse(text).map_err(|_| InvalidId)?;
                let canonical = id.as_hyphenated().encode_lower(&mut Uuid::encode_buffer()) == text;
                if canonical { Self::from_bytes(id.into_bytes()) } else { Err(InvalidId) }
            }

            /// Takes the 16 bytes.
            ///
            /// # Errors
            ///
            /// [`InvalidId`] if they are not a UUIDv7.
            pub fn from_bytes(bytes: [u8; 16]) -> Result<Self, InvalidId> {
                if is_uuid7(&Uuid::from_bytes(bytes)) { Ok(Self(bytes)) } else { Err(InvalidId) }
            }

            /// The 16 bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }

            /// The id's time in Unix seconds, rounded down.
            #[must_use]
            pub fn stamp(&self) -> u64 {
                self.milliseconds() / 1000
            }

            /// The id's time, milliseconds since the Unix epoch.
            #[must_use]
            pub fn milliseconds(&self) -> u64 {
                let [a, b, c, d, e, f, ..] = self.0;
                u64::from_be_bytes([0, 0, a, b, c, d, e, f])
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(Uuid::from_bytes(self.0).as_hyphenated(), f)
            }
        }

        as_text! { $name }
    )*};
}

uuid7_ids! {
    /// An object, new for every upload.
    ObjectId;
    /// An event of the catalog.
    EventId;
    /// A page or a manifest of a snapshot of the catalog.
    SnapshotId;
    /// An index segment.
    SegmentId;
}

/// The largest time that an id holds: 48 bits of milliseconds.
const LAST_MS: u64 = (1 << 48) - 1;

impl SnapshotId {
    /// Sorts after all pages and before all manifests.
    pub const AFTER_PAGES: Self =
        Self([127, 255, 255, 255, 255, 255, 127, 255, 191, 255, 255, 255, 255, 255, 255, 255]);

    /// A new manifest's id, made at this time in milliseconds since the Unix epoch (48 bits), from
    /// 16 random bytes. It holds the time left until the last one that an id can hold, so that
    /// manifests sort newest first and, until the year 6429, after all pages.
    #[must_use]
    pub fn manifest(now_ms: u64, random: [u8; 16]) -> Self {
        Self::new(LAST_MS.saturating_sub(now_ms), random)
    }

    /// Whether it is a manifest's id, and not a page's.
    #[must_use]
    pub fn is_manifest(&self) -> bool {
        *self > Self::AFTER_PAGES
    }

    /// When page or manifest was made, milliseconds since the Unix epoch.
    #[must_use]
    pub fn made_ms(&self) -> u64 {
        let held = self.milliseconds();
        if self.is_manifest() { LAST_MS.saturating_sub(held) } else { held }
    }
}

/// `u48be milliseconds ‖ 7 (4 bits) ‖ random(12) ‖ 0b10 ‖ random(62)`
fn uuid7(now_ms: u64, random: [u8; 16]) -> [u8; 16] {
    let free = u128::from_be_bytes(random) & 0x0fff_3fff_ffff_ffff_ffff;
    let time = u128::from(now_ms) << 80;
    (time | 0x7000_8000_0000_0000_0000 | free).to_be_bytes()
}

fn is_uuid7(id: &Uuid) -> bool {
    id.get_version_num() == 7 && id.get_variant() == Variant::RFC4122
}

/// A folder of the catalog.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FolderId([u8; 16]);

impl FolderId {
    /// The folder that a path means by `name` in `parent` (`None` is the top):
    /// `first 16 bytes of SHA-256("frond/1 folder" ‖ 0x00 ‖ parent, zeros for the top ‖ name)`
    #[must_use]
    pub fn derived(parent: Option<&Self>, name: &str) -> Self {
        let parent = parent.map_or([0; 16], |parent| parent.0);
        let hash = Sha256::new_with_prefix(b"frond/1 folder\0").chain_update(parent);
        let digest: [u8; 32] = hash.chain_update(name).finalize().into();
        let mut id = [0; 16];
        id.copy_from_slice(digest.split_at(16).0);
        Self(id)
    }

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

    /// Parses the canonical text.
    ///
    /// # Errors
    ///
    /// [`InvalidId`] for any other text.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let id = Uuid::try_parse(text).map_err(|_| InvalidId)?;
        let canonical = id.as_hyphenated().encode_lower(&mut Uuid::encode_buffer()) == text;
        if canonical { Ok(Self(id.into_bytes())) } else { Err(InvalidId) }
    }
}

impl fmt::Display for FolderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(Uuid::from_bytes(self.0).as_hyphenated(), f)
    }
}

as_text! { FolderId }

/// The store's id of a multipart upload: opaque, but of bounded length.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UploadId(String);

impl UploadId {
    /// Takes the store's text.
    ///
    /// # Errors
    ///
    /// [`InvalidId`] if it is longer than 1 024 bytes.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        if text.len() <= 1024 { Ok(Self(text.to_owned())) } else { Err(InvalidId) }
    }

    /// Whether it is not empty and has no characters but `A–Z a–z 0–9 . _ ~ + / = -`. The endpoint
    /// signs for no other: an [`Operation`](crate::Operation) that names one is refused.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"._~+/=-".contains(&b);
        !self.0.is_empty() && self.0.bytes().all(plain)
    }

    /// The store's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

as_text! { UploadId }

/// SHA-256 of an invite code: kept in the endpoint's configuration, and part of the key that
/// records the invite's use.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct InviteHash([u8; 32]);

impl InviteHash {
    /// `SHA-256(code)`
    #[must_use]
    pub fn of(code: &str) -> Self {
        Self(Sha256::digest(code.as_bytes()).into())
    }

    /// Parses 64 hex digits, lower case: the output of `printf %s CODE | sha256sum`.
    ///
    /// # Errors
    ///
    /// [`InvalidId`] for any other text.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| InvalidId)?;
        bytes.try_into().map(Self).map_err(|_| InvalidId)
    }
}

/// 64 hex digits, as in the configuration.
impl fmt::Display for InviteHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for InviteHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InviteHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE32_NOPAD;

    use super::{AccountId, FolderId, InviteHash, ObjectId, UploadId};

    fn reference(bytes: &[u8; 16]) -> String {
        BASE32_NOPAD.encode(bytes).to_ascii_lowercase()
    }

    #[test]
    fn base32_is_as_the_reference_spells_it() {
        let mut number = 1_u128;
        for _ in 0..1_000 {
            number = number.wrapping_mul(0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645).rotate_left(29);
            let bytes = number.to_be_bytes();
            let text = AccountId::from_bytes(bytes).to_string();
            assert_eq!(text, reference(&bytes));
            assert_eq!(AccountId::parse(&text), Ok(AccountId::from_bytes(bytes)));
        }
        for number in [0, 1, u128::MAX, u128::MAX << 3, 1 << 127] {
            let bytes: [u8; 16] = number.to_be_bytes();
            assert_eq!(AccountId::parse(&reference(&bytes)), Ok(AccountId::from_bytes(bytes)));
        }
    }

    #[test]
    fn a_folder_id_has_one_spelling() {
        let text = "00112233-4455-6677-8899-aabbccddeeff";
        let id = FolderId::parse(text).unwrap();
        assert_eq!((id.to_string().as_str(), id.as_bytes()[15]), (text, 0xff));
        for other in [&text.to_uppercase(), &text.replace('-', ""), &format!("{{{text}}}"), ""] {
            assert!(FolderId::parse(other).is_err(), "{other}");
        }
    }

    #[test]
    fn base32_has_one_spelling() {
        let good = "a".repeat(26);
        assert_eq!(AccountId::parse(&good), Ok(AccountId::from_bytes([0; 16])));
        let bad =
            |at: usize, digit: &str| format!("{}{digit}{}", "a".repeat(at), "a".repeat(25 - at));
        for text in [
            "",
            "a",
            &"a".repeat(25),
            &format!("{good}a"),
            &format!("{good}aaa"),
            &format!("{good}======"),
            &good.to_uppercase(),
            &bad(0, "1"),
            &bad(3, "8"),
            &bad(9, "="),
            &bad(7, "é"),
        ] {
            assert!(AccountId::parse(text).is_err(), "{text}");
        }
        for (last, accepted) in
            [("b", false), ("c", false), ("d", false), ("e", true), ("7", false), ("4", true)]
        {
            assert_eq!(AccountId::parse(&bad(25, last)).is_ok(), accepted, "{last}");
        }
    }

    #[test]
    fn uuids_are_of_version_7_in_one_spelling() {
        let id = ObjectId::new(1_763_886_000_123, [0xff; 16]);
        assert_eq!((id.milliseconds(), id.stamp()), (1_763_886_000_123, 1_763_886_000));
        let text = id.to_string();
        assert_eq!(ObjectId::parse(&text), Ok(id));
        for bad in [
            text.to_uppercase(),
            text.replace('-', ""),
            format!("{{{text}}}"),
            format!("urn:uuid:{text}"),
            text.replacen("-7", "-4", 1),
        ] {
            assert!(ObjectId::parse(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn upload_ids_are_bounded() {
        for (text, plain) in [
            ("a", true),
            ("2~x_y-z.", true),
            ("AB/cd+ef==", true),
            (&"a".repeat(1024), true),
            ("", false),
            ("a b", false),
            ("a&b", false),
            ("a?b", false),
            ("a%20", false),
            ("é", false),
            ("a\n", false),
        ] {
            let id = UploadId::parse(text).unwrap();
            assert_eq!((id.as_str(), id.is_plain()), (text, plain));
        }
        assert!(UploadId::parse(&"a".repeat(1025)).is_err());
        assert!(UploadId::parse(&"é".repeat(513)).is_err(), "bytes are counted");
    }

    #[test]
    fn ids_are_text_in_json() {
        let id = ObjectId::new(1, [1; 16]);
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, format!("\"{id}\""));
        assert_eq!(serde_json::from_str::<ObjectId>(&json).unwrap(), id);
        for bad in ["1", "null", "\"\"", "[1]", "\"00000000-0000-0000-0000-000000000000\""] {
            assert!(serde_json::from_str::<ObjectId>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_invite_is_named_by_its_hash() {
        let hash = InviteHash::of("spring-7");
        assert_eq!(InviteHash::parse(&hash.to_string()), Ok(hash.clone()));
        assert!(InviteHash::parse(&hash.to_string().to_uppercase()).is_err());
        assert_eq!(format!("{hash:?}"), "InviteHash(…)");
    }
}
