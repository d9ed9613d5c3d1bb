//! The contents of the screens.

use crate::catalog::{Doubt, Revision};
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
    /// Bytes are moving.
    Running,
    /// The network or a server fails; retried automatically.
    Waiting(TransferError),
    /// Paused by the user.
    Paused,
    /// Its source is not available: it resumes when the same file is added again, or on request if
    /// the browser may then read the file.
    Unfinished,
    /// Another tab of this browser sends it.
    Elsewhere,
    /// Stopped; the user can retry.
    Failed(TransferError),
    /// Complete and verified.
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
    /// Seconds left, rounded up, if known.
    pub left: Option<u64>,
    /// It runs, but no bytes have moved for some seconds.
    pub still: bool,
    /// State.
    pub state: TransferState,
    /// An upload whose file the vault does not have yet: it is on this device only.
    pub only_here: bool,
    /// Its bytes would be lost if this tab closed now.
    pub at_risk: bool,
    /// Of an archive that failed: the path of the file that ended it.
    pub faulty: Option<String>,
}

/// Forks of the history that the user merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merged {
    /// When, milliseconds since the Unix epoch by the merging device's clock.
    pub at: u64,
    /// Number of changes that claimed the same places.
    pub events: usize,
}

/// Everything that the vault's screens show except the files, at one point in time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// False until the list was read once.
    pub listed: bool,
    /// Changes whenever a list of files changes; see [`Files::index`].
    ///
    /// [`Files::index`]: super::Files::index
    pub revision: Revision,
    /// Transfers of this session, oldest first.
    pub transfers: Vec<TransferRow>,
    /// Why the vault is read-only; empty when it is not.
    pub doubts: Vec<Doubt>,
    /// Why the list could not be refreshed or a change not saved. Retried automatically.
    pub list_error: Option<TransferError>,
    /// Changes kept on this device that the bucket does not have yet.
    pub unsaved: usize,
    /// Files that are on this device only, because they wait or are being uploaded.
    pub only_here: usize,
    /// The list could not be read in this session, so changes are refused unless the user chooses
    /// to work offline.
    pub unread: bool,
    /// Forks that the user merged, oldest first.
    pub merges: Vec<Merged>,
    /// 128 bits in groups of four digits, to compare two devices by eye.
    pub list_fingerprint: String,
}
