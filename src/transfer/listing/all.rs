//! Lists everything of a vault that has a name.

use frond_wire::{
    DeviceId, EventKey, Listing, Name, ObjectId, Part, SegmentId, SnapshotId, parse_seq,
};

use super::{Ask, Bucket, Room, last, xml};
use crate::transfer::TransferError;
use crate::transfer::xml::ObjectEntry;

/// A name as listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedName {
    /// The name.
    pub name: Name,
    /// Length in bytes.
    pub size: u64,
    /// When it was written, in seconds since the Unix epoch by the store's clock.
    pub at: u64,
}

impl Bucket<'_> {
    /// All names of the vault, with their lengths and times, ascending. Keys that are no names are
    /// left out.
    ///
    /// # Errors
    /// [`TransferError::ListTooLong`] beyond `room`; others as returned by the requests.
    pub async fn list_all(&self, room: &Room) -> Result<Vec<ListedName>, TransferError> {
        let mut all = Vec::new();
        let objects = |after: Option<&str>| {
            Ok(Listing::Objects { after: after.map(ObjectId::parse).transpose()? })
        };
        let object = |key: &str| ObjectId::parse(last(key)).ok().map(Name::Object);
        self.list_names(&objects, whole, object, room, &mut all).await?;
        let mut devices = Vec::new();
        let listing = |after: Option<&str>| {
            Ok(Listing::Devices { after: after.map(DeviceId::parse).transpose()? })
        };
        let device = |prefix: &String| Some(last(prefix.strip_suffix('/')?).to_owned());
        let mut take = |prefix: &String| {
            devices.extend(device(prefix).and_then(|name| DeviceId::parse(&name).ok()));
            Ok(())
        };
        self.list(&listing, &device, room, &mut take).await?;
        for device in devices {
            let events = |after: Option<&str>| {
                Ok(Listing::Events { device, after: after.map(parse_seq).transpose()? })
            };
            self.list_names(&events, above, event, room, &mut all).await?;
        }
        let snapshots = |after: Option<&str>| {
            Ok(Listing::Snapshots { after: after.map(SnapshotId::parse).transpose()? })
        };
        let snapshot = |key: &str| SnapshotId::parse(last(key)).ok().map(Name::Snapshot);
        self.list_names(&snapshots, whole, snapshot, room, &mut all).await?;
        let journals = |after: Option<&str>| {
            Ok(Listing::Journals { after: after.map(ObjectId::parse).transpose()? })
        };
        self.list_names(&journals, above, journal, room, &mut all).await?;
        let thumbnails = |after: Option<&str>| {
            Ok(Listing::Thumbnails { after: after.map(ObjectId::parse).transpose()? })
        };
        let thumbnail = |key: &str| ObjectId::parse(last(key)).ok().map(Name::Thumbnail);
        self.list_names(&thumbnails, whole, thumbnail, room, &mut all).await?;
        let segments = |after: Option<&str>| {
            Ok(Listing::Segments { after: after.map(SegmentId::parse).transpose()? })
        };
        let segment = |key: &str| SegmentId::parse(last(key)).ok().map(Name::Segment);
        self.list_names(&segments, whole, segment, room, &mut all).await?;
        all.sort_unstable_by_key(|listed: &ListedName| listed.name);
        all.dedup_by_key(|listed| listed.name);
        Ok(all)
    }

    /// Adds the names of one listing to `all`; the next page starts after the last component of
    /// what `place` returns for a key.
    async fn list_names(
        &self,
        listing: Ask<'_>,
        place: fn(&str) -> Option<&str>,
        read: fn(&str) -> Option<Name>,
        room: &Room,
        all: &mut Vec<ListedName>,
    ) -> Result<(), TransferError> {
        let mut take = |found: &ObjectEntry| {
            let name = read(&found.key);
            all.extend(name.map(|name| ListedName { name, size: found.size, at: found.at }));
            Ok(())
        };
        let name = |found: &ObjectEntry| Some(last(place(&found.key)?).to_owned());
        self.pages(listing, xml::found, &name, room, &mut take).await
    }
}

fn whole(key: &str) -> Option<&str> {
    Some(key)
}

/// A key without its last component.
fn above(key: &str) -> Option<&str> {
    Some(key.rsplit_once('/')?.0)
}

fn event(key: &str) -> Option<Name> {
    let log = above(above(above(key)?)?)?;
    EventKey::parse(key.strip_prefix(log)?.strip_prefix('/')?).map(Name::Event)
}

fn journal(key: &str) -> Option<Name> {
    let (journal, part) = key.rsplit_once('/')?;
    let (object, part) = (ObjectId::parse(last(journal)), Part::parse_padded(part));
    Some(Name::Journal(object.ok()?, part.ok()?))
}
