//! Writing an object: content in, slots out, in order; the table and the seal at the end.

use std::ops::Range;

use super::{Header, Layout, ObjectError, Seal};
use crate::bulk::Bulk;
use crate::port::BulkCipher;
use crate::secret::ContentKey;

/// Seals the chunks of one object, in order.
pub struct Sealer {
    key: ContentKey,
    header: Header,
    layout: Layout,
    next: u64,
    table: Vec<u8>,
}

impl Sealer {
    /// For `size` bytes of content behind this header, whose commitment must be the key's.
    pub fn new(key: ContentKey, header: Header, size: u64) -> Result<Self, ObjectError> {
        let layout = Layout::new(size, header.length())?;
        Self::laid_out(key, header, layout)
    }

    /// As [`Sealer::new`], for a layout that is the header's.
    pub fn laid_out(key: ContentKey, header: Header, layout: Layout) -> Result<Self, ObjectError> {
        if header.commitment() != key.commitment() || u64::from(header.length()) != layout.header() {
            return Err(ObjectError::Invalid);
        }
        Ok(Self { key, header, layout, next: 0, table: Vec::new() })
    }

    /// Where everything lies.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The chunk that [`Sealer::seal_next`] seals next; [`Layout::chunks`] when all are sealed.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.next
    }

    /// The next slot, slot 0 with the header. `content` is exactly [`Layout::content`] of the next chunk; padding is
    /// added here. `iv` is 16 fresh random bytes, or, where a chunk is only sealed again to be compared with the
    /// journal, the journaled ones.
    pub async fn seal_next(
        &mut self,
        cipher: &dyn BulkCipher,
        iv: [u8; 16],
        mut content: Bulk,
    ) -> Result<Bulk, ObjectError> {
        let i = self.next;
        let plaintext = length(&self.layout.plaintext(i))?;
        if i >= self.layout.chunks() || content.len() != length(&self.layout.content(i))? {
            return Err(ObjectError::Content);
        }
        content.append(vec![0; plaintext.saturating_sub(content.len())]);
        let key = self.key.chunk_key(i, self.layout.is_last(i));
        let token = cipher.seal(&key, self.header.id().stamp(), iv, &content).await?;
        self.table.extend_from_slice(&hmac(&token).ok_or(ObjectError::Engine)?);
        self.next += 1;
        let mut slot = Bulk::from(if i == 0 { self.header.bytes() } else { &[] });
        slot.append(token);
        Ok(slot)
    }

    /// After all chunks: the table, which ends the object, and the seal.
    pub fn finish(self) -> Result<(Vec<u8>, Seal), ObjectError> {
        if self.next != self.layout.chunks() {
            return Err(ObjectError::Content);
        }
        let seal = Seal::of(&self.header, &self.table);
        Ok((self.table, seal))
    }
}

/// The HMAC that ends a token, or a slot.
pub(super) fn hmac(token: &Bulk) -> Option<[u8; 32]> {
    token.array(token.len().checked_sub(32)?)
}

/// The length of a range of at most one chunk.
fn length(range: &Range<u64>) -> Result<usize, ObjectError> {
    usize::try_from(range.end - range.start).map_err(|_| ObjectError::TooLarge)
}
