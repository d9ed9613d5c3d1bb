//! The state that a log defines: files, folders and unfinished uploads.
//!
//! Each operation is about at most one object or folder, so its state is a fold over its own
//! operations in event order. A new event re-folds only the objects and folders that it names.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::rc::Rc;

use frond_wire::FolderId;

use super::event::{Content, Event, Op, Origin, Retention};
use super::implicit::Implicit;
use super::order::Placed;
use super::table::Table;
use crate::account::DeviceId;
use crate::object::{ObjectId, Seal, UploadId};

/// Maximum number of additional seals that are tried for a file.
const MAX_SEALS: usize = 8;

/// A file in the vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The folder that it was put into; `None` is the top.
    pub folder: Option<FolderId>,
    /// Name as it was given.
    pub name: Rc<str>,
    /// What the first event that added it says of it.
    pub content: Rc<Content>,
    /// When it was added, milliseconds since the Unix epoch, by the adding device's clock.
    pub added: u64,
    /// Whether it is in the trash.
    pub trashed: bool,
    /// The file that it is an older version of. It counts as long as that file exists.
    pub superseded: Option<Box<ObjectId>>,
    /// Whether two events recorded different contents. The one that is in the bucket opens.
    pub two_seals: bool,
    /// Seals that other events recorded with otherwise equal data: at most eight.
    pub other_seals: Vec<Seal>,
}

impl Deref for File {
    type Target = Content;

    fn deref(&self) -> &Content {
        &self.content
    }
}

/// A folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folder {
    /// Where it was put; `None` if no event says. Folders whose places form a cycle are shown all
    /// the same ([`Listing`]).
    ///
    /// [`Listing`]: super::Listing
    pub place: Option<FolderEntry>,
    /// Whether it exists even if it is empty. Otherwise only the paths of files name it.
    pub kept: bool,
    /// Whether it is in the trash with all that it holds.
    pub trashed: bool,
    /// Whether it is permanently gone.
    pub purged: bool,
}

/// A folder as an entry of another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderEntry {
    /// The folder that it is in; `None` is the top.
    pub parent: Option<FolderId>,
    /// Name as it was given.
    pub name: String,
}

impl Folder {
    /// Whether the folder is there to be shown, possibly in the trash. What is in a folder that is
    /// not there is shown in the parent.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.place.is_some() && !self.purged
    }
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
    pub files: Table<ObjectId, File>,
    /// Folders that some event names, including those in the trash and those that are gone.
    pub folders: BTreeMap<FolderId, Folder>,
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
    /// What is deleted by itself: what the last event that says so says.
    pub retention: Retention,
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

    /// Folds the operations on one object again. Returns the previous file, and where in the order
    /// the new one's [`File::superseded`] was set.
    pub(super) fn fold(
        &mut self,
        object: ObjectId,
        history: &[Step],
        paths: &Implicit,
    ) -> (Option<File>, Option<When>) {
        let mut fate = Fate::default();
        for step in history {
            if let Some((event, op)) = step.op() {
                fate.apply(step, event, op);
            }
        }
        let Fate { mut file, place, superseded_when, begun, abandoned, freeing, purged, added } =
            fate;
        if let (Some(file), Some(place)) = (&mut file, place) {
            let (folder, name) = match place {
                Placing::Path(path) => paths.split(path),
                Placing::Folder(folder, name) => (folder, name),
            };
            (file.folder, file.name) = (folder, name.into());
        }
        let (file, begun) = if purged { (None, None) } else { (file, begun) };
        let (begun, abandoned) = if abandoned { (None, begun) } else { (begun, None) };
        set(&mut self.begun, object, begun);
        set(&mut self.abandoned, object, abandoned);
        mark(&mut self.freeing, object, freeing);
        mark(&mut self.purged, object, purged);
        mark(&mut self.former, object, purged && added);
        let before = match file {
            Some(file) => self.files.insert(object, file),
            None => self.files.remove(&object),
        };
        (before, superseded_when)
    }

    /// Folds the operations that set what is deleted by itself again.
    pub(super) fn fold_retention(&mut self, history: &[Step]) {
        let last = history.last().and_then(Step::op);
        self.retention = match last {
            Some((_, Op::Retention(retention))) => *retention,
            _ => Retention::default(),
        };
    }

    /// Folds the operations on one folder again. Returns the previous folder, and where in the
    /// order the new one's place was set; the first place of a folder that paths name is before
    /// all.
    pub(super) fn fold_folder(
        &mut self,
        id: FolderId,
        history: &[Step],
        paths: &Implicit,
    ) -> (Option<Folder>, Option<When>) {
        let mut folder = Folder::default();
        let mut when = None;
        for step in history {
            match step.op() {
                Some((_, Op::Mkdir { parent, name, .. } | Op::MoveFolder { parent, name, .. })) => {
                    folder.place = Some(FolderEntry { parent: *parent, name: name.clone() });
                    folder.kept = true;
                    when = Some(When(step.clone()));
                }
                Some((_, Op::TrashFolder { .. })) => folder.trashed = true,
                Some((_, Op::RestoreFolder { .. })) => {
                    (folder.trashed, folder.kept) = (false, true);
                }
                Some((_, Op::PurgeFolder { .. })) => folder.purged = true,
                _ => {}
            }
        }
        let first = paths.place(&id);
        if folder.place.is_none() {
            folder.place =
                first.map(|(parent, name)| FolderEntry { parent, name: name.to_owned() });
        }
        let named = first.is_some() || !history.is_empty();
        (set(&mut self.folders, id, named.then_some(folder)), when)
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

/// The place of an operation in the order of events.
#[derive(Clone, Debug)]
pub(super) struct When(Step);

impl Ord for When {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.placed.cmp(&other.0.placed).then(self.0.op.cmp(&other.0.op))
    }
}

impl PartialOrd for When {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for When {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for When {}

/// Where an operation puts a file.
enum Placing<'a> {
    Path(&'a str),
    Folder(Option<FolderId>, &'a str),
}

/// The state of one object. A purge is final, whatever its place in the order.
#[derive(Default)]
struct Fate<'a> {
    /// Without its place.
    file: Option<File>,
    place: Option<Placing<'a>>,
    superseded_when: Option<When>,
    begun: Option<Begun>,
    abandoned: bool,
    freeing: bool,
    purged: bool,
    /// Whether some event added it.
    added: bool,
}

impl<'a> Fate<'a> {
    fn apply(&mut self, step: &Step, event: &Event, op: &'a Op) {
        match op {
            Op::Begin { upload, header, source, .. } => {
                if self.file.is_none() {
                    let begun = self.begun.get_or_insert_with(|| Begun {
                        device: event.device,
                        upload: upload.clone(),
                        header: header.clone(),
                        source: Origin::clone(source),
                    });
                    // One device's events are totally ordered, so all devices agree on the upload.
                    if begun.device == event.device {
                        begun.upload.clone_from(upload);
                    }
                }
            }
            Op::Add { path, content, .. } => {
                self.added = true;
                self.begun = None;
                let Some(file) = &mut self.file else {
                    self.place = Some(Placing::Path(path));
                    self.file = Some(File {
                        folder: None,
                        name: Rc::default(),
                        content: Rc::clone(content),
                        added: event.id.milliseconds(),
                        trashed: false,
                        superseded: None,
                        two_seals: false,
                        other_seals: Vec::new(),
                    });
                    return;
                };
                let Content { size, stored, header, seal, .. } = **content;
                let same = (size, stored, header) == (file.size, file.stored, file.header);
                file.two_seals |= !same || file.seal != seal;
                let known = file.seal == seal || file.other_seals.contains(&seal);
                if same && !known && file.other_seals.len() < MAX_SEALS {
                    file.other_seals.push(seal);
                }
            }
            Op::Move { path, .. } if self.file.is_some() => {
                self.place = Some(Placing::Path(path));
            }
            Op::Place { folder, name, .. } if self.file.is_some() => {
                self.place = Some(Placing::Folder(*folder, name));
            }
            Op::Supersede { by, .. } => {
                self.superseded_when = Some(When(step.clone()));
                self.change(|file| file.superseded = by.map(Box::new));
            }
            Op::Trash { .. } => self.change(|file| file.trashed = true),
            Op::Restore { .. } => self.change(|file| file.trashed = false),
            Op::Abandon { .. } => self.abandoned = true,
            Op::Free { .. } => self.freeing = true,
            Op::Purge { .. } => self.purged = true,
            Op::Former { .. } => self.added = true,
            // Without a file there is nothing to move.
            Op::Move { .. } | Op::Place { .. } => {}
            Op::Mkdir { .. }
            | Op::MoveFolder { .. }
            | Op::TrashFolder { .. }
            | Op::RestoreFolder { .. }
            | Op::PurgeFolder { .. }
            | Op::Merge { .. }
            | Op::Retention(_)
            | Op::Implicit { .. }
            | Op::Unknown => {}
        }
    }

    fn change(&mut self, change: impl FnOnce(&mut File)) {
        if let Some(file) = &mut self.file {
            change(file);
        }
    }
}

fn set<Id: Ord, T>(map: &mut BTreeMap<Id, T>, id: Id, value: Option<T>) -> Option<T> {
    match value {
        Some(value) => map.insert(id, value),
        None => map.remove(&id),
    }
}

fn mark(set: &mut BTreeSet<ObjectId>, object: ObjectId, holds: bool) {
    if holds {
        set.insert(object);
    } else {
        set.remove(&object);
    }
}
