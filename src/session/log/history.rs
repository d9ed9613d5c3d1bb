//! The log as this session knows it, and what follows from it for the screens. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::unopened::Unopened;
use crate::account::DeviceId;
use crate::catalog::{Doubt, Event, EventHash, EventKey, Index, Listing, Log, State};
use crate::object::ObjectId;
use crate::session::view::{FileFault, FileRow, Merged};

/// All that is known of the vault's contents.
#[derive(Default)]
pub(in crate::session) struct History {
    index: Index,
    /// Events that came in and are not in the index yet.
    arrived: Vec<(EventHash, Event)>,
    /// What the log means.
    pub(in crate::session) state: State,
    /// Why the vault is read-only.
    pub(in crate::session) doubts: BTreeSet<Doubt>,
    /// What of that is written down on this device.
    pub(super) doubts_kept: BTreeSet<Doubt>,
    /// Events that the bucket was seen to have.
    pub(in crate::session) confirmed: BTreeSet<EventKey>,
    /// Events that are listed and did not open.
    pub(super) unopened: Unopened,
    /// Events of this browser that it does not have yet.
    pub(in crate::session) unsaved: BTreeSet<EventKey>,
    /// Objects that are still to be deleted.
    pub(in crate::session) pending_deletes: BTreeSet<ObjectId>,
    /// What downloads found out.
    faults: BTreeMap<ObjectId, FileFault>,
    /// Whether there is a list to show.
    pub(in crate::session) listed: bool,
    files: Vec<FileRow>,
    trash: Vec<FileRow>,
    merged: Vec<Merged>,
    head_code: String,
}

impl History {
    /// Takes an event in that the bucket has.
    pub(super) fn confirm(&mut self, place: EventKey, hash: EventHash, event: Event) {
        self.unsaved.remove(&place);
        self.unopened.opened(&place);
        self.confirmed.insert(place);
        self.arrived.push((hash, event));
    }

    /// Takes an event in that this browser made and the bucket does not have yet.
    pub(super) fn expect(&mut self, place: EventKey, hash: EventHash, event: Event) {
        self.unsaved.insert(place);
        self.arrived.push((hash, event));
    }

    /// An event of the outbox is in the bucket.
    pub(super) fn saved(&mut self, place: &EventKey) {
        self.unsaved.remove(place);
        self.confirmed.insert(*place);
    }

    /// An event of the outbox was sealed anew: this one was never in the bucket, and will not be.
    pub(super) fn forget(&mut self, place: &EventKey) {
        self.take_in();
        if self.unsaved.remove(place)
            && let Some(hash) = self.index.log().find(place)
        {
            self.index.remove(&hash);
        }
    }

    /// The log without some events of the outbox.
    pub(super) fn without<'a>(&self, places: impl Iterator<Item = &'a EventKey>) -> Log {
        let mut log = self.index.log().clone();
        for place in places {
            if let Some(hash) = log.find(place) {
                log.remove(&hash);
            }
        }
        log
    }

    /// What the next event of a device names as parents.
    pub(super) fn parents(&self, device: &DeviceId) -> Vec<EventHash> {
        self.index.log().parents(device)
    }

    /// Events that claim one place, and that nobody has merged.
    pub(in crate::session) fn forks(&self) -> Vec<EventHash> {
        self.index.log().forks()
    }

    /// Forks that were merged, oldest first.
    pub(in crate::session) fn merged(&self) -> &[Merged] {
        &self.merged
    }

    /// Puts what waits in an order in which no event comes before one that it builds on.
    pub(super) fn arrange<T>(&self, waiting: &mut [(EventKey, T)]) {
        self.index.log().arrange(waiting, |(place, _)| *place);
    }

    /// Whether another browser uses a device id under which this one has made `claimed` events: a
    /// copy of this browser's profile, or this profile before it was set back.
    ///
    /// Every number of an own event is below `claimed`, and none has two.
    pub(super) fn is_shared(&self, device: &DeviceId, claimed: u64) -> bool {
        let events = self.confirmed.union(&self.unsaved).filter(|place| place.device == *device);
        let mut before = None;
        events.map(|place| place.seq).any(|seq| seq >= claimed || before.replace(seq) == Some(seq))
    }

    /// The numbers below `claimed` of which no event of the device is known.
    pub(super) fn missing(&self, device: &DeviceId, claimed: u64) -> Vec<u64> {
        let places = self.confirmed.iter().chain(&self.unsaved);
        let mut known: Vec<_> =
            places.filter(|place| place.device == *device).map(|place| place.seq).collect();
        known.sort_unstable();
        (0..claimed).filter(|seq| known.binary_search(seq).is_err()).collect()
    }

    /// Devices whose events the bucket was seen to have, ascending.
    pub(super) fn devices(&self) -> Vec<DeviceId> {
        let mut devices: Vec<_> = self.confirmed.iter().map(|place| place.device).collect();
        devices.dedup();
        devices
    }

    /// The number of the last confirmed event of a device before any hole: a listing from there on
    /// shows all that is new.
    pub(super) fn newest(&self, device: &DeviceId) -> Option<u64> {
        let mut newest = None;
        for place in self.confirmed.iter().filter(|place| place.device == *device) {
            // Of a fork, two have one number.
            if newest != Some(place.seq)
                && place.seq != newest.map_or(0, |seq| u64::saturating_add(seq, 1))
            {
                break;
            }
            newest = Some(place.seq);
        }
        newest
    }

    /// The confirmed events of a device from a number on.
    pub(super) fn confirmed_from(&self, device: &DeviceId, first: u64) -> BTreeSet<EventKey> {
        let places =
            self.confirmed.iter().filter(|place| place.device == *device && place.seq >= first);
        places.copied().collect()
    }

    /// Whether something waits to be brought into the bucket.
    pub(in crate::session) fn waits(&self) -> bool {
        !self.unsaved.is_empty() || !self.pending_deletes.is_empty()
    }

    /// Whether an event is known, in the bucket or not.
    pub(super) fn knows(&self, place: &EventKey) -> bool {
        self.confirmed.contains(place) || self.unsaved.contains(place)
    }

    /// Takes what arrived into the index.
    fn take_in(&mut self) {
        self.index.extend(std::mem::take(&mut self.arrived));
    }

    /// After events came in, or a fault was found: what the screens show. `seen` is what was
    /// doubtful when the bucket was last compared.
    pub(super) fn settle(&mut self, seen: &BTreeSet<Doubt>) {
        self.take_in();
        self.doubts = self.index.log().doubts().union(seen).copied().collect();
        self.derive();
    }

    /// What follows from the log.
    fn derive(&mut self) {
        let log = self.index.log();
        self.state = self.index.state().clone();
        self.head_code = log.head_code();
        self.merged = log.merges().into_iter().map(|(at, events)| Merged { at, events }).collect();
        self.show();
    }

    /// After this device's records were read: `noted` was doubtful when the bucket was last read.
    /// `Fork` and `Newer` hold even if part of the log is missing here; any other doubt may only
    /// mean that, so it is shown after the bucket was read.
    pub(super) fn settle_loaded(&mut self, noted: &BTreeSet<Doubt>) {
        self.take_in();
        let doubts = self.index.log().doubts();
        let certain =
            doubts.into_iter().filter(|doubt| matches!(doubt, Doubt::Fork | Doubt::Newer));
        self.doubts = certain.chain(noted.iter().copied()).collect();
        self.doubts_kept.clone_from(noted);
        self.settle_own();
    }

    /// Notes what a download found out about a file.
    pub(super) fn note_fault(&mut self, file: ObjectId, fault: Option<FileFault>) {
        match fault {
            Some(fault) => drop(self.faults.insert(file, fault)),
            None => drop(self.faults.remove(&file)),
        }
        self.show();
    }

    /// As [`History::settle`], where the log did not change.
    fn show(&mut self) {
        let known: Vec<_> = self.index.state().files.keys().copied().collect();
        for id in known {
            self.index.set_fault(id, self.faults.get(&id).copied());
        }
        self.files = rows(self.index.files());
        self.trash = rows(self.index.trash());
    }

    /// What an own new event changes: what the bucket made doubtful stays so. A fork ends with its
    /// merge, or with the event that was sealed anew.
    pub(super) fn settle_own(&mut self) {
        self.take_in();
        if self.index.log().forks().is_empty() {
            self.doubts.remove(&Doubt::Fork);
        }
        self.derive();
    }

    pub(in crate::session) fn files(&self) -> &[FileRow] {
        &self.files
    }

    pub(in crate::session) fn trash(&self) -> &[FileRow] {
        &self.trash
    }

    pub(in crate::session) fn head_code(&self) -> &str {
        &self.head_code
    }

    /// The path under which a file is shown.
    pub(in crate::session) fn shown_path(&self, id: &ObjectId) -> Option<&str> {
        let row = self.files.iter().chain(&self.trash).find(|row| row.id == *id);
        row.map(|row| row.path.as_str())
    }
}

fn rows(listing: &Listing) -> Vec<FileRow> {
    listing.rows().map(|row| FileRow::clone(row)).collect()
}
