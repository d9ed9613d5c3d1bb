//! Where files and folders are shown: what their recorded places come to once folders that are
//! gone, places that form a cycle and older versions are taken into account.
//!
//! - What is in a folder that is gone, or that no event gives a place, is shown in its parent, or
//!   in the nearest folder above that exists.
//! - Of folders whose places form a cycle, the one whose place was set last is shown at the top; so
//!   nothing hides in a cycle.
//! - A file that is superseded by a file that exists is shown nowhere but among the older versions
//!   of that file. Of files that supersede each other in a cycle, the one that was superseded last
//!   counts as not superseded.

use std::collections::{BTreeMap, BTreeSet};

use frond_wire::FolderId;

use super::links::Links;
use super::state::{File, Folder, State, When};
use super::table::Table;
use crate::object::ObjectId;

/// The places that a state's files and folders come to.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    /// Folders to their parents.
    parents: Links<FolderId, Option<When>>,
    /// What is recorded to be in each folder, shown there or not.
    held: BTreeMap<FolderId, Held>,
    /// Files to the files that they are older versions of.
    newer: Links<ObjectId, When>,
    /// What each file is recorded to be superseded by, existing or not, and when that was set.
    superseded: BTreeMap<ObjectId, (ObjectId, When)>,
    /// The reverse of `superseded`.
    older: BTreeMap<ObjectId, BTreeSet<ObjectId>>,
}

#[derive(Clone, Debug, Default)]
struct Held {
    files: Table<ObjectId, ()>,
    folders: BTreeSet<FolderId>,
}

/// Files and folders that may be shown elsewhere than before.
#[derive(Default)]
pub(super) struct Moved {
    pub(super) files: BTreeSet<ObjectId>,
    pub(super) folders: BTreeSet<FolderId>,
}

impl Layout {
    /// The folder in which something is shown that is recorded to be in `folder`.
    pub(super) fn shown_in(&self, state: &State, folder: Option<FolderId>) -> Option<FolderId> {
        let mut folder = folder;
        while let Some(id) = folder {
            if exists(state, &id) {
                break;
            }
            folder = self.parents.target(&id);
        }
        folder
    }

    /// The folder in which a folder is shown.
    pub(super) fn parent(&self, state: &State, id: &FolderId) -> Option<FolderId> {
        self.shown_in(state, self.parents.target(id))
    }

    /// The file that a file is an older version of; `None` if it is shown itself.
    pub(super) fn newer(&self, id: &ObjectId) -> Option<ObjectId> {
        self.newer.target(id)
    }

    /// All files that are older versions of others.
    pub(super) fn superseded(&self) -> impl Iterator<Item = &ObjectId> {
        self.superseded.keys().filter(|id| self.newer(id).is_some())
    }

    /// When a file was superseded.
    pub(super) fn superseded_when(&self, id: &ObjectId) -> Option<&When> {
        self.superseded.get(id).map(|(_, when)| when)
    }

    /// All older versions of a file, its versions' versions included.
    pub(super) fn versions(&self, id: &ObjectId) -> BTreeSet<ObjectId> {
        let (mut found, mut unseen) = (BTreeSet::new(), vec![*id]);
        while let Some(newer) = unseen.pop() {
            unseen.extend(self.older(newer).filter(|older| found.insert(*older)));
        }
        found
    }

    /// The files that a file supersedes.
    pub(super) fn older(&self, id: ObjectId) -> impl Iterator<Item = ObjectId> {
        let older = self.older.get(&id).into_iter().flatten().copied();
        older.filter(move |older| self.newer(older) == Some(id))
    }

    /// A file changed to what `state` says.
    pub(super) fn change_file(
        &mut self,
        state: &State,
        id: ObjectId,
        before: Option<&File>,
        when: Option<When>,
        moved: &mut Moved,
    ) {
        let after = state.files.get(&id);
        moved.files.insert(id);
        if let Some(folder) = before.and_then(|file| file.folder) {
            self.release(folder, |held| {
                held.files.remove(&id);
            });
        }
        if let Some(folder) = after.and_then(|file| file.folder) {
            self.held.entry(folder).or_default().files.insert(id, ());
        }
        if let Some((by, _)) = self.superseded.remove(&id)
            && let Some(older) = self.older.get_mut(&by)
        {
            older.remove(&id);
            if older.is_empty() {
                self.older.remove(&by);
            }
        }
        if let Some((by, when)) =
            after.and_then(|file| file.superseded.as_deref()).copied().zip(when)
        {
            self.superseded.insert(id, (by, when));
            self.older.entry(by).or_default().insert(id);
        }
        self.link(state, id, moved);
        if before.is_some() != after.is_some() {
            for older in self.older.get(&id).cloned().unwrap_or_default() {
                self.link(state, older, moved);
            }
        }
    }

    /// Points a file to the one that supersedes it, if both exist.
    fn link(&mut self, state: &State, id: ObjectId, moved: &mut Moved) {
        let there = |id: &ObjectId| state.files.contains_key(id);
        let by = self.superseded.get(&id).filter(|(by, _)| there(&id) && there(by));
        self.newer.set(id, by.cloned(), &mut moved.files);
    }

    /// A folder changed to what `state` says.
    pub(super) fn change_folder(
        &mut self,
        state: &State,
        id: FolderId,
        before: Option<&Folder>,
        when: Option<When>,
        moved: &mut Moved,
    ) {
        let parent = |folder: Option<&Folder>| folder?.place.as_ref()?.parent;
        let (before, after) = (parent(before), parent(state.folders.get(&id)));
        if let Some(parent) = before {
            self.release(parent, |held| {
                held.folders.remove(&id);
            });
        }
        if let Some(parent) = after {
            self.held.entry(parent).or_default().folders.insert(id);
        }
        let mut changed = BTreeSet::new();
        self.parents.set(id, after.map(|parent| (parent, when)), &mut changed);
        moved.folders.extend(changed);
    }

    /// Adds what is shown elsewhere because a folder above it came, went or moved. `new` are
    /// folders that did not exist before.
    pub(super) fn follow(&self, state: &State, new: &BTreeSet<FolderId>, moved: &mut Moved) {
        let mut unseen: Vec<_> = moved.folders.iter().copied().collect();
        while let Some(id) = unseen.pop() {
            // What is in a folder that existed and still does is shown in it as before.
            if exists(state, &id) && !new.contains(&id) {
                continue;
            }
            let Some(held) = self.held.get(&id) else { continue };
            moved.files.extend(held.files.keys());
            unseen.extend(held.folders.iter().copied().filter(|id| moved.folders.insert(*id)));
        }
    }

    fn release(&mut self, folder: FolderId, release: impl FnOnce(&mut Held)) {
        let Some(held) = self.held.get_mut(&folder) else { return };
        release(held);
        if held.files.is_empty() && held.folders.is_empty() {
            self.held.remove(&folder);
        }
    }
}

fn exists(state: &State, id: &FolderId) -> bool {
    state.folders.get(id).is_some_and(Folder::exists)
}
