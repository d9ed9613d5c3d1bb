//! Pointers from each thing to at most one other, set by operations that did not know of each
//! other: folders to their parents, versions to the newer ones. Pointers that form a cycle lead
//! nowhere, so of each cycle the pointer that was set last, in the order of events, does not count.

use std::collections::{BTreeMap, BTreeSet};

/// The pointers of a set of things. `When` is the place of an operation in the order of events.
#[derive(Clone, Debug)]
pub(super) struct Links<Id, When> {
    set: BTreeMap<Id, (Id, When)>,
    /// Cycles: the thing whose pointer does not count, and all things on the cycle.
    cycles: BTreeMap<Id, BTreeSet<Id>>,
}

impl<Id, When> Default for Links<Id, When> {
    fn default() -> Self {
        Self { set: BTreeMap::new(), cycles: BTreeMap::new() }
    }
}

impl<Id: Copy + Ord, When: Ord> Links<Id, When> {
    /// What a thing points to; `None` if its pointer does not count.
    pub(super) fn target(&self, id: &Id) -> Option<Id> {
        let (target, _) = self.set.get(id)?;
        (!self.cycles.contains_key(id)).then_some(*target)
    }

    /// Sets or removes a pointer. Adds to `changed` the things whose [`Links::target`] may have
    /// changed.
    pub(super) fn set(&mut self, id: Id, to: Option<(Id, When)>, changed: &mut BTreeSet<Id>) {
        changed.insert(id);
        // A thing has one pointer, so it is on at most one cycle.
        let cut = self.cycles.iter().find(|(_, cycle)| cycle.contains(&id)).map(|(cut, _)| *cut);
        if let Some(cut) = cut {
            self.cycles.remove(&cut);
            changed.insert(cut);
        }
        match to {
            Some(to) => drop(self.set.insert(id, to)),
            None => drop(self.set.remove(&id)),
        }
        let Some(cycle) = self.cycle(id) else { return };
        let cut = cycle.iter().max_by_key(|id| self.set.get(id).map(|(_, when)| when)).copied();
        if let Some(cut) = cut {
            self.cycles.insert(cut, cycle);
            changed.insert(cut);
        }
    }

    /// The cycle that a thing is on.
    fn cycle(&self, id: Id) -> Option<BTreeSet<Id>> {
        let mut seen = BTreeSet::from([id]);
        let mut next = self.set.get(&id)?.0;
        while seen.insert(next) {
            next = self.set.get(&next)?.0;
        }
        // Another cycle may be where this path ends.
        (next == id).then_some(seen)
    }
}
