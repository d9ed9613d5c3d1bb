//! Wall clock and timers.

use async_trait::async_trait;
use gloo_timers::future::TimeoutFuture;
use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::MessageChannel;

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
        match ms {
            0 => next_task().await,
            _ => timer(ms).await,
        }
    }
}

/// Completes once the tasks that wait now had their turn. Browsers delay a timer that another one
/// has set by 4 ms.
async fn next_task() {
    let Ok(channel) = MessageChannel::new() else { return timer(0).await };
    let (here, there) = (channel.port1(), channel.port2());
    let arrived = Promise::new(&mut |resolve, _| here.set_onmessage(Some(&resolve)));
    if there.post_message(&JsValue::NULL).is_ok() {
        let _ = JsFuture::from(arrived).await;
    }
    here.close();
}

/// Completes after `ms` milliseconds; cancels its timer when dropped.
pub(super) fn timer(ms: u64) -> TimeoutFuture {
    TimeoutFuture::new(u32::try_from(ms.min(LONGEST)).unwrap_or_default())
}
