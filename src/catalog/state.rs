//! What a log means: the files, by replaying its events in their order.

use std::collections::{BTreeMap, BTreeSet};

use super::event::{Event, Op, Origin};
use super::log::Log;
use crate::account::DeviceId;
use crate::object::{ObjectId, Seal};

/// Most seals that a file is tried with besides its first.
const MAX_SEALS: usize = 8;

/// A file of the vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Path as it was given, parts joined by `/`.
    pub path: String,
    /// Size of the content in bytes.
    pub size: u64,
    /// Length of the stored object in bytes.
    pub stored: u64,
    /// Length of its header in bytes.
    pub header: u32,
    /// Media type, possibly empty.
    pub media_type: String,
    /// Modification time in milliseconds since the Unix epoch.
    pub modified: Option<i64>,
    /// Its seal.
    pub seal: Seal,
    /// When it was added, milliseconds since the Unix epoch, by the adding device's clock.
    pub added: u64,
    /// Whether it is in the trash.
    pub trashed: bool,
    /// Whether two events gave it different contents. That which lies in the bucket opens.
    pub two_seals: bool,
    /// Seals that other events gave it, all else being the same: at most eight.
    pub other_seals: Vec<Seal>,
}

/// An upload that has begun and is not a file yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// The device that began it, and alone may name another multipart upload for it.
    pub device: DeviceId,
    /// The store's id of the one multipart upload that may become the object.
    pub upload: String,
    /// The object's header, whole.
    pub header: Vec<u8>,
    /// What is uploaded.
    pub source: Origin,
}

/// What a log means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Files, also those in the trash.
    pub files: BTreeMap<ObjectId, File>,
    /// Uploads that have begun and are not files yet.
    pub begun: BTreeMap<ObjectId, Begun>,
    /// Uploads that have begun and were abandoned.
    pub abandoned: BTreeMap<ObjectId, Begun>,
    /// Objects that somebody is about to purge, unless an event names them.
    pub freeing: BTreeSet<ObjectId>,
    /// Objects that are gone for ever: files that were deleted, and what nobody had named.
    pub purged: BTreeSet<ObjectId>,
    /// Those of them that were files.
    pub former: BTreeSet<ObjectId>,
}

impl State {
    /// Replays a log.
    #[must_use]
    pub fn of(log: &Log) -> Self {
        let events = log.order();
        let mut state = Self::default();
        for event in &events {
            state.purged.extend(event.ops.iter().filter_map(|op| match op {
                Op::Purge { object } => Some(*object),
                _ => None,
            }));
        }
        let abandoned = events.iter().flat_map(|event| &event.ops).filter_map(|op| match op {
            Op::Abandon { object } => Some(*object),
            _ => None,
        });
        let abandoned: BTreeSet<_> = abandoned.collect();
        for event in events {
            for op in &event.ops {
                state.apply(event, op);
            }
        }
        let begun = std::mem::take(&mut state.begun);
        (state.abandoned, state.begun) =
            begun.into_iter().partition(|(object, _)| abandoned.contains(object));
        state
    }

    /// An upload that has begun and is not a file, abandoned or not.
    #[must_use]
    pub fn upload(&self, object: &ObjectId) -> Option<&Begun> {
        self.begun.get(object).or_else(|| self.abandoned.get(object))
    }

    /// Whether an upload has ended: it is a file, or was one.
    #[must_use]
    pub fn has_ended(&self, object: &ObjectId) -> bool {
        self.files.contains_key(object) || self.former.contains(object)
    }

    fn apply(&mut self, event: &Event, op: &Op) {
        match op {
            Op::Begin { object, upload, header, source } => {
                if !self.files.contains_key(object) && !self.purged.contains(object) {
                    let begun = self.begun.entry(*object).or_insert_with(|| Begun {
                        device: event.device,
                        upload: upload.clone(),
                        header: header.clone(),
                        source: source.clone(),
                    });
                    // One device's events have one order, so all who know them agree on the upload.
                    if begun.device == event.device {
                        begun.upload.clone_from(upload);
                    }
                }
            }
            Op::Add { object, path, size, stored, header, media_type, modified, seal } => {
                if self.purged.contains(object) {
                    self.former.insert(*object);
                    return;
                }
                self.begun.remove(object);
                let content = (*size, *stored, *header, *seal);
                self.files
                    .entry(*object)
                    .and_modify(|file| {
                        file.two_seals |=
                            content != (file.size, file.stored, file.header, file.seal);
                        let same =
                            (*size, *stored, *header) == (file.size, file.stored, file.header);
                        let known = file.seal == *seal || file.other_seals.contains(seal);
                        if same && !known && file.other_seals.len() < MAX_SEALS {
                            file.other_seals.push(*seal);
                        }
                    })
                    .or_insert_with(|| File {
                        path: path.clone(),
                        size: *size,
                        stored: *stored,
                        header: *header,
                        media_type: media_type.clone(),
                        modified: *modified,
                        seal: *seal,
                        added: event.id.milliseconds(),
                        trashed: false,
                        two_seals: false,
                        other_seals: Vec::new(),
                    });
            }
            Op::Move { object, path } => self.change(object, |file| file.path.clone_from(path)),
            Op::Trash { object } => self.change(object, |file| file.trashed = true),
            Op::Restore { object } => self.change(object, |file| file.trashed = false),
            // Seen to before the replay: it holds whatever its place in the order. Merge: of the
            // history, not of a file. Unknown: nothing to do.
            Op::Free { object } => drop(self.freeing.insert(*object)),
            Op::Purge { .. } | Op::Abandon { .. } | Op::Merge { .. } | Op::Unknown => {}
        }
    }

    fn change(&mut self, object: &ObjectId, change: impl FnOnce(&mut File)) {
        if let Some(file) = self.files.get_mut(object) {
            change(file);
        }
    }
}
