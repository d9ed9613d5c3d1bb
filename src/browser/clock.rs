//! Wall clock and timers.

use async_trait::async_trait;
use gloo_timers::future::TimeoutFuture;

use super::number::{to_f64, to_i32, to_u64};
use crate::port::Clock;

/// Maximum delay of a browser timer, in milliseconds; a longer one would fire immediately.
const LONGEST: u64 = 0x7fff_ffff;

/// The browser's clock.
pub struct BrowserClock;

#[async_trait(?Send)]
impl Clock for BrowserClock {
    fn now_ms(&self) -> u64 {
        to_u64(js_sys::Date::now())
    }

    fn local_offset(&self, at_ms: i64) -> i32 {
        let at = js_sys::Date::new(&to_f64(u64::try_from(at_ms).unwrap_or_default()).into());
        // JavaScript's offset has the opposite sign.
        -to_i32(at.get_timezone_offset())
    }

    async fn sleep(&self, ms: u64) {
        timer(ms).await;
    }
}

/// Completes after `ms` milliseconds; cancels its timer when dropped.
pub(super) fn timer(ms: u64) -> TimeoutFuture {
    TimeoutFuture::new(u32::try_from(ms.min(LONGEST)).unwrap_or_default())
}
