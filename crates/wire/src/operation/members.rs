//! An operation in its JSON form: `op`, and the members of all operations, each optional.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};

use super::Operation;
use crate::{
    Checksum, DeviceId, EventId, EventKey, InvalidId, Listing, Name, ObjectId, Part, SegmentId,
    SnapshotId, UploadId, parse_seq,
};

/// The members, in serialization order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Members {
    op: Cow<'static, str>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    object: Option<ObjectId>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    upload: Option<UploadId>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    part: Option<Part>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    device: Option<DeviceId>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    seq: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    event: Option<EventId>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    snapshot: Option<SnapshotId>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    segment: Option<SegmentId>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    checksum: Option<Checksum>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    after: Option<After>,
}

/// A member that is there has a value: `null` is refused.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// Where a listing resumes: after a part number, or after a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum After {
    Part(Part),
    Name(String),
}

impl From<Operation> for Members {
    fn from(operation: Operation) -> Self {
        let op = |op: &'static str| Self { op: Cow::Borrowed(op), ..Self::default() };
        match operation {
            Operation::Put { name, length, checksum } => {
                Self { length: Some(length), checksum, ..Self::about("put", name) }
            }
            Operation::Get(name) => Self::about("get", name),
            Operation::Delete(name) => Self::about("delete", name),
            Operation::Head(object) => Self { object: Some(object), ..op("head-object") },
            Operation::List(listing) => Self::listing(listing),
            Operation::CreateUpload(object) => Self { object: Some(object), ..op("create-upload") },
            Operation::UploadPart { object, upload, part, length, checksum } => Self {
                object: Some(object),
                upload: Some(upload),
                part: Some(part),
                length: Some(length),
                checksum,
                ..op("upload-part")
            },
            Operation::ListParts { object, upload, after } => Self {
                object: Some(object),
                upload: Some(upload),
                after: after.map(After::Part),
                ..op("list-parts")
            },
            Operation::ListUploads { object } => Self { object, ..op("list-uploads") },
            Operation::CompleteUpload { object, upload } => {
                Self { object: Some(object), upload: Some(upload), ..op("complete-upload") }
            }
            Operation::AbortUpload { object, upload } => {
                Self { object: Some(object), upload: Some(upload), ..op("abort-upload") }
            }
        }
    }
}

impl Members {
    /// `op` for a verb and a name, and the ids of that name.
    fn about(verb: &str, name: Name) -> Self {
        let op = |kind: &str| Self { op: Cow::Owned(format!("{verb}-{kind}")), ..Self::default() };
        match name {
            Name::Object(id) => Self { object: Some(id), ..op("object") },
            Name::Event(EventKey { device, seq, event: id }) => {
                Self { device: Some(device), seq: Some(seq), event: Some(id), ..op("event") }
            }
            Name::Snapshot(id) => Self { snapshot: Some(id), ..op("snapshot") },
            Name::Journal(id, first) => {
                Self { object: Some(id), part: Some(first), ..op("journal") }
            }
            Name::Segment(id) => Self { segment: Some(id), ..op("segment") },
            Name::Thumbnail(id) => Self { object: Some(id), ..op("thumbnail") },
        }
    }

    fn listing(listing: Listing) -> Self {
        let op = |op: &'static str, after: Option<String>| Self {
            op: Cow::Borrowed(op),
            after: after.map(After::Name),
            ..Self::default()
        };
        match listing {
            Listing::Objects { after } => op("list-objects", after.map(|id| id.to_string())),
            Listing::Devices { after } => op("list-events", after.map(|id| id.to_string())),
            Listing::Events { device, after } => {
                let after = after.map(|seq| format!("{seq:016x}"));
                Self { device: Some(device), ..op("list-events", after) }
            }
            Listing::Snapshots { after } => op("list-snapshots", after.map(|id| id.to_string())),
            Listing::Journals { after } => op("list-journals", after.map(|id| id.to_string())),
            Listing::Thumbnails { after } => op("list-thumbnails", after.map(|id| id.to_string())),
            Listing::Journal { object, after } => {
                Self { object: Some(object), ..op("list-journals", after.map(Part::padded)) }
            }
            Listing::Segments { after } => op("list-segments", after.map(|id| id.to_string())),
        }
    }

    fn object(&mut self) -> Result<ObjectId, InvalidId> {
        self.object.take().ok_or(InvalidId)
    }

    fn upload(&mut self) -> Result<UploadId, InvalidId> {
        self.upload.take().filter(UploadId::is_plain).ok_or(InvalidId)
    }

    fn part(&mut self) -> Result<Part, InvalidId> {
        self.part.take().ok_or(InvalidId)
    }

    fn length(&mut self) -> Result<u64, InvalidId> {
        self.length.take().ok_or(InvalidId)
    }

    fn name(&mut self, kind: &str) -> Result<Name, InvalidId> {
        match kind {
            "object" => Ok(Name::Object(self.object()?)),
            "event" => Ok(Name::Event(EventKey {
                device: self.device.take().ok_or(InvalidId)?,
                seq: self.seq.take().ok_or(InvalidId)?,
                event: self.event.take().ok_or(InvalidId)?,
            })),
            "snapshot" => Ok(Name::Snapshot(self.snapshot.take().ok_or(InvalidId)?)),
            "journal" => Ok(Name::Journal(self.object()?, self.part()?)),
            "segment" => Ok(Name::Segment(self.segment.take().ok_or(InvalidId)?)),
            "thumbnail" => Ok(Name::Thumbnail(self.object()?)),
            _ => Err(InvalidId),
        }
    }

    /// Takes `after` as a name, if present.
    fn after<T>(
        &mut self,
        parse: impl FnOnce(&str) -> Result<T, InvalidId>,
    ) -> Result<Option<T>, InvalidId> {
        match self.after.take() {
            None => Ok(None),
            Some(After::Name(text)) => parse(&text).map(Some),
            Some(After::Part(_)) => Err(InvalidId),
        }
    }

    fn read(&mut self, op: &str) -> Result<Operation, InvalidId> {
        let (verb, kind) = op.split_once('-').ok_or(InvalidId)?;
        Ok(match (verb, kind) {
            ("put", kind) => {
                let name = self.name(kind)?;
                let checksum = match name {
                    Name::Object(_) => self.checksum.take(),
                    Name::Event(_)
                    | Name::Snapshot(_)
                    | Name::Journal(..)
                    | Name::Segment(_)
                    | Name::Thumbnail(_) => None,
                };
                Operation::Put { name, length: self.length()?, checksum }
            }
            ("get", kind) => Operation::Get(self.name(kind)?),
            ("delete", kind) => Operation::Delete(self.name(kind)?),
            ("head", "object") => Operation::Head(self.object()?),
            ("create", "upload") => Operation::CreateUpload(self.object()?),
            ("upload", "part") => Operation::UploadPart {
                object: self.object()?,
                upload: self.upload()?,
                part: self.part()?,
                length: self.length()?,
                checksum: self.checksum.take(),
            },
            ("complete", "upload") => {
                Operation::CompleteUpload { object: self.object()?, upload: self.upload()? }
            }
            ("abort", "upload") => {
                Operation::AbortUpload { object: self.object()?, upload: self.upload()? }
            }
            ("list", "parts") => Operation::ListParts {
                object: self.object()?,
                upload: self.upload()?,
                after: match self.after.take() {
                    None => None,
                    Some(After::Part(part)) => Some(part),
                    Some(After::Name(_)) => return Err(InvalidId),
                },
            },
            ("list", "uploads") => Operation::ListUploads { object: self.object.take() },
            ("list", kind) => Operation::List(self.read_listing(kind)?),
            _ => return Err(InvalidId),
        })
    }

    fn read_listing(&mut self, kind: &str) -> Result<Listing, InvalidId> {
        Ok(match (kind, self.device.take(), self.object.take()) {
            ("objects", None, None) => Listing::Objects { after: self.after(ObjectId::parse)? },
            ("events", None, None) => Listing::Devices { after: self.after(DeviceId::parse)? },
            ("events", Some(device), None) => {
                Listing::Events { device, after: self.after(parse_seq)? }
            }
            ("snapshots", None, None) => {
                Listing::Snapshots { after: self.after(SnapshotId::parse)? }
            }
            ("thumbnails", None, None) => {
                Listing::Thumbnails { after: self.after(ObjectId::parse)? }
            }
            ("journals", None, None) => Listing::Journals { after: self.after(ObjectId::parse)? },
            ("journals", None, Some(object)) => {
                Listing::Journal { object, after: self.after(Part::parse_padded)? }
            }
            ("segments", None, None) => Listing::Segments { after: self.after(SegmentId::parse)? },
            _ => return Err(InvalidId),
        })
    }
}

impl TryFrom<Members> for Operation {
    type Error = InvalidId;

    /// [`InvalidId`] if a member is missing, or one is present that the operation does not define.
    fn try_from(mut members: Members) -> Result<Self, InvalidId> {
        let op = std::mem::take(&mut members.op);
        let operation = members.read(&op)?;
        if members == Members::default() { Ok(operation) } else { Err(InvalidId) }
    }
}
