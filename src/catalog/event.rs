//! An event and its operations, and their JSON.

use std::borrow::Cow;
use std::rc::Rc;

use frond_wire::{EventKey, FolderId};
use serde::{Deserialize, Serialize};

mod read;

use super::hash::EventHash;
use super::text;
use crate::account::DeviceId;
use crate::object::{EventId, MAX_HEADER, MAX_SIZE, ObjectId, Seal, UploadId};
use crate::path::MAX_PATH;

/// `format` of every event.
const FORMAT: &str = "frond/1 event";
/// The plaintext's length is a multiple of this, so that it reveals little about the names in it.
const PADDING: usize = 256;
/// Maximum number of parents of an event. If there are more heads, the device's next event names
/// the rest ([`Log::parents`]).
///
/// [`Log::parents`]: super::Log::parents
pub(super) const MAX_PARENTS: usize = 1024;
/// Maximum number of events that one `merge` names.
pub const MAX_MERGED: usize = 1024;
/// Maximum of each limit of a [`Retention`].
pub const MAX_RETAINED: u32 = 1_000_000;

/// The plaintext is not an event of format 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an event")]
pub struct BadEvent;

/// One change of the vault, by one device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    format: String,
    /// Event id.
    #[serde(rename = "event", with = "text::id")]
    pub id: EventId,
    /// The device that made it.
    #[serde(with = "text::id")]
    pub device: DeviceId,
    /// Number of events that this device had made before.
    pub seq: u64,
    /// The heads that the device knew, ascending.
    pub parents: Vec<EventHash>,
    /// The operations, applied in this order.
    pub ops: Vec<Op>,
}

/// Where an upload's bytes come from, so that another session can ask for the same source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// Name, with folders.
    pub name: String,
    /// Size in bytes.
    pub size: u64,
    /// Modification time in milliseconds since the Unix epoch.
    pub modified: Option<i64>,
}

/// What an event says of an object that is in the bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Content {
    /// Size of the content in bytes.
    pub size: u64,
    /// Length of the stored object in bytes.
    pub stored: u64,
    /// Length of its header in bytes.
    pub header: u32,
    /// Media type, possibly empty.
    #[serde(rename = "type")]
    pub media_type: Cow<'static, str>,
    /// Modification time of the file in milliseconds since the Unix epoch.
    pub modified: Option<i64>,
    /// Seal of the object.
    #[serde(with = "text::seal")]
    pub seal: Seal,
}

/// What of the vault is deleted by itself; `None` is no limit. Older versions are deleted that are
/// beyond either of their limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Retention {
    /// How many older versions each file keeps: 1 to [`MAX_RETAINED`].
    pub versions: Option<u32>,
    /// How many days an older version is kept: 1 to [`MAX_RETAINED`].
    pub version_days: Option<u32>,
    /// How many days the trash keeps what is in it: 1 to [`MAX_RETAINED`].
    pub trash_days: Option<u32>,
}

impl Retention {
    fn is_sound(self) -> bool {
        let limits = [self.versions, self.version_days, self.trash_days];
        limits.into_iter().flatten().all(|limit| (1..=MAX_RETAINED).contains(&limit))
    }
}

/// An operation, on one file or folder unless stated otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "op", rename_all = "lowercase")]
#[non_exhaustive]
pub enum Op {
    /// A multipart upload begins; or its device replaces the multipart upload, the previous one
    /// being gone.
    Begin {
        /// Object id.
        #[serde(with = "text::id")]
        object: ObjectId,
        /// The only multipart upload that may become the object.
        #[serde(with = "text::id")]
        upload: UploadId,
        /// The object's complete header.
        #[serde(with = "text::bytes")]
        header: Vec<u8>,
        /// The source of the upload.
        source: Box<Origin>,
    },
    /// The object is in the bucket, complete and verified: a file.
    Add {
        /// Object id.
        #[serde(with = "text::id")]
        object: ObjectId,
        /// Path, parts joined by `/`.
        path: String,
        /// The object, and the file that it was made of.
        #[serde(flatten, serialize_with = "text::shared")]
        content: Rc<Content>,
    },
    /// Changes the path of a file.
    Move {
        /// Object id.
        #[serde(with = "text::id")]
        object: ObjectId,
        /// The path.
        path: String,
    },
    /// Moves the file to the trash.
    Trash {
        /// Object id.
        #[serde(with = "text::id")]
        object: ObjectId,
    },
    /// Restores the file from the trash.
    Restore {
        /// Object id.
        #[serde(with = "text::id")]
        object: ObjectId,
    },
    /// An upload that began will not be resumed. A file that was added remains.
    Abandon {
        /// Object id.
        #[serde(with = "text::id")]
        object: ObjectId,
    },
    /// An object that no event names is about to be purged, unless some event names it meanwhile.
    Free {
        /// Object id.
        #[serde(with = "text::id")]
        object: ObjectId,
    },
    /// The object is permanently gone; it is deleted from the bucket after this event.
    Purge {
        /// Object id.
        #[serde(with = "text::id")]
        object: ObjectId,
    },
    /// A folder begins to exist, and stays as long as nobody purges it, whether or not it holds
    /// anything; sets its place like [`Op::MoveFolder`].
    Mkdir {
        /// Folder id.
        #[serde(with = "text::id")]
        folder: FolderId,
        /// The folder that it is in; `None` is the top.
        #[serde(with = "text::optional_id")]
        parent: Option<FolderId>,
        /// Its name.
        name: String,
    },
    /// Changes the place and name of a folder with all that it holds.
    #[serde(rename = "move-folder")]
    MoveFolder {
        /// Folder id.
        #[serde(with = "text::id")]
        folder: FolderId,
        /// The folder that it is in; `None` is the top.
        #[serde(with = "text::optional_id")]
        parent: Option<FolderId>,
        /// Its name.
        name: String,
    },
    /// Moves a folder to the trash, with all that it holds.
    #[serde(rename = "trash-folder")]
    TrashFolder {
        /// Folder id.
        #[serde(with = "text::id")]
        folder: FolderId,
    },
    /// Restores a folder from the trash, with all that it holds.
    #[serde(rename = "restore-folder")]
    RestoreFolder {
        /// Folder id.
        #[serde(with = "text::id")]
        folder: FolderId,
    },
    /// The folder is permanently gone. What is still in it is in its parent from then on.
    #[serde(rename = "purge-folder")]
    PurgeFolder {
        /// Folder id.
        #[serde(with = "text::id")]
        folder: FolderId,
    },
    /// Changes the folder and name of a file.
    Place {
        /// Object id.
        #[serde(with = "text::id")]
        object: ObjectId,
        /// The folder that it is in; `None` is the top.
        #[serde(with = "text::optional_id")]
        folder: Option<FolderId>,
        /// Its name.
        name: String,
    },
    /// The file is an older version of another one; with `None`, it is a file of its own again.
    Supersede {
        /// Object id of the older version.
        #[serde(with = "text::id")]
        object: ObjectId,
        /// Object id of the newer one.
        #[serde(with = "text::optional_id")]
        by: Option<ObjectId>,
    },
    /// The user confirms that these events, which claim the same place or places in a device's
    /// history, are all genuine, which resolves the doubt ([`Doubt::Fork`]). Hashes, ascending, 2
    /// to [`MAX_MERGED`].
    ///
    /// [`Doubt::Fork`]: super::Doubt::Fork
    Merge {
        /// The events.
        events: Vec<EventHash>,
    },
    /// What of the vault is deleted by itself, from now on.
    Retention(Retention),
    /// The object, which is purged, was a file. In snapshots only, where the events that added it
    /// have lost their operations.
    #[serde(skip_serializing)]
    Former {
        /// Object id.
        object: ObjectId,
    },
    /// Paths of the event name this folder, and those above it. In snapshots only, where the event
    /// has lost the operations with these paths.
    #[serde(skip_serializing)]
    Implicit {
        /// Path of the folder.
        path: String,
    },
    /// An operation of a newer Frond. Never written.
    #[serde(skip_serializing)]
    Unknown,
}

impl Event {
    /// Creates an event; sorts the parents.
    #[must_use]
    pub fn new(
        id: EventId,
        device: DeviceId,
        seq: u64,
        mut parents: Vec<EventHash>,
        ops: Vec<Op>,
    ) -> Self {
        parents.sort_unstable();
        parents.dedup();
        Self { format: FORMAT.to_owned(), id, device, seq, parents, ops }
    }

    /// Where it is stored.
    #[must_use]
    pub fn key(&self) -> EventKey {
        EventKey { device: self.device, seq: self.seq, event: self.id }
    }

    /// JSON, then spaces up to a multiple of 256 bytes.
    pub fn encode(&self) -> Result<Vec<u8>, BadEvent> {
        if !self.is_sound() {
            return Err(BadEvent);
        }
        let mut plaintext = serde_json::to_vec(self).map_err(|_| BadEvent)?;
        plaintext.resize(plaintext.len().next_multiple_of(PADDING), b' ');
        Ok(plaintext)
    }

    /// Parses an authenticated plaintext.
    pub fn decode(plaintext: &[u8]) -> Result<Self, BadEvent> {
        let json = plaintext.trim_ascii_end();
        let padding = plaintext.get(json.len()..).unwrap_or_default();
        if !plaintext.len().is_multiple_of(PADDING)
            || padding.len() >= PADDING
            || padding.iter().any(|byte| *byte != b' ')
        {
            return Err(BadEvent);
        }
        let event: Self = serde_json::from_slice(json).map_err(|_| BadEvent)?;
        if event.is_sound() { Ok(event) } else { Err(BadEvent) }
    }

    /// Whether the event holds an operation of a newer Frond.
    #[must_use]
    pub fn is_newer(&self) -> bool {
        self.ops.contains(&Op::Unknown)
    }

    fn is_sound(&self) -> bool {
        self.format == FORMAT
            && self.parents.len() <= MAX_PARENTS
            && self.parents.is_sorted_by(|a, b| a < b)
            && self.ops.iter().all(Op::is_sound)
    }
}

impl Op {
    /// The object that the operation is about; `None` for operations on folders, `merge`,
    /// `retention` and unknown operations.
    #[must_use]
    pub fn object(&self) -> Option<&ObjectId> {
        match self {
            Self::Begin { object, .. }
            | Self::Add { object, .. }
            | Self::Move { object, .. }
            | Self::Trash { object }
            | Self::Restore { object }
            | Self::Abandon { object }
            | Self::Free { object }
            | Self::Purge { object }
            | Self::Former { object }
            | Self::Place { object, .. }
            | Self::Supersede { object, .. } => Some(object),
            Self::Mkdir { .. }
            | Self::MoveFolder { .. }
            | Self::TrashFolder { .. }
            | Self::RestoreFolder { .. }
            | Self::PurgeFolder { .. }
            | Self::Merge { .. }
            | Self::Retention(_)
            | Self::Implicit { .. }
            | Self::Unknown => None,
        }
    }

    /// The folder that the operation is about.
    #[must_use]
    pub fn folder(&self) -> Option<&FolderId> {
        match self {
            Self::Mkdir { folder, .. }
            | Self::MoveFolder { folder, .. }
            | Self::TrashFolder { folder }
            | Self::RestoreFolder { folder }
            | Self::PurgeFolder { folder } => Some(folder),
            _ => None,
        }
    }

    /// The folders that the path of an `add` or `move` names, all of which so exist: their paths,
    /// from the innermost one out.
    pub(super) fn implicit(&self) -> impl Iterator<Item = &str> {
        let innermost = match self {
            Self::Add { path, .. } | Self::Move { path, .. } => outer(path),
            Self::Implicit { path } => Some(path.as_str()),
            _ => None,
        };
        innermost.into_iter().flat_map(folders)
    }

    pub(super) fn is_sound(&self) -> bool {
        match self {
            Self::Begin { header, source, .. } => {
                header.len() <= MAX_HEADER
                    && source.name.len() <= MAX_PATH
                    && source.size <= MAX_SIZE
            }
            Self::Add { path, content, .. } => is_path(path) && content.size <= MAX_SIZE,
            Self::Move { path, .. } => is_path(path),
            Self::Mkdir { name, .. } | Self::MoveFolder { name, .. } | Self::Place { name, .. } => {
                is_path(name)
            }
            Self::Implicit { path } => path.len() <= MAX_PATH,
            Self::Merge { events } => {
                (2..=MAX_MERGED).contains(&events.len()) && events.is_sorted_by(|a, b| a < b)
            }
            Self::Retention(retention) => retention.is_sound(),
            Self::Trash { .. }
            | Self::Restore { .. }
            | Self::Abandon { .. }
            | Self::Free { .. }
            | Self::Purge { .. }
            | Self::Former { .. }
            | Self::TrashFolder { .. }
            | Self::RestoreFolder { .. }
            | Self::PurgeFolder { .. }
            | Self::Supersede { .. }
            | Self::Unknown => true,
        }
    }
}

/// The path of a folder, and the paths of those that it is in, from the inside out.
pub(super) fn folders(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| outer(path))
}

/// The path of the folder that a path is in; `None` at the top.
fn outer(path: &str) -> Option<&str> {
    path.rsplit_once('/').map(|(folder, _)| folder)
}

/// Accepts any non-empty path or name, because older versions wrote arbitrary ones. Those written
/// now follow the rules of [`crate::path`], which are checked at input; those read are displayed
/// sanitized.
fn is_path(path: &str) -> bool {
    !path.is_empty() && path.len() <= MAX_PATH
}
