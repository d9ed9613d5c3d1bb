//! Events on their way into an index, which takes them in some at a time: a long history would
//! otherwise keep the page's thread busy.

use std::collections::VecDeque;

use crate::catalog::{Event, EventHash, Index, parents_first};
use crate::slices::Slices;

/// Operations that are taken in at a time: some milliseconds of work.
const SOME: usize = 200;

/// Events that wait to be taken in.
#[derive(Default)]
pub(super) struct Arrivals(VecDeque<(EventHash, Event)>);

impl Arrivals {
    /// Adds an event as the last one.
    pub(super) fn push(&mut self, hash: EventHash, event: Event) {
        self.0.push_back((hash, event));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts parents before their children, so that what was taken in is a history of its own, and
    /// no event moves those before it.
    pub(super) fn arrange(&mut self) {
        self.0 = parents_first(std::mem::take(&mut self.0)).into();
    }

    /// Takes in the first ones; returns whether there are more.
    pub(super) fn take_some(&mut self, index: &mut Index) -> bool {
        let mut operations = 0;
        let first = self.0.iter().take_while(|(_, event)| {
            let before = operations;
            operations += event.ops.len().max(1);
            before < SOME
        });
        let count = first.count();
        index.extend(self.0.drain(..count));
        !self.0.is_empty()
    }

    /// Takes in all.
    pub(super) fn take_all(&mut self, index: &mut Index) {
        index.extend(std::mem::take(&mut self.0));
    }
}

/// Adds events to an index, in slices.
pub(super) async fn extend(index: &mut Index, events: Vec<(EventHash, Event)>, slices: &Slices) {
    let mut arrivals = Arrivals(parents_first(events).into());
    while arrivals.take_some(index) {
        slices.long_step().await;
    }
}
