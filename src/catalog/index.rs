//! The catalog, kept up to date event by event: the state that the events define, and the lists of
//! it.
//!
//! A new event costs only what it changes: its place in the order (`order`), the state of the
//! objects and folders that it names (`state`), the places that these come to (`layout`), and the
//! lists that they are in (`tree`), with the names that collide there (`names`). The result equals
//! that of replaying all events, whatever the order of arrival. See
//! docs/decisions/0014-incremental-catalog.md.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use frond_wire::FolderId;

use super::event::Event;
use super::hash::EventHash;
use super::histories::{Affected, Histories, ObjectHistory};
use super::implicit::Implicit;
use super::layout::{Layout, Moved};
use super::listing::{FileFault, FileRow, Listing, Revision};
use super::log::Log;
use super::state::{File, Folder, State, Step};
use super::trash::Trash;
use super::tree::{Spot, Tree};
use crate::object::ObjectId;

/// The state that a set of events defines.
#[derive(Clone, Debug, Default)]
pub struct Index {
    log: Log,
    /// The folders that paths name.
    paths: Implicit,
    histories: Histories,
    state: State,
    layout: Layout,
    tree: Tree,
}

impl Index {
    /// An index without events that takes the place of this one ([`Index::replace`]).
    #[must_use]
    pub fn anew(&self) -> Self {
        let mut index = Self::default();
        index.replace(self);
        index
    }

    /// Takes the place of another index: its revisions go on from those of the other, and the
    /// faults found in files stay.
    pub fn replace(&mut self, old: &Self) {
        self.tree.replace(&old.tree);
        let faulty = old.histories.objects.iter().filter(|(_, known)| known.fault.is_some());
        for (id, known) in faulty {
            self.set_fault(*id, known.fault);
        }
    }

    /// The index of a snapshot's events. `step` is awaited after each operation, each folder and
    /// each file, and decides when to let others go on.
    pub(super) async fn covered(log: Log, step: &mut impl AsyncFnMut()) -> Self {
        let mut index = Self { log, ..Self::default() };
        let Self { log, paths, histories, state, layout, tree } = &mut index;
        let mut folders = BTreeSet::new();
        for event in log.by_number() {
            for (at, op) in event.event.ops.iter().enumerate() {
                paths.insert(op, &mut folders);
                histories.remember(event, at);
                step().await;
            }
        }
        folders.extend(histories.folders());
        state.fold_retention(&histories.retention);
        // Nothing is shown yet that could move.
        let mut moved = Moved::default();
        for id in &folders {
            let (_, when) = state.fold_folder(*id, histories.folder(id), paths);
            layout.change_folder(state, *id, None, when, &mut moved);
            step().await;
        }
        for (id, known) in histories.objects.iter() {
            let (_, when) = state.fold(*id, known.history.steps(), paths);
            layout.change_file(state, *id, None, when, &mut Moved::default());
            step().await;
        }
        tree.begin();
        for id in folders {
            if let Some((spot, kept)) = folder_spot(state, layout, id) {
                tree.attach_folder(id, spot, kept);
            }
            step().await;
        }
        for (id, file) in state.files.iter() {
            if let Some(spot) = file_spot(state, layout, id, file) {
                tree.attach_file(*id, &spot, file.size);
            }
            step().await;
        }
        index
    }

    /// The operations that set what is deleted by itself, in order.
    pub(super) fn retention_history(&self) -> &[Step] {
        &self.histories.retention
    }

    /// The operations on an object, in order.
    pub(super) fn history(&self, id: &ObjectId) -> &[Step] {
        self.histories.object(id)
    }

    /// The operations on a folder, in order.
    pub(super) fn folder_history(&self, id: &FolderId) -> &[Step] {
        self.histories.folder(id)
    }

    /// The events.
    #[must_use]
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Files, folders and uploads.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Files and folders that are not in the trash.
    #[must_use]
    pub fn files(&self) -> Listing<'_> {
        Listing::new(self)
    }

    /// Files and folders in the trash.
    #[must_use]
    pub fn trash(&self) -> Trash<'_> {
        Trash::new(self)
    }

    /// The row of a file, wherever it is: listed, in the trash, or an older version. Only the paths
    /// of listed files are distinct.
    #[must_use]
    pub fn row(&self, id: &ObjectId) -> Option<FileRow> {
        let file = self.state.files.get(id)?;
        Some(FileRow::of(self, *id, file))
    }

    /// The file that a file was superseded by, if it is an older version.
    #[must_use]
    pub fn newer(&self, id: &ObjectId) -> Option<ObjectId> {
        self.layout.newer(id)
    }

    /// The files that were superseded by a file, directly.
    pub fn older(&self, id: &ObjectId) -> impl Iterator<Item = ObjectId> {
        self.layout.older(*id)
    }

    /// The file of which a file is an older version, if it is one.
    #[must_use]
    pub fn newest(&self, id: &ObjectId) -> Option<ObjectId> {
        let mut newest = None;
        while let Some(newer) = self.layout.newer(newest.as_ref().unwrap_or(id)) {
            newest = Some(newer);
        }
        newest
    }

    /// The older versions of a file, the one that was added last first.
    #[must_use]
    pub fn versions(&self, id: &ObjectId) -> Vec<FileRow> {
        let versions = self.layout.versions(id);
        let mut rows: Vec<_> = versions.iter().filter_map(|id| self.row(id)).collect();
        rows.sort_by_key(|row| std::cmp::Reverse((row.added, row.id)));
        rows
    }

    /// Increases with every change of a list.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.tree.revision()
    }

    pub(super) fn tree(&self) -> &Tree {
        &self.tree
    }

    pub(super) fn layout(&self) -> &Layout {
        &self.layout
    }

    pub(super) fn paths(&self) -> &Implicit {
        &self.paths
    }

    pub(super) fn fault(&self, id: &ObjectId) -> Option<FileFault> {
        self.histories.objects.get(id)?.fault
    }

    /// Adds an event; returns whether it is new.
    pub fn apply(&mut self, hash: EventHash, event: Event) -> bool {
        if self.log.get(&hash).is_some() {
            return false;
        }
        let mut named = Affected::default();
        event.ops.iter().for_each(|op| self.paths.insert(op, &mut named.folders));
        let placed = self.log.place(hash, event);
        self.step(placed, named);
        true
    }

    /// Adds several events, in any order.
    pub fn extend(&mut self, events: impl IntoIterator<Item = (EventHash, Event)>) {
        let new = events.into_iter().filter(|(hash, _)| self.log.get(hash).is_none());
        let new: BTreeMap<_, _> = new.collect();
        let mut named = Affected::default();
        for op in new.values().flat_map(|event| &event.ops) {
            self.paths.insert(op, &mut named.folders);
        }
        let placed = self.log.place_all(new);
        self.step(placed, named);
    }

    /// Removes an event that was never in the bucket.
    pub fn remove(&mut self, hash: &EventHash) {
        let Some((event, moved)) = self.log.take_out(hash) else { return };
        let mut named = Affected::of(&event);
        self.histories.forget(hash, &named);
        self.paths.remove(&event, &mut named.folders);
        self.step(moved, named);
    }

    /// Sets or clears the fault found in a file. A fault that the events imply takes precedence.
    pub fn set_fault(&mut self, id: ObjectId, fault: Option<FileFault>) {
        let known = |known: &mut ObjectHistory| std::mem::replace(&mut known.fault, fault);
        let before = self.histories.objects.update(id, known);
        if before != fault && self.state.files.contains_key(&id) {
            self.tree.begin();
            self.tree.touch(&id);
        }
    }

    /// Inserts events that have a new place into the histories of what they name and folds those
    /// again; what is `named` has changed already.
    fn step(&mut self, placed: impl IntoIterator<Item = EventHash>, mut named: Affected) {
        let placed: Vec<_> =
            placed.into_iter().filter_map(|hash| self.log.placed(&hash)).cloned().collect();
        // Remove all events from their old places before inserting any at its new one.
        for event in &placed {
            let names = Affected::of(&event.event);
            self.histories.forget(&event.hash, &names);
            named.add(names);
        }
        for event in &placed {
            self.histories.remember_all(event);
        }
        self.fold(named);
    }

    fn fold(&mut self, named: Affected) {
        let (mut moved, mut new) = (Moved::default(), BTreeSet::new());
        if named.retention {
            self.state.fold_retention(&self.histories.retention);
        }
        for id in named.folders {
            let history = self.histories.folder(&id);
            let (before, when) = self.state.fold_folder(id, history, &self.paths);
            if !before.as_ref().is_some_and(Folder::exists) {
                new.insert(id);
            }
            self.layout.change_folder(&self.state, id, before.as_ref(), when, &mut moved);
        }
        let mut changed = BTreeMap::new();
        for id in named.objects {
            let history = self.histories.object(&id);
            let (before, when) = self.state.fold(id, history, &self.paths);
            self.layout.change_file(&self.state, id, before.as_ref(), when, &mut moved);
            if before.as_ref() != self.state.files.get(&id) {
                changed.insert(id, before);
            }
        }
        self.layout.follow(&self.state, &new, &mut moved);
        self.show(moved, &changed);
    }

    /// Updates the tree where files and folders moved, or files `changed` from what they were.
    fn show(&mut self, moved: Moved, changed: &BTreeMap<ObjectId, Option<File>>) {
        let Self { state, layout, tree, .. } = self;
        tree.begin();
        let (mut folders, mut files) = (Vec::new(), Vec::new());
        // Detach all from their old places before attaching any to its new one.
        for id in moved.folders {
            let spot = folder_spot(state, layout, id);
            let (at, kept) =
                spot.as_ref().map_or((None, false), |(spot, kept)| (Some(spot), *kept));
            if !tree.is_at(id, at, kept) {
                tree.detach_folder(id);
                folders.extend(spot.map(|(spot, kept)| (id, spot, kept)));
            }
        }
        for id in moved.files {
            let file = state.files.get(&id);
            let spot = file.and_then(|file| file_spot(state, layout, &id, file));
            let place = spot.as_ref().map(|spot| (spot.parent, spot.trashed));
            let before = changed.get(&id).map(Option::as_ref);
            // A change among the older versions of a file.
            if place.is_none() && tree.place(&id).is_none() {
                if before.is_some() {
                    tree.touch(&id);
                }
                continue;
            }
            let same = |before: &File| {
                file.is_some_and(|now| (&now.name, now.size) == (&before.name, before.size))
            };
            if place == tree.place(&id) && before.is_none_or(|before| before.is_some_and(same)) {
                if before.is_some() {
                    tree.touch(&id);
                }
                continue;
            }
            tree.detach_file(&id);
            files.extend(file.zip(spot).map(|(file, spot)| (id, spot, file.size)));
        }
        for (id, spot, kept) in folders {
            tree.attach_folder(id, spot, kept);
        }
        for (id, spot, size) in files {
            tree.attach_file(id, &spot, size);
        }
    }
}

/// Where a folder is shown, if it exists, and whether it is even if it is empty.
fn folder_spot(state: &State, layout: &Layout, id: FolderId) -> Option<(Spot, bool)> {
    let folder = state.folders.get(&id).filter(|folder| folder.exists())?;
    let name = folder.place.as_ref()?.name.as_str().into();
    let spot = Spot { parent: layout.parent(state, &id), name, trashed: folder.trashed };
    Some((spot, folder.kept))
}

/// Where a file is shown, if it is not an older version of another.
fn file_spot(state: &State, layout: &Layout, id: &ObjectId, file: &File) -> Option<Spot> {
    let parent = layout.shown_in(state, file.folder);
    let spot = Spot { parent, name: Rc::clone(&file.name), trashed: file.trashed };
    layout.newer(id).is_none().then_some(spot)
}
