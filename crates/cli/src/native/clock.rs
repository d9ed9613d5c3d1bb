//! Wall clock and timers of the system.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use frond::port::Clock;

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[async_trait(?Send)]
impl Clock for SystemClock {
    fn now_ms(&self) -> u64 {
        #[expect(clippy::disallowed_methods, reason = "an adapter")]
        let now = SystemTime::now();
        let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }

    fn local_offset(&self, at_ms: i64) -> i32 {
        let Ok(at) = jiff::Timestamp::from_millisecond(at_ms) else { return 0 };
        jiff::tz::TimeZone::system().to_offset(at).seconds() / 60
    }

    async fn sleep(&self, ms: u64) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
}
