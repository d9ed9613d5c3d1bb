//! Checksums of bodies, verified by the store.

use serde::{Deserialize, Serialize};

/// A checksum that stores verify on PUT and UploadPart. They refuse a body that does not match
/// (`BadDigest`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChecksumAlgorithm {
    /// `x-amz-checksum-crc32c`: the fastest.
    Crc32c,
    /// `x-amz-checksum-sha256`.
    Sha256,
    /// `Content-MD5`: verified by every store.
    #[default]
    Md5,
}

/// The checksum of one body: standard base64 with padding of 4, 32 or 16 bytes (RFC 4648 §4,
/// canonical).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Checksum {
    /// CRC-32C (RFC 3720), big-endian.
    Crc32c(String),
    /// SHA-256 (FIPS 180-4).
    Sha256(String),
    /// MD5 (RFC 1321).
    Md5(String),
}
