//! Confirms that objects of one part lie in the bucket as they were sent: one listing for hundreds.
//!
//! A listed object is confirmed by its length and an ETag that is the MD5 of what was sent. Stores
//! that encrypt have other ETags, and a listing may lag behind: what a listing does not confirm is
//! asked for by itself, and its table must match its seal.

use std::collections::BTreeMap;

use frond_wire::{Listing, Operation};
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::bucket::{Answer, Bucket, Call, Signed};
use super::listing::{MAX_PAGE, last};
use super::stored::StoredObject;
use super::xml::{self, ObjectEntry};
use super::{TransferError, Uploaded};
use crate::object::{Geometry, Header, Layout, ObjectId, Seal};
use crate::secret::ContentKey;

/// Concurrent requests for objects that no listing confirmed.
const AT_ONCE: usize = 4;

/// An object that was sent.
pub struct SentObject {
    id: ObjectId,
    header: Header,
    layout: Layout,
    seal: Seal,
    /// In hexadecimal; `None` if the object is confirmed.
    md5: Option<String>,
}

impl SentObject {
    /// What an upload of `size` bytes with this header sent.
    ///
    /// # Errors
    /// [`TransferError::Changed`] if the header is none of this object.
    pub fn new(
        geometry: Geometry,
        id: ObjectId,
        key: &ContentKey,
        header: &[u8],
        size: u64,
        uploaded: &Uploaded,
    ) -> Result<Self, TransferError> {
        let header = Header::read(&id, key, header)?;
        let layout = geometry.layout(size, header.length())?;
        let hex = |md5: [u8; 16]| md5.iter().map(|byte| format!("{byte:02x}")).collect();
        let md5 = uploaded.unconfirmed.map(hex);
        Ok(Self { id, header, layout, seal: uploaded.seal, md5 })
    }

    fn is(&self, found: &ObjectEntry) -> bool {
        let is_whole = found.size == self.layout.stored();
        is_whole && self.md5.as_ref().is_some_and(|md5| found.etag.eq_ignore_ascii_case(md5))
    }
}

/// Confirms that the bucket has these objects; one result for each, in their order:
/// [`TransferError::Missing`] or [`TransferError::Changed`] if it has none, or another one.
///
/// # Errors
/// Transient ones of the requests: then nothing is known of any object.
pub async fn confirm(
    bucket: &Bucket<'_>,
    sent: &[SentObject],
) -> Result<Vec<Result<(), TransferError>>, TransferError> {
    let listed = match listed(bucket, sent).await {
        Err(error) if error.is_passing() => return Err(error),
        listed => listed.unwrap_or_default(),
    };
    let confirmed = stream::iter(sent).map(async |one| {
        if one.md5.is_none() || listed.get(&one.id).is_some_and(|found| one.is(found)) {
            return Ok(Ok(()));
        }
        match look(bucket, one).await {
            Err(error) if error.is_passing() => Err(error),
            looked => Ok(looked),
        }
    });
    confirmed.buffered(AT_ONCE).try_collect().await
}

/// What listings say of these objects. Each request settles at least one of them, and all of them
/// if no other object was made between the first and the last: ids begin with a time.
async fn listed(
    bucket: &Bucket<'_>,
    sent: &[SentObject],
) -> Result<BTreeMap<ObjectId, ObjectEntry>, TransferError> {
    let unconfirmed = sent.iter().filter(|one| one.md5.is_some());
    let mut ids: Vec<_> = unconfirmed.map(|one| one.id).collect();
    ids.sort_unstable();
    let (mut rest, mut listed) = (&*ids, BTreeMap::new());
    while let Some(first) = rest.first() {
        let before = ObjectId::new(first.milliseconds().saturating_sub(1), [0xff; 16]);
        let list = Operation::List(Listing::Objects { after: Some(before) });
        let Answer::Success(response) = bucket.call(&Call::new(list, MAX_PAGE)).await? else {
            return Err(TransferError::InvalidResponse);
        };
        let page = xml::found(&response.body).map_err(|_| TransferError::InvalidResponse)?;
        let (found, more) = page;
        let page = found
            .into_iter()
            .filter_map(|found| Some((ObjectId::parse(last(&found.key)).ok()?, found)));
        let page: BTreeMap<_, _> = page.collect();
        let end = page.keys().next_back().max(Some(first)).copied();
        let settled = if more { rest.partition_point(|id| Some(*id) <= end) } else { rest.len() };
        rest = rest.split_at(settled).1;
        listed.extend(page.into_iter().filter(|(id, _)| ids.binary_search(id).is_ok()));
    }
    Ok(listed)
}

/// Verifies by its table that the stored object is the one that was sent.
async fn look(bucket: &Bucket<'_>, one: &SentObject) -> Result<(), TransferError> {
    let stored = StoredObject { bucket: *bucket, id: one.id, layout: one.layout };
    let table = stored.table(&Signed::default()).await?;
    if Seal::of(&one.header, &table) == one.seal { Ok(()) } else { Err(TransferError::Changed) }
}
