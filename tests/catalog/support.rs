//! Devices, and what they make.

use std::rc::Rc;

use frond::account::DeviceId;
use frond::catalog::{Content, Event, EventHash, Index, Log, Op, Origin, Retention, State};
use frond::object::{EventId, ObjectId, Seal, UploadId};
use proptest::prelude::*;

pub fn uuid(n: u64, time: u64) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&time.to_be_bytes()[2..]);
    bytes[8..].copy_from_slice(&n.to_be_bytes());
    bytes[6] = 0x70;
    bytes[8] = 0x80;
    bytes
}

pub fn object(n: u64) -> ObjectId {
    ObjectId::from_bytes(uuid(n, 1_000_000)).unwrap()
}

pub fn device(n: u8) -> DeviceId {
    DeviceId::from_bytes([n; 16])
}

pub fn add(n: u64, path: &str, seal: u8) -> Op {
    Op::Add {
        object: object(n),
        path: path.to_owned(),
        content: Rc::new(Content {
            size: 1,
            stored: 700,
            header: 512,
            media_type: "".into(),
            modified: None,
            seal: Seal([seal; 32]),
        }),
    }
}

/// A device: what it knows, and what it made.
pub struct Device {
    pub id: DeviceId,
    pub index: Index,
}

impl Device {
    pub fn new(n: u8) -> Self {
        Self::with_id(device(n))
    }

    pub fn with_id(id: DeviceId) -> Self {
        Self { id, index: Index::default() }
    }

    pub fn log(&self) -> &Log {
        self.index.log()
    }

    /// `id` decides where among its equals the event comes; ids need not grow, as clocks need not.
    pub fn make(&mut self, id: u64, ops: Vec<Op>) -> (EventHash, Event) {
        let id = EventId::from_bytes(uuid(id, id % 7)).unwrap();
        let parents = self.log().parents(&self.id);
        let event = Event::new(id, self.id, self.log().next_seq(&self.id), parents, ops);
        let hash = EventHash::of(&event.encode().unwrap());
        self.index.apply(hash, event.clone());
        (hash, event)
    }

    pub fn learn(&mut self, events: &[(EventHash, Event)]) {
        for (hash, event) in events {
            self.index.apply(*hash, event.clone());
        }
    }
}

/// An index of these events, which arrive one by one.
pub fn index(events: &[(EventHash, Event)]) -> Index {
    let mut index = Index::default();
    for (hash, event) in events {
        index.apply(*hash, event.clone());
    }
    index
}

pub fn log(events: &[(EventHash, Event)]) -> Log {
    index(events).log().clone()
}

pub fn state(events: &[(EventHash, Event)]) -> State {
    index(events).state().clone()
}

pub fn op() -> impl Strategy<Value = Op> {
    (0..6_u64, 0..7_u8, "[ab]{1,2}").prop_map(|(n, kind, path)| match kind {
        0 | 1 => add(n, &path, 1),
        2 => add(n, &path, 2),
        3 => Op::Move { object: object(n), path },
        4 => Op::Trash { object: object(n) },
        5 => Op::Restore { object: object(n) },
        _ => Op::Purge { object: object(n) },
    })
}

/// What is deleted by itself.
pub fn retention() -> impl Strategy<Value = Op> {
    let limit = || prop::option::of(1..3_u32);
    (limit(), limit(), limit()).prop_map(|(versions, version_days, trash_days)| {
        Op::Retention(Retention { versions, version_days, trash_days })
    })
}

/// A life: (who acts, what is done, whom it has heard of before).
pub fn life() -> impl Strategy<Value = Vec<(EventHash, Event)>> {
    let step = (0..3_usize, prop::collection::vec(op(), 1..3), 0..4_usize, any::<u64>());
    prop::collection::vec(step, 0..24).prop_map(|steps| {
        let mut devices = [Device::new(1), Device::new(2), Device::new(3)];
        let mut all: Vec<(EventHash, Event)> = Vec::new();
        for (who, ops, heard, id) in steps {
            if heard < 3 {
                let known: Vec<_> = {
                    let of = devices[heard]
                        .log()
                        .order()
                        .into_iter()
                        .map(|event| event.id)
                        .collect::<Vec<_>>();
                    all.iter().filter(|(_, event)| of.contains(&event.id)).cloned().collect()
                };
                devices[who].learn(&known);
            }
            // Every id once; their order is anything.
            let id = (id % 1000) << 8 | u64::try_from(all.len()).unwrap();
            all.push(devices[who].make(id, ops));
        }
        all
    })
}

pub fn merge(events: &[&(EventHash, Event)]) -> Op {
    let mut events: Vec<_> = events.iter().map(|(hash, _)| *hash).collect();
    events.sort_unstable();
    Op::Merge { events }
}

pub fn upload_id(text: &str) -> UploadId {
    UploadId::parse(text).unwrap()
}

pub fn begin(upload: &str, source: &Origin) -> Op {
    let (upload, source) = (upload_id(upload), source.clone());
    Op::Begin { object: object(1), upload, header: vec![1, 2, 3], source: source.into() }
}
