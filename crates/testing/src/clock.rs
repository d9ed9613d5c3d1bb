//! The real clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Since 1970.
pub fn since_epoch() -> Duration {
    #[expect(clippy::disallowed_methods, reason = "an adapter")]
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap()
}

/// Seconds since 1970.
pub fn now() -> u64 {
    since_epoch().as_secs()
}
