//! `GET /v1/quota`.

use serde::{Deserialize, Serialize};

/// What an account stores, where it has a quota. Counted at most once a minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuotaUse {
    /// Bytes in the bucket, parts of unfinished uploads included; `None` without a quota of bytes.
    pub bytes: Option<Used>,
    /// Objects in the bucket; `None` without a quota of objects.
    pub objects: Option<Used>,
}

/// An amount, and how much it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Used {
    /// What is stored.
    pub stored: u64,
    /// The quota.
    pub quota: u64,
}
