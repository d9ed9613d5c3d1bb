//! The set of events: its order, its heads, and what is doubtful about it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use base64ct::{Base64UrlUnpadded, Encoding};
use frond_wire::base32;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use super::event::{Event, MAX_PARENTS, Op};
use super::text;
use crate::account::DeviceId;
use crate::object::EventId;

/// SHA-256 of an event's raw token: names the event and all that it builds on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventHash([u8; 32]);

impl EventHash {
    /// Of a raw token.
    #[must_use]
    pub fn of(token: &[u8]) -> Self {
        Self(Sha256::digest(token).into())
    }
}

impl std::fmt::Debug for EventHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&Base64UrlUnpadded::encode_string(&self.0))
    }
}

impl Serialize for EventHash {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        text::bytes::serialize(&self.0, to)
    }
}

impl<'de> Deserialize<'de> for EventHash {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        text::digest(from).map(Self)
    }
}

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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    events: BTreeMap<EventHash, Event>,
}

impl Log {
    /// Takes an event in; tells whether it is new.
    pub fn insert(&mut self, hash: EventHash, event: Event) -> bool {
        self.events.insert(hash, event).is_none()
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

    /// The sequence number after a device's newest event.
    #[must_use]
    pub fn next_seq(&self, device: &DeviceId) -> u64 {
        let newest = self
            .events
            .values()
            .filter(|event| event.device == *device)
            .map(|event| event.seq)
            .max();
        newest.map_or(0, |seq| seq.saturating_add(1))
    }

    /// The newest events, ascending: those that no event here names as parent.
    #[must_use]
    pub fn heads(&self) -> Vec<EventHash> {
        let mut parents: Vec<_> = self.events.values().flat_map(|event| &event.parents).collect();
        parents.sort_unstable();
        self.events.keys().filter(|hash| parents.binary_search(hash).is_err()).copied().collect()
    }

    /// What the next event of `device` names as parents, ascending: the newest events. Where they
    /// are more than an event may name, the device's own newest one, so that its events keep one
    /// order, and the first of the others.
    #[must_use]
    pub fn parents(&self, device: &DeviceId) -> Vec<EventHash> {
        let mut parents = self.heads();
        if parents.len() > MAX_PARENTS {
            let own = self.events.iter().filter(|(_, event)| event.device == *device);
            let own = own.max_by_key(|(_, event)| event.seq).map(|(hash, _)| *hash);
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
        let digest: [u8; 32] =
            self.heads().iter().fold(start, |sum, head| sum.chain_update(head.0)).finalize().into();
        let letters = base32(digest.first_chunk().unwrap_or(&[0; 16]));
        let groups: Vec<_> = letters
            .as_bytes()
            .chunks(4)
            .map(|group| String::from_utf8_lossy(group).into_owned())
            .collect();
        groups.join(" ")
    }

    /// All events in the one order that follows from the set: parents first, ties by hash.
    ///
    /// Kahn's algorithm with the smallest ready hash first. No clock has a say: a device whose
    /// clock is years ahead wins no more often than any other. A parent that is not here does not
    /// hold its children up. There are no circles: a circle would be a collision of SHA-256.
    #[must_use]
    pub fn order(&self) -> Vec<&Event> {
        self.hashes_in_order().into_iter().filter_map(|hash| self.events.get(&hash)).collect()
    }

    /// The hashes of all events, in that order.
    #[must_use]
    pub fn hashes_in_order(&self) -> Vec<EventHash> {
        let hashes: Vec<_> = self.events.keys().collect();
        // By place in `hashes`: how many parents an event waits for, and which events wait for a
        // parent.
        let mut waits_for = Vec::with_capacity(hashes.len());
        let mut children = Vec::new();
        let mut ready = BinaryHeap::new();
        for (child, event) in self.events.values().enumerate() {
            let before = children.len();
            let here = event.parents.iter().filter_map(|parent| hashes.binary_search(&parent).ok());
            children.extend(here.map(|parent| (parent, child)));
            waits_for.push(children.len() - before);
            if children.len() == before {
                ready.push(Reverse(child));
            }
        }
        children.sort_unstable();
        let mut ordered = Vec::with_capacity(hashes.len());
        while let Some(Reverse(place)) = ready.pop() {
            ordered.extend(hashes.get(place).copied().copied());
            let first = children.partition_point(|(parent, _)| *parent < place);
            let own = children.iter().skip(first).take_while(|(parent, _)| *parent == place);
            for (_, child) in own {
                let Some(left) = waits_for.get_mut(*child) else { continue };
                *left -= 1;
                if *left == 0 {
                    ready.push(Reverse(*child));
                }
            }
        }
        ordered
    }

    /// Events that claim a place in their device's history which another one claims too, and that
    /// nobody has merged.
    ///
    /// A place is settled when each of its events is named by some `merge`: the bucket cannot forge
    /// one, and who wrote it had all that it names below it.
    #[must_use]
    pub fn forks(&self) -> Vec<EventHash> {
        let merged: BTreeSet<_> = self.events.values().flat_map(merged).collect();
        let mut places: Vec<_> =
            self.events.iter().map(|(hash, event)| (event.device, event.seq, hash)).collect();
        places.sort_unstable();
        let shared =
            places.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)).filter(|place| place.len() > 1);
        let open = shared.filter(|place| place.iter().any(|(.., hash)| !merged.contains(hash)));
        let mut forks: Vec<_> = open.flatten().map(|(.., hash)| **hash).collect();
        forks.sort_unstable();
        forks
    }

    /// Events that merge forks, oldest first: when, in milliseconds since the Unix epoch by the
    /// merging device's clock, and how many events each names.
    #[must_use]
    pub fn merges(&self) -> Vec<(u64, usize)> {
        let merges =
            self.events.values().map(|event| (event.id.milliseconds(), merged(event).count()));
        let mut merges: Vec<_> = merges.filter(|(_, events)| *events > 0).collect();
        merges.sort_unstable();
        merges
    }

    /// Takes an event out that was never in the bucket.
    pub fn remove(&mut self, hash: &EventHash) {
        self.events.remove(hash);
    }

    /// An event.
    #[must_use]
    pub fn get(&self, hash: &EventHash) -> Option<&Event> {
        self.events.get(hash)
    }

    /// The hash of the event of that name, if it is here.
    #[must_use]
    pub fn find(&self, device: &DeviceId, id: &EventId) -> Option<EventHash> {
        let found =
            self.events.iter().find(|(_, event)| event.device == *device && event.id == *id);
        found.map(|(hash, _)| *hash)
    }

    /// What is doubtful about the set itself. `Rollback` and `BadEvent` are for who compares it
    /// with the bucket.
    #[must_use]
    pub fn doubts(&self) -> BTreeSet<Doubt> {
        let mut doubts = BTreeSet::new();
        for event in self.events.values() {
            if event.parents.iter().any(|parent| !self.events.contains_key(parent)) {
                doubts.insert(Doubt::MissingParent);
            }
            if event.is_newer() {
                doubts.insert(Doubt::Newer);
            }
        }
        if !self.forks().is_empty() {
            doubts.insert(Doubt::Fork);
        }
        let mut places: Vec<_> =
            self.events.values().map(|event| (event.device, event.seq)).collect();
        places.sort_unstable();
        places.dedup();
        // Each device counts from 0.
        let mut before = None;
        for (device, seq) in places {
            let expected = before
                .filter(|(last, _)| *last == device)
                .map_or(0, |(_, seq)| u64::saturating_add(seq, 1));
            if seq != expected {
                doubts.insert(Doubt::Hole);
            }
            before = Some((device, seq));
        }
        doubts
    }
}

/// The events that an event merges.
fn merged(event: &Event) -> impl Iterator<Item = &EventHash> {
    event.ops.iter().flat_map(|op| match op {
        Op::Merge { events } => events.as_slice(),
        _ => &[],
    })
}
