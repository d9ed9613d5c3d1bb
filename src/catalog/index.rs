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

use super::event::{Event, Op};
use super::hash::EventHash;
use super::implicit::Implicit;
use super::layout::{Layout, Moved};
use super::listing::{FileFault, FileRow, Listing, Revision, Trash};
use super::log::Log;
use super::order::Placed;
use super::state::{File, Folder, State, Step};
use super::tree::{Spot, Tree};
use crate::object::ObjectId;

/// The state that a set of events defines.
#[derive(Clone, Debug, Default)]
pub struct Index {
    log: Log,
    /// The folders that paths name.
    paths: Implicit,
    objects: BTreeMap<ObjectId, Known>,
    /// The operations on each folder, in order.
    folders: BTreeMap<FolderId, Vec<Step>>,
    /// The operations that set what is deleted by itself, in order.
    retention: Vec<Step>,
    state: State,
    layout: Layout,
    tree: Tree,
}

/// What is known of an object, besides the state that its operations define.
#[derive(Clone, Debug, Default)]
struct Known {
    /// The operations on it, in order.
    history: Vec<Step>,
    /// A fault found in it, beyond what the events say.
    fault: Option<FileFault>,
}

/// What has to be folded again.
#[derive(Default)]
struct Named {
    objects: BTreeSet<ObjectId>,
    folders: BTreeSet<FolderId>,
    retention: bool,
}

impl Named {
    fn add(&mut self, event: &Event) {
        self.objects.extend(event.ops.iter().filter_map(Op::object));
        self.folders.extend(event.ops.iter().filter_map(Op::folder));
        self.retention |= event.ops.iter().any(|op| matches!(op, Op::Retention(_)));
    }
}

impl Index {
    /// An index without events that takes the place of this one: its revisions go on from this
    /// one's, and the faults found in files stay.
    #[must_use]
    pub fn anew(&self) -> Self {
        let mut index = Self { tree: self.tree.anew(), ..Self::default() };
        for (id, known) in self.objects.iter().filter(|(_, known)| known.fault.is_some()) {
            index.objects.entry(*id).or_default().fault = known.fault;
        }
        index
    }

    /// The index of a snapshot's events, in place of another one ([`Index::anew`]).
    pub(super) fn covered(log: Log, old: &Self) -> Self {
        let mut index = Self { log, ..old.anew() };
        let (mut placed, mut named) = (Vec::with_capacity(index.log.len()), Named::default());
        for event in index.log.by_number() {
            index.paths.insert(&event.event, &mut named.folders);
            placed.push(event.hash);
        }
        index.step(placed, named);
        index
    }

    /// The operations on each object, on each folder and on what is deleted by itself, in order.
    pub(super) fn histories(&self) -> impl Iterator<Item = &[Step]> {
        let objects = self.objects.values().map(|known| known.history.as_slice());
        let folders = self.folders.values().map(Vec::as_slice);
        objects.chain(folders).chain([self.retention.as_slice()])
    }

    /// The operations on an object, in order.
    pub(super) fn history(&self, id: &ObjectId) -> &[Step] {
        self.objects.get(id).map_or(&[], |known| &known.history)
    }

    /// The operations on a folder, in order.
    pub(super) fn folder_history(&self, id: &FolderId) -> &[Step] {
        self.folders.get(id).map_or(&[], Vec::as_slice)
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
        self.objects.get(id)?.fault
    }

    /// Adds an event; returns whether it is new.
    pub fn apply(&mut self, hash: EventHash, event: Event) -> bool {
        if self.log.get(&hash).is_some() {
            return false;
        }
        let mut named = Named::default();
        self.paths.insert(&event, &mut named.folders);
        let placed = self.log.place(hash, event);
        self.step(placed, named);
        true
    }

    /// Adds several events, in any order.
    pub fn extend(&mut self, events: impl IntoIterator<Item = (EventHash, Event)>) {
        let new = events.into_iter().filter(|(hash, _)| self.log.get(hash).is_none());
        let new: BTreeMap<_, _> = new.collect();
        let mut named = Named::default();
        for event in new.values() {
            self.paths.insert(event, &mut named.folders);
        }
        let placed = self.log.place_all(new);
        self.step(placed, named);
    }

    /// Removes an event that was never in the bucket.
    pub fn remove(&mut self, hash: &EventHash) {
        let Some((event, moved)) = self.log.take_out(hash) else { return };
        let mut named = Named::default();
        named.add(&event);
        self.forget(hash, &named);
        self.paths.remove(&event, &mut named.folders);
        self.step(moved, named);
    }

    /// Sets or clears the fault found in a file. A fault that the events imply takes precedence.
    pub fn set_fault(&mut self, id: ObjectId, fault: Option<FileFault>) {
        let known = self.objects.entry(id).or_default();
        if std::mem::replace(&mut known.fault, fault) != fault && self.state.files.contains_key(&id)
        {
            self.tree.begin();
            self.tree.touch(&id);
        }
    }

    /// Inserts events that have a new place into the histories of what they name and folds those
    /// again; what is `named` has changed already.
    fn step(&mut self, placed: impl IntoIterator<Item = EventHash>, mut named: Named) {
        let placed: Vec<_> =
            placed.into_iter().filter_map(|hash| self.log.placed(&hash)).cloned().collect();
        // Remove all events from their old places before inserting any at its new one.
        for event in &placed {
            let mut names = Named::default();
            names.add(&event.event);
            self.forget(&event.hash, &names);
            // `append` would rebuild the larger set each time.
            named.objects.extend(names.objects);
            named.folders.extend(names.folders);
            named.retention |= names.retention;
        }
        for event in &placed {
            for (at, op) in event.event.ops.iter().enumerate() {
                if let Some(object) = op.object() {
                    let known = self.objects.entry(*object).or_default();
                    remember(&mut known.history, event, at);
                }
                if let Some(folder) = op.folder() {
                    remember(self.folders.entry(*folder).or_default(), event, at);
                }
                if matches!(op, Op::Retention(_)) {
                    remember(&mut self.retention, event, at);
                }
            }
        }
        self.fold(named);
    }

    /// Removes the operations of an event from the histories of what it names.
    fn forget(&mut self, event: &EventHash, named: &Named) {
        for id in &named.objects {
            if let Some(known) = self.objects.get_mut(id) {
                known.history.retain(|step| step.placed.hash != *event);
            }
        }
        for id in &named.folders {
            if let Some(history) = self.folders.get_mut(id) {
                history.retain(|step| step.placed.hash != *event);
            }
        }
        if named.retention {
            self.retention.retain(|step| step.placed.hash != *event);
        }
    }

    fn fold(&mut self, named: Named) {
        let (mut moved, mut new) = (Moved::default(), BTreeSet::new());
        if named.retention {
            self.state.fold_retention(&self.retention);
        }
        for id in named.folders {
            let history = self.folders.get(&id).map(Vec::as_slice).unwrap_or_default();
            let (before, when) = self.state.fold_folder(id, history, &self.paths);
            if !before.as_ref().is_some_and(Folder::exists) {
                new.insert(id);
            }
            self.layout.change_folder(&self.state, id, before.as_ref(), when, &mut moved);
        }
        let mut changed = BTreeMap::new();
        for id in named.objects {
            let history = self.objects.get(&id).map_or(&[][..], |known| &known.history);
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
            let folder = state.folders.get(&id).filter(|folder| folder.exists());
            let spot = folder.and_then(|folder| {
                let (parent, name) =
                    (layout.parent(state, &id), folder.place.as_ref()?.name.clone());
                Some(Spot { parent, name, trashed: folder.trashed })
            });
            let kept = folder.is_some_and(|folder| folder.kept);
            if !tree.is_at(id, spot.as_ref(), kept) {
                tree.detach_folder(id);
                folders.extend(spot.map(|spot| (id, spot, kept)));
            }
        }
        for id in moved.files {
            let file = state.files.get(&id);
            let shown = file.filter(|_| layout.newer(&id).is_none());
            let place = shown.map(|file| (layout.shown_in(state, file.folder), file.trashed));
            let before = changed.get(&id).map(Option::as_ref);
            // A change among the older versions of a file.
            if place.is_none() && tree.place(&id).is_none() {
                if before.is_some() {
                    tree.touch(&id);
                }
                continue;
            }
            let same = |file: &File| {
                shown.is_some_and(|now| (&now.name, now.size) == (&file.name, file.size))
            };
            if place == tree.place(&id) && before.is_none_or(|before| before.is_some_and(same)) {
                if before.is_some() {
                    tree.touch(&id);
                }
                continue;
            }
            tree.detach_file(&id);
            if let Some((file, (parent, trashed))) = shown.zip(place) {
                files.push((id, Spot { parent, name: file.name.clone(), trashed }, file.size));
            }
        }
        for (id, spot, kept) in folders {
            tree.attach_folder(id, spot, kept);
        }
        for (id, spot, size) in files {
            tree.attach_file(id, &spot, size);
        }
    }
}

/// Inserts an operation at its place.
fn remember(history: &mut Vec<Step>, event: &Rc<Placed>, op: usize) {
    // Most objects have a single operation.
    history.reserve_exact(usize::from(history.is_empty()));
    let at = history.partition_point(|step| step.placed.cmp(event).is_le());
    history.insert(at, Step { placed: Rc::clone(event), op });
}
