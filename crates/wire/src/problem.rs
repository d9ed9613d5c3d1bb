//! Error responses of the endpoint.

use serde::{Deserialize, Serialize};

/// RFC 9457 problem details. `kind` is stable; see the endpoint's `error.rs` for the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Stable name of the problem, a relative URI such as `/problems/login-exists`.
    #[serde(rename = "type")]
    pub kind: String,
    /// One sentence, the same for every occurrence.
    pub title: String,
    /// HTTP status.
    pub status: u16,
}
