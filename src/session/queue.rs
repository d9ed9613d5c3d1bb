//! The transfers of a session: which wait, run, ended. Pure; `carry` runs them.

use std::rc::Rc;

use futures_util::future::AbortHandle;

use super::carry::base_name;
use super::rate::Rate;
use super::upload::Upload;
use super::view::{Direction, TransferRow, TransferState};
use crate::catalog::Place;
use crate::object::ObjectId;
use crate::port::Source;
use crate::transfer::{Course, Progress, TransferError};

/// Longest pause before a transfer that waits is tried again, in milliseconds.
pub(super) const MAX_PAUSE: u64 = 30_000;
/// Pause before an upload of another tab is looked at again, in milliseconds.
const ELSEWHERE_MS: u64 = 5_000;

/// Most transfers at one time: small files wait for round trips, not for bytes.
const MOST: usize = 12;
/// Most bytes that running transfers hold in memory, all together.
const MOST_BYTES: u64 = 100 * MIB;
/// What a transfer of several parts holds in memory at most, up to 80 GiB.
const LARGE: u64 = 33 * MIB;
const MIB: u64 = 1024 * 1024;

/// What a transfer moves.
#[derive(Clone)]
pub(super) enum Load {
    /// A source into the bucket.
    Up(Rc<Upload>),
    /// A source that cannot be taken: there is only to say why.
    Refused,
    /// A file out of it.
    Down(ObjectId),
}

/// A transfer that begins to run.
pub(super) struct Start {
    pub(super) id: u64,
    pub(super) load: Load,
    pub(super) course: Rc<Course>,
    /// Whether the person may be asked for the source.
    pub(super) ask: bool,
    /// Whether it is only kept on this device.
    pub(super) keeps: bool,
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
    ask: bool,
    keeps: bool,
    /// While it runs.
    running: Option<(AbortHandle, Rc<Course>)>,
    /// From now on it becomes a file: it cannot be cancelled any more.
    recording: bool,
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
    pub(super) fn push(&mut self, load: Load, name: String, total: u64, state: TransferState) {
        self.last += 1;
        self.transfers.push(Transfer {
            id: self.last,
            load,
            name,
            total,
            done: 0,
            rate: Rate::default(),
            state,
            failed: 0,
            again_at: None,
            ask: false,
            keeps: false,
            running: None,
            recording: false,
            event: None,
        });
    }

    /// Adds an upload; what another tab recorded, in its place.
    pub(super) fn push_upload(&mut self, upload: Upload, state: TransferState) {
        let (name, size) = (base_name(&upload.path).to_owned(), upload.size);
        self.push(Load::Up(Rc::new(upload)), name, size, state);
    }

    /// The next transfer to run at `now`, if there is one and room for it. While the line is `down`, there is always
    /// room to keep one more on this device that would be lost with the tab.
    pub(super) fn start(
        &mut self,
        now: u64,
        down: bool,
        begin: impl FnOnce(u64) -> (AbortHandle, Rc<Course>),
    ) -> Option<Start> {
        let moving = || self.transfers.iter().filter(|transfer| transfer.moves() && !transfer.keeps);
        let (count, bytes) = (moving().count(), moving().map(Transfer::weight).sum::<u64>());
        let keeping = self.transfers.iter().any(|transfer| transfer.running.is_some() && transfer.keeps);
        let may = |transfer: &Transfer| {
            let keeps = down && transfer.is_keepable();
            let room = match keeps {
                true => !keeping,
                false => {
                    count == 0 || (count < MOST && bytes.saturating_add(transfer.weight()) <= MOST_BYTES)
                }
            };
            room && transfer.is_ready(now)
        };
        let next = self.transfers.iter_mut().find(|transfer| may(transfer))?;
        let (handle, course) = begin(next.id);
        next.state = TransferState::Running;
        next.running = Some((handle, Rc::clone(&course)));
        next.again_at = None;
        next.keeps = down && next.is_keepable();
        next.done = 0;
        next.rate = Rate::default();
        next.rate.note(now, 0);
        let ask = std::mem::take(&mut next.ask);
        Some(Start { id: next.id, load: next.load.clone(), course, ask, keeps: next.keeps })
    }

    /// When, after `now`, the next waiting transfer is to be tried again. One that is due already waits for room.
    pub(super) fn next_at(&self, now: u64) -> Option<u64> {
        self.transfers.iter().filter_map(|transfer| transfer.again_at).filter(|at| *at > now).min()
    }

    /// What a running transfer tells.
    pub(super) fn told(&mut self, id: u64, now: u64, progress: Progress) {
        let Some(transfer) = self.find(id).filter(|transfer| transfer.running.is_some()) else { return };
        let paused = transfer.state == TransferState::Paused;
        match progress {
            Progress::Done(done) => {
                transfer.done = done.min(transfer.total);
                transfer.rate.note(now, done);
                if !paused {
                    transfer.state = TransferState::Running;
                }
            }
            Progress::Waiting(error) if !paused => transfer.state = TransferState::Waiting(error),
            Progress::Waiting(_) => {}
            Progress::Kept => {
                if let Load::Up(upload) = &transfer.load {
                    upload.kept.set(true);
                }
            }
        }
    }

    /// An upload is about to be named in the catalog; false where it was cancelled.
    pub(super) fn recording(&mut self, id: u64) -> bool {
        self.find(id).is_some_and(|transfer| {
            transfer.recording = true;
            true
        })
    }

    /// An upload is in the bucket and this event names it; it is done when the bucket has the event too.
    pub(super) fn recorded(&mut self, id: u64, event: Place) {
        if let Some(transfer) = self.find(id) {
            transfer.done = transfer.total;
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

    /// What this event was to add is there no more: it has to be added again, from its source.
    pub(super) fn freed(&mut self, event: &Place, object: &ObjectId, path: &str, size: u64) {
        self.transfers.retain(|transfer| match &transfer.load {
            Load::Up(upload) => transfer.event != Some(*event) || upload.object != *object,
            _ => true,
        });
        let failed = TransferState::Failed(TransferError::Source);
        self.push(Load::Refused, base_name(path).to_owned(), size, failed);
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

    /// It does not run any more; what became of it is told elsewhere.
    pub(super) fn stopped(&mut self, id: u64) {
        if let Some(transfer) = self.find(id) {
            transfer.running = None;
            transfer.done = transfer.total;
        }
    }

    pub(super) fn done(&mut self, id: u64) {
        self.stopped(id);
        self.put(id, TransferState::Done);
    }

    /// It ended without success: what passes is tried again after a pause that grows, the rest stops.
    pub(super) fn failed(&mut self, id: u64, now: u64, error: TransferError) {
        let Some(transfer) = self.find(id) else { return };
        transfer.running = None;
        transfer.recording = false;
        let paused = transfer.state == TransferState::Paused;
        // No room on this device is no reason to give up either: the line may come back.
        if error.is_passing() || error == TransferError::Full {
            let pause = 1_000_u64.saturating_mul(1 << transfer.failed.min(5)).min(MAX_PAUSE);
            transfer.failed = transfer.failed.saturating_add(1);
            transfer.again_at = Some(now.saturating_add(pause)).filter(|_| !paused);
            if !paused {
                transfer.state = TransferState::Waiting(error);
            }
        } else {
            transfer.state = TransferState::Failed(error);
        }
    }

    /// Another tab has it: looked at again after a while.
    pub(super) fn elsewhere(&mut self, id: u64, now: u64) {
        if let Some(transfer) = self.find(id) {
            transfer.running = None;
            transfer.again_at = Some(now.saturating_add(ELSEWHERE_MS));
            transfer.state = TransferState::Elsewhere;
        }
    }

    /// Its source is not there: the person can bring it.
    pub(super) fn unfinished(&mut self, id: u64) {
        if let Some(transfer) = self.find(id) {
            transfer.running = None;
            transfer.state = TransferState::Unfinished;
        }
    }

    /// It begins anew, under another object id.
    pub(super) fn renew(&mut self, id: u64, upload: Upload) {
        if let Some(transfer) = self.find(id) {
            transfer.running = None;
            transfer.total = upload.size;
            transfer.load = Load::Up(Rc::new(upload));
            transfer.state = TransferState::Queued;
        }
    }

    /// Holds a transfer.
    pub(super) fn pause(&mut self, id: u64) {
        let Some(transfer) = self.find(id).filter(|transfer| transfer.event.is_none()) else { return };
        let going = matches!(
            transfer.state,
            TransferState::Queued | TransferState::Running | TransferState::Waiting(_)
        );
        if going {
            transfer.state = TransferState::Paused;
            transfer.again_at = None;
            transfer.hold(true);
        }
    }

    /// Goes on with a paused, waiting, unfinished or failed transfer now.
    pub(super) fn resume(&mut self, id: u64) {
        let Some(transfer) = self.find(id).filter(|transfer| transfer.event.is_none()) else { return };
        if matches!(transfer.load, Load::Refused) {
            return;
        }
        let stopped = matches!(
            transfer.state,
            TransferState::Paused
                | TransferState::Waiting(_)
                | TransferState::Unfinished
                | TransferState::Elsewhere
                | TransferState::Failed(_)
        );
        if stopped {
            transfer.hold(false);
            transfer.failed = 0;
            transfer.again_at = None;
            transfer.ask = true;
            let runs = transfer.running.is_some();
            transfer.state = if runs { TransferState::Running } else { TransferState::Queued };
        }
    }

    /// The line is back: nobody waits any longer.
    pub(super) fn wake(&mut self) {
        for transfer in &mut self.transfers {
            if let Some((_, course)) = &transfer.running {
                course.wake();
            }
            transfer.again_at = transfer.again_at.map(|_| 0);
        }
    }

    /// Stops a transfer and takes it off the list.
    pub(super) fn cancel(&mut self, id: u64) -> Option<Rc<Upload>> {
        // What another tab sends, is that tab's to cancel.
        let own = |transfer: &Transfer| transfer.id == id && transfer.state != TransferState::Elsewhere;
        let at = self.transfers.iter().position(own)?;
        let transfer = self.transfers.remove(at);
        if let Some((running, _)) = &transfer.running {
            running.abort();
        }
        let open = !ended(&transfer.state) || matches!(transfer.state, TransferState::Failed(_));
        match transfer.load {
            Load::Up(upload) if open && !transfer.recording && transfer.event.is_none() => Some(upload),
            _ => None,
        }
    }

    /// Takes off the list what `gone` says is gone, unless it runs here.
    pub(super) fn forget(&mut self, gone: impl Fn(&Upload, &TransferState) -> bool) {
        self.transfers.retain(|transfer| match &transfer.load {
            Load::Up(upload) => transfer.running.is_some() || !gone(upload, &transfer.state),
            _ => true,
        });
    }

    /// Stops all.
    pub(super) fn clear(&mut self) {
        for transfer in self.transfers.drain(..) {
            if let Some((running, _)) = transfer.running {
                running.abort();
            }
        }
    }

    /// Takes ended transfers off the list.
    pub(super) fn clear_ended(&mut self) -> Vec<Rc<Upload>> {
        let ended: Vec<_> = self
            .transfers
            .iter()
            .filter(|transfer| ended(&transfer.state))
            .map(|transfer| transfer.id)
            .collect();
        ended.into_iter().filter_map(|id| self.cancel(id)).collect()
    }

    /// Transfers that have not ended.
    pub(super) fn open(&self) -> Vec<u64> {
        let open = self.transfers.iter().filter(|transfer| !ended(&transfer.state));
        open.map(|transfer| transfer.id).collect()
    }

    /// All uploads that are listed.
    pub(super) fn uploads(&self) -> Vec<(u64, Rc<Upload>)> {
        let upload = |transfer: &Transfer| match &transfer.load {
            Load::Up(upload) => Some((transfer.id, Rc::clone(upload))),
            _ => None,
        };
        self.transfers.iter().filter_map(upload).collect()
    }

    /// The upload that may wait for just this source: it has none, or lost it.
    pub(super) fn waits_for(&self, source: &dyn Source) -> Option<(u64, Rc<Upload>)> {
        self.transfers.iter().find_map(|transfer| {
            let Load::Up(upload) = &transfer.load else { return None };
            let waits = match transfer.state {
                TransferState::Unfinished | TransferState::Failed(TransferError::Source) => true,
                // Found on this device, and not begun in this run.
                TransferState::Queued | TransferState::Paused => {
                    upload.source.borrow().is_none() && transfer.running.is_none()
                }
                _ => false,
            };
            (waits && upload.is_of(source)).then(|| (transfer.id, Rc::clone(upload)))
        })
    }

    /// Whether a transfer waits for the line.
    pub(super) fn waits_for_line(&self) -> bool {
        let passing =
            |state: &TransferState| matches!(state, TransferState::Waiting(error) if error.is_passing());
        self.transfers.iter().any(|transfer| passing(&transfer.state))
    }

    /// Whether closing the tab would interrupt an upload or lose its bytes.
    pub(super) fn interrupts(&self) -> bool {
        self.transfers.iter().any(|transfer| {
            let up = matches!(transfer.load, Load::Up(_)) && !ended(&transfer.state);
            up && (transfer.running.is_some()
                || transfer.event.is_some()
                || matches!(transfer.state, TransferState::Queued | TransferState::Waiting(_))
                || transfer.is_at_risk())
        })
    }

    /// Whether an upload moves or is about to.
    pub(super) fn uploading(&self) -> bool {
        self.transfers.iter().any(|transfer| {
            let moves = matches!(transfer.state, TransferState::Running | TransferState::Queued);
            matches!(transfer.load, Load::Up(_)) && moves
        })
    }

    /// Whether another upload will end soon.
    pub(super) fn more_uploads(&self) -> bool {
        self.transfers.iter().any(|transfer| {
            let runs = transfer.running.is_some() && transfer.state == TransferState::Running;
            matches!(transfer.load, Load::Up(_)) && (runs || transfer.state == TransferState::Queued)
        })
    }

    pub(super) fn rows(&self) -> Vec<TransferRow> {
        self.transfers.iter().map(Transfer::row).collect()
    }

    fn put(&mut self, id: u64, state: TransferState) {
        if let Some(transfer) = self.find(id) {
            transfer.state = state;
        }
    }

    fn find(&mut self, id: u64) -> Option<&mut Transfer> {
        self.transfers.iter_mut().find(|transfer| transfer.id == id)
    }
}

impl Transfer {
    /// Whether it holds memory for moving bytes.
    fn moves(&self) -> bool {
        self.running.is_some() && self.state != TransferState::Paused
    }

    /// Bytes that it holds in memory at most.
    fn weight(&self) -> u64 {
        match &self.load {
            Load::Up(upload) if !upload.in_parts => upload.size,
            Load::Up(_) | Load::Down(_) => LARGE,
            Load::Refused => 0,
        }
    }

    fn is_ready(&self, now: u64) -> bool {
        let enlisted = match &self.load {
            Load::Up(upload) => !upload.unrecorded.get(),
            Load::Down(_) => true,
            Load::Refused => false,
        };
        let due = match self.state {
            TransferState::Queued => true,
            // No pause is longer than that: the clock was set back.
            TransferState::Waiting(_) | TransferState::Elsewhere => {
                self.again_at.is_some_and(|at| at <= now || at.saturating_sub(now) > MAX_PAUSE)
            }
            _ => false,
        };
        enlisted && due && self.running.is_none()
    }

    fn is_at_risk(&self) -> bool {
        matches!(&self.load, Load::Up(upload) if self.event.is_none() && !ended(&self.state) && upload.at_risk())
    }

    /// Whether keeping it on this device would save it: what has no record nobody would find again.
    fn is_keepable(&self) -> bool {
        self.is_at_risk() && matches!(&self.load, Load::Up(upload) if upload.record.get().is_some())
    }

    fn hold(&self, held: bool) {
        if let Load::Up(upload) = &self.load
            && upload.paused.replace(held) != held
        {
            upload.unrecorded.set(true);
        }
        if let Some((_, course)) = &self.running {
            course.hold(held);
        }
    }

    fn row(&self) -> TransferRow {
        let rate = if self.state == TransferState::Running { self.rate.per_second() } else { 0 };
        let only_here = match &self.load {
            Load::Up(upload) => {
                let here = upload.record.get().is_some() || upload.source.borrow().is_some();
                here && !matches!(self.state, TransferState::Done | TransferState::Elsewhere)
            }
            _ => false,
        };
        TransferRow {
            id: self.id,
            name: self.name.clone(),
            direction: match self.load {
                Load::Up(_) | Load::Refused => Direction::Up,
                Load::Down(_) => Direction::Down,
            },
            done: self.done,
            total: self.total,
            rate,
            left: self.total.saturating_sub(self.done).checked_div(rate),
            state: self.state.clone(),
            only_here,
            at_risk: self.is_at_risk(),
        }
    }
}

fn ended(state: &TransferState) -> bool {
    matches!(state, TransferState::Done | TransferState::Failed(_))
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use futures_util::future::AbortHandle;

    use super::{Load, Queue, Start};
    use crate::object::ObjectId;
    use crate::session::TransferState;
    use crate::transfer::{Course, Progress, TransferError};

    fn queue() -> Queue {
        let mut queue = Queue::default();
        let file = ObjectId::parse("019d3c71-5555-7555-8555-555555555555").unwrap();
        queue.push(Load::Down(file), "a".to_owned(), 100, TransferState::Queued);
        queue
    }

    fn start(queue: &mut Queue, now: u64) -> Option<Start> {
        queue.start(now, false, |_| (AbortHandle::new_pair().0, Rc::new(Course::new(|_| {}))))
    }

    #[test]
    fn what_passes_is_tried_again_after_pauses_that_grow() {
        let mut queue = queue();
        let mut now = 0;
        for pause in [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000] {
            assert_eq!(start(&mut queue, now).map(|start| start.id), Some(1));
            queue.failed(1, now, TransferError::StoreDown);
            assert_eq!(queue.rows()[0].state, TransferState::Waiting(TransferError::StoreDown));
            assert_eq!(queue.next_at(now), Some(now + pause));
            assert!(start(&mut queue, now + pause - 1).is_none(), "not before");
            now += pause;
        }
        queue.resume(1);
        assert!(start(&mut queue, now).is_some(), "at once when asked");
        queue.failed(1, now, TransferError::StoreDown);
        assert_eq!(queue.next_at(now), Some(now + 1_000), "and patient again");
    }

    #[test]
    fn what_does_not_pass_stops_until_somebody_asks() {
        let mut queue = queue();
        start(&mut queue, 0);
        queue.failed(1, 0, TransferError::Changed);
        assert_eq!(queue.rows()[0].state, TransferState::Failed(TransferError::Changed));
        assert!(start(&mut queue, u64::MAX).is_none());
        queue.resume(1);
        assert!(start(&mut queue, 0).is_some());
    }

    #[test]
    fn a_clock_that_is_set_back_keeps_nothing_waiting() {
        let mut queue = queue();
        let year = 31_536_000_000;
        start(&mut queue, year);
        queue.failed(1, year, TransferError::StoreDown);
        assert!(start(&mut queue, year).is_none(), "it pauses");
        assert!(start(&mut queue, 0).is_some());
    }

    #[test]
    fn cancelling_stops_and_takes_off_the_list() {
        let mut queue = queue();
        let (running, _) = AbortHandle::new_pair();
        let course = || Rc::new(Course::new(|_| {}));
        queue.start(0, false, |_| (running.clone(), course()));
        queue.cancel(1);
        assert!(running.is_aborted() && queue.rows().is_empty());
        queue.done(1);
        assert!(queue.rows().is_empty(), "what comes late changes nothing");
    }

    #[test]
    fn a_row_tells_speed_and_time_left() {
        let mut queue = queue();
        start(&mut queue, 0);
        queue.told(1, 2_000, Progress::Done(40));
        let row = &queue.rows()[0];
        assert_eq!((row.done, row.rate, row.left), (40, 20, Some(3)));
        queue.done(1);
        let row = &queue.rows()[0];
        assert_eq!((row.done, row.rate, row.left), (100, 0, None));
        queue.clear_ended();
        assert!(queue.rows().is_empty());
    }
}
