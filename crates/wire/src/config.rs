//! `GET /config.json`.

use serde::{Deserialize, Serialize};

use crate::ChecksumAlgorithm;

/// Who may create an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Registration {
    /// No one; the owner adds logins to the allow-list.
    Closed,
    /// Anyone with an unused invite code.
    Invite,
    /// Anyone who reaches the endpoint.
    Open,
}

/// `GET /config.json`: all that a tab needs to know; public.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicConfig {
    /// The deployment's name, fixed for the life of its bucket.
    pub deployment: String,
    /// Origin of the endpoint, without a trailing slash; empty if it is the page's own.
    pub endpoint: String,
    /// Origin that presigned URLs point to.
    pub store: String,
    /// Who may create an account.
    pub registration: Registration,
    /// Largest stored object, in bytes.
    pub max_object_bytes: u64,
    /// Lifetime of a presigned URL, in seconds, at most 900.
    pub presign_seconds: u64,
    /// The body checksum that the store verifies. Missing in a `config.json` exported by an older
    /// endpoint: then MD5.
    #[serde(default)]
    pub checksum: ChecksumAlgorithm,
}
