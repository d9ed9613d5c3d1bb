//! `POST /v1/presign`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Operation;

/// Most operations per [`PresignRequest`].
pub const MAX_OPERATIONS: usize = 1_000;

/// Body of `POST /v1/presign`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PresignRequest {
    /// Operations to sign, 1 to [`MAX_OPERATIONS`].
    pub operations: Vec<Operation>,
}

/// A request that the store accepts unchanged, until it expires.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Presigned {
    /// HTTP method.
    pub method: String,
    /// Signed URL. It is a secret: never logged.
    pub url: String,
    /// Headers that are signed and must be sent unchanged. `content-length` is that of the body.
    pub headers: BTreeMap<String, String>,
}

impl std::fmt::Debug for Presigned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { method, url: _, headers: _ } = self;
        f.debug_struct("Presigned").field("method", method).finish_non_exhaustive()
    }
}

/// Response to `POST /v1/presign`: the URLs in the order of the operations, all or nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PresignResponse {
    /// Lifetime of the URLs in seconds from now.
    pub expires: u64,
    /// One per operation.
    pub urls: Vec<Presigned>,
}
