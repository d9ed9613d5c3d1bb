//! The catalog, kept up to date event by event: the state that the events define, and the lists of
//! it.
//!
//! A new event costs only what it changes: its place in the order (`order`), the state of the
//! objects that it names (`state`), the paths that collide with theirs (`names`), and their parent
//! folders (`listing`). The result equals that of replaying all events, whatever the order of
//! arrival. See docs/decisions/0014-incremental-catalog.md.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::event::Event;
use super::hash::EventHash;
use super::listing::{FileFault, FileRow, Listing, Revision};
use super::log::Log;
use super::names::{Names, Renamed};
use super::state::{File, State, Step};
use crate::object::ObjectId;

/// The state that a set of events defines.
#[derive(Clone, Debug, Default)]
pub struct Index {
    log: Log,
    objects: BTreeMap<ObjectId, Known>,
    state: State,
    files: Shelf,
    trash: Shelf,
    revision: Revision,
}

/// What is known of an object, besides the state that its operations define.
#[derive(Clone, Debug, Default)]
struct Known {
    /// The operations on it, in order.
    history: Vec<Step>,
    /// Its row, if it is a file.
    shown: Option<Shown>,
    /// A fault found in it, beyond what the events say.
    fault: Option<FileFault>,
}

/// A file's row, and the list that it is in.
#[derive(Clone, Debug, PartialEq)]
struct Shown {
    row: Rc<FileRow>,
    trashed: bool,
}

/// Files that are listed together and disambiguated among themselves.
#[derive(Clone, Debug, Default)]
struct Shelf {
    names: Names,
    listing: Listing,
}

impl Index {
    /// The index of a snapshot's events, in place of another one: revisions go on from those of
    /// `old`, and the faults found in files stay.
    pub(super) fn covered(log: Log, old: &Self) -> Self {
        let placed = log.by_number().map(|placed| placed.hash).collect();
        let mut index = Self { log, revision: old.revision, ..Self::default() };
        for (id, known) in old.objects.iter().filter(|(_, known)| known.fault.is_some()) {
            index.objects.entry(*id).or_default().fault = known.fault;
        }
        index.step(placed, BTreeSet::new());
        index
    }

    /// The operations on each object, in order.
    pub(super) fn histories(&self) -> impl Iterator<Item = &[Step]> {
        self.objects.values().map(|known| known.history.as_slice())
    }

    /// The events.
    #[must_use]
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Files and uploads, by object.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Files that are not in the trash.
    #[must_use]
    pub fn files(&self) -> &Listing {
        &self.files.listing
    }

    /// Files in the trash.
    #[must_use]
    pub fn trash(&self) -> &Listing {
        &self.trash.listing
    }

    /// The row of a file, in the trash or not.
    #[must_use]
    pub fn row(&self, id: &ObjectId) -> Option<&Rc<FileRow>> {
        Some(&self.objects.get(id)?.shown.as_ref()?.row)
    }

    /// Increases with every change of a list.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// Adds an event; returns whether it is new.
    pub fn apply(&mut self, hash: EventHash, event: Event) -> bool {
        let placed = self.log.place(hash, event);
        let new = !placed.is_empty();
        self.settle(placed);
        new
    }

    /// Adds several events, in any order.
    pub fn extend(&mut self, events: impl IntoIterator<Item = (EventHash, Event)>) {
        let placed = self.log.place_all(events);
        self.settle(placed);
    }

    /// Removes an event that was never in the bucket.
    pub fn remove(&mut self, hash: &EventHash) {
        let Some((event, moved)) = self.log.take_out(hash) else { return };
        let named = objects(&event);
        for object in &named {
            if let Some(known) = self.objects.get_mut(object) {
                known.history.retain(|step| step.placed.hash != *hash);
            }
        }
        self.step(moved, named);
    }

    /// Sets or clears the fault found in a file. A fault that the events imply takes precedence.
    pub fn set_fault(&mut self, id: ObjectId, fault: Option<FileFault>) {
        let known = self.objects.entry(id).or_default();
        if std::mem::replace(&mut known.fault, fault) != fault {
            self.show(BTreeSet::from([id]), Renamed::default());
        }
    }

    fn settle(&mut self, placed: impl IntoIterator<Item = EventHash>) {
        self.step(placed.into_iter().collect(), BTreeSet::new());
    }

    /// Inserts events that have a new place into the histories of their objects and folds those
    /// again; `named` are objects whose histories have already changed.
    fn step(&mut self, placed: Vec<EventHash>, mut named: BTreeSet<ObjectId>) {
        let placed: Vec<_> =
            placed.iter().filter_map(|hash| self.log.placed(hash)).cloned().collect();
        // Remove all events from their old places before inserting any at its new one.
        for event in &placed {
            for object in objects(&event.event) {
                if let Some(known) = self.objects.get_mut(&object) {
                    known.history.retain(|step| step.placed.hash != event.hash);
                }
                named.insert(object);
            }
        }
        for event in &placed {
            for (op, object) in event.event.ops.iter().map(super::Op::object).enumerate() {
                let Some(object) = object else { continue };
                let history = &mut self.objects.entry(*object).or_default().history;
                // Most objects have a single operation.
                history.reserve_exact(usize::from(history.is_empty()));
                let at = history.partition_point(|step| step.placed.cmp(event).is_le());
                history.insert(at, Step { placed: Rc::clone(event), op });
            }
        }
        let (mut changed, mut renamed) = (BTreeSet::new(), Renamed::default());
        for object in named {
            let history = self.objects.get(&object).map_or(&[][..], |known| &known.history);
            let before = self.state.fold(object, history);
            let after = self.state.files.get(&object);
            if after != before.as_ref() {
                let path = |file: &File| (file.trashed, file.path.clone());
                let (before, after) = (before.as_ref().map(path), after.map(path));
                self.rename(object, before, after, &mut renamed);
                changed.insert(object);
            }
        }
        self.show(changed, renamed);
    }

    /// Changes a file's path or its shelf (whether it is in the trash).
    fn rename(
        &mut self,
        id: ObjectId,
        before: Option<(bool, String)>,
        after: Option<(bool, String)>,
        renamed: &mut Renamed,
    ) {
        if before == after {
            return;
        }
        if let Some((trashed, path)) = before {
            self.shelf(trashed).names.remove(id, &path, renamed);
        }
        if let Some((trashed, path)) = after {
            self.shelf(trashed).names.insert(id, &path, renamed);
        }
    }

    /// Updates the rows of files that changed or that are displayed under a new path.
    fn show(&mut self, mut changed: BTreeSet<ObjectId>, mut renamed: Renamed) {
        changed.extend(renamed.keys());
        let revision = Revision(self.revision.0.saturating_add(1));
        let mut new = Vec::new();
        // Remove all rows from their old paths before inserting any at its new one.
        for id in changed {
            let known = self.objects.entry(id).or_default();
            let old = known.shown.as_ref();
            let path = renamed.remove(&id).or_else(|| Some(old?.row.path.clone()));
            let shown = self.state.files.get(&id).zip(path).map(|(file, path)| Shown {
                row: Rc::new(file_row(id, file, path, known.fault)),
                trashed: file.trashed,
            });
            if shown.as_ref() == old {
                continue;
            }
            self.revision = revision;
            if let Some(old) = known.shown.take() {
                self.shelf(old.trashed).listing.remove(&old.row, revision);
            }
            new.extend(shown.map(|shown| (id, shown)));
        }
        for (id, shown) in new {
            self.shelf(shown.trashed).listing.insert(&shown.row, revision);
            self.objects.entry(id).or_default().shown = Some(shown);
        }
    }

    fn shelf(&mut self, trashed: bool) -> &mut Shelf {
        if trashed { &mut self.trash } else { &mut self.files }
    }
}

fn file_row(id: ObjectId, file: &File, path: String, fault: Option<FileFault>) -> FileRow {
    let two_seals = file.two_seals.then_some(FileFault::TwoSeals);
    FileRow {
        id,
        path,
        size: file.size,
        media_type: file.media_type.clone(),
        modified: file.modified,
        added: file.added,
        fault: two_seals.or(fault),
    }
}

/// The objects that an event names.
fn objects(event: &Event) -> BTreeSet<ObjectId> {
    event.ops.iter().filter_map(super::Op::object).copied().collect()
}
