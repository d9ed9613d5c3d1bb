//! One transfer of the queue: what it moves, its stage, and what follows from that.

use std::rc::Rc;

use futures_util::future::AbortHandle;

use super::super::download::Archive;
use super::super::rate::Rate;
use super::super::upload::Upload;
use crate::catalog::EventKey;
use crate::object::ObjectId;
use crate::session::view::{Direction, TransferRow, TransferState};
use crate::transfer::{MAX_PAUSE_MS, TransferControl, TransferError};

/// Most bytes that a transfer of several parts holds in memory, up to 80 GiB.
const LARGE: u64 = 33 * 1024 * 1024;
/// Most bytes of a small transfer: many at once take no longer on a slow line than one stays
/// silent.
const SMALL: u64 = 256 * 1024;

/// What a transfer moves.
#[derive(Clone)]
pub(in super::super) enum Load {
    /// Uploads a source.
    Up(Rc<Upload>),
    /// A source that was refused; listed to show why.
    Refused,
    /// Downloads a file.
    Down(ObjectId),
    /// Downloads files as one archive.
    Archive(Rc<Archive>),
}

/// A transfer of the queue.
pub(super) struct Transfer {
    pub(super) id: u64,
    pub(super) load: Load,
    pub(super) name: String,
    /// Bytes of the file.
    pub(super) total: u64,
    /// Bytes of the file that have moved.
    pub(super) done: u64,
    pub(super) stage: Stage,
}

/// The stage of a transfer.
///
/// ```text
/// Queued ─► Running ─► Done                              a download, an archive
///             │   └─► Sent ─► Recording ─► Named ─► Done an upload
///             ├─► Waiting, Elsewhere ─► Running          automatically
///             └─► Paused, Unfinished, Failed ─► Queued   when the user resumes it
/// ```
pub(super) enum Stage {
    /// It runs as soon as there is room.
    Queued {
        /// The user resumed it: the browser may prompt for the source.
        ask: bool,
    },
    /// It runs here.
    Running(Run),
    /// It failed transiently and is retried automatically.
    Waiting {
        error: TransferError,
        /// Consecutive failed runs.
        failed: u32,
        /// When it runs again, milliseconds since the Unix epoch.
        again_at: u64,
    },
    /// Paused by the user; none of it runs.
    Paused,
    /// Its source is not available.
    Unfinished,
    /// Another tab of this browser sends it.
    Elsewhere {
        /// When that is checked again, milliseconds since the Unix epoch.
        again_at: u64,
    },
    /// All of an upload was sent; no event names it yet.
    Sent {
        /// Consecutive failed runs before the last one.
        failed: u32,
        /// Why the last attempt to confirm it failed.
        error: Option<TransferError>,
    },
    /// Its event is being written: it becomes a file, and can no longer be cancelled.
    Recording {
        /// As in [`Stage::Sent`].
        failed: u32,
    },
    /// An event names it; it is done once the bucket has that event.
    Named {
        event: EventKey,
        /// Why the last attempt to save the event failed.
        unsaved: Option<TransferError>,
    },
    /// It stopped; the user can retry.
    Failed(TransferError),
    /// Complete and verified.
    Done,
}

/// A running transfer.
pub(super) struct Run {
    pub(super) handle: AbortHandle,
    pub(super) control: Rc<TransferControl>,
    /// Whether it is only spooled on this device.
    pub(super) keeps: bool,
    /// Consecutive failed runs before this one.
    pub(super) failed: u32,
    pub(super) rate: Rate,
    pub(super) mode: Mode,
}

/// The state of a running transfer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Bytes are moving.
    Moving,
    /// The error of a request that failed transiently and is retried, or of the last run if nothing
    /// has moved since.
    Waiting(TransferError),
    /// The user paused it: no further request starts.
    Held,
}

impl Transfer {
    /// The run, while it runs.
    pub(super) fn run(&self) -> Option<&Run> {
        match &self.stage {
            Stage::Running(run) => Some(run),
            _ => None,
        }
    }

    /// Consecutive failed runs before this one.
    pub(super) fn failed(&self) -> u32 {
        match &self.stage {
            Stage::Running(run) => run.failed,
            Stage::Waiting { failed, .. }
            | Stage::Sent { failed, .. }
            | Stage::Recording { failed } => *failed,
            _ => 0,
        }
    }

    /// Its state as the screens show it.
    pub(super) fn state(&self) -> TransferState {
        match &self.stage {
            Stage::Queued { .. } => TransferState::Queued,
            Stage::Running(run) => match run.mode {
                Mode::Moving => TransferState::Running,
                Mode::Waiting(error) => TransferState::Waiting(error),
                Mode::Held => TransferState::Paused,
            },
            Stage::Waiting { error, .. } => TransferState::Waiting(*error),
            Stage::Paused => TransferState::Paused,
            Stage::Unfinished => TransferState::Unfinished,
            Stage::Elsewhere { .. } => TransferState::Elsewhere,
            Stage::Sent { error: None, .. }
            | Stage::Recording { .. }
            | Stage::Named { unsaved: None, .. } => TransferState::Running,
            Stage::Sent { error: Some(error), .. } | Stage::Named { unsaved: Some(error), .. } => {
                TransferState::Waiting(*error)
            }
            Stage::Failed(error) => TransferState::Failed(*error),
            Stage::Done => TransferState::Done,
        }
    }

    /// Whether it is done or failed.
    pub(super) fn has_ended(&self) -> bool {
        matches!(self.stage, Stage::Done | Stage::Failed(_))
    }

    /// Whether it holds memory for moving bytes.
    pub(super) fn moves(&self) -> bool {
        self.run().is_some_and(|run| run.mode != Mode::Held)
    }

    /// Most bytes that it holds in memory.
    pub(super) fn weight(&self) -> u64 {
        match &self.load {
            Load::Up(upload) if !upload.in_parts => upload.size,
            Load::Down(_) => self.total.min(LARGE),
            Load::Up(_) | Load::Archive(_) => LARGE,
            Load::Refused => 0,
        }
    }

    /// Its share of what may run at one time.
    pub(super) fn share(&self) -> u64 {
        if self.weight() <= SMALL { 1 } else { 4 }
    }

    /// When it is retried automatically, milliseconds since the Unix epoch.
    pub(super) fn again_at(&self) -> Option<u64> {
        match self.stage {
            Stage::Waiting { again_at, .. } | Stage::Elsewhere { again_at } => Some(again_at),
            _ => None,
        }
    }

    /// Whether it may start to run.
    pub(super) fn is_ready(&self, now: u64) -> bool {
        let enlisted = match &self.load {
            Load::Up(upload) => !upload.unrecorded.get(),
            Load::Down(_) | Load::Archive(_) => true,
            Load::Refused => false,
        };
        // No pause is longer than that, so the clock was set back.
        let is_due = |at: u64| at <= now || at.saturating_sub(now) > MAX_PAUSE_MS;
        enlisted
            && (matches!(self.stage, Stage::Queued { .. }) || self.again_at().is_some_and(is_due))
    }

    /// Whether it may wait for its source, having none or lost it.
    pub(super) fn waits_for_source(&self) -> bool {
        let Load::Up(upload) = &self.load else { return false };
        match self.stage {
            Stage::Unfinished | Stage::Failed(TransferError::Source) => true,
            Stage::Queued { .. } | Stage::Running(_) | Stage::Waiting { .. } | Stage::Paused => {
                upload.source.borrow().is_none() && !upload.kept.get()
            }
            Stage::Elsewhere { .. }
            | Stage::Sent { .. }
            | Stage::Recording { .. }
            | Stage::Named { .. }
            | Stage::Failed(_)
            | Stage::Done => false,
        }
    }

    /// Whether its bytes would be lost if the tab closed.
    pub(super) fn is_at_risk(&self) -> bool {
        let named = matches!(self.stage, Stage::Named { .. });
        matches!(&self.load, Load::Up(upload) if !named && !self.has_ended() && upload.at_risk())
    }

    /// Whether spooling would save it: without a record no later tab would find it.
    pub(super) fn is_keepable(&self) -> bool {
        self.is_at_risk() && matches!(&self.load, Load::Up(upload) if upload.record.get().is_some())
    }

    /// Tells the run whether the user paused it; true if an upload's record has to be written.
    pub(super) fn hold(&self, held: bool) -> bool {
        if let Some(run) = self.run() {
            run.control.hold(held);
        }
        let Load::Up(upload) = &self.load else { return false };
        let changed = upload.paused.replace(held) != held;
        if changed {
            upload.unrecorded.set(true);
        }
        changed
    }

    /// When it counts as standing still unless bytes move before, milliseconds since the Unix
    /// epoch.
    pub(super) fn still_at(&self) -> Option<u64> {
        self.run().filter(|run| run.mode == Mode::Moving)?.rate.still_at()
    }

    /// The row that the screens show.
    pub(super) fn row(&self, now: u64) -> TransferRow {
        let still_at = self.still_at();
        let still = still_at.is_some_and(|at| at <= now);
        let moves = still_at.is_some() && !still;
        let rate = self.run().filter(|_| moves).map_or(0, |run| run.rate.per_second());
        let only_here = match &self.load {
            Load::Up(upload) => {
                let here = upload.record.get().is_some() || upload.source.borrow().is_some();
                here && !matches!(self.stage, Stage::Done | Stage::Elsewhere { .. })
            }
            Load::Down(_) | Load::Archive(_) | Load::Refused => false,
        };
        let faulty = match (&self.load, &self.stage) {
            (Load::Archive(archive), Stage::Failed(_)) => archive.faulty_path.borrow().clone(),
            _ => None,
        };
        TransferRow {
            id: self.id,
            name: self.name.clone(),
            direction: match self.load {
                Load::Up(_) | Load::Refused => Direction::Up,
                Load::Down(_) | Load::Archive(_) => Direction::Down,
            },
            done: self.done,
            total: self.total,
            rate,
            left: (rate > 0).then(|| self.total.saturating_sub(self.done).div_ceil(rate)),
            still,
            state: self.state(),
            only_here,
            at_risk: self.is_at_risk(),
            faulty,
        }
    }
}
