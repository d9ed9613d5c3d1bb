//! The total order of events, as a key that each event carries.
//!
//! The order is that of Kahn's algorithm with the smallest ready hash first: parents before
//! children, ties by hash, independent of any clock. Of two events, that algorithm pops the one
//! with the smaller *key* first. The key of an event is a descending list of hashes that ends with
//! its own:
//!
//! ```text
//! key(x) = the hashes of key(p) that are larger than x's, then x's own
//! p      = the parent of x with the largest key; without parents, key(x) is x's hash alone
//! ```
//!
//! The first hash of a key is the largest among the event and its ancestors: no event with a
//! smaller first hash is popped after the event that has it. Among events with the same first hash,
//! the same holds for the second, and so on. A key depends only on the event and its ancestors, so
//! a new event never reorders two other events unless it is an ancestor of one of them.
//!
//! An event stores the last hash of its key and shares the rest with its ancestors. Hashes are
//! random, so the key of the last of `n` events has about `ln n` entries.

use std::cmp::Ordering;
use std::rc::Rc;

use super::event::Event;
use super::hash::EventHash;

/// An event with its key.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) hash: EventHash,
    pub(super) event: Rc<Event>,
    /// The event whose key is this key without its last hash.
    above: Option<Rc<Placed>>,
}

impl Placed {
    /// Places an event after those of its parents that are in the set.
    pub(super) fn after<'a>(
        parents: impl Iterator<Item = &'a Rc<Self>>,
        hash: EventHash,
        event: Rc<Event>,
    ) -> Rc<Self> {
        let parent = parents.max_by(|a, b| a.cmp(b));
        let above = parent.and_then(|parent| Self::above_child(parent, &hash));
        Self::below(above.cloned(), hash, event)
    }

    /// Places an event whose event above is known.
    pub(super) fn below(above: Option<Rc<Self>>, hash: EventHash, event: Rc<Event>) -> Rc<Self> {
        Rc::new(Self { hash, event, above })
    }

    /// The event above a child with this hash, of which `parent` is the parent with the largest
    /// key.
    pub(super) fn above_child<'a>(parent: &'a Rc<Self>, hash: &EventHash) -> Option<&'a Rc<Self>> {
        let mut above = Some(parent);
        while let Some(node) = above.filter(|node| node.hash < *hash) {
            above = node.above.as_ref();
        }
        above
    }

    /// The event whose key is this one's without its last hash.
    pub(super) fn above(&self) -> Option<&Rc<Self>> {
        self.above.as_ref()
    }

    /// Compares two events by key.
    pub(super) fn cmp(&self, other: &Self) -> Ordering {
        self.key().iter().rev().cmp(other.key().iter().rev())
    }

    /// The key, last hash first.
    fn key(&self) -> Vec<&EventHash> {
        let mut key = vec![&self.hash];
        let mut node = self.above.as_ref();
        while let Some(above) = node {
            key.push(&above.hash);
            node = above.above.as_ref();
        }
        key
    }
}

/// One event; its place depends on it and its ancestors.
impl PartialEq for Placed {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash && self.event == other.event
    }
}

impl Eq for Placed {}
