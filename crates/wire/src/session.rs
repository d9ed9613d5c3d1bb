//! Sessions: their shares, kept by the endpoint.

use serde::{Deserialize, Serialize};

use crate::SessionId;

/// `format` of the endpoint's record of a session.
pub const SESSION_FORMAT: &str = "frond/1 session";
/// `Authorization` scheme for requests about one session, followed by its secret: 32 bytes,
/// base64url without padding.
pub const SESSION_SCHEME: &str = "Session";
/// Range of the idle time after which a session ends, in seconds: a minute to 31 days.
pub const SESSION_SECONDS: std::ops::RangeInclusive<u64> = 60..=31 * 86_400;

/// Body of `POST /v1/sessions`, signed by the login that begins the session.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewSession {
    /// Session id.
    pub session: SessionId,
    /// SHA-256 of the session's secret, base64url without padding.
    pub secret_hash: String,
    /// The share: 32 random bytes, base64url without padding.
    pub share: String,
    /// The session ends if not renewed for this many seconds, within [`SESSION_SECONDS`].
    pub idle_seconds: u64,
}

impl std::fmt::Debug for NewSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { session, secret_hash: _, share: _, idle_seconds } = self;
        let mut debug = f.debug_struct("NewSession");
        debug.field("session", session).field("idle_seconds", idle_seconds).finish_non_exhaustive()
    }
}

/// Body of `POST /v1/sessions/<account>/<session>`, which renews a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Renewal {
    /// As [`NewSession::idle_seconds`], counted from now.
    pub idle_seconds: u64,
}

/// Response to `GET /v1/sessions/<account>/<session>`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// As [`NewSession::share`].
    pub share: String,
}

impl std::fmt::Debug for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Share(…)")
    }
}
