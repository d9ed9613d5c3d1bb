//! The transfers of a session: which wait, run or ended. Pure; `run` runs them.
//!
//! This file changes the queue; `asked` queries it, `transfer` is one transfer, `groups` has which
//! are in which stages.

mod asked;
mod groups;
#[cfg(test)]
mod tests;
mod transfer;

use std::mem;
use std::rc::Rc;

use futures_util::future::AbortHandle;

use self::groups::Groups;
pub(super) use self::transfer::Load;
use self::transfer::{Mode, Run, Stage, Transfer};
use super::download::Archive;
use super::rate::Rate;
use super::upload::{Upload, base_name};
use crate::catalog::EventKey;
use crate::object::ObjectId;
use crate::port::Source;
use crate::session::view::TransferState;
use crate::transfer::{Progress, Retry, TransferControl, TransferError};

/// Pause before an upload of another tab is checked again, in milliseconds.
const ELSEWHERE_MS: u64 = 5_000;

/// Most shares of all running transfers together ([`Transfer::share`]): 12 large files, or 48 small
/// ones, which wait for round trips and not for bytes.
const MOST: u64 = 48;
/// Most bytes that all running transfers together hold in memory.
const MOST_BYTES: u64 = 100 * 1024 * 1024;

/// The state in which an upload is listed.
#[derive(Clone, Copy)]
pub(super) enum Listed {
    /// It runs as soon as there is room.
    Queued,
    /// Paused by the user in an earlier tab.
    Paused,
    /// Begun in an earlier tab or on another device; its source is not available.
    Unfinished,
}

/// A transfer that begins to run.
pub(super) struct Start {
    pub(super) id: u64,
    pub(super) load: Load,
    pub(super) control: Rc<TransferControl>,
    /// Whether the user may be prompted for the source.
    pub(super) ask: bool,
    /// Whether it is only spooled on this device.
    pub(super) keeps: bool,
}

/// All transfers, oldest first.
#[derive(Default)]
pub(super) struct Queue {
    /// By rising id.
    transfers: Vec<Transfer>,
    last: u64,
    groups: Groups,
    /// Uploads whose records have to be written.
    unrecorded: Vec<u64>,
}

impl Queue {
    fn push(&mut self, load: Load, name: String, total: u64, stage: Stage) {
        self.last += 1;
        self.groups.enter(self.last, &stage);
        self.transfers.push(Transfer { id: self.last, load, name, total, done: 0, stage });
    }

    /// Adds an upload as the last one.
    pub(super) fn push_upload(&mut self, upload: Upload, listed: Listed) {
        let (name, size) = (base_name(&upload.path).to_owned(), upload.size);
        let stage = match listed {
            Listed::Queued => Stage::Queued { ask: false },
            Listed::Paused => Stage::Paused,
            Listed::Unfinished => Stage::Unfinished,
        };
        let unrecorded = upload.unrecorded.get();
        self.push(Load::Up(Rc::new(upload)), name, size, stage);
        if unrecorded {
            self.unrecorded.push(self.last);
        }
    }

    /// Adds a download of a file of `size` bytes.
    pub(super) fn push_download(&mut self, file: ObjectId, name: String, size: u64) {
        self.push(Load::Down(file), name, size, Stage::Queued { ask: false });
    }

    /// Adds a download of an archive; its files have `total` bytes.
    pub(super) fn push_archive(&mut self, archive: Archive, name: String, total: u64) {
        self.push(Load::Archive(Rc::new(archive)), name, total, Stage::Queued { ask: false });
    }

    /// Lists why a source was refused.
    pub(super) fn push_refused(&mut self, path: &str, size: u64, error: TransferError) {
        self.push(Load::Refused, base_name(path).to_owned(), size, Stage::Failed(error));
    }

    /// Gives a source to the upload that waits for it and resumes it; false if there is none.
    pub(super) fn give_source(&mut self, source: &Rc<dyn Source>) -> bool {
        let Some((id, upload)) = self.waits_for(&**source) else { return false };
        upload.source.replace(Some(Rc::clone(source)));
        upload.unrecorded.set(true);
        self.unrecorded.push(id);
        self.resume(id);
        true
    }

    /// The next transfer to run at `now`, if there is one and room for it. While the network is
    /// `down`, there is always room to spool one more upload that would be lost with the tab.
    pub(super) fn start(
        &mut self,
        now: u64,
        down: bool,
        begin: impl FnOnce(u64) -> (AbortHandle, Rc<TransferControl>),
    ) -> Option<Start> {
        let keeps = |transfer: &Transfer| transfer.run().is_some_and(|run| run.keeps);
        let moving = || self.active().filter(|one| one.moves() && !keeps(one));
        let shares = moving().map(Transfer::share).sum::<u64>();
        let bytes = moving().map(Transfer::weight).sum::<u64>();
        if !down && (shares >= MOST || bytes >= MOST_BYTES) {
            return None;
        }
        let keeping = self.active().any(keeps);
        let may = |transfer: &Transfer| {
            let room = match down && transfer.is_keepable() {
                true => !keeping,
                false => {
                    shares == 0
                        || (shares.saturating_add(transfer.share()) <= MOST
                            && bytes.saturating_add(transfer.weight()) <= MOST_BYTES)
                }
            };
            room && transfer.is_ready(now)
        };
        let queued = self.queued().find(|transfer| may(transfer)).map(|transfer| transfer.id);
        let again = self.active().find(|transfer| may(transfer)).map(|transfer| transfer.id);
        let id = queued.into_iter().chain(again).min()?;
        let next = self.find(id)?;
        let (handle, control) = begin(next.id);
        let keeps = down && next.is_keepable();
        // Until bytes move, a retried transfer shows why it waited.
        let (mode, failed, ask) = match next.stage {
            Stage::Waiting { error, failed, .. } => (Mode::Waiting(error), failed, false),
            Stage::Queued { ask } => (Mode::Moving, 0, ask),
            _ => (Mode::Moving, 0, false),
        };
        if mode == Mode::Moving {
            next.done = 0;
        }
        let mut rate = Rate::default();
        rate.note(now, next.done);
        let run = Run { handle, control: Rc::clone(&control), keeps, failed, rate, mode };
        let load = next.load.clone();
        self.enter(id, Stage::Running(run));
        Some(Start { id, load, control, ask, keeps })
    }

    /// Records the progress of a running transfer.
    pub(super) fn told(&mut self, id: u64, now: u64, progress: Progress) {
        let Some(transfer) = self.find(id) else { return };
        let Stage::Running(run) = &mut transfer.stage else { return };
        let held = run.mode == Mode::Held;
        match progress {
            Progress::Done(done) => {
                transfer.done = done.min(transfer.total);
                run.rate.note(now, done);
                if !held {
                    run.mode = Mode::Moving;
                }
            }
            Progress::Waiting(error) if !held => run.mode = Mode::Waiting(error),
            Progress::Waiting(_) => {}
            Progress::Faulty(file) => {
                if let Load::Archive(archive) = &transfer.load {
                    archive.faulty.set(Some(file));
                }
            }
            Progress::Kept => {
                if let Load::Up(upload) = &transfer.load {
                    upload.kept.set(true);
                }
            }
        }
    }

    /// All of an upload was sent.
    pub(super) fn sent(&mut self, id: u64) {
        let failed = self.find(id).map_or(0, |transfer| transfer.failed());
        self.ended(id, Stage::Sent { failed, error: None });
    }

    /// The bucket could not be asked whether it has what an upload sent.
    pub(super) fn unconfirmed(&mut self, id: u64, error: TransferError) {
        if let Some(Stage::Sent { error: why, .. }) = self.find(id).map(|sent| &mut sent.stage) {
            *why = Some(error);
        }
    }

    /// An upload is about to be named in the catalog; false if it was cancelled.
    pub(super) fn recording(&mut self, id: u64) -> bool {
        let Some(failed) = self.find(id).map(|transfer| transfer.failed()) else { return false };
        self.enter(id, Stage::Recording { failed });
        true
    }

    /// An event names an upload; it is done once the bucket has that event.
    pub(super) fn recorded(&mut self, id: u64, event: EventKey) {
        self.ended(id, Stage::Named { event, unsaved: None });
    }

    /// An event was resealed at another place.
    pub(super) fn moved(&mut self, from: &EventKey, to: &EventKey) {
        self.each_sent(|stage| match stage {
            Stage::Named { event, .. } if event == from => *event = *to,
            _ => {}
        });
    }

    /// The bucket has this event.
    pub(super) fn saved(&mut self, saved: &EventKey) {
        let is_of = |transfer: &&Transfer| match &transfer.stage {
            Stage::Named { event, .. } => event == saved,
            _ => false,
        };
        let done: Vec<_> = self.sent_uploads().filter(is_of).map(|transfer| transfer.id).collect();
        done.into_iter().for_each(|id| self.enter(id, Stage::Done));
    }

    /// Events cannot be saved now: marks the uploads that wait for theirs.
    pub(super) fn unsaved(&mut self, error: TransferError) {
        self.each_sent(|stage| {
            if let Stage::Named { unsaved, .. } = stage {
                *unsaved = Some(error);
            }
        });
    }

    /// The file is complete.
    pub(super) fn done(&mut self, id: u64) {
        self.ended(id, Stage::Done);
    }

    fn ended(&mut self, id: u64, stage: Stage) {
        if let Some(transfer) = self.find(id) {
            transfer.done = transfer.total;
            self.enter(id, stage);
        }
    }

    /// A transfer failed; the error decides what happens next ([`TransferError::retry`]).
    pub(super) fn failed(&mut self, id: u64, now: u64, error: TransferError) {
        let Some(transfer) = self.find(id) else { return };
        let held = transfer.run().is_some_and(|run| run.mode == Mode::Held);
        let failed = transfer.failed();
        let stage = match error.retry() {
            Retry::Wait(_) | Retry::Later(_) if held => Stage::Paused,
            Retry::Wait(backoff) | Retry::Later(backoff) => Stage::Waiting {
                error,
                failed: failed.saturating_add(1),
                again_at: now.saturating_add(backoff.pause(failed)),
            },
            Retry::AtOnce(_) | Retry::BringSource | Retry::BeginAnew | Retry::Ask | Retry::Drop => {
                Stage::Failed(error)
            }
        };
        self.enter(id, stage);
    }

    /// Another tab has it: checked again after a while.
    pub(super) fn elsewhere(&mut self, id: u64, now: u64) {
        self.enter(id, Stage::Elsewhere { again_at: now.saturating_add(ELSEWHERE_MS) });
    }

    /// Its source is not available; the user can add it.
    pub(super) fn unfinished(&mut self, id: u64) {
        self.enter(id, Stage::Unfinished);
    }

    /// Restarts it under another object id.
    pub(super) fn renew(&mut self, id: u64, upload: Upload) {
        if let Some(transfer) = self.find(id) {
            transfer.total = upload.size;
            transfer.load = Load::Up(Rc::new(upload));
            self.unrecorded.push(id);
            self.enter(id, Stage::Queued { ask: false });
        }
    }

    /// Pauses a transfer.
    pub(super) fn pause(&mut self, id: u64) {
        let Some(transfer) = self.find(id) else { return };
        match &mut transfer.stage {
            Stage::Running(run) => run.mode = Mode::Held,
            Stage::Queued { .. } | Stage::Waiting { .. } => self.enter(id, Stage::Paused),
            Stage::Paused
            | Stage::Unfinished
            | Stage::Elsewhere { .. }
            | Stage::Sent { .. }
            | Stage::Recording { .. }
            | Stage::Named { .. }
            | Stage::Failed(_)
            | Stage::Done => return,
        }
        self.hold(id, true);
    }

    /// Resumes a paused, waiting, unfinished or failed transfer now.
    pub(super) fn resume(&mut self, id: u64) {
        let Some(transfer) = self.find(id) else { return };
        if matches!(transfer.load, Load::Refused) {
            return;
        }
        match &mut transfer.stage {
            Stage::Running(run) => {
                if run.mode == Mode::Moving {
                    return;
                }
                (run.mode, run.failed) = (Mode::Moving, 0);
            }
            Stage::Waiting { .. }
            | Stage::Paused
            | Stage::Unfinished
            | Stage::Elsewhere { .. }
            | Stage::Failed(_) => self.enter(id, Stage::Queued { ask: true }),
            Stage::Queued { .. }
            | Stage::Sent { .. }
            | Stage::Recording { .. }
            | Stage::Named { .. }
            | Stage::Done => return,
        }
        self.hold(id, false);
    }

    /// Tells a transfer, and a later tab, whether the user paused it.
    fn hold(&mut self, id: u64, held: bool) {
        if self.find(id).is_some_and(|transfer| transfer.hold(held)) {
            self.unrecorded.push(id);
        }
    }

    /// Takes the uploads whose records have to be written.
    pub(super) fn take_unrecorded(&mut self) -> Vec<Rc<Upload>> {
        let mut ids = mem::take(&mut self.unrecorded);
        ids.sort_unstable();
        ids.dedup();
        let upload = |id| match &self.find(id)?.load {
            Load::Up(upload) => Some(Rc::clone(upload)),
            Load::Down(_) | Load::Archive(_) | Load::Refused => None,
        };
        ids.into_iter().filter_map(upload).collect()
    }

    /// The network is back: makes all waiting transfers ready.
    pub(super) fn wake(&mut self) {
        let active = self.groups.active.clone();
        for id in active {
            match self.find(id).map(|transfer| &mut transfer.stage) {
                Some(Stage::Running(run)) => run.control.wake(),
                Some(Stage::Waiting { again_at, .. } | Stage::Elsewhere { again_at }) => {
                    *again_at = 0;
                }
                _ => {}
            }
        }
    }

    /// Stops a transfer and removes it from the list. Returns the upload to release, unless its
    /// file is in the vault, or about to be.
    pub(super) fn cancel(&mut self, id: u64) -> Option<Rc<Upload>> {
        // Only the tab that sends an upload may cancel it.
        let at = self.position(id)?;
        let transfer = self.transfers.get(at)?;
        if matches!(transfer.stage, Stage::Elsewhere { .. }) {
            return None;
        }
        let transfer = self.transfers.remove(at);
        self.groups.leave(id);
        if let Some(run) = transfer.run() {
            run.handle.abort();
        }
        let is_file =
            matches!(transfer.stage, Stage::Recording { .. } | Stage::Named { .. } | Stage::Done);
        match transfer.load {
            Load::Up(upload) if !is_file => Some(upload),
            _ => None,
        }
    }

    /// Removes uploads from the list for which `gone` is true, unless they run here.
    pub(super) fn forget(&mut self, gone: impl Fn(&Upload, &TransferState) -> bool) {
        let groups = &mut self.groups;
        self.transfers.retain(|transfer| {
            let Load::Up(upload) = &transfer.load else { return true };
            let stays = transfer.run().is_some() || !gone(upload, &transfer.state());
            if !stays {
                groups.leave(transfer.id);
            }
            stays
        });
    }

    /// Stops all transfers.
    pub(super) fn clear(&mut self) {
        (self.groups, self.unrecorded) = (Groups::default(), Vec::new());
        for transfer in self.transfers.drain(..) {
            if let Some(run) = transfer.run() {
                run.handle.abort();
            }
        }
    }

    /// Removes ended transfers from the list.
    pub(super) fn clear_ended(&mut self) -> Vec<Rc<Upload>> {
        let ended: Vec<_> = self
            .transfers
            .iter()
            .filter(|transfer| transfer.has_ended())
            .map(|transfer| transfer.id)
            .collect();
        ended.into_iter().filter_map(|id| self.cancel(id)).collect()
    }

    fn find(&mut self, id: u64) -> Option<&mut Transfer> {
        let at = self.position(id)?;
        self.transfers.get_mut(at)
    }

    fn position(&self, id: u64) -> Option<usize> {
        self.transfers.binary_search_by_key(&id, |transfer| transfer.id).ok()
    }

    fn enter(&mut self, id: u64, stage: Stage) {
        let Some(at) = self.position(id) else { return };
        self.groups.enter(id, &stage);
        if let Some(transfer) = self.transfers.get_mut(at) {
            transfer.stage = stage;
        }
    }

    fn each_sent(&mut self, mut change: impl FnMut(&mut Stage)) {
        let sent = self.groups.sent.clone();
        for id in sent {
            if let Some(transfer) = self.find(id) {
                change(&mut transfer.stage);
            }
        }
    }
}
