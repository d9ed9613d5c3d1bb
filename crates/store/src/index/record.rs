//! What the index keeps of objects, uploads and parts, as JSON.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::blobs::BlobId;

/// An object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Object {
    /// Length in bytes.
    pub(crate) size: u64,
    /// Hex of MD5; of parts, hex of the MD5 of their MD5s, `-`, their number.
    pub(crate) etag: String,
    /// When it was stored, in milliseconds since the Unix epoch.
    pub(crate) modified: u64,
    /// Headers to answer.
    pub(crate) attributes: Attributes,
    /// What the client asked to be checked, and was.
    pub(crate) checksums: Checksums,
    /// Where the bytes are.
    pub(crate) body: Body,
}

/// Where the bytes of an object are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Body {
    /// In one blob.
    Blob(BlobId),
    /// In the parts of this upload, in the order of their numbers.
    Parts(String),
}

/// An upload that is neither completed nor aborted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Upload {
    /// When it began, in milliseconds since the Unix epoch.
    pub(crate) initiated: u64,
    /// Headers that its object will answer.
    pub(crate) attributes: Attributes,
}

/// A part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    /// Length in bytes.
    pub(crate) size: u64,
    /// Hex of MD5.
    pub(crate) etag: String,
    /// When it was stored, in milliseconds since the Unix epoch.
    pub(crate) modified: u64,
    /// What the client asked to be checked, and was.
    pub(crate) checksums: Checksums,
    /// Its bytes.
    pub(crate) blob: BlobId,
}

/// Headers that belong to an object, given when it was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Attributes {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_encoding: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_disposition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cache_control: Option<String>,
    /// `x-amz-meta-…`, names without the prefix.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) metadata: BTreeMap<String, String>,
}

/// Checksums in base64, big endian, as in `x-amz-checksum-…`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Checksums {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) crc32: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) crc32c: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) crc64nvme: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sha1: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sha256: Option<String>,
}

impl Checksums {
    /// Whether every checksum of `self` is also in `stored`, and the same.
    pub(crate) fn agree_with(&self, stored: &Self) -> bool {
        let agrees =
            |given: &Option<String>, stored: &Option<String>| given.is_none() || given == stored;
        agrees(&self.crc32, &stored.crc32)
            && agrees(&self.crc32c, &stored.crc32c)
            && agrees(&self.crc64nvme, &stored.crc64nvme)
            && agrees(&self.sha1, &stored.sha1)
            && agrees(&self.sha256, &stored.sha256)
    }
}

pub(super) fn write(record: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    serde_json::to_vec(record)
}

pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> serde_json::Result<T> {
    serde_json::from_slice(bytes)
}
