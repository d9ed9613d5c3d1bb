//! The log as this session knows it, and what the screens derive from it. Pure.

use std::collections::BTreeSet;
use std::iter;
use std::ops::Bound::{Excluded, Unbounded};

use super::arrivals::Arrivals;
use super::unopened::Unopened;
use crate::account::DeviceId;
use crate::catalog::{Doubt, Event, EventHash, EventKey, FileFault, Index, Log, State};
use crate::object::ObjectId;
use crate::session::view::Merged;

/// Everything known of the vault's contents.
#[derive(Default)]
pub(in crate::session) struct History {
    index: Index,
    /// Events that arrived and are not in the index yet.
    arrived: Arrivals,
    /// Why the vault is read-only.
    pub(in crate::session) doubts: BTreeSet<Doubt>,
    /// The doubts that are recorded on this device.
    pub(super) doubts_kept: BTreeSet<Doubt>,
    /// Events that the bucket was seen to have.
    pub(in crate::session) confirmed: BTreeSet<EventKey>,
    /// Events that are listed and did not open.
    pub(super) unopened: Unopened,
    /// Events of this browser that the bucket does not have yet.
    pub(in crate::session) unsaved: BTreeSet<EventKey>,
    /// Objects that are still to be deleted.
    pub(in crate::session) pending_deletes: BTreeSet<ObjectId>,
    /// Whether there is a list to show.
    pub(in crate::session) listed: bool,
    merged: Vec<Merged>,
    list_fingerprint: String,
}

impl History {
    /// Starts anew from a snapshot and the events known besides. All that is covered counts as seen
    /// in the bucket. False if the snapshot before covers events that this one does not: their
    /// parents are not known.
    pub(super) fn start_from(&mut self, mut index: Index) -> bool {
        self.take_in();
        let known = self.index.log();
        if known.covered_events().any(|hash| index.log().get(hash).is_none()) {
            return false;
        }
        index.replace(&self.index);
        let covered: Vec<_> = index.log().keys().collect();
        index.extend(known.uncovered().map(|(hash, event)| (hash, event.clone())));
        self.confirmed.extend(covered);
        self.index = index;
        true
    }

    /// The events that only a snapshot is known to have.
    pub(super) fn covered(&self) -> Vec<EventKey> {
        let log = self.index.log();
        let covered = log.covered_events().filter_map(|hash| log.get(hash));
        covered.map(Event::key).collect()
    }

    /// An index without events, for [`History::replay`].
    pub(super) fn anew(&mut self) -> Index {
        self.take_in();
        self.index.anew()
    }

    /// Replaces what is covered by the events themselves, of which `index` was made. False if one
    /// of them is not in it; nothing changes then.
    pub(super) fn replay(&mut self, mut index: Index) -> bool {
        self.take_in();
        if self.index.log().covered_events().any(|hash| index.log().get(hash).is_none()) {
            return false;
        }
        index.extend(self.index.log().uncovered().map(|(hash, event)| (hash, event.clone())));
        self.index = index;
        true
    }

    /// Adds an event that the bucket has.
    pub(super) fn confirm(&mut self, place: EventKey, hash: EventHash, event: Event) {
        self.unsaved.remove(&place);
        self.unopened.opened(&place);
        self.confirmed.insert(place);
        self.arrived.push(hash, event);
    }

    /// Adds an event that this browser made and the bucket does not have yet.
    pub(super) fn expect(&mut self, place: EventKey, hash: EventHash, event: Event) {
        self.unsaved.insert(place);
        self.arrived.push(hash, event);
    }

    /// An event of the outbox is in the bucket.
    pub(super) fn saved(&mut self, place: &EventKey) {
        self.unsaved.remove(place);
        self.confirmed.insert(*place);
    }

    /// An event of the outbox was resealed: the old one was never in the bucket and never will be.
    pub(super) fn forget(&mut self, place: &EventKey) {
        self.take_in();
        if self.unsaved.remove(place)
            && let Some(hash) = self.index.log().find(place)
        {
            self.index.remove(&hash);
        }
    }

    /// The log without some events of the outbox.
    pub(super) fn without<'a>(&mut self, places: impl Iterator<Item = &'a EventKey>) -> Log {
        self.take_in();
        let log = self.index.log();
        log.without(&places.filter_map(|place| log.find(place)).collect())
    }

    /// The parents that the next event of a device names.
    pub(super) fn parents(&mut self, device: &DeviceId) -> Vec<EventHash> {
        self.take_in();
        self.index.log().parents(device)
    }

    /// Events that claim the same place and are not merged.
    pub(in crate::session) fn forks(&self) -> Vec<EventHash> {
        self.index.log().forks()
    }

    /// Forks that were merged, oldest first.
    pub(in crate::session) fn merged(&self) -> &[Merged] {
        &self.merged
    }

    /// Sorts waiting events so that none comes before one that it builds on.
    pub(super) fn arrange<T>(&mut self, waiting: &mut [(EventKey, T)]) {
        self.take_in();
        self.index.log().arrange(waiting, |(place, _)| *place);
    }

    /// Whether another browser uses a device id under which this one has made `claimed` events: a
    /// copy of this browser's profile, or this profile before it was restored.
    ///
    /// Every number of an own event is below `claimed` and used once.
    pub(super) fn is_shared(&self, device: &DeviceId, claimed: u64) -> bool {
        if self.is_complete(device, claimed) {
            return false;
        }
        let events = self.confirmed.union(&self.unsaved).filter(|place| place.device == *device);
        let mut before = None;
        events.map(|place| place.seq).any(|seq| seq >= claimed || before.replace(seq) == Some(seq))
    }

    /// Whether the known events of a device have exactly the numbers below `claimed`, each once.
    /// Nearly always true, and decided without looking at each event.
    fn is_complete(&self, device: &DeviceId, claimed: u64) -> bool {
        self.arrived.is_empty() && self.index.log().is_complete(device, claimed)
    }

    /// The numbers below `claimed` for which no event of the device is known.
    pub(super) fn missing(&self, device: &DeviceId, claimed: u64) -> Vec<u64> {
        if self.is_complete(device, claimed) {
            return Vec::new();
        }
        let own = || EventKey::of_device(*device, 0);
        let places = self.confirmed.range(own()).chain(self.unsaved.range(own()));
        let mut known: Vec<_> = places.map(|place| place.seq).collect();
        known.sort_unstable();
        (0..claimed).filter(|seq| known.binary_search(seq).is_err()).collect()
    }

    /// Devices whose events the bucket was seen to have, ascending.
    pub(super) fn devices(&self) -> Vec<DeviceId> {
        let first_of_next = |place: &&EventKey| {
            let last = *EventKey::of_device(place.device, 0).end();
            self.confirmed.range((Excluded(last), Unbounded)).next()
        };
        let firsts = iter::successors(self.confirmed.first(), first_of_next);
        firsts.map(|place| place.device).collect()
    }

    /// The number of a device's last confirmed event before any hole: a listing from there on shows
    /// all new events.
    pub(super) fn newest(&self, device: &DeviceId) -> Option<u64> {
        let mut newest = None;
        for place in self.confirmed.range(EventKey::of_device(*device, 0)) {
            // Two events of a fork have the same number.
            if newest != Some(place.seq)
                && place.seq != newest.map_or(0, |seq| u64::saturating_add(seq, 1))
            {
                break;
            }
            newest = Some(place.seq);
        }
        newest
    }

    /// The confirmed events of a device from number `first` on.
    pub(super) fn confirmed_from(&self, device: &DeviceId, first: u64) -> BTreeSet<EventKey> {
        self.confirmed.range(EventKey::of_device(*device, first)).copied().collect()
    }

    /// Whether something waits to be uploaded to the bucket.
    pub(in crate::session) fn waits(&self) -> bool {
        !self.unsaved.is_empty() || !self.pending_deletes.is_empty()
    }

    /// Whether an event is known, in the bucket or not.
    pub(super) fn knows(&self, place: &EventKey) -> bool {
        self.confirmed.contains(place) || self.unsaved.contains(place)
    }

    /// Puts arrived events in an order in which they can be taken in bit by bit.
    pub(super) fn arrange_arrived(&mut self) {
        self.arrived.arrange();
    }

    /// Moves some of the arrived events into the index; returns whether there are more.
    pub(super) fn take_in_some(&mut self) -> bool {
        self.arrived.take_some(&mut self.index)
    }

    /// Moves arrived events into the index.
    fn take_in(&mut self) {
        self.arrived.take_all(&mut self.index);
    }

    /// Updates what the screens show after events arrived. `seen` are the doubts of the last
    /// comparison with the bucket.
    pub(super) fn settle(&mut self, seen: &BTreeSet<Doubt>) {
        self.take_in();
        self.doubts = self.index.log().doubts().union(seen).copied().collect();
        self.derive();
    }

    /// Derives the list fingerprint and merges from the log.
    fn derive(&mut self) {
        let log = self.index.log();
        self.list_fingerprint = log.list_fingerprint();
        self.merged = log.merges().into_iter().map(|(at, events)| Merged { at, events }).collect();
    }

    /// Settles after this device's records were read; `noted` are the doubts of the last bucket
    /// read. `Fork` and `Newer` hold even if part of the log is missing here; any other doubt may
    /// only mean that, so it is not shown until the bucket was read.
    pub(super) fn settle_loaded(&mut self, noted: &BTreeSet<Doubt>) {
        self.take_in();
        let doubts = self.index.log().doubts();
        let certain =
            doubts.into_iter().filter(|doubt| matches!(doubt, Doubt::Fork | Doubt::Newer));
        self.doubts = certain.chain(noted.iter().copied()).collect();
        self.doubts_kept.clone_from(noted);
        self.settle_own();
    }

    /// Records what a download found out about a file.
    pub(super) fn note_fault(&mut self, file: ObjectId, fault: Option<FileFault>) {
        self.index.set_fault(file, fault);
    }

    /// Settles after an own new event: doubts about the bucket stay. A fork ends with its merge, or
    /// when its event is resealed.
    pub(super) fn settle_own(&mut self) {
        self.take_in();
        if self.index.log().forks().is_empty() {
            self.doubts.remove(&Doubt::Fork);
        }
        self.derive();
    }

    /// The lists of files that follow from the events.
    pub(in crate::session) fn index(&self) -> &Index {
        &self.index
    }

    /// Files and uploads, by object.
    pub(in crate::session) fn state(&self) -> &State {
        self.index.state()
    }

    pub(in crate::session) fn list_fingerprint(&self) -> &str {
        &self.list_fingerprint
    }

    /// The path under which a file is shown.
    pub(in crate::session) fn shown_path(&self, id: &ObjectId) -> Option<String> {
        self.index.row(id).map(|row| row.path)
    }
}
