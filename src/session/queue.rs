//! The transfers of a session: which wait, run, ended. Pure; `carry` runs them.

use std::rc::Rc;

use futures_util::future::AbortHandle;

use super::rate::Rate;
use super::view::{Direction, TransferRow, TransferState};
use crate::catalog::Place;
use crate::object::ObjectId;
use crate::port::Source;
use crate::transfer::TransferError;

/// Longest pause before a transfer that waits is tried again, in milliseconds.
pub(super) const MAX_PAUSE: u64 = 30_000;

/// What a transfer moves.
#[derive(Clone)]
pub(super) enum Load {
    /// A source into the bucket.
    Up(Rc<dyn Source>),
    /// A file out of it.
    Down(ObjectId),
}

struct Transfer {
    id: u64,
    load: Load,
    name: String,
    total: u64,
    done: u64,
    rate: Rate,
    state: TransferState,
    /// Tries that failed in passing, one after another.
    failed: u32,
    /// When it is tried again, milliseconds since the Unix epoch.
    again_at: Option<u64>,
    /// While it runs.
    running: Option<AbortHandle>,
    /// The event that names the upload, until the bucket has it.
    event: Option<Place>,
}

/// All transfers, oldest first.
#[derive(Default)]
pub(super) struct Queue {
    transfers: Vec<Transfer>,
    last: u64,
}

impl Queue {
    pub(super) fn push(&mut self, load: Load, name: String, total: u64) {
        self.last += 1;
        self.transfers.push(Transfer {
            id: self.last,
            load,
            name,
            total,
            done: 0,
            rate: Rate::default(),
            state: TransferState::Queued,
            failed: 0,
            again_at: None,
            running: None,
            event: None,
        });
    }

    /// The next transfer to run at `now`, if there is one; `handle` stops it.
    pub(super) fn start(&mut self, now: u64, handle: AbortHandle) -> Option<(u64, Load)> {
        let next = self.transfers.iter_mut().find(|transfer| match transfer.state {
            TransferState::Queued => true,
            // No pause is that long: the clock was set back.
            TransferState::Waiting(_) => {
                transfer.again_at.is_some_and(|at| at <= now || at.saturating_sub(now) > MAX_PAUSE)
            }
            _ => false,
        })?;
        next.state = TransferState::Running;
        next.running = Some(handle);
        next.again_at = None;
        next.done = 0;
        next.rate = Rate::default();
        next.rate.note(now, 0);
        Some((next.id, next.load.clone()))
    }

    /// When the next waiting transfer is to be tried again.
    pub(super) fn next_at(&self) -> Option<u64> {
        self.transfers.iter().filter_map(|transfer| transfer.again_at).min()
    }

    pub(super) fn progress(&mut self, id: u64, now: u64, done: u64) {
        if let Some(transfer) = self.find(id) {
            transfer.done = done.min(transfer.total);
            transfer.rate.note(now, done);
        }
    }

    /// An upload is in the bucket and this event names it; it is done when the bucket has the event too.
    pub(super) fn recorded(&mut self, id: u64, event: Place) {
        if let Some(transfer) = self.find(id) {
            transfer.done = transfer.total;
            transfer.running = None;
            transfer.event = Some(event);
        }
    }

    /// The bucket has this event.
    pub(super) fn saved(&mut self, event: &Place) {
        for transfer in self.transfers.iter_mut().filter(|transfer| transfer.event == Some(*event)) {
            transfer.event = None;
            transfer.state = TransferState::Done;
        }
    }

    /// The events that uploads wait for.
    pub(super) fn events(&self) -> Vec<Place> {
        self.transfers.iter().filter_map(|transfer| transfer.event).collect()
    }

    /// Events cannot be saved now: the uploads that wait for theirs say so.
    pub(super) fn unsaved(&mut self, error: TransferError) {
        for transfer in self.transfers.iter_mut().filter(|transfer| transfer.event.is_some()) {
            transfer.state = TransferState::Waiting(error);
        }
    }

    pub(super) fn done(&mut self, id: u64) {
        if let Some(transfer) = self.find(id) {
            transfer.done = transfer.total;
            transfer.running = None;
            transfer.state = TransferState::Done;
        }
    }

    /// It ended without success: what passes is tried again after a pause that grows, the rest stops.
    pub(super) fn failed(&mut self, id: u64, now: u64, error: TransferError) {
        let Some(transfer) = self.find(id) else { return };
        transfer.running = None;
        if error.is_passing() {
            let pause = 1_000_u64.saturating_mul(1 << transfer.failed.min(5)).min(MAX_PAUSE);
            transfer.failed = transfer.failed.saturating_add(1);
            transfer.again_at = Some(now.saturating_add(pause));
            transfer.state = TransferState::Waiting(error);
        } else {
            transfer.state = TransferState::Failed(error);
        }
    }

    /// Tries a waiting or failed transfer again now.
    pub(super) fn resume(&mut self, id: u64) {
        let Some(transfer) = self.find(id) else { return };
        let stopped = matches!(transfer.state, TransferState::Waiting(_) | TransferState::Failed(_));
        if stopped && transfer.event.is_none() {
            transfer.state = TransferState::Queued;
            transfer.failed = 0;
            transfer.again_at = None;
        }
    }

    /// Stops a transfer and takes it off the list.
    pub(super) fn cancel(&mut self, id: u64) {
        self.transfers.retain(|transfer| {
            if transfer.id == id
                && let Some(running) = &transfer.running
            {
                running.abort();
            }
            transfer.id != id
        });
    }

    /// Stops all.
    pub(super) fn clear(&mut self) {
        for transfer in self.transfers.drain(..) {
            if let Some(running) = transfer.running {
                running.abort();
            }
        }
    }

    /// Takes ended transfers off the list.
    pub(super) fn clear_ended(&mut self) {
        self.transfers.retain(|transfer| !ended(&transfer.state));
    }

    /// Whether an upload has not ended.
    pub(super) fn uploads(&self) -> bool {
        self.transfers.iter().any(|transfer| matches!(transfer.load, Load::Up(_)) && !ended(&transfer.state))
    }

    /// Whether an upload runs or is about to.
    pub(super) fn uploading(&self) -> bool {
        self.transfers.iter().any(|transfer| {
            let moves = matches!(transfer.state, TransferState::Running | TransferState::Queued);
            matches!(transfer.load, Load::Up(_)) && moves
        })
    }

    pub(super) fn rows(&self) -> Vec<TransferRow> {
        self.transfers.iter().map(Transfer::row).collect()
    }

    fn find(&mut self, id: u64) -> Option<&mut Transfer> {
        self.transfers.iter_mut().find(|transfer| transfer.id == id)
    }
}

impl Transfer {
    fn row(&self) -> TransferRow {
        let rate = if self.running.is_some() { self.rate.per_second() } else { 0 };
        TransferRow {
            id: self.id,
            name: self.name.clone(),
            direction: match self.load {
                Load::Up(_) => Direction::Up,
                Load::Down(_) => Direction::Down,
            },
            done: self.done,
            total: self.total,
            rate,
            left: self.total.saturating_sub(self.done).checked_div(rate),
            state: self.state.clone(),
        }
    }
}

fn ended(state: &TransferState) -> bool {
    matches!(state, TransferState::Done | TransferState::Failed(_))
}

#[cfg(test)]
mod tests {
    use futures_util::future::AbortHandle;

    use super::{Load, Queue};
    use crate::object::ObjectId;
    use crate::session::TransferState;
    use crate::transfer::TransferError;

    fn queue() -> Queue {
        let mut queue = Queue::default();
        let file = ObjectId::parse("019d3c71-5555-7555-8555-555555555555").unwrap();
        queue.push(Load::Down(file), "a".to_owned(), 100);
        queue
    }

    fn handle() -> AbortHandle {
        AbortHandle::new_pair().0
    }

    #[test]
    fn what_passes_is_tried_again_after_pauses_that_grow() {
        let mut queue = queue();
        let mut now = 0;
        for pause in [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000] {
            assert_eq!(queue.start(now, handle()).map(|(id, _)| id), Some(1));
            queue.failed(1, now, TransferError::StoreDown);
            assert_eq!(queue.rows()[0].state, TransferState::Waiting(TransferError::StoreDown));
            assert_eq!(queue.next_at(), Some(now + pause));
            assert!(queue.start(now + pause - 1, handle()).is_none(), "not before");
            now += pause;
        }
        queue.resume(1);
        assert!(queue.start(now, handle()).is_some(), "at once when asked");
        queue.failed(1, now, TransferError::StoreDown);
        assert_eq!(queue.next_at(), Some(now + 1_000), "and patient again");
    }

    #[test]
    fn what_does_not_pass_stops_until_somebody_asks() {
        let mut queue = queue();
        queue.start(0, handle());
        queue.failed(1, 0, TransferError::Changed);
        assert_eq!(queue.rows()[0].state, TransferState::Failed(TransferError::Changed));
        assert!(queue.start(u64::MAX, handle()).is_none());
        queue.resume(1);
        assert!(queue.start(0, handle()).is_some());
    }

    #[test]
    fn a_clock_that_is_set_back_keeps_nothing_waiting() {
        let mut queue = queue();
        let year = 31_536_000_000;
        queue.start(year, handle());
        queue.failed(1, year, TransferError::StoreDown);
        assert!(queue.start(year, handle()).is_none(), "it pauses");
        assert!(queue.start(0, handle()).is_some());
    }

    #[test]
    fn cancelling_stops_and_takes_off_the_list() {
        let mut queue = queue();
        let running = handle();
        queue.start(0, running.clone());
        queue.cancel(1);
        assert!(running.is_aborted() && queue.rows().is_empty());
        queue.done(1);
        assert!(queue.rows().is_empty(), "what comes late changes nothing");
    }

    #[test]
    fn a_row_tells_speed_and_time_left() {
        let mut queue = queue();
        queue.start(0, handle());
        queue.progress(1, 2_000, 40);
        let row = &queue.rows()[0];
        assert_eq!((row.done, row.rate, row.left), (40, 20, Some(3)));
        queue.done(1);
        let row = &queue.rows()[0];
        assert_eq!((row.done, row.rate, row.left), (100, 0, None));
        queue.clear_ended();
        assert!(queue.rows().is_empty());
    }
}
