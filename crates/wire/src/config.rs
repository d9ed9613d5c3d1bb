//! `GET /config.json`.

use serde::{Deserialize, Serialize};

use crate::ChecksumAlgorithm;

/// Who may make an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Registration {
    /// Nobody; the owner adds logins to the allow-list.
    Closed,
    /// Whoever has an unused invite code.
    Invite,
    /// Everybody who reaches the endpoint.
    Open,
}

/// `GET /config.json`: all that a tab has to know, public.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicConfig {
    /// The deployment's name, fixed for the life of its bucket.
    pub deployment: String,
    /// Origin of the endpoint, without a trailing slash; empty where it is the page's own.
    pub endpoint: String,
    /// Origin that presigned URLs point to.
    pub store: String,
    /// Who may make an account.
    pub registration: Registration,
    /// Largest stored object, in bytes.
    pub max_object_bytes: u64,
    /// Life of a presigned URL, in seconds, at most 900.
    pub presign_seconds: u64,
    /// What the store verifies of a body. An exported `config.json` of an older endpoint does not
    /// say: MD5, then.
    #[serde(default)]
    pub checksum: ChecksumAlgorithm,
}
