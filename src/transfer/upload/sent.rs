//! Counts the bytes sent, over all parts, as bytes of content.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use crate::object::Layout;
use crate::transfer::scheduler::RequestScheduler;

/// Bytes of the object sent, by part.
pub(super) struct Sent<'a> {
    layout: Layout,
    parts: RefCell<BTreeMap<u32, u64>>,
    sum: Cell<u64>,
    scheduler: &'a RequestScheduler<'a>,
}

impl<'a> Sent<'a> {
    pub(super) fn new(layout: &Layout, scheduler: &'a RequestScheduler<'a>) -> Self {
        Self { layout: *layout, parts: RefCell::default(), sum: Cell::new(0), scheduler }
    }

    /// Sets the number of bytes sent of a part. A part that is sent again starts anew, but the
    /// total reported never decreases.
    pub(super) fn part(&self, part: u32, bytes: u64) {
        let before = self.parts.borrow_mut().insert(part, bytes).unwrap_or(0);
        let sum = self.sum.get().saturating_sub(before).saturating_add(bytes);
        self.sum.set(sum);
        self.scheduler.done(self.layout.share(sum));
    }
}
