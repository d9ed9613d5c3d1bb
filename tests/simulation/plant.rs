//! Bugs on purpose: what a checker that never fails is worth, nobody knows.

use frond_wire::{Listing, Name, Operation};

use crate::bucket::Bucket;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plant {
    /// The store acknowledges objects and does not keep them for long.
    LosesObjects,
    /// The engine opens tokens to something else than was sealed.
    WrongByte,
    /// The session takes every source twice.
    Twice,
    /// The store lists no events to a device that it sees for the first time.
    HidesEvents,
    /// Transfers keep all that they were given.
    Hoards,
    /// The store never comes back.
    StaysDown,
    /// The store hides objects from who lists them.
    HidesObjects,
    /// The endpoint keeps logins that it said it removed.
    KeepsLogins,
}

pub const ALL: [Plant; 8] = [
    Plant::LosesObjects,
    Plant::WrongByte,
    Plant::Twice,
    Plant::HidesEvents,
    Plant::Hoards,
    Plant::StaysDown,
    Plant::HidesObjects,
    Plant::KeepsLogins,
];

impl Plant {
    /// How far a store's lists run behind, in milliseconds.
    pub fn blindness(plant: Option<Self>, device: &str, operation: &Operation, now: u64) -> u64 {
        let blind = match plant {
            Some(Self::HidesEvents) => device == "fresh",
            Some(Self::HidesObjects) => {
                matches!(operation, Operation::List(Listing::Objects { .. }))
            }
            _ => false,
        };
        if blind { now } else { 0 }
    }

    /// After an operation was carried out.
    pub fn after(plant: Option<Self>, bucket: &Bucket, operation: &Operation) {
        if plant == Some(Self::LosesObjects)
            && let Operation::Put { name: Name::Event(_), .. } = operation
        {
            for object in bucket.keys("objects/") {
                bucket.lose(&format!("objects/{object}"));
            }
        }
    }
}
