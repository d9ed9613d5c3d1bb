//! One transfer of the queue: what it moves, how far it is, and what follows from that.

use std::rc::Rc;

use futures_util::future::AbortHandle;

use super::super::rate::Rate;
use super::{LARGE, Load, MAX_PAUSE};
use crate::catalog::EventKey;
use crate::session::view::{Direction, TransferRow, TransferState};
use crate::transfer::TransferControl;

pub(super) struct Transfer {
    pub(super) id: u64,
    pub(super) load: Load,
    pub(super) name: String,
    pub(super) total: u64,
    pub(super) done: u64,
    pub(super) rate: Rate,
    pub(super) state: TransferState,
    /// Tries that failed in passing, one after another.
    pub(super) failed: u32,
    /// When it is tried again, milliseconds since the Unix epoch.
    pub(super) again_at: Option<u64>,
    pub(super) ask: bool,
    pub(super) keeps: bool,
    /// While it runs.
    pub(super) running: Option<(AbortHandle, Rc<TransferControl>)>,
    /// From now on it becomes a file: it cannot be cancelled any more.
    pub(super) recording: bool,
    /// The event that names the upload, until the bucket has it.
    pub(super) event: Option<EventKey>,
}

impl Transfer {
    /// Whether it holds memory for moving bytes.
    pub(super) fn moves(&self) -> bool {
        self.running.is_some() && self.state != TransferState::Paused
    }

    /// Bytes that it holds in memory at most.
    pub(super) fn weight(&self) -> u64 {
        match &self.load {
            Load::Up(upload) if !upload.in_parts => upload.size,
            Load::Up(_) | Load::Down(_) => LARGE,
            Load::Refused => 0,
        }
    }

    pub(super) fn is_ready(&self, now: u64) -> bool {
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

    pub(super) fn is_at_risk(&self) -> bool {
        matches!(&self.load, Load::Up(upload) if self.event.is_none() && !ended(&self.state) && upload.at_risk())
    }

    /// Whether keeping it on this device would save it: what has no record nobody would find again.
    pub(super) fn is_keepable(&self) -> bool {
        self.is_at_risk() && matches!(&self.load, Load::Up(upload) if upload.record.get().is_some())
    }

    pub(super) fn hold(&self, held: bool) {
        if let Load::Up(upload) = &self.load
            && upload.paused.replace(held) != held
        {
            upload.unrecorded.set(true);
        }
        if let Some((_, control)) = &self.running {
            control.hold(held);
        }
    }

    /// When it stands still, unless something moves before.
    pub(super) fn still_at(&self) -> Option<u64> {
        self.rate.still_at().filter(|_| self.state == TransferState::Running)
    }

    pub(super) fn row(&self, now: u64) -> TransferRow {
        let still = self.still_at().is_some_and(|at| at <= now);
        let moves = self.state == TransferState::Running && !still;
        let rate = if moves { self.rate.per_second() } else { 0 };
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
            left: (rate > 0).then(|| self.total.saturating_sub(self.done).div_ceil(rate)),
            still,
            state: self.state.clone(),
            only_here,
            at_risk: self.is_at_risk(),
        }
    }
}

pub(super) fn ended(state: &TransferState) -> bool {
    matches!(state, TransferState::Done | TransferState::Failed(_))
}
