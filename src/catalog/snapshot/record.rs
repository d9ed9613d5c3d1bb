//! The records of a snapshot: its events in the order of device, number and hash, each with the
//! operations that are kept of it.
//!
//! ```text
//! position = 1 ‖ device(16) ‖ number seq          the next event's device and number
//! event    = 2 ‖ rest               above it is what is if its parent is the event before it
//!          | 3 ‖ rest               nothing is above it
//!          | 4 ‖ start(8) ‖ rest    the first 8 bytes of the hash of the event above it
//! rest     = hash(32) ‖ event_id(16) ‖ number of operations ‖ operations
//! ```
//!
//! The number after an event's is its device's next; a position stands where another one is needed,
//! and at the start of a page. `order` says what is above what. The event before is the record
//! before, if of the same device; without one, nothing is above. Form 2 stands wherever it is true
//! and the event before comes earlier in the order.

use std::rc::Rc;

use sha2::{Digest, Sha256};

use super::BadSnapshot;
use super::bytes::{Reader, put_number};
use super::op;
use crate::account::DeviceId;
use crate::catalog::event::{Event, Op};
use crate::catalog::hash::EventHash;
use crate::catalog::order::Placed;
use crate::object::EventId;

const POSITION: u8 = 1;
const AS_CHILD: u8 = 2;
const TOP: u8 = 3;
const BELOW: u8 = 4;

/// A device and the number of an event of it.
pub(super) type Number = (DeviceId, u64);

/// One event as a record, without position.
pub(super) struct Record {
    pub(super) number: Number,
    pub(super) bytes: Vec<u8>,
}

/// Appends a position.
pub(super) fn put_position(to: &mut Vec<u8>, (device, seq): Number) {
    to.push(POSITION);
    to.extend_from_slice(device.as_bytes());
    put_number(to, seq);
}

/// The number that an event has without a position, after one with number `last`.
pub(super) fn following((device, seq): Number) -> Option<Number> {
    Some((device, seq.checked_add(1)?))
}

impl Record {
    /// The record of an event; `before` is the one before it, if of the same device, and `ops` what
    /// is kept of its operations: each with whether it purges what was a file. `implicit` are the
    /// paths of folders that it goes on to name. `None` if a snapshot cannot hold one of them.
    pub(super) fn new<'a>(
        event: &Rc<Placed>,
        before: Option<&Rc<Placed>>,
        ops: impl Iterator<Item = (&'a Op, bool)>,
        implicit: impl Iterator<Item = &'a &'a str>,
    ) -> Option<Self> {
        let Event { id, device, seq, .. } = &*event.event;
        let mut bytes = Vec::with_capacity(64);
        match event.above() {
            _ if is_child(event, before) => bytes.push(AS_CHILD),
            Some(above) => {
                bytes.push(BELOW);
                bytes.extend_from_slice(&above.hash.start());
            }
            None => bytes.push(TOP),
        }
        bytes.extend_from_slice(event.hash.as_bytes());
        bytes.extend_from_slice(id.as_bytes());
        let (mut count, mut put) = (0_u64, Vec::with_capacity(160));
        for (op, former) in ops {
            op::put(&mut put, id, op, former)?;
            count = count.saturating_add(1);
        }
        for path in implicit {
            op::put_implicit(&mut put, path);
            count = count.saturating_add(1);
        }
        put_number(&mut bytes, count);
        bytes.append(&mut put);
        Some(Self { number: (*device, *seq), bytes })
    }
}

/// Whether an event is where it would be if its parent were the event before it.
fn is_child(event: &Rc<Placed>, before: Option<&Rc<Placed>>) -> bool {
    let above = before.and_then(|before| Placed::above_child(before, &event.hash));
    before.is_none_or(|before| before.cmp(event).is_lt())
        && above.map(|above| above.hash) == event.above().map(|above| above.hash)
}

/// Where an event stands, as its record says.
enum Above {
    AsChild,
    Top,
    Below([u8; 8]),
}

/// An event as read from its record.
struct EventRecord {
    hash: EventHash,
    event: Rc<Event>,
    above: Above,
    /// Whether the one before it is of the same device.
    continues: bool,
}

/// Reads the records of a snapshot, page after page.
pub(super) struct Records {
    read: Vec<EventRecord>,
    sum: Sha256,
}

impl Records {
    /// `sum` is what the canonical form is added to.
    pub(super) fn new(sum: Sha256) -> Self {
        Self { read: Vec::new(), sum }
    }

    /// Reads a page's records, the first of which has this number.
    pub(super) fn read(&mut self, first: Number, page: &[u8]) -> Result<(), BadSnapshot> {
        let mut from = Reader::new(page);
        let last = self.read.last().map(|read| (read.event.device, read.event.seq));
        if last.is_some_and(|last| last >= first) || position(&mut from)? != Some(first) {
            return Err(BadSnapshot);
        }
        // The canonical form has no position that follows from the event before it.
        let canonical = if last.and_then(following) == Some(first) { from.rest() } else { page };
        self.sum.update(canonical);
        let mut number = first;
        loop {
            self.event(&mut from, number)?;
            if from.rest().is_empty() {
                return Ok(());
            }
            let next = following(number);
            number = match position(&mut from)? {
                Some(position) if next == Some(position) || position < number => {
                    return Err(BadSnapshot);
                }
                position => position.or(next).ok_or(BadSnapshot)?,
            };
        }
    }

    fn event(&mut self, from: &mut Reader<'_>, number: Number) -> Result<(), BadSnapshot> {
        let above = match from.byte()? {
            AS_CHILD => Above::AsChild,
            TOP => Above::Top,
            BELOW => Above::Below(from.array()?),
            _ => return Err(BadSnapshot),
        };
        let hash = EventHash::from_bytes(from.array()?);
        let id = EventId::from_bytes(from.array()?).map_err(|_| BadSnapshot)?;
        let mut ops = Vec::new();
        for _ in 0..from.number()? {
            let (op, also) = op::read(from, &id)?;
            ops.push(op);
            ops.extend(also);
        }
        ops.shrink_to_fit();
        let (device, seq) = number;
        let last = self.read.last();
        if last.is_some_and(|last| {
            (last.event.device, last.event.seq, last.hash) >= (device, seq, hash)
        }) {
            return Err(BadSnapshot);
        }
        let continues = last.is_some_and(|last| last.event.device == device);
        let event = Rc::new(Event::new(id, device, seq, Vec::new(), ops));
        self.read.push(EventRecord { hash, event, above, continues });
        Ok(())
    }

    /// The events with their places, and what the canonical form was added to.
    ///
    /// `step` is awaited after each event.
    pub(super) async fn place(
        self,
        step: &mut impl AsyncFnMut(),
    ) -> Result<(Vec<Rc<Placed>>, Sha256), BadSnapshot> {
        let Self { read, sum } = self;
        let mut starts: Vec<_> =
            read.iter().enumerate().map(|(at, read)| (read.hash.start(), at)).collect();
        starts.sort_unstable();
        if !starts.is_sorted_by(|(a, _), (b, _)| a < b) {
            return Err(BadSnapshot);
        }
        let find = |start: &[u8; 8]| {
            let at = starts.binary_search_by(|(other, _)| other.cmp(start)).ok()?;
            starts.get(at).map(|(_, at)| *at)
        };
        // The event from which the place of another follows.
        let base = |read: &EventRecord, at: usize| match &read.above {
            Above::AsChild => Ok(read.continues.then(|| at.checked_sub(1)).flatten()),
            Above::Top => Ok(None),
            Above::Below(start) => find(start).map(Some).ok_or(BadSnapshot),
        };
        let mut placed: Vec<Option<Rc<Placed>>> = vec![None; read.len()];
        let mut path: Vec<(usize, &EventRecord)> = Vec::new();
        for (at, event) in read.iter().enumerate() {
            path.push((at, event));
            while let Some((at, event)) = path.last().copied() {
                let base = base(event, at)?;
                let get = |at: usize| placed.get(at).and_then(Option::as_ref);
                match base.filter(|base| get(*base).is_none()) {
                    // A longer path has an event twice: the events wait for each other.
                    Some(_) if path.len() > read.len() => return Err(BadSnapshot),
                    Some(base) => path.push((base, read.get(base).ok_or(BadSnapshot)?)),
                    None => {
                        let new = event.place(base.and_then(get));
                        if let Some(placed) = placed.get_mut(at) {
                            *placed = Some(new);
                        }
                        path.pop();
                    }
                }
            }
            step().await;
        }
        let placed: Vec<_> = placed.into_iter().flatten().collect();
        let mut before = None;
        for (read, event) in read.iter().zip(&placed) {
            let descends = event.above().is_none_or(|above| above.hash > event.hash);
            let as_child = matches!(read.above, Above::AsChild);
            if !descends || as_child != is_child(event, before.filter(|_| read.continues)) {
                return Err(BadSnapshot);
            }
            before = Some(event);
            step().await;
        }
        Ok((placed, sum))
    }
}

impl EventRecord {
    /// Places the event, once the event from which its place follows is placed.
    fn place(&self, base: Option<&Rc<Placed>>) -> Rc<Placed> {
        let above = match self.above {
            Above::AsChild => base.and_then(|base| Placed::above_child(base, &self.hash)),
            Above::Top | Above::Below(_) => base,
        };
        Placed::below(above.cloned(), self.hash, Rc::clone(&self.event))
    }
}

/// A position, if the next record is one.
fn position(from: &mut Reader<'_>) -> Result<Option<Number>, BadSnapshot> {
    if from.rest().first() != Some(&POSITION) {
        return Ok(None);
    }
    from.byte()?;
    Ok(Some((DeviceId::from_bytes(from.array()?), from.number()?)))
}
