//! The set of events: its order, its heads, and what is doubtful about it. All of it is kept up to
//! date event by event.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use frond_wire::{EventKey, base32};
use sha2::{Digest, Sha256};

use super::event::{Event, MAX_PARENTS, Op};
use super::hash::EventHash;
use super::numbers::Numbers;
use super::order::Placed;
use crate::account::DeviceId;

/// Why the vault is read-only: the bucket shows a history that cannot be. Local copies are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Doubt {
    /// An event between two others of a device is missing.
    Hole,
    /// An event builds on one that is not there.
    MissingParent,
    /// What this device has seen before is not there any more.
    Rollback,
    /// Two events claim one place in a device's history, and nobody has merged them
    /// ([`Op::Merge`]).
    Fork,
    /// An event does not open, or is not what its name says.
    BadEvent,
    /// An event holds an operation that this version does not know: a newer Frond made it. What is
    /// known is shown.
    Newer,
}

/// A set of events.
#[derive(Clone, Debug, Default)]
pub struct Log {
    events: BTreeMap<EventHash, Rc<Placed>>,
    /// (parent, child) of every event here, whether or not the parent is here.
    edges: BTreeSet<(EventHash, EventHash)>,
    /// Events that no event here names as parent.
    heads: BTreeSet<EventHash>,
    /// Parents that are not here.
    missing: BTreeSet<EventHash>,
    numbers: Numbers,
    /// (merged event, event that merges it).
    merged: BTreeSet<(EventHash, EventHash)>,
    /// Events that merge others, by their time in milliseconds since the Unix epoch.
    merges: BTreeSet<(u64, EventHash)>,
    /// Events that a newer Frond made.
    newer: BTreeSet<EventHash>,
}

/// All else follows from the events.
impl PartialEq for Log {
    fn eq(&self, other: &Self) -> bool {
        self.events == other.events
    }
}

impl Eq for Log {}

impl Log {
    /// Takes an event in; tells whether it is new.
    pub fn insert(&mut self, hash: EventHash, event: Event) -> bool {
        !self.place(hash, event).is_empty()
    }

    /// Takes an event in. The events that have a new place in the order: itself and, where it comes
    /// late, those here that build on it; none where it is known already.
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
        self.numbers.insert(event.device, event.seq, hash);
        if event.is_newer() {
            self.newer.insert(hash);
        }
        for merged in merged(&event) {
            self.merged.insert((*merged, hash));
            self.merges.insert((event.id.milliseconds(), hash));
        }
        self.put(hash, Rc::new(event));
        std::iter::once(hash).chain(self.put_again(later)).collect()
    }

    /// Takes in several events, parents first; the events that have a new place in the order.
    pub(super) fn place_all(
        &mut self,
        events: impl IntoIterator<Item = (EventHash, Event)>,
    ) -> BTreeSet<EventHash> {
        let mut waiting: BTreeMap<EventHash, Event> = events.into_iter().collect();
        let mut placed = BTreeSet::new();
        while let Some(hash) = waiting.keys().next().copied() {
            // Depth first, without recursion: a history may be as deep as it is long. Each entry is
            // an event and those of its parents that were not looked at yet.
            let parents = |event: &Event| event.parents.clone();
            let mut path: Vec<_> = waiting
                .remove(&hash)
                .map(|event| (hash, parents(&event), event))
                .into_iter()
                .collect();
            while let Some((_, unseen, _)) = path.last_mut() {
                if let Some(parent) = unseen.pop() {
                    let parent =
                        waiting.remove(&parent).map(|event| (parent, parents(&event), event));
                    path.extend(parent);
                } else if let Some((hash, _, event)) = path.pop() {
                    placed.extend(self.place(hash, event));
                }
            }
        }
        placed
    }

    /// Takes an event out that was never in the bucket.
    pub fn remove(&mut self, hash: &EventHash) {
        self.take_out(hash);
    }

    /// Takes an event out, and returns it with the events whose places change by that.
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
                if self.events.contains_key(parent) {
                    self.heads.insert(*parent);
                }
            }
        }
        self.numbers.remove(event.device, event.seq, *hash);
        self.newer.remove(hash);
        for merged in merged(&event) {
            self.merged.remove(&(*merged, *hash));
        }
        self.merges.remove(&(event.id.milliseconds(), *hash));
        Some((event, self.put_again(later)))
    }

    /// Puts an event into its place; its parents are in theirs.
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

    /// The events here that build on one, in their order; it need not be here itself.
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

    /// An event in its place.
    pub(super) fn placed(&self, hash: &EventHash) -> Option<&Rc<Placed>> {
        self.events.get(hash)
    }

    /// Number of events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// An event.
    #[must_use]
    pub fn get(&self, hash: &EventHash) -> Option<&Event> {
        self.events.get(hash).map(|placed| &*placed.event)
    }

    /// The hash of the event of that name, if it is here.
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

    /// The newest events, ascending: those that no event here names as parent.
    #[must_use]
    pub fn heads(&self) -> Vec<EventHash> {
        self.heads.iter().copied().collect()
    }

    /// What the next event of `device` names as parents, ascending: the newest events. Where they
    /// are more than an event may name, the device's own newest one, so that its events keep one
    /// order, and the first of the others.
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
    /// Two devices with one code have the same events: every head names all it builds on. Whoever
    /// holds the bucket chooses what each of two devices sees, so a pair of views with one code
    /// takes 2^64 tries and not 2^128.
    #[must_use]
    pub fn head_code(&self) -> String {
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

    /// All events in the one order that follows from the set: parents first, ties by hash
    /// (`order`). A parent that is not here does not hold its children up.
    #[must_use]
    pub fn order(&self) -> Vec<&Event> {
        let mut placed: Vec<_> = self.events.values().collect();
        placed.sort_by(|a, b| a.cmp(b));
        placed.into_iter().map(|placed| &*placed.event).collect()
    }

    /// Puts what belongs to events into the events' order; what belongs to no event here comes
    /// first.
    pub fn arrange<T>(&self, items: &mut [T], key: impl Fn(&T) -> EventKey) {
        let placed = |item: &T| self.find(&key(item)).and_then(|hash| self.events.get(&hash));
        items.sort_by(|a, b| match (placed(a), placed(b)) {
            (Some(a), Some(b)) => a.cmp(b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        });
    }

    /// Events that claim a number in their device's history which another one claims too, and that
    /// nobody has merged.
    ///
    /// A number is settled when each of its events is named by some `merge`: the bucket cannot forge
    /// one, and who wrote it had all that it names below it.
    #[must_use]
    pub fn forks(&self) -> Vec<EventHash> {
        let open = self.numbers.shared().filter(|(device, seq)| {
            self.numbers.at(*device, *seq).any(|hash| !self.is_merged(hash))
        });
        let mut forks: Vec<_> =
            open.flat_map(|(device, seq)| self.numbers.at(*device, *seq)).copied().collect();
        forks.sort_unstable();
        forks
    }

    fn is_merged(&self, hash: &EventHash) -> bool {
        self.merged.range(children(*hash)).next().is_some()
    }

    /// Events that merge forks, oldest first: when, in milliseconds since the Unix epoch by the
    /// merging device's clock, and how many events each names.
    #[must_use]
    pub fn merges(&self) -> Vec<(u64, usize)> {
        let named = |hash| self.get(hash).map_or(0, |event| merged(event).count());
        let mut merges: Vec<_> = self.merges.iter().map(|(at, hash)| (*at, named(hash))).collect();
        merges.sort_unstable();
        merges
    }

    /// What is doubtful about the set itself. `Rollback` and `BadEvent` are for who compares it
    /// with the bucket.
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

/// All pairs that begin with a hash.
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
