//! The set of events: its order, its heads and its doubts, all kept up to date event by event.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use frond_wire::{EventKey, base32};
use sha2::{Digest, Sha256};

use super::event::{Event, MAX_PARENTS, Op};
use super::hash::EventHash;
use super::numbers::Numbers;
use super::order::Placed;
use crate::account::DeviceId;

/// Why the vault is read-only: the bucket shows an impossible history. Local copies are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Doubt {
    /// An event in the middle of a device's sequence is missing.
    Hole,
    /// An event names a parent that is missing.
    MissingParent,
    /// Something that this device has seen before is no longer there.
    Rollback,
    /// Two events claim the same place in a device's history and have not been merged
    /// ([`Op::Merge`]).
    Fork,
    /// An event does not open, or its content contradicts its name.
    BadEvent,
    /// An event holds an operation that this version does not know: a newer Frond made it. The
    /// known operations are shown.
    Newer,
}

/// The events of a snapshot. They name no parents.
#[derive(Clone, Debug, Default)]
struct Covered {
    /// Those that no other one had named as a parent.
    heads: BTreeSet<EventHash>,
    /// The others.
    parents: BTreeSet<EventHash>,
}

/// A set of events.
#[derive(Clone, Debug, Default)]
pub struct Log {
    events: BTreeMap<EventHash, Rc<Placed>>,
    /// (parent, child) of every event in the set, whether or not the parent is in the set.
    edges: BTreeSet<(EventHash, EventHash)>,
    /// Events that no event in the set names as a parent.
    heads: BTreeSet<EventHash>,
    /// The snapshot that the set began with.
    covered: Covered,
    /// Parents that are not in the set.
    missing: BTreeSet<EventHash>,
    numbers: Numbers,
    /// (merged event, event that merges it).
    merged: BTreeSet<(EventHash, EventHash)>,
    /// Events that merge others.
    merges: BTreeSet<EventHash>,
    /// Events made by a newer Frond.
    newer: BTreeSet<EventHash>,
}

/// The other fields derive from the events.
impl PartialEq for Log {
    fn eq(&self, other: &Self) -> bool {
        self.events == other.events
    }
}

impl Eq for Log {}

impl Log {
    /// The set that a snapshot's events are added to; these are its heads.
    pub(super) fn covered(heads: BTreeSet<EventHash>) -> Self {
        let covered = Covered { heads: heads.clone(), parents: BTreeSet::new() };
        Self { heads, covered, ..Self::default() }
    }

    /// Adds an event of the snapshot that the set begins with.
    pub(super) fn cover(&mut self, placed: Rc<Placed>) {
        self.note(placed.hash, &placed.event);
        if !self.covered.heads.contains(&placed.hash) {
            self.covered.parents.insert(placed.hash);
        }
        self.events.insert(placed.hash, placed);
    }

    /// Whether an event is one of the snapshot that the set began with.
    #[must_use]
    pub fn is_covered(&self, hash: &EventHash) -> bool {
        self.covered.parents.contains(hash) || self.covered.heads.contains(hash)
    }

    /// Adds an event; returns whether it is new.
    pub fn insert(&mut self, hash: EventHash, event: Event) -> bool {
        !self.place(hash, event).is_empty()
    }

    /// Adds an event. Returns the events whose place in the order is new: the event itself and, if
    /// it arrives late, its descendants; none if it is already known.
    pub(super) fn place(&mut self, hash: EventHash, event: Event) -> Vec<EventHash> {
        if self.events.contains_key(&hash) {
            return Vec::new();
        }
        let later = self.descendants(&hash);
        if self.edges.range(children(hash)).next().is_none() {
            self.heads.insert(hash);
        }
        self.missing.remove(&hash);
        for parent in &event.parents {
            self.edges.insert((*parent, hash));
            self.heads.remove(parent);
            if !self.events.contains_key(parent) {
                self.missing.insert(*parent);
            }
        }
        self.note(hash, &event);
        self.put(hash, Rc::new(event));
        std::iter::once(hash).chain(self.put_again(later)).collect()
    }

    /// Notes what a new event claims, merges and has of a newer Frond.
    fn note(&mut self, hash: EventHash, event: &Event) {
        self.numbers.insert(event.device, event.seq, hash);
        if event.is_newer() {
            self.newer.insert(hash);
        }
        for merged in merged(event) {
            self.merged.insert((*merged, hash));
            self.merges.insert(hash);
        }
    }

    /// Adds several events; returns the events whose place in the order is new.
    pub(super) fn place_all(
        &mut self,
        events: impl IntoIterator<Item = (EventHash, Event)>,
    ) -> BTreeSet<EventHash> {
        let mut placed = BTreeSet::new();
        for (hash, event) in parents_first(events) {
            placed.extend(self.place(hash, event));
        }
        placed
    }

    /// Removes an event that was never in the bucket.
    pub fn remove(&mut self, hash: &EventHash) {
        self.take_out(hash);
    }

    /// The set without some events, which no snapshot covers.
    #[must_use]
    pub fn without(&self, hashes: &BTreeSet<EventHash>) -> Self {
        let (covered, others): (Vec<_>, Vec<_>) =
            self.events.values().cloned().partition(|placed| self.is_covered(&placed.hash));
        let mut rest = Self::covered(self.covered.heads.clone());
        covered.into_iter().for_each(|placed| rest.cover(placed));
        for placed in others.into_iter().filter(|placed| !hashes.contains(&placed.hash)) {
            rest.insert(placed.hash, Event::clone(&placed.event));
        }
        rest
    }

    /// Removes an event, and returns it with the events whose places change as a result.
    pub(super) fn take_out(&mut self, hash: &EventHash) -> Option<(Rc<Event>, Vec<EventHash>)> {
        let later = self.descendants(hash);
        let event = Rc::clone(&self.events.remove(hash)?.event);
        self.heads.remove(hash);
        if self.edges.range(children(*hash)).next().is_some() {
            self.missing.insert(*hash);
        }
        for parent in &event.parents {
            self.edges.remove(&(*parent, *hash));
            if self.edges.range(children(*parent)).next().is_none() {
                self.missing.remove(parent);
                if self.events.contains_key(parent) && !self.covered.parents.contains(parent) {
                    self.heads.insert(*parent);
                }
            }
        }
        self.numbers.remove(event.device, event.seq, *hash);
        self.newer.remove(hash);
        for merged in merged(&event) {
            self.merged.remove(&(*merged, *hash));
        }
        self.merges.remove(hash);
        Some((event, self.put_again(later)))
    }

    /// Inserts an event at its place; its parents are already placed.
    fn put(&mut self, hash: EventHash, event: Rc<Event>) {
        let parents = event.parents.iter().filter_map(|parent| self.events.get(parent));
        let placed = Placed::after(parents, hash, Rc::clone(&event));
        self.events.insert(hash, placed);
    }

    fn put_again(&mut self, later: Vec<Rc<Placed>>) -> Vec<EventHash> {
        for placed in &later {
            self.put(placed.hash, Rc::clone(&placed.event));
        }
        later.into_iter().map(|placed| placed.hash).collect()
    }

    /// The descendants of an event, in order; the event itself need not be in the set.
    fn descendants(&self, hash: &EventHash) -> Vec<Rc<Placed>> {
        let mut found = BTreeSet::new();
        let mut unseen = vec![*hash];
        while let Some(parent) = unseen.pop() {
            let new = self.edges.range(children(parent)).map(|(_, child)| *child);
            unseen.extend(new.filter(|child| found.insert(*child)));
        }
        let mut found: Vec<_> =
            found.iter().filter_map(|hash| self.events.get(hash)).cloned().collect();
        found.sort_by(|a, b| a.cmp(b));
        found
    }

    /// An event with its place.
    pub(super) fn placed(&self, hash: &EventHash) -> Option<&Rc<Placed>> {
        self.events.get(hash)
    }

    /// All events with their places, by device, number and hash.
    pub(super) fn by_number(&self) -> impl Iterator<Item = &Rc<Placed>> {
        self.numbers.all().filter_map(|hash| self.events.get(hash))
    }

    /// The operations that merge others: each with its event and its index in that event; `false`
    /// because it purges no file.
    pub(super) fn merging(&self) -> impl Iterator<Item = (EventHash, usize, bool)> {
        self.merges.iter().flat_map(|hash| {
            let ops = self.get(hash).map(|event| event.ops.as_slice()).unwrap_or_default();
            let merging = ops.iter().enumerate().filter(|(_, op)| matches!(op, Op::Merge { .. }));
            merging.map(|(at, _)| (*hash, at, false))
        })
    }

    /// Each device with the number and the hash of its newest event, ascending.
    pub(super) fn reached(&self) -> impl Iterator<Item = (DeviceId, u64, EventHash)> {
        self.numbers.devices()
    }

    /// The events of the snapshot that the set began with.
    pub fn covered_events(&self) -> impl Iterator<Item = &EventHash> {
        self.covered.parents.iter().chain(&self.covered.heads)
    }

    /// All events that no snapshot covers.
    pub fn uncovered(&self) -> impl Iterator<Item = (EventHash, &Event)> {
        let uncovered = self.events.values().filter(|placed| !self.is_covered(&placed.hash));
        uncovered.map(|placed| (placed.hash, &*placed.event))
    }

    /// The keys of all events, ascending but for events that claim one number.
    pub fn keys(&self) -> impl Iterator<Item = EventKey> {
        self.by_number().map(|placed| placed.event.key())
    }

    /// Number of events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether the set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// An event.
    #[must_use]
    pub fn get(&self, hash: &EventHash) -> Option<&Event> {
        self.events.get(hash).map(|placed| &*placed.event)
    }

    /// The hash of the event with that key, if it is in the set.
    #[must_use]
    pub fn find(&self, key: &EventKey) -> Option<EventHash> {
        let mut claims = self.numbers.at(key.device, key.seq);
        claims.find(|hash| self.get(hash).is_some_and(|event| event.id == key.event)).copied()
    }

    /// The sequence number after a device's newest event.
    #[must_use]
    pub fn next_seq(&self, device: &DeviceId) -> u64 {
        self.numbers.next(device)
    }

    /// Whether the events of a device have exactly the sequence numbers below `next`, each once.
    #[must_use]
    pub fn is_complete(&self, device: &DeviceId, next: u64) -> bool {
        self.numbers.is_complete(device, next)
    }

    /// The heads, ascending: events that no event in the set names as a parent.
    #[must_use]
    pub fn heads(&self) -> Vec<EventHash> {
        self.heads.iter().copied().collect()
    }

    /// The parents of `device`'s next event, ascending: the heads. If there are more than an event
    /// may name, the device's own newest event, which keeps its events in order, and the first of
    /// the other heads.
    #[must_use]
    pub fn parents(&self, device: &DeviceId) -> Vec<EventHash> {
        let mut parents = self.heads();
        if parents.len() > MAX_PARENTS {
            let own = self.numbers.last(device).map(|(_, hash)| hash);
            parents.retain(|hash| Some(*hash) != own);
            parents.truncate(MAX_PARENTS - usize::from(own.is_some()));
            parents.extend(own);
            parents.sort_unstable();
        }
        parents
    }

    /// `base32(first 128 bits of SHA-256("frond/1 head code" ‖ 0x00 ‖ heads, ascending))`, 26
    /// digits in groups of four.
    ///
    /// Two devices with the same code have the same events: every head covers all its ancestors. An
    /// attacker who controls the bucket chooses what each of the two devices sees, so finding a
    /// pair of views with the same code takes 2^64 tries and not 2^128.
    #[must_use]
    pub fn list_fingerprint(&self) -> String {
        let start = Sha256::new_with_prefix(b"frond/1 head code\0");
        let hashed = self.heads.iter().fold(start, |sum, head| sum.chain_update(head.as_bytes()));
        let digest: [u8; 32] = hashed.finalize().into();
        let letters = base32(digest.first_chunk().unwrap_or(&[0; 16]));
        let groups: Vec<_> = letters
            .as_bytes()
            .chunks(4)
            .map(|group| String::from_utf8_lossy(group).into_owned())
            .collect();
        groups.join(" ")
    }

    /// All events in the total order that the set defines: parents first, ties by hash (`order`). A
    /// missing parent does not block its children.
    #[must_use]
    pub fn order(&self) -> Vec<&Event> {
        self.in_order().into_iter().map(|placed| &*placed.event).collect()
    }

    /// All events with their places, in that order.
    pub(super) fn in_order(&self) -> Vec<&Rc<Placed>> {
        let mut placed: Vec<_> = self.events.values().collect();
        placed.sort_by(|a, b| a.cmp(b));
        placed
    }

    /// Sorts items by the order of their events; items whose event is not in the set come first.
    pub fn arrange<T>(&self, items: &mut [T], key: impl Fn(&T) -> EventKey) {
        let placed = |item: &T| self.find(&key(item)).and_then(|hash| self.events.get(&hash));
        items.sort_by(|a, b| match (placed(a), placed(b)) {
            (Some(a), Some(b)) => a.cmp(b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        });
    }

    /// Events that share a sequence number of their device with another event, where not all of
    /// them are merged.
    ///
    /// A number is settled when each of its events is named by some `merge`: the bucket cannot
    /// forge one, and its author had all ancestors of the events that it names.
    #[must_use]
    pub fn forks(&self) -> Vec<EventHash> {
        let open = self.numbers.shared().filter(|(device, seq, _)| {
            self.numbers.at(*device, *seq).any(|hash| !self.is_merged(hash))
        });
        let mut forks: Vec<_> = open.map(|(.., hash)| *hash).collect();
        forks.sort_unstable();
        forks
    }

    fn is_merged(&self, hash: &EventHash) -> bool {
        self.merged.range(children(*hash)).next().is_some()
    }

    /// Events that merge forks, oldest first: the time, in milliseconds since the Unix epoch by the
    /// merging device's clock, and the number of events that each names.
    #[must_use]
    pub fn merges(&self) -> Vec<(u64, usize)> {
        let merges = self.merges.iter().filter_map(|hash| self.get(hash));
        let mut merges: Vec<_> =
            merges.map(|event| (event.id.milliseconds(), merged(event).count())).collect();
        merges.sort_unstable();
        merges
    }

    /// Doubts about the set itself. `Rollback` and `BadEvent` are determined by the caller that
    /// compares the set with the bucket.
    #[must_use]
    pub fn doubts(&self) -> BTreeSet<Doubt> {
        let doubts = [
            (Doubt::Hole, self.numbers.has_holes()),
            (Doubt::MissingParent, !self.missing.is_empty()),
            (Doubt::Fork, !self.forks().is_empty()),
            (Doubt::Newer, !self.newer.is_empty()),
        ];
        doubts.into_iter().filter(|(_, holds)| *holds).map(|(doubt, _)| doubt).collect()
    }
}

/// Events in an order in which each one comes after its parents, as far as these are among them.
pub fn parents_first(
    events: impl IntoIterator<Item = (EventHash, Event)>,
) -> Vec<(EventHash, Event)> {
    let mut waiting: Vec<_> = events.into_iter().map(|(hash, event)| (hash, Some(event))).collect();
    waiting.sort_by_key(|(hash, _)| *hash);
    let hashes: Vec<_> = waiting.iter().map(|(hash, _)| *hash).collect();
    // Takes an event, with its parents, of which none has been visited.
    let mut take = |hash| {
        let at = waiting.binary_search_by_key(&hash, |(hash, _)| *hash).ok()?;
        let event = waiting.get_mut(at)?.1.take()?;
        Some((hash, event.parents.clone(), event))
    };
    let mut arranged = Vec::with_capacity(hashes.len());
    for hash in hashes {
        // Depth-first without recursion, because a history can be as deep as it is long. Each entry
        // is an event and those of its parents that have not been visited.
        let mut path: Vec<_> = take(hash).into_iter().collect();
        while let Some((_, unseen, _)) = path.last_mut() {
            if let Some(parent) = unseen.pop() {
                path.extend(take(parent));
            } else if let Some((hash, _, event)) = path.pop() {
                arranged.push((hash, event));
            }
        }
    }
    arranged
}

/// The range of all pairs that begin with a hash.
fn children(hash: EventHash) -> std::ops::RangeInclusive<(EventHash, EventHash)> {
    (hash, EventHash::MIN)..=(hash, EventHash::MAX)
}

/// The events that an event merges.
fn merged(event: &Event) -> impl Iterator<Item = &EventHash> {
    event.ops.iter().flat_map(|op| match op {
        Op::Merge { events } => events.as_slice(),
        _ => &[],
    })
}
