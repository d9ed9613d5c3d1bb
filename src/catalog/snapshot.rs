//! Snapshots: the compacted log of a set of events, so that a new device need not read them all.
//! Pure.
//!
//! A snapshot has every event's place in the order, and of its operations those that can still
//! matter (`compact`). An index that starts from a snapshot and takes in further events, in any
//! order, equals one that took in all events. So events stay in the bucket, and a snapshot only
//! bounds what is read.
//!
//! `record` writes the events one after the other. They are cut into sealed pages (`page`) of about
//! 256 KiB; a manifest (`manifest`) lists the pages. A snapshot shares with an older one the pages
//! that did not change. Two devices that have the same events write the same records, and so the
//! same hash of them ([`Manifest::state`]).

mod bytes;
mod compact;
mod loader;
mod manifest;
mod op;
mod page;
mod record;

use std::ops::Deref;
use std::rc::Rc;

use frond_wire::SnapshotId;
use futures_util::FutureExt;
use sha2::{Digest, Sha256};

use self::compact::KeptOps;
pub use self::loader::Loader;
pub use self::manifest::{MAX_MANIFEST, Manifest, Reached};
pub use self::page::{MAX_PAGE, NewPage, Page};
use self::record::{Number, Record, following, put_position};
use super::hash::EventHash;
use super::index::Index;
use super::order::Placed;

/// The plaintext of a page and of a manifest has a length that is a multiple of this, in bytes.
const PADDING: usize = 4096;
/// Length of a page's records at which it is cut, in bytes.
const CUT: usize = 256 * 1024;

/// Not a snapshot of this format. It may be one of a newer Frond; what it covers is in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a snapshot")]
pub struct BadSnapshot;

/// A snapshot of all events of an index.
pub struct Snapshot {
    records: Vec<Record>,
    devices: Vec<Reached>,
    heads: Vec<EventHash>,
    state: [u8; 32],
}

/// A page of a new snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cut {
    /// A page of an older snapshot has the same records.
    Shared(Page),
    /// A page that is still to be sealed and written.
    New(NewPage),
}

impl Snapshot {
    /// `None` if there is no event, if there is a doubt, or if two hashes begin with the same 8
    /// bytes.
    #[must_use]
    pub fn of(index: &Index) -> Option<Self> {
        Self::in_steps(|| index, async || {}).now_or_never().flatten()
    }

    /// As [`Snapshot::of`]; `step` is called after every few milliseconds of work. `None` also if
    /// the index has changed meanwhile.
    pub async fn in_steps<I: Deref<Target = Index>>(
        index: impl Fn() -> I,
        step: impl AsyncFn(),
    ) -> Option<Self> {
        let (events, in_order, merging, devices, heads) = {
            let index = index();
            let log = index.log();
            if log.is_empty() || !log.doubts().is_empty() {
                return None;
            }
            let events: Vec<_> = log.by_number().map(Rc::clone).collect();
            let in_order: Vec<_> = log.in_order().into_iter().map(Rc::clone).collect();
            let merging: Vec<_> = log.merging().collect();
            (events, in_order, merging, Reached::all(log), log.heads())
        };
        let mut starts: Vec<_> = events.iter().map(|event| event.hash.start()).collect();
        starts.sort_unstable();
        if !starts.is_sorted_by(|a, b| a < b) {
            return None;
        }
        let mut kept = KeptOps::none_of(&events);
        merging.iter().for_each(|(event, op, former)| kept.put(event, *op, *former));
        compact::keep(index().retention_history(), &mut kept);
        for event in &events {
            compact::keep_of_first(&index(), event, &mut kept);
            step().await;
            if index().log().len() != events.len() {
                return None;
            }
        }
        let implicit = compact::implicit(&in_order, &kept, &step).await;
        let mut records = Vec::with_capacity(events.len());
        let mut before: Option<&Rc<Placed>> = None;
        for event in &events {
            let mut ops = kept.of(&event.hash).to_vec();
            ops.sort_unstable();
            let ops =
                ops.iter().filter_map(|(op, former)| Some((event.event.ops.get(*op)?, *former)));
            let own = before.filter(|before| before.event.device == event.event.device);
            let implicit = implicit.get(&event.hash);
            records.push(Record::new(event, own, ops, implicit.into_iter().flatten())?);
            before = Some(event);
            step().await;
        }
        let state = state(&records, &heads, &step).await;
        Some(Self { records, devices, heads, state })
    }

    /// SHA-256 of records and heads: the same on all devices that have the same events.
    #[must_use]
    pub fn state(&self) -> [u8; 32] {
        self.state
    }

    /// Cuts the records into pages, at the places where the pages of an older snapshot were cut as
    /// far as that leaves pages unchanged. `step` is called after each page.
    pub async fn pages(&self, older: &[Page], step: impl AsyncFn()) -> Vec<Cut> {
        let mut pages = Vec::new();
        let mut changed: Vec<&Record> = Vec::new();
        let mut rest = self.records.as_slice();
        for (at, page) in older.iter().enumerate() {
            let end = older.get(at.saturating_add(1)).map(Page::first);
            let before = |number: Number| rest.partition_point(|record| record.number < number);
            let (skipped, end) = (before(page.first()), end.map_or(rest.len(), before));
            let (Some(skipped), Some(same)) = (rest.get(..skipped), rest.get(skipped..end)) else {
                continue;
            };
            changed.extend(skipped);
            let same: Vec<&Record> = same.iter().collect();
            let records = together(&same);
            if <[u8; 32]>::from(Sha256::digest(&records)) == page.records {
                cut(&std::mem::take(&mut changed), &mut pages, &step).await;
                pages.push(Cut::Shared(page.clone()));
            } else {
                changed.extend(same);
            }
            rest = rest.get(end..).unwrap_or_default();
            step().await;
        }
        changed.extend(rest);
        cut(&changed, &mut pages, &step).await;
        pages
    }

    /// The manifest, once all pages are written.
    #[must_use]
    pub fn manifest(&self, id: SnapshotId, pages: Vec<Page>) -> Manifest {
        Manifest::new(id, self, pages)
    }
}

/// Appends new pages of these records. A page does not begin between events with one number.
async fn cut(records: &[&Record], pages: &mut Vec<Cut>, step: impl AsyncFn()) {
    let (mut page, mut length) = (Vec::new(), 0_usize);
    let mut last = None;
    for record in records {
        if length >= CUT && last != Some(record.number) {
            pages.extend(new_page(&std::mem::take(&mut page)));
            step().await;
            length = 0;
        }
        page.push(*record);
        length = length.saturating_add(record.bytes.len());
        last = Some(record.number);
    }
    pages.extend(new_page(&page));
}

fn new_page(records: &[&Record]) -> Option<Cut> {
    let first = records.first()?.number;
    Some(Cut::New(NewPage { first, records: together(records) }))
}

/// The records of one page.
fn together(records: &[&Record]) -> Vec<u8> {
    let (mut bytes, mut next) = (Vec::new(), None);
    for record in records {
        put(&mut bytes, record, &mut next);
    }
    bytes
}

/// Appends a record, with its position unless it has the number that is next without one.
fn put(bytes: &mut Vec<u8>, record: &Record, next: &mut Option<Number>) {
    if *next != Some(record.number) {
        put_position(bytes, record.number);
    }
    bytes.extend_from_slice(&record.bytes);
    *next = following(record.number);
}

async fn state(records: &[Record], heads: &[EventHash], step: impl AsyncFn()) -> [u8; 32] {
    let (mut sum, mut bytes, mut next) = (start_of_state(), Vec::new(), None);
    for record in records {
        bytes.clear();
        put(&mut bytes, record, &mut next);
        sum.update(&bytes);
        step().await;
    }
    end_of_state(sum, heads).finalize().into()
}

/// What is hashed before the records.
fn start_of_state() -> Sha256 {
    Sha256::new_with_prefix(b"frond/1 state\0")
}

/// What is hashed after the records: a zero byte, with which no record begins, and the heads.
fn end_of_state(sum: Sha256, heads: &[EventHash]) -> Sha256 {
    heads.iter().fold(sum.chain_update([0]), |sum, head| sum.chain_update(head.as_bytes()))
}
