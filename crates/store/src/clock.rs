//! The store's clock: milliseconds since the Unix epoch.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use s3s::dto::Timestamp;

/// Now.
#[expect(clippy::disallowed_methods, reason = "the store is an adapter: it dates what it stores")]
pub(super) fn now() -> u64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}

/// Timestamp in the type of `s3s`.
pub(super) fn timestamp(milliseconds: u64) -> Timestamp {
    UNIX_EPOCH
        .checked_add(Duration::from_millis(milliseconds))
        .map_or_else(Timestamp::default, Timestamp::from)
}

/// Truncated to seconds, the resolution of HTTP dates (RFC 9110, 5.6.7).
pub(super) fn http_date(milliseconds: u64) -> Timestamp {
    timestamp(milliseconds - milliseconds % 1000)
}
