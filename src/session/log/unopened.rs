//! Events that are listed but do not open: retried with growing pauses, otherwise a bucket that
//! invents events would have them all fetched on each refresh. Pure.

use std::collections::BTreeMap;

use crate::catalog::EventKey;
use crate::transfer::Backoff;

/// This many tries are made without a pause: an intermediary may have answered.
const TRIES: u32 = 3;
/// The pauses after that.
const PAUSES: Backoff = Backoff::UNOPENED;

/// The events that did not open in this session.
#[derive(Debug, Default)]
pub(super) struct Unopened(BTreeMap<EventKey, Tried>);

#[derive(Debug, Default)]
struct Tried {
    times: u32,
    again_at: u64,
}

impl Unopened {
    /// Records that an event did not open.
    pub(super) fn failed(&mut self, place: EventKey, now_ms: u64) {
        let tried = self.0.entry(place).or_default();
        tried.times = tried.times.saturating_add(1);
        let pause = tried.times.checked_sub(TRIES).map_or(0, |failed| PAUSES.pause(failed));
        tried.again_at = now_ms.saturating_add(pause);
    }

    /// Forgets an event that opened at last.
    pub(super) fn opened(&mut self, place: &EventKey) {
        self.0.remove(place);
    }

    /// Whether it is too early to retry an event. If the clock was set back, it waits no longer
    /// than the longest pause.
    pub(super) fn waits(&self, place: &EventKey, now_ms: u64) -> bool {
        let again = self.0.get(place).map_or(0, |tried| tried.again_at);
        now_ms < again && again.saturating_sub(now_ms) <= PAUSES.longest_ms()
    }
}

#[cfg(test)]
mod tests {
    use super::{PAUSES, Unopened};
    use crate::catalog::EventKey;

    #[test]
    fn what_does_not_open_is_asked_for_less_and_less_often() {
        let place = |device: &str| {
            let key = format!("{device}/0000000000000000/019d3c71-5555-7555-8555-555555555555");
            EventKey::parse(&key).unwrap()
        };
        let (one, other) =
            (place("pyr4qii5jexl7w44dfrwa3buju"), place("kdzdlfhgdzsiskxmuqejqgpz24"));
        let mut unopened = Unopened::default();
        // One refresh every second for a day.
        let mut asked = 0;
        for now in (0..86_400_000).step_by(1_000) {
            if !unopened.waits(&one, now) {
                asked += 1;
                unopened.failed(one, now);
            }
            assert!(!unopened.waits(&other, now));
        }
        assert!((140..160).contains(&asked), "{asked} times in a day");
        assert!(unopened.waits(&one, 86_400_000));
        assert!(!unopened.waits(&one, 86_400_000 + PAUSES.longest_ms()));
        assert!(!unopened.waits(&one, 0), "the clock was set back");
        unopened.opened(&one);
        assert!(!unopened.waits(&one, 86_400_000));
    }
}
