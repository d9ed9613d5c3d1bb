//! The transfers of a session: which wait, run, ended. Pure; `carry` runs them.
//!
//! Here is what changes them; `asked` is what is asked of them, `transfer` one of them.

mod asked;
#[cfg(test)]
mod tests;
mod transfer;

use std::rc::Rc;

use futures_util::future::AbortHandle;
use transfer::{Transfer, ended};

use super::rate::Rate;
use super::upload::{Upload, base_name};
use crate::catalog::EventKey;
use crate::object::ObjectId;
use crate::port::Source;
use crate::session::view::TransferState;
use crate::transfer::{Progress, TransferControl, TransferError};

/// Longest pause before a transfer that waits is tried again, whatever it waits for, in
/// milliseconds.
pub(super) const MAX_PAUSE: u64 = 300_000;
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
    pub(super) control: Rc<TransferControl>,
    /// Whether the person may be asked for the source.
    pub(super) ask: bool,
    /// Whether it is only kept on this device.
    pub(super) keeps: bool,
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

    /// Hands a source to the upload that waits for it, which goes on; false where none does.
    pub(super) fn hand(&mut self, source: &Rc<dyn Source>) -> bool {
        let Some((id, upload)) = self.waits_for(&**source) else { return false };
        upload.source.replace(Some(Rc::clone(source)));
        upload.unrecorded.set(true);
        self.resume(id);
        true
    }

    /// The next transfer to run at `now`, if there is one and room for it. While the line is
    /// `down`, there is always room to keep one more on this device that would be lost with the
    /// tab.
    pub(super) fn start(
        &mut self,
        now: u64,
        down: bool,
        begin: impl FnOnce(u64) -> (AbortHandle, Rc<TransferControl>),
    ) -> Option<Start> {
        let moving =
            || self.transfers.iter().filter(|transfer| transfer.moves() && !transfer.keeps);
        let (count, bytes) = (moving().count(), moving().map(Transfer::weight).sum::<u64>());
        let keeping =
            self.transfers.iter().any(|transfer| transfer.running.is_some() && transfer.keeps);
        let may = |transfer: &Transfer| {
            let keeps = down && transfer.is_keepable();
            let room = match keeps {
                true => !keeping,
                false => {
                    count == 0
                        || (count < MOST && bytes.saturating_add(transfer.weight()) <= MOST_BYTES)
                }
            };
            room && transfer.is_ready(now)
        };
        let next = self.transfers.iter_mut().find(|transfer| may(transfer))?;
        let (handle, control) = begin(next.id);
        next.running = Some((handle, Rc::clone(&control)));
        next.again_at = None;
        next.keeps = down && next.is_keepable();
        // One that is tried again says why it waits until something of it moves.
        if !matches!(next.state, TransferState::Waiting(_)) {
            next.state = TransferState::Running;
            next.done = 0;
        }
        next.rate = Rate::default();
        next.rate.note(now, next.done);
        let ask = std::mem::take(&mut next.ask);
        Some(Start { id: next.id, load: next.load.clone(), control, ask, keeps: next.keeps })
    }

    /// What a running transfer tells.
    pub(super) fn told(&mut self, id: u64, now: u64, progress: Progress) {
        let Some(transfer) = self.find(id).filter(|transfer| transfer.running.is_some()) else {
            return;
        };
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

    /// An upload is in the bucket and this event names it; it is done when the bucket has the event
    /// too.
    pub(super) fn recorded(&mut self, id: u64, event: EventKey) {
        if let Some(transfer) = self.find(id) {
            transfer.done = transfer.total;
            transfer.event = Some(event);
        }
    }

    /// An event was sealed anew: it is at another place now.
    pub(super) fn moved(&mut self, from: &EventKey, to: &EventKey) {
        for transfer in self.transfers.iter_mut().filter(|transfer| transfer.event == Some(*from)) {
            transfer.event = Some(*to);
        }
    }

    /// The bucket has this event.
    pub(super) fn saved(&mut self, event: &EventKey) {
        for transfer in self.transfers.iter_mut().filter(|transfer| transfer.event == Some(*event))
        {
            transfer.event = None;
            transfer.state = TransferState::Done;
        }
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
            if matches!(transfer.state, TransferState::Waiting(_)) {
                transfer.state = TransferState::Running;
            }
        }
    }

    pub(super) fn done(&mut self, id: u64) {
        self.stopped(id);
        self.put(id, TransferState::Done);
    }

    /// It ended without success: what passes is tried again after a pause that grows, the rest
    /// stops.
    pub(super) fn failed(&mut self, id: u64, now: u64, error: TransferError) {
        let Some(transfer) = self.find(id) else { return };
        transfer.running = None;
        transfer.recording = false;
        let paused = transfer.state == TransferState::Paused;
        // No room on this device is no reason to give up either: the line may come back.
        if error.is_passing() || error == TransferError::Full {
            let pause =
                1_000_u64.saturating_mul(1 << transfer.failed.min(9)).min(error.longest_pause());
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
            transfer.event = None;
            transfer.recording = false;
            transfer.total = upload.size;
            transfer.load = Load::Up(Rc::new(upload));
            transfer.state = TransferState::Queued;
        }
    }

    /// Holds a transfer.
    pub(super) fn pause(&mut self, id: u64) {
        let Some(transfer) = self.find(id).filter(|transfer| transfer.event.is_none()) else {
            return;
        };
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
        let Some(transfer) = self.find(id).filter(|transfer| transfer.event.is_none()) else {
            return;
        };
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
            if let Some((_, control)) = &transfer.running {
                control.wake();
            }
            transfer.again_at = transfer.again_at.map(|_| 0);
        }
    }

    /// Stops a transfer and takes it off the list.
    pub(super) fn cancel(&mut self, id: u64) -> Option<Rc<Upload>> {
        // What another tab sends, is that tab's to cancel.
        let own =
            |transfer: &Transfer| transfer.id == id && transfer.state != TransferState::Elsewhere;
        let at = self.transfers.iter().position(own)?;
        let transfer = self.transfers.remove(at);
        if let Some((running, _)) = &transfer.running {
            running.abort();
        }
        let open = !ended(&transfer.state) || matches!(transfer.state, TransferState::Failed(_));
        match transfer.load {
            Load::Up(upload) if open && !transfer.recording && transfer.event.is_none() => {
                Some(upload)
            }
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

    fn put(&mut self, id: u64, state: TransferState) {
        if let Some(transfer) = self.find(id) {
            transfer.state = state;
        }
    }

    fn find(&mut self, id: u64) -> Option<&mut Transfer> {
        self.transfers.iter_mut().find(|transfer| transfer.id == id)
    }
}
