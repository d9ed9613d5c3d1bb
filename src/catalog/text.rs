//! Ids and bytes in an event's JSON, each in its canonical spelling.

use std::fmt::Display;
use std::rc::Rc;

use base64ct::{Base64UrlUnpadded, Encoding};
use frond_wire::FolderId;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::account::DeviceId;
use crate::object::{EventId, ObjectId, Seal, UploadId};

/// A value with one canonical spelling.
pub(super) trait Spelled: Sized {
    fn spelled(text: &str) -> Option<Self>;
}

impl Spelled for ObjectId {
    fn spelled(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

impl Spelled for EventId {
    fn spelled(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

impl Spelled for UploadId {
    fn spelled(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

impl Spelled for DeviceId {
    fn spelled(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

impl Spelled for FolderId {
    fn spelled(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

/// For `#[serde(with = "text::id")]`.
pub(super) mod id {
    use super::{Deserialize, Deserializer, Display, Serializer, Spelled};
    use serde::de::Error as _;

    pub(crate) fn serialize<T: Display, S: Serializer>(id: &T, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(id)
    }

    pub(crate) fn deserialize<'de, T: Spelled, D: Deserializer<'de>>(
        from: D,
    ) -> Result<T, D::Error> {
        let text = String::deserialize(from)?;
        T::spelled(&text).ok_or_else(|| D::Error::custom("not an id"))
    }
}

/// For `#[serde(with = "text::optional_id")]`: an id or `null`, never absent.
pub(super) mod optional_id {
    use super::{Deserialize, Deserializer, Display, Serializer, Spelled};
    use serde::de::Error as _;

    #[expect(clippy::ref_option, reason = "serde passes a reference to the member")]
    pub(crate) fn serialize<T: Display, S: Serializer>(
        id: &Option<T>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match id {
            Some(id) => to.collect_str(id),
            None => to.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, T: Spelled, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<T>, D::Error> {
        let Some(text) = Option::<String>::deserialize(from)? else { return Ok(None) };
        T::spelled(&text).map(Some).ok_or_else(|| D::Error::custom("not an id"))
    }
}

/// For `#[serde(serialize_with = "text::shared")]`.
pub(super) fn shared<T: Serialize, S: Serializer>(
    shared: &Rc<T>,
    to: S,
) -> Result<S::Ok, S::Error> {
    T::serialize(shared, to)
}

/// For `#[serde(with = "text::bytes")]`: base64url without padding.
pub(super) mod bytes {
    use super::{Base64UrlUnpadded, Deserialize, Deserializer, Encoding, Serializer};
    use serde::de::Error as _;

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&Base64UrlUnpadded::encode_string(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(from)?;
        Base64UrlUnpadded::decode_vec(&text).map_err(|_| D::Error::custom("not base64url"))
    }
}

/// For `#[serde(with = "text::seal")]`.
pub(super) mod seal {
    use super::{Base64UrlUnpadded, Deserializer, Encoding, Seal, Serializer, digest};

    pub(crate) fn serialize<S: Serializer>(seal: &Seal, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&Base64UrlUnpadded::encode_string(&seal.0))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Seal, D::Error> {
        digest(from).map(Seal)
    }
}

/// For `#[serde(with = "text::sha256")]`.
pub(super) mod sha256 {
    use super::{Deserializer, Serializer, bytes, digest};

    pub(crate) fn serialize<S: Serializer>(sum: &[u8; 32], to: S) -> Result<S::Ok, S::Error> {
        bytes::serialize(sum, to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<[u8; 32], D::Error> {
        digest(from)
    }
}

/// 32 bytes in base64url.
pub(super) fn digest<'de, D: Deserializer<'de>>(from: D) -> Result<[u8; 32], D::Error> {
    let bytes = bytes::deserialize(from)?;
    bytes.try_into().map_err(|_| D::Error::custom("not 32 bytes"))
}
