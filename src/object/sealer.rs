//! Writes an object: content in, slots out, in any order; the seal at the end.

use std::ops::Range;

use super::{Header, Layout, ObjectError, Seal};
use crate::bytes::Bytes;
use crate::port::BulkCipher;
use crate::secret::ContentKey;

/// Seals the chunks of one object.
pub struct Sealer {
    key: ContentKey,
    header: Header,
    layout: Layout,
}

/// A sealed chunk.
pub struct Sealed {
    /// The slot to store; slot 0 includes the header.
    pub slot: Bytes,
    /// The token's HMAC, its entry in the table.
    pub hmac: [u8; 32],
}

impl Sealer {
    /// A sealer for `size` bytes of content after this header, whose commitment must match the key.
    pub fn new(key: ContentKey, header: Header, size: u64) -> Result<Self, ObjectError> {
        let layout = Layout::new(size, header.length())?;
        Self::laid_out(key, header, layout)
    }

    /// Like [`Sealer::new`], for a layout that matches the header.
    pub fn laid_out(key: ContentKey, header: Header, layout: Layout) -> Result<Self, ObjectError> {
        if header.commitment() != key.commitment() || u64::from(header.length()) != layout.header()
        {
            return Err(ObjectError::Invalid);
        }
        Ok(Self { key, header, layout })
    }

    /// The object's layout.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Seals slot `i`. `content` is exactly its [`Layout::content`]; padding is added here. `iv` is
    /// 16 fresh random bytes or, if a chunk is only resealed for comparison with the journal, the
    /// journaled IV.
    pub async fn seal(
        &self,
        cipher: &dyn BulkCipher,
        i: u64,
        iv: [u8; 16],
        mut content: Bytes,
    ) -> Result<Sealed, ObjectError> {
        let plaintext = length(&self.layout.plaintext(i))?;
        if i >= self.layout.chunks() || content.len() != length(&self.layout.content(i))? {
            return Err(ObjectError::Content);
        }
        content.append(vec![0; plaintext.saturating_sub(content.len())]);
        let key = self.key.chunk_key(i, self.layout.is_last(i));
        let token = cipher.seal(&key, self.header.id().stamp(), iv, &content).await?;
        let hmac = hmac(&token).ok_or(ObjectError::Engine)?;
        let mut slot = Bytes::from(if i == 0 { self.header.bytes() } else { &[] });
        slot.append(token);
        Ok(Sealed { slot, hmac })
    }

    /// Returns the seal after all chunks. `table`, which ends the object, is the HMACs of all
    /// slots, in order.
    pub fn finish(&self, table: &[u8]) -> Result<Seal, ObjectError> {
        let whole = self.layout.table();
        if u64::try_from(table.len()) != Ok(whole.end - whole.start) {
            return Err(ObjectError::Content);
        }
        Ok(Seal::of(&self.header, table))
    }
}

/// The HMAC at the end of a token or slot.
pub(super) fn hmac(token: &Bytes) -> Option<[u8; 32]> {
    token.array(token.len().checked_sub(32)?)
}

/// The length of a range of at most one chunk.
fn length(range: &Range<u64>) -> Result<usize, ObjectError> {
    usize::try_from(range.end - range.start).map_err(|_| ObjectError::TooLarge)
}
