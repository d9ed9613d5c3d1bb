//! Long work in slices, between which others go on: the page's thread is never busy for long.

use std::cell::Cell;
use std::rc::Rc;

use crate::port::Clock;

/// How long the thread is busy at a time, in milliseconds.
const SLICE_MS: u64 = 12;
/// Steps between two looks at the clock.
const STEPS: u32 = 16;

/// Divides work into slices.
pub(crate) struct Slices {
    clock: Rc<dyn Clock>,
    steps: Cell<u32>,
    since: Cell<u64>,
}

impl Slices {
    /// The first slice begins now.
    pub(crate) fn new(clock: Rc<dyn Clock>) -> Self {
        let since = Cell::new(clock.now_ms());
        Self { clock, steps: Cell::new(0), since }
    }

    /// After a step of some microseconds: lets others go on if the slice is over.
    pub(crate) async fn step(&self) {
        if self.is_over() {
            self.pause().await;
        }
    }

    /// After a step of a millisecond or more: lets others go on if the slice is over.
    pub(crate) async fn long_step(&self) {
        if self.has_passed() {
            self.pause().await;
        }
    }

    /// Counts a step of some microseconds; whether the slice is over.
    pub(crate) fn is_over(&self) -> bool {
        let steps = self.steps.get().wrapping_add(1);
        self.steps.set(steps);
        steps.is_multiple_of(STEPS) && self.has_passed()
    }

    /// Lets others go on, and begins the next slice.
    pub(crate) async fn pause(&self) {
        self.clock.sleep(0).await;
        self.since.set(self.clock.now_ms());
    }

    fn has_passed(&self) -> bool {
        // `abs_diff`, so that a clock that was set back does not end all slices.
        self.clock.now_ms().abs_diff(self.since.get()) >= SLICE_MS
    }
}
