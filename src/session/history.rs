//! The log as this session knows it, and what follows from it for the screens. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::unopened::Unopened;
use super::view::{FileFault, FileRow};
use crate::account::DeviceId;
use crate::catalog::{Doubt, Event, EventHash, File, Log, Place, State, tell_apart};
use crate::object::ObjectId;

/// All that is known of the vault's contents.
#[derive(Default)]
pub(super) struct History {
    log: Log,
    /// What the log means.
    pub(super) state: State,
    /// Why the vault is read-only.
    pub(super) doubts: BTreeSet<Doubt>,
    /// Events that the bucket was seen to have.
    pub(super) confirmed: BTreeSet<Place>,
    /// Events that are listed and did not open.
    pub(super) unopened: Unopened,
    /// Events of this browser that it does not have yet.
    pub(super) unsaved: BTreeSet<Place>,
    /// Objects that are still to be deleted.
    pub(super) doomed: BTreeSet<ObjectId>,
    /// What downloads found out.
    pub(super) faults: BTreeMap<ObjectId, FileFault>,
    /// Whether there is a list to show.
    pub(super) listed: bool,
    files: Vec<FileRow>,
    trash: Vec<FileRow>,
    head_code: String,
}

impl History {
    /// Takes an event in that the bucket has.
    pub(super) fn confirm(&mut self, place: Place, hash: EventHash, event: Event) {
        self.unsaved.remove(&place);
        self.unopened.opened(&place);
        self.confirmed.insert(place);
        self.log.insert(hash, event);
    }

    /// Takes an event in that this browser made and the bucket does not have yet.
    pub(super) fn expect(&mut self, place: Place, hash: EventHash, event: Event) {
        self.unsaved.insert(place);
        self.log.insert(hash, event);
    }

    /// An event of the outbox is in the bucket.
    pub(super) fn saved(&mut self, place: &Place) {
        self.unsaved.remove(place);
        self.confirmed.insert(*place);
    }

    /// The newest events, for the next one to name.
    pub(super) fn heads(&self) -> Vec<EventHash> {
        self.log.heads()
    }

    /// The number of a device's next event.
    pub(super) fn next_seq(&self, device: &DeviceId) -> u64 {
        self.log.next_seq(device)
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

    /// The last confirmed event of a device before any hole: a listing from there on shows all that is new, and that
    /// what was known is still there.
    pub(super) fn newest(&self, device: &DeviceId) -> Option<Place> {
        let known = self.confirmed.iter().filter(|place| place.device == *device);
        known.zip(0..).take_while(|(place, expected)| place.seq == *expected).map(|(place, _)| *place).last()
    }

    /// Whether an event is known, in the bucket or not.
    pub(super) fn knows(&self, place: &Place) -> bool {
        self.confirmed.contains(place) || self.unsaved.contains(place)
    }

    /// After events came in, or a fault was found: what the screens show. `seen` is what was doubtful when the bucket
    /// was last compared.
    pub(super) fn settle(&mut self, seen: &BTreeSet<Doubt>) {
        self.state = State::of(&self.log);
        self.doubts = self.log.doubts().union(seen).copied().collect();
        self.head_code = self.log.head_code();
        self.show();
    }

    /// As [`History::settle`], where the log did not change.
    pub(super) fn show(&mut self) {
        self.files = rows(&self.state, &self.faults, false);
        self.trash = rows(&self.state, &self.faults, true);
    }

    /// What an own new event changes: the doubts stay as they were.
    pub(super) fn settle_own(&mut self) {
        self.state = State::of(&self.log);
        self.head_code = self.log.head_code();
        self.show();
    }

    pub(super) fn files(&self) -> &[FileRow] {
        &self.files
    }

    pub(super) fn trash(&self) -> &[FileRow] {
        &self.trash
    }

    pub(super) fn head_code(&self) -> &str {
        &self.head_code
    }

    /// The path under which a file is shown.
    pub(super) fn shown_path(&self, id: &ObjectId) -> Option<&str> {
        let row = self.files.iter().chain(&self.trash).find(|row| row.id == *id);
        row.map(|row| row.path.as_str())
    }
}

fn rows(state: &State, faults: &BTreeMap<ObjectId, FileFault>, trashed: bool) -> Vec<FileRow> {
    let files: Vec<(&ObjectId, &File)> =
        state.files.iter().filter(|(_, file)| file.trashed == trashed).collect();
    let paths = tell_apart(files.iter().map(|(id, file)| (*id, file.path.as_str())));
    let mut rows: Vec<_> = files
        .into_iter()
        .zip(paths)
        .map(|((id, file), path)| FileRow {
            id: *id,
            path,
            size: file.size,
            media_type: file.media_type.clone(),
            modified: file.modified,
            added: file.added,
            fault: if file.two_seals { Some(FileFault::TwoSeals) } else { faults.get(id).copied() },
        })
        .collect();
    rows.sort_by(|a, b| a.path.cmp(&b.path));
    rows
}
