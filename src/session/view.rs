//! What the screens show.

use crate::catalog::Doubt;
pub use crate::catalog::{FileFault, FileRow};
use crate::transfer::TransferError;

/// Direction of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Into the bucket.
    Up,
    /// Out of it.
    Down,
}

/// State of a transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferState {
    /// In the queue.
    Queued,
    /// Bytes move.
    Running,
    /// The line or a server fails; it goes on by itself.
    Waiting(TransferError),
    /// Held by the person.
    Paused,
    /// Its source is not at hand: it goes on when the same file is added again, or when asked for,
    /// where the browser may then read it.
    Unfinished,
    /// Another tab of this browser sends it.
    Elsewhere,
    /// Stopped; the person can try again.
    Failed(TransferError),
    /// Whole, verified.
    Done,
}

/// A transfer as the sheet shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct TransferRow {
    /// Number of the transfer in this session.
    pub id: u64,
    /// Name of the file.
    pub name: String,
    /// Up or down.
    pub direction: Direction,
    /// Bytes done of `total`.
    pub done: u64,
    /// Bytes of the file.
    pub total: u64,
    /// Bytes a second over the last seconds.
    pub rate: u64,
    /// Seconds left, rounded up, when it can be told.
    pub left: Option<u64>,
    /// It runs, and nothing of it has moved for some seconds.
    pub still: bool,
    /// State.
    pub state: TransferState,
    /// An upload whose file the vault does not have yet: it is on this device only.
    pub only_here: bool,
    /// Its bytes would be lost if this tab closed now.
    pub at_risk: bool,
}

/// Forks of the history that a person merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merged {
    /// When, milliseconds since the Unix epoch by the merging device's clock.
    pub at: u64,
    /// Number of changes that claimed the same places.
    pub events: usize,
}

/// All that the vault's screens show, at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// False until the list was read once.
    pub listed: bool,
    /// Files, in path order.
    pub files: Vec<FileRow>,
    /// Files in the trash, in path order.
    pub trash: Vec<FileRow>,
    /// Transfers of this session, oldest first.
    pub transfers: Vec<TransferRow>,
    /// Why the vault is read-only; empty when it is not.
    pub doubts: Vec<Doubt>,
    /// The list could not be refreshed or a change not saved: why. It is tried again by itself.
    pub trouble: Option<TransferError>,
    /// Changes kept on this device that the bucket does not have yet.
    pub unsaved: usize,
    /// Files that are on this device only, because they wait or are on their way.
    pub only_here: usize,
    /// The list could not be read in this session, so nothing is changed, unless somebody chooses
    /// to work offline.
    pub unread: bool,
    /// Forks that a person merged, oldest first.
    pub merges: Vec<Merged>,
    /// 128 bits in groups of four digits, to compare two devices by eye.
    pub head_code: String,
}
