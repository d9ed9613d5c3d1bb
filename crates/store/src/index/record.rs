//! Index records of objects, uploads and parts, stored as JSON.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::blobs::BlobId;

/// An object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Object {
    /// Length in bytes.
    pub(crate) size: u64,
    /// Hex of MD5; for objects made of parts, hex of the MD5 of their MD5s, `-`, their number.
    pub(crate) etag: String,
    /// When it was stored, in milliseconds since the Unix epoch.
    pub(crate) modified: u64,
    /// Response headers.
    pub(crate) attributes: Attributes,
    /// Checksums that the client sent; verified.
    pub(crate) checksums: Checksums,
    /// Location of the bytes.
    pub(crate) body: Body,
}

/// Location of an object's bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Body {
    /// One blob.
    Blob(BlobId),
    /// The parts of this upload, in order of their numbers.
    Parts(String),
}

/// An upload that is neither completed nor aborted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Upload {
    /// When it began, in milliseconds since the Unix epoch.
    pub(crate) initiated: u64,
    /// Response headers of the future object.
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
    /// Checksums that the client sent; verified.
    pub(crate) checksums: Checksums,
    /// Its bytes.
    pub(crate) blob: BlobId,
}

/// Headers of an object, set at creation.
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
    /// Whether every checksum of `self` is also in `stored`, with the same value.
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
