//! The state that a log defines: files and unfinished uploads.
//!
//! Each operation names at most one object, so an object's state is a fold over its own operations
//! in event order. A new event re-folds only the objects that it names.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::event::{Event, Op, Origin};
use super::order::Placed;
use crate::account::DeviceId;
use crate::object::{ObjectId, Seal, UploadId};

/// Maximum number of additional seals that are tried for a file.
const MAX_SEALS: usize = 8;

/// A file in the vault.
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
    /// Seal of the object.
    pub seal: Seal,
    /// When it was added, milliseconds since the Unix epoch, by the adding device's clock.
    pub added: u64,
    /// Whether it is in the trash.
    pub trashed: bool,
    /// Whether two events recorded different contents. The one that is in the bucket opens.
    pub two_seals: bool,
    /// Seals that other events recorded with otherwise equal data: at most eight.
    pub other_seals: Vec<Seal>,
}

/// An upload that has begun and is not a file yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// The device that began it; only this device may replace its multipart upload.
    pub device: DeviceId,
    /// The only multipart upload that may become the object.
    pub upload: UploadId,
    /// The object's complete header.
    pub header: Vec<u8>,
    /// The source of the upload.
    pub source: Origin,
}

/// The state that a log defines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Files, including those in the trash.
    pub files: BTreeMap<ObjectId, File>,
    /// Uploads that have begun and are not files yet.
    pub begun: BTreeMap<ObjectId, Begun>,
    /// Uploads that have begun and were abandoned.
    pub abandoned: BTreeMap<ObjectId, Begun>,
    /// Objects that a device is about to purge, unless an event names them.
    pub freeing: BTreeSet<ObjectId>,
    /// Objects that are permanently gone: deleted files, and objects that no event had named.
    pub purged: BTreeSet<ObjectId>,
    /// The purged objects that were files.
    pub former: BTreeSet<ObjectId>,
}

impl State {
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

    /// Folds the operations on one object again; returns the previous file.
    pub(super) fn fold(&mut self, object: ObjectId, history: &[Step]) -> Option<File> {
        let mut fate = Fate::default();
        for (event, op) in history.iter().filter_map(Step::op) {
            fate.apply(event, op);
        }
        let Fate { file, begun, abandoned, freeing, purged, added } = fate;
        let (file, begun) = if purged { (None, None) } else { (file, begun) };
        let (begun, abandoned) = if abandoned { (None, begun) } else { (begun, None) };
        set(&mut self.begun, object, begun);
        set(&mut self.abandoned, object, abandoned);
        mark(&mut self.freeing, object, freeing);
        mark(&mut self.purged, object, purged);
        mark(&mut self.former, object, purged && added);
        set(&mut self.files, object, file)
    }
}

/// One operation on an object, with its place in the order.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) placed: Rc<Placed>,
    /// Index of the operation in the event.
    pub(super) op: usize,
}

impl Step {
    pub(super) fn op(&self) -> Option<(&Event, &Op)> {
        let event = &*self.placed.event;
        Some((event, event.ops.get(self.op)?))
    }
}

/// The state of one object. A purge is final, whatever its place in the order.
#[derive(Default)]
struct Fate {
    file: Option<File>,
    begun: Option<Begun>,
    abandoned: bool,
    freeing: bool,
    purged: bool,
    /// Whether some event added it.
    added: bool,
}

impl Fate {
    fn apply(&mut self, event: &Event, op: &Op) {
        match op {
            Op::Begin { upload, header, source, .. } => {
                if self.file.is_none() {
                    let begun = self.begun.get_or_insert_with(|| Begun {
                        device: event.device,
                        upload: upload.clone(),
                        header: header.clone(),
                        source: source.clone(),
                    });
                    // One device's events are totally ordered, so all devices agree on the upload.
                    if begun.device == event.device {
                        begun.upload.clone_from(upload);
                    }
                }
            }
            Op::Add { path, size, stored, header, media_type, modified, seal, .. } => {
                self.added = true;
                self.begun = None;
                let Some(file) = &mut self.file else {
                    self.file = Some(File {
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
                    return;
                };
                let same = (*size, *stored, *header) == (file.size, file.stored, file.header);
                file.two_seals |= !same || file.seal != *seal;
                let known = file.seal == *seal || file.other_seals.contains(seal);
                if same && !known && file.other_seals.len() < MAX_SEALS {
                    file.other_seals.push(*seal);
                }
            }
            Op::Move { path, .. } => self.change(|file| file.path.clone_from(path)),
            Op::Trash { .. } => self.change(|file| file.trashed = true),
            Op::Restore { .. } => self.change(|file| file.trashed = false),
            Op::Abandon { .. } => self.abandoned = true,
            Op::Free { .. } => self.freeing = true,
            Op::Purge { .. } => self.purged = true,
            Op::Former { .. } => self.added = true,
            Op::Merge { .. } | Op::Unknown => {}
        }
    }

    fn change(&mut self, change: impl FnOnce(&mut File)) {
        if let Some(file) = &mut self.file {
            change(file);
        }
    }
}

fn set<T>(map: &mut BTreeMap<ObjectId, T>, object: ObjectId, value: Option<T>) -> Option<T> {
    match value {
        Some(value) => map.insert(object, value),
        None => map.remove(&object),
    }
}

fn mark(set: &mut BTreeSet<ObjectId>, object: ObjectId, holds: bool) {
    if holds {
        set.insert(object);
    } else {
        set.remove(&object);
    }
}
