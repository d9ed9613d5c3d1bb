//! Reads an object: header, table and seal are verified first, then slots open in any order, each
//! as a whole.

use subtle::ConstantTimeEq;

use super::sealer::hmac;
use super::{Geometry, Header, Layout, ObjectError, ObjectId, Seal};
use crate::bytes::Bytes;
use crate::port::BulkCipher;
use crate::secret::ContentKey;

/// Opens the slots of one object. No byte of a chunk is returned before its token has been
/// verified.
#[derive(Debug)]
pub struct Opener {
    key: ContentKey,
    header: Header,
    layout: Layout,
    table: Vec<u8>,
}

impl Opener {
    /// An opener for object `id` with `size` bytes of content.
    ///
    /// `start` is the beginning of the object (at least its header), `table` the bytes at
    /// [`Layout::table`]. A known seal MUST be passed: without it, anyone with the content key
    /// could have rewritten the object.
    pub fn new(
        id: &ObjectId,
        key: ContentKey,
        size: u64,
        start: &[u8],
        table: &[u8],
        seal: Option<Seal>,
    ) -> Result<Self, ObjectError> {
        Self::laid_out(id, key, Geometry::FORMAT_1, size, start, table, seal)
    }

    /// Like [`Opener::new`], for any geometry.
    pub fn laid_out(
        id: &ObjectId,
        key: ContentKey,
        geometry: Geometry,
        size: u64,
        start: &[u8],
        table: &[u8],
        seal: Option<Seal>,
    ) -> Result<Self, ObjectError> {
        let header = Header::read(id, &key, start)?;
        let layout = geometry.layout(size, header.length())?;
        let expected = layout.table();
        if u64::try_from(table.len()).ok() != Some(expected.end - expected.start) {
            return Err(ObjectError::Truncated);
        }
        if seal.is_some_and(|seal| seal != Seal::of(&header, table)) {
            return Err(ObjectError::Invalid);
        }
        Ok(Self { key, header, layout, table: table.to_vec() })
    }

    /// The object's layout.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The header.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Opens the content of chunk `i` from the bytes at [`Layout::slot`]`(i)`; slot 0 includes the
    /// header.
    ///
    /// Checks in this order: the slot's length; the header again (slot 0); the HMAC in the table;
    /// the token itself with its timestamp and exact length; that all padding is zero.
    pub async fn open(
        &self,
        cipher: &dyn BulkCipher,
        i: u64,
        slot: &Bytes,
    ) -> Result<Bytes, ObjectError> {
        let expected = self.layout.slot(i);
        match u64::try_from(slot.len()).unwrap_or(u64::MAX).cmp(&(expected.end - expected.start)) {
            _ if i >= self.layout.chunks() => return Err(ObjectError::Extended),
            std::cmp::Ordering::Less => return Err(ObjectError::Truncated),
            std::cmp::Ordering::Greater => return Err(ObjectError::Extended),
            std::cmp::Ordering::Equal => {}
        }
        let header = if i == 0 { self.header.bytes() } else { &[] };
        if slot.cut(0..header.len()).is_none_or(|start| *start.bytes() != *header) {
            return Err(ObjectError::Invalid);
        }
        let token = slot.cut(header.len()..slot.len()).ok_or(ObjectError::Invalid)?;
        let pinned = usize::try_from(i).ok().and_then(|i| self.table.as_chunks::<32>().0.get(i));
        let (Some(pinned), Some(hmac)) = (pinned, hmac(&token)) else {
            return Err(ObjectError::Invalid);
        };
        if !bool::from(pinned.ct_eq(&hmac)) {
            return Err(ObjectError::Invalid);
        }
        let key = self.key.chunk_key(i, self.layout.is_last(i));
        let opened = cipher.open(&key, &token).await.map_err(|_| ObjectError::Invalid)?;
        self.judge(i, opened.time, opened.plaintext)
    }

    /// Checks the format of an authenticated plaintext, then cuts it to the content.
    fn judge(&self, i: u64, time: u64, plaintext: Bytes) -> Result<Bytes, ObjectError> {
        let (whole, content) = (self.layout.plaintext(i), self.layout.content(i));
        let exact = u64::try_from(plaintext.len()).ok() == Some(whole.end - whole.start);
        let length =
            usize::try_from(content.end - content.start).map_err(|_| ObjectError::Invalid)?;
        let padding = plaintext.cut(length..plaintext.len()).ok_or(ObjectError::Invalid)?;
        if !exact
            || time != self.header.id().stamp()
            || padding.bytes().iter().any(|byte| *byte != 0)
        {
            return Err(ObjectError::Invalid);
        }
        plaintext.cut(0..length).ok_or(ObjectError::Invalid)
    }
}
