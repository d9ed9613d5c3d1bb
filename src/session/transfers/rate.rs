//! The speed of a transfer over the last seconds.

use std::collections::VecDeque;

/// Long enough not to flicker, short enough to follow a changing connection.
const SPAN_MS: u64 = 5_000;

/// Samples of (time, bytes done).
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Rate(VecDeque<(u64, u64)>);

impl Rate {
    /// Records that `done` bytes were reached at `now`, milliseconds.
    pub(super) fn note(&mut self, now: u64, done: u64) {
        self.0.push_back((now, done));
        while self.0.len() > 2
            && self.0.get(1).is_some_and(|(at, _)| now.saturating_sub(*at) >= SPAN_MS)
        {
            self.0.pop_front();
        }
    }

    /// When it counts as standing still unless bytes move before, milliseconds.
    pub(super) fn still_at(&self) -> Option<u64> {
        self.0.back().map(|(at, _)| at.saturating_add(SPAN_MS))
    }

    /// Bytes a second; 0 while there are too few samples.
    pub(super) fn per_second(&self) -> u64 {
        let (Some((from, first)), Some((to, last))) = (self.0.front(), self.0.back()) else {
            return 0;
        };
        let (bytes, ms) = (last.saturating_sub(*first), to.saturating_sub(*from));
        bytes.saturating_mul(1000).checked_div(ms).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::Rate;

    #[test]
    fn the_last_seconds_count() {
        let mut rate = Rate::default();
        assert_eq!(rate.per_second(), 0);
        rate.note(0, 0);
        assert_eq!(rate.per_second(), 0);
        rate.note(1_000, 500);
        assert_eq!(rate.per_second(), 500);
        rate.note(5_000, 500);
        assert_eq!(rate.per_second(), 100);
        rate.note(6_000, 6_500);
        assert_eq!(rate.per_second(), 1_200, "what was before the last five seconds is forgotten");
        assert_eq!(rate.still_at(), Some(11_000));
    }
}
