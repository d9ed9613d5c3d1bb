//! The number of concurrent requests of one transfer: reduced when the store asks for it, slowly
//! raised again afterwards. Pure.
//!
//! Additive increase, multiplicative decrease, as in TCP congestion control (RFC 5681 §3.1).

use std::cell::Cell;

/// The limit of concurrent requests, between 1 and a maximum.
#[derive(Debug)]
pub struct ConcurrencyLimit {
    most: usize,
    allowed: Cell<usize>,
    /// Successes since the limit last changed.
    good: Cell<usize>,
}

impl ConcurrencyLimit {
    /// Starts at `most`, which is also the maximum.
    #[must_use]
    pub fn new(most: usize) -> Self {
        let most = most.max(1);
        Self { most, allowed: Cell::new(most), good: Cell::new(0) }
    }

    /// The number of requests that may be in flight.
    #[must_use]
    pub fn allowed(&self) -> usize {
        self.allowed.get()
    }

    /// The store is overloaded (503, 429, `SlowDown`), or a request failed for good: halves the
    /// limit, to at least one.
    pub fn slow(&self) {
        self.allowed.set((self.allowed.get() / 2).max(1));
        self.good.set(0);
    }

    /// A request succeeded: raises the limit by one after twice as many successes as the limit.
    pub fn well(&self) {
        let good = self.good.get().saturating_add(1);
        if good >= self.allowed.get().saturating_mul(2) {
            self.allowed.set(self.allowed.get().saturating_add(1).min(self.most));
            self.good.set(0);
        } else {
            self.good.set(good);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::ConcurrencyLimit;

    #[test]
    fn half_at_once_and_one_more_at_a_time() {
        let limit = ConcurrencyLimit::new(4);
        limit.slow();
        assert_eq!(limit.allowed(), 2);
        limit.slow();
        limit.slow();
        assert_eq!(limit.allowed(), 1);
        for expected in [1, 2, 2, 2, 2, 3] {
            limit.well();
            assert_eq!(limit.allowed(), expected);
        }
        limit.slow();
        limit.well();
        assert_eq!(limit.allowed(), 1, "what went well before is forgotten");
    }

    proptest! {
        #[test]
        fn never_none_never_too_many(
            most in 0_usize..9,
            news in proptest::collection::vec(any::<bool>(), 0..200),
        ) {
            let limit = ConcurrencyLimit::new(most);
            for good in news {
                let before = limit.allowed();
                if good { limit.well() } else { limit.slow() }
                prop_assert!((1..=most.max(1)).contains(&limit.allowed()));
                prop_assert!(limit.allowed() <= before + 1);
            }
        }
    }
}
