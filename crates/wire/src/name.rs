//! Names: everything in an account that has its own key, and what can be listed.

use std::fmt;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::{DeviceId, EventId, InvalidId, ObjectId, SegmentId, SnapshotId};

/// Most parts of a multipart upload (S3: 1 to 10 000).
pub const MAX_PART: u32 = 10_000;

/// An entity of an account that has a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Name {
    /// A stored file.
    Object(ObjectId),
    /// An event of the catalog.
    Event(EventKey),
    /// A snapshot of the catalog.
    Snapshot(SnapshotId),
    /// A page of an upload's journal, by the first part that it covers.
    Journal(ObjectId, Part),
    /// An index segment.
    Segment(SegmentId),
    /// The thumbnail of a stored file.
    Thumbnail(ObjectId),
}

/// Where an event is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventKey {
    /// The device that wrote it.
    pub device: DeviceId,
    /// Number of events that the device wrote before.
    pub seq: u64,
    /// The event's id.
    pub event: EventId,
}

impl EventKey {
    /// All keys that a device's events can have from number `first` on.
    #[must_use]
    pub fn of_device(device: DeviceId, first: u64) -> RangeInclusive<Self> {
        Self { device, seq: first, event: EventId::new(0, [0; 16]) }..=Self {
            device,
            seq: u64::MAX,
            event: EventId::new(u64::MAX, [0xff; 16]),
        }
    }

    /// `<device>/<seq, 16 hex digits>/<event_id>`, the last segments of the event's key.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}/{:016x}/{}", self.device, self.seq, self.event)
    }

    /// Parses the last segments of a key.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let (device, rest) = path.split_once('/')?;
        let (seq, event) = rest.split_once('/')?;
        Some(Self {
            device: DeviceId::parse(device).ok()?,
            seq: parse_seq(seq).ok()?,
            event: EventId::parse(event).ok()?,
        })
    }
}

/// Parses the sequence number of an event: exactly 16 hex digits, lower case.
///
/// # Errors
///
/// [`InvalidId`] for any other text.
pub fn parse_seq(text: &str) -> Result<u64, InvalidId> {
    let plain = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if text.len() != 16 || !text.bytes().all(plain) {
        return Err(InvalidId);
    }
    u64::from_str_radix(text, 16).map_err(|_| InvalidId)
}

/// A part number, 1 to [`MAX_PART`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "u32", try_from = "u32")]
pub struct Part(u32);

impl Part {
    /// Checks the range.
    ///
    /// # Errors
    ///
    /// [`InvalidId`] outside it.
    pub fn new(number: u32) -> Result<Self, InvalidId> {
        if (1..=MAX_PART).contains(&number) { Ok(Self(number)) } else { Err(InvalidId) }
    }

    /// Parses the last segment of a journal page's key: exactly 5 digits.
    ///
    /// # Errors
    ///
    /// [`InvalidId`] for any other text, or outside the range.
    pub fn parse_padded(text: &str) -> Result<Self, InvalidId> {
        let plain = text.len() == 5 && text.bytes().all(|b| b.is_ascii_digit());
        Self::new(text.parse().ok().filter(|_| plain).ok_or(InvalidId)?)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The last segment of a journal page's key: 5 digits.
    #[must_use]
    pub fn padded(self) -> String {
        format!("{:05}", self.0)
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Part> for u32 {
    fn from(part: Part) -> Self {
        part.0
    }
}

impl TryFrom<u32> for Part {
    type Error = InvalidId;

    fn try_from(number: u32) -> Result<Self, InvalidId> {
        Self::new(number)
    }
}

/// Listings (ListObjectsV2), each in key order and resumable after the last page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// All objects.
    Objects {
        /// Only objects that sort after this one.
        after: Option<ObjectId>,
    },
    /// The devices that have events, as common prefixes.
    Devices {
        /// Only devices that sort after this one.
        after: Option<DeviceId>,
    },
    /// The events of one device.
    Events {
        /// The device.
        device: DeviceId,
        /// Only events after this sequence number.
        after: Option<u64>,
    },
    /// All snapshots.
    Snapshots {
        /// Only snapshots that sort after this one.
        after: Option<SnapshotId>,
    },
    /// The pages of all journals.
    Journals {
        /// Only journals of objects that sort after this one.
        after: Option<ObjectId>,
    },
    /// All thumbnails.
    Thumbnails {
        /// Only those of objects that sort after this one.
        after: Option<ObjectId>,
    },
    /// The pages of one object's journal.
    Journal {
        /// The object.
        object: ObjectId,
        /// Only pages that begin after this part.
        after: Option<Part>,
    },
    /// All index segments.
    Segments {
        /// Only segments that sort after this one.
        after: Option<SegmentId>,
    },
}

#[cfg(test)]
mod tests {
    use super::{DeviceId, EventId, EventKey};

    #[test]
    fn the_keys_of_a_device_are_a_range() {
        let key = |device: u8, seq, ms, random: u8| EventKey {
            device: DeviceId::from_bytes([device; 16]),
            seq,
            event: EventId::new(ms, [random; 16]),
        };
        let all = EventKey::of_device(DeviceId::from_bytes([7; 16]), 3);
        for (key, within) in [
            (key(7, 3, 0, 0), true),
            (key(7, 3, u64::MAX, 0xff), true),
            (key(7, u64::MAX, u64::MAX, 0xff), true),
            (key(7, 4, 0, 0), true),
            (key(7, 2, u64::MAX, 0xff), false),
            (key(6, u64::MAX, u64::MAX, 0xff), false),
            (key(8, 0, 0, 0), false),
        ] {
            assert_eq!(all.contains(&key), within, "{key:?}");
        }
    }
}
