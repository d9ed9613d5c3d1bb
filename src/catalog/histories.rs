//! The operations on each object and each folder, in the order of their events: what their states
//! are folded from.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use frond_wire::FolderId;

use super::event::{Event, Op};
use super::hash::EventHash;
use super::listing::FileFault;
use super::order::Placed;
use super::state::Step;
use super::table::Table;
use crate::object::ObjectId;

/// What is known besides the states.
#[derive(Clone, Debug, Default)]
pub(super) struct Histories {
    pub(super) objects: Table<ObjectId, ObjectHistory>,
    /// The operations on each folder.
    folders: BTreeMap<FolderId, Vec<Step>>,
    /// The operations that set what is deleted by itself.
    pub(super) retention: Vec<Step>,
}

/// What is known of an object, besides the state that its operations define.
#[derive(Clone, Debug, Default)]
pub(super) struct ObjectHistory {
    /// The operations on it.
    pub(super) history: History,
    /// A fault found in it, beyond what the events say.
    pub(super) fault: Option<FileFault>,
}

/// Operations in order. Most objects have a single one.
#[derive(Clone, Debug)]
pub(super) enum History {
    One(Step),
    Several(Vec<Step>),
}

impl Default for History {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

impl History {
    pub(super) fn steps(&self) -> &[Step] {
        match self {
            Self::One(step) => std::slice::from_ref(step),
            Self::Several(steps) => steps,
        }
    }

    fn change(&mut self, change: impl FnOnce(&mut Vec<Step>)) {
        let mut steps = match std::mem::take(self) {
            Self::One(step) => vec![step],
            Self::Several(steps) => steps,
        };
        change(&mut steps);
        *self = match <[Step; 1]>::try_from(steps) {
            Ok([step]) => Self::One(step),
            Err(steps) => Self::Several(steps),
        };
    }
}

/// What has to be folded again.
#[derive(Default)]
pub(super) struct Affected {
    pub(super) objects: BTreeSet<ObjectId>,
    pub(super) folders: BTreeSet<FolderId>,
    pub(super) retention: bool,
}

impl Affected {
    pub(super) fn of(event: &Event) -> Self {
        Self {
            objects: event.ops.iter().filter_map(Op::object).copied().collect(),
            folders: event.ops.iter().filter_map(Op::folder).copied().collect(),
            retention: event.ops.iter().any(|op| matches!(op, Op::Retention(_))),
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        // `append` would rebuild the larger set each time.
        self.objects.extend(other.objects);
        self.folders.extend(other.folders);
        self.retention |= other.retention;
    }
}

impl Histories {
    /// The operations on an object.
    pub(super) fn object(&self, id: &ObjectId) -> &[Step] {
        self.objects.get(id).map_or(&[], |known| known.history.steps())
    }

    /// The operations on a folder.
    pub(super) fn folder(&self, id: &FolderId) -> &[Step] {
        self.folders.get(id).map_or(&[], Vec::as_slice)
    }

    /// The folders that operations are about.
    pub(super) fn folders(&self) -> impl Iterator<Item = &FolderId> {
        self.folders.keys()
    }

    /// Inserts the operations of an event at their places.
    pub(super) fn remember_all(&mut self, event: &Rc<Placed>) {
        (0..event.event.ops.len()).for_each(|at| self.remember(event, at));
    }

    /// Inserts one operation of an event, by its index, at its place.
    pub(super) fn remember(&mut self, event: &Rc<Placed>, at: usize) {
        let Some(op) = event.event.ops.get(at) else { return };
        if let Some(object) = op.object() {
            let put = |history: &mut Vec<_>| remember(history, event, at);
            self.objects.update(*object, |known| known.history.change(put));
        }
        if let Some(folder) = op.folder() {
            remember(self.folders.entry(*folder).or_default(), event, at);
        }
        if matches!(op, Op::Retention(_)) {
            remember(&mut self.retention, event, at);
        }
    }

    /// Removes the operations of an event on what it names.
    pub(super) fn forget(&mut self, event: &EventHash, named: &Affected) {
        for id in &named.objects {
            if let Some(known) = self.objects.get_mut(id) {
                known.history.change(|steps| steps.retain(|step| step.placed.hash != *event));
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
}

/// Inserts an operation at its place.
fn remember(history: &mut Vec<Step>, event: &Rc<Placed>, op: usize) {
    let at = history.partition_point(|step| step.placed.cmp(event).is_le());
    history.insert(at, Step { placed: Rc::clone(event), op });
}
