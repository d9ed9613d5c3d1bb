//! Lists to the end, page by page, within bounds, even if the bucket lies about its pages: each
//! page must continue after the previous one, and the names of a page are parsed into ids before
//! the next is requested. A listing thus uses only the memory of one page and its ids, whatever the
//! bucket returns.

mod all;

use std::cell::Cell;
use std::collections::BTreeSet;

use frond_wire::{InvalidId, Listing, Operation, Part};

use super::xml::{self, KeyPage, NotXml, ObjectEntry};
use super::{Answer, Bucket, Call, TransferError};
use crate::object::ObjectId;

pub use all::ListedName;

/// Maximum length of a page, in bytes: a thousand keys.
pub(super) const MAX_PAGE: usize = 2 * 1024 * 1024;
/// Maximum number of names in one scan of the bucket. A vault of a million files has a million
/// objects and at most about two million events, across all its devices; with an id kept for each,
/// this is about 200 MB.
const MAX_NAMES: usize = 4_000_000;
/// Maximum number of pages of one listing: twice what [`MAX_NAMES`] names need.
const MAX_PAGES: usize = 8_000;

/// How many more names a scan of the bucket may find, over all its listings.
#[derive(Debug)]
pub struct Room(Cell<usize>);

impl Default for Room {
    /// A budget of four million names.
    fn default() -> Self {
        Self::of(MAX_NAMES)
    }
}

impl Room {
    /// A budget of that many names.
    #[must_use]
    pub fn of(names: usize) -> Self {
        Self(Cell::new(names))
    }

    fn take(&self, names: usize) -> Result<(), TransferError> {
        self.0.set(self.0.get().checked_sub(names).ok_or(TransferError::ListTooLong)?);
        Ok(())
    }
}

/// An object as listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedObject {
    /// Its id.
    pub id: ObjectId,
    /// Length in bytes.
    pub size: u64,
    /// When it was written, in seconds since the Unix epoch by the store's clock.
    pub at: u64,
}

/// A journal page as listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ListedPage {
    /// The object of the upload.
    pub(crate) id: ObjectId,
    /// First part of the page.
    pub(crate) part: Part,
    /// When it was written, in seconds since the Unix epoch by the store's clock.
    pub(crate) at: u64,
}

/// A listing request, from the beginning or after a name.
type Ask<'a> = &'a dyn Fn(Option<&str>) -> Result<Listing, InvalidId>;
/// Parses a page, and whether there are more.
type Parser<T> = fn(&[u8]) -> Result<(Vec<T>, bool), NotXml>;
/// Receives the names of a page, and keeps what it needs.
type Take<'a, T> = &'a mut dyn FnMut(&T) -> Result<(), TransferError>;

impl Bucket<'_> {
    /// All keys and common prefixes of a listing. `listing` is the request for what sorts after a
    /// name; `name` extracts that name from a key or a prefix.
    pub(crate) async fn list(
        &self,
        listing: Ask<'_>,
        name: &dyn Fn(&String) -> Option<String>,
        room: &Room,
        take: Take<'_, String>,
    ) -> Result<(), TransferError> {
        self.pages(listing, keys, name, room, take).await
    }

    /// First parts, from 1 to `parts`, of the pages of an upload's journal: ascending, without
    /// duplicates.
    pub(crate) async fn list_journal(
        &self,
        object: &ObjectId,
        parts: u32,
    ) -> Result<BTreeSet<Part>, TransferError> {
        let listing = |after: Option<&str>| {
            let after = after.map(Part::parse_padded).transpose()?;
            Ok(Listing::Journal { object: *object, after })
        };
        let mut firsts = BTreeSet::new();
        let mut take = |key: &String| {
            firsts.extend(Part::parse_padded(last(key)).ok().filter(|part| part.get() <= parts));
            Ok(())
        };
        let name = |key: &String| Some(last(key).to_owned());
        self.list(&listing, &name, &Room::default(), &mut take).await?;
        Ok(firsts)
    }

    /// All objects of the vault, with their lengths and times.
    pub async fn list_objects(&self, room: &Room) -> Result<Vec<ListedObject>, TransferError> {
        let listing = |after: Option<&str>| {
            Ok(Listing::Objects { after: after.map(ObjectId::parse).transpose()? })
        };
        self.by_object(&listing, room).await
    }

    /// All thumbnails of the vault by the ids of their objects, with their lengths and times.
    pub(crate) async fn list_thumbnails(
        &self,
        room: &Room,
    ) -> Result<Vec<ListedObject>, TransferError> {
        let listing = |after: Option<&str>| {
            Ok(Listing::Thumbnails { after: after.map(ObjectId::parse).transpose()? })
        };
        self.by_object(&listing, room).await
    }

    /// A listing whose keys end in ids of objects.
    async fn by_object(
        &self,
        listing: Ask<'_>,
        room: &Room,
    ) -> Result<Vec<ListedObject>, TransferError> {
        let mut objects = Vec::new();
        let mut take = |found: &ObjectEntry| {
            let id = ObjectId::parse(last(&found.key)).ok();
            objects.extend(id.map(|id| ListedObject { id, size: found.size, at: found.at }));
            Ok(())
        };
        let name = |found: &ObjectEntry| Some(last(&found.key).to_owned());
        self.pages(listing, xml::found, &name, room, &mut take).await?;
        objects.sort_unstable_by_key(|object: &ListedObject| object.id);
        objects.dedup_by_key(|object| object.id);
        Ok(objects)
    }

    /// All pages of all journals of the vault, with their times.
    pub(crate) async fn list_journals(&self) -> Result<Vec<ListedPage>, TransferError> {
        let mut pages = Vec::new();
        let mut take = |found: &ObjectEntry| {
            pages.extend(listed_page(found));
            Ok(())
        };
        // Continue after the entire journal of an object: any of its remaining pages are found by
        // the next scan.
        let name = |found: &ObjectEntry| Some(last(found.key.rsplit_once('/')?.0).to_owned());
        let listing = |after: Option<&str>| {
            Ok(Listing::Journals { after: after.map(ObjectId::parse).transpose()? })
        };
        self.pages(&listing, xml::found, &name, &Room::default(), &mut take).await?;
        pages.sort_unstable_by_key(|page: &ListedPage| (page.id, page.part));
        pages.dedup_by_key(|page| (page.id, page.part));
        Ok(pages)
    }

    async fn pages<T>(
        &self,
        listing: Ask<'_>,
        read: Parser<T>,
        name: &dyn Fn(&T) -> Option<String>,
        room: &Room,
        take: Take<'_, T>,
    ) -> Result<(), TransferError> {
        let mut after: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let from = listing(after.as_deref()).map_err(|_| TransferError::InvalidResponse)?;
            let call = Call::new(Operation::List(from), MAX_PAGE);
            let Answer::Success(response) = self.call(&call).await? else {
                return Err(TransferError::InvalidResponse);
            };
            let (page, more) = read(&response.body).map_err(|_| TransferError::InvalidResponse)?;
            room.take(page.len())?;
            page.iter().try_for_each(&mut *take)?;
            if !more {
                return Ok(());
            }
            // The bucket may hold names that are none of ours; a listing cannot continue after
            // those.
            let continues = |name: &String| listing(Some(name)).is_ok();
            let mut names = page.iter().rev().filter_map(name).filter(continues);
            let last = names.next();
            // Several keys may have one name, such as events that claim the same number, and the
            // page may end between them: the next one begins with them again.
            let before = names.find(|name| last.as_ref() > Some(name));
            let next = before.filter(|name| after.as_ref() < Some(name)).or(last);
            if next.is_none() || next <= after {
                return Err(TransferError::InvalidResponse);
            }
            after = next;
        }
        Err(TransferError::ListTooLong)
    }
}

fn keys(body: &[u8]) -> Result<(Vec<String>, bool), NotXml> {
    let KeyPage { mut keys, prefixes, truncated } = KeyPage::read(body)?;
    keys.extend(prefixes);
    Ok((keys, truncated))
}

fn listed_page(found: &ObjectEntry) -> Option<ListedPage> {
    let (journal, part) = found.key.rsplit_once('/')?;
    Some(ListedPage {
        id: ObjectId::parse(last(journal)).ok()?,
        part: Part::parse_padded(part).ok()?,
        at: found.at,
    })
}

/// The last component of a key.
pub(crate) fn last(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}
