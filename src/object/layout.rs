//! Byte ranges of an object, computed from the content's size and the header's length alone.

use std::ops::Range;

use super::ObjectError;
use crate::fernet::token_length;

/// C: plaintext of a full chunk, in bytes. 512 KiB, because Chromium reuses buffers up to 960 KiB
/// and maps fresh pages for larger ones, which halves the speed.
pub const CHUNK: u64 = 524_288;
/// S = `token_length(C)`: a full slot, in bytes.
pub const SLOT: u64 = 524_361;
/// Maximum length of a header, in bytes. This many bytes from an object's start hold all of its
/// header.
pub const MAX_HEADER: usize = 4096;
/// Maximum size of content, in bytes: 2^40.
pub const MAX_SIZE: u64 = 1 << 40;
/// Maximum number of parts that S3 accepts in one multipart upload.
pub const MAX_PARTS: u64 = 10_000;
/// Slots in the smallest part: 8 MiB, above the minimum of 5 MiB that S3 requires.
const PART_SLOTS: u64 = 16;
/// Length of an HMAC in the table.
const ENTRY: u64 = 32;

/// `padme(n)`: the size up to which `n` bytes are padded, at most 12 % more ([PURBs], PETS 2019).
/// `n` ≤ 2^63.
///
/// `n` if n < 2; else e = ⌊log2 n⌋, s = ⌊log2 e⌋ + 1, and n rounded up to a multiple of 2^(e − s).
///
/// [PURBs]: https://petsymposium.org/popets/2019/popets-2019-0056.php
#[must_use]
pub const fn padme(n: u64) -> u64 {
    if n < 2 {
        return n;
    }
    let e = n.ilog2();
    let s = e.ilog2() + 1;
    let mask = (1 << (e - s)) - 1;
    n.saturating_add(mask) & !mask
}

/// Sizes of chunks and parts. Format 1 has one fixed geometry, [`Geometry::FORMAT_1`], which all
/// stored objects use. It is a parameter because a simulation of thousands of transfers uses a
/// smaller one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Plaintext of a full chunk, in bytes; more than [`MAX_HEADER`].
    pub chunk: u64,
    /// Slots in the smallest part.
    pub part_slots: u64,
}

impl Geometry {
    /// Format 1: [`CHUNK`], and parts of 8 MiB.
    pub const FORMAT_1: Self = Self { chunk: CHUNK, part_slots: PART_SLOTS };

    /// The layout of an object with `size` bytes of content after a header of `header` bytes.
    pub fn layout(self, size: u64, header: u32) -> Result<Layout, ObjectError> {
        if size > MAX_SIZE {
            return Err(ObjectError::TooLarge);
        }
        let in_bounds =
            usize::try_from(header).is_ok_and(|header| (512..=MAX_HEADER).contains(&header));
        if !in_bounds || !header.is_multiple_of(512) {
            return Err(ObjectError::Format);
        }
        let (header, padded) = (u64::from(header), padme(size));
        let chunks =
            1 + padded.saturating_sub(self.chunk.saturating_sub(header)).div_ceil(self.chunk);
        Ok(Layout { geometry: self, size, header, padded, chunks })
    }

    /// Length of a full slot, in bytes.
    fn slot(self) -> u64 {
        token_length(self.chunk).unwrap_or_default()
    }
}

/// The byte ranges of one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    geometry: Geometry,
    size: u64,
    header: u64,
    padded: u64,
    chunks: u64,
}

impl Layout {
    /// The layout in format 1, for `size` bytes of content after a header of `header` bytes.
    pub fn new(size: u64, header: u32) -> Result<Self, ObjectError> {
        Geometry::FORMAT_1.layout(size, header)
    }

    /// Length of the header in bytes.
    #[must_use]
    pub fn header(&self) -> u64 {
        self.header
    }

    /// Size of the content in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Bytes of content that correspond to `moved` bytes of the object, for reporting progress:
    /// `moved · size / stored`.
    #[must_use]
    pub fn share(&self, moved: u64) -> u64 {
        let share = u128::from(moved) * u128::from(self.size) / u128::from(self.stored().max(1));
        u64::try_from(share).unwrap_or(u64::MAX).min(self.size)
    }

    /// Number of chunks, at least 1.
    #[must_use]
    pub fn chunks(&self) -> u64 {
        self.chunks
    }

    /// Whether chunk `i` is the last.
    #[must_use]
    pub fn is_last(&self, i: u64) -> bool {
        i + 1 == self.chunks
    }

    /// The plaintext of chunk `i`, padding included, as a range of the padded plaintext. Empty
    /// beyond the last.
    #[must_use]
    pub fn plaintext(&self, i: u64) -> Range<u64> {
        let chunk = self.geometry.chunk;
        let end = |i: u64| {
            i.saturating_add(1).saturating_mul(chunk).saturating_sub(self.header).min(self.padded)
        };
        i.checked_sub(1).map_or(0, end)..end(i)
    }

    /// The chunk that contains byte `offset` of the padded plaintext; the last one if beyond its
    /// end.
    #[must_use]
    pub fn chunk_of(&self, offset: u64) -> u64 {
        let chunk = offset.saturating_add(self.header).checked_div(self.geometry.chunk);
        chunk.unwrap_or_default().min(self.chunks.saturating_sub(1))
    }

    /// The content in chunk `i`, as a range of the file. Empty if the chunk holds only padding.
    #[must_use]
    pub fn content(&self, i: u64) -> Range<u64> {
        let Range { start, end } = self.plaintext(i);
        start.min(self.size)..end.min(self.size)
    }

    /// Slot `i`, as a range of the stored object; slot 0 begins with the header. Empty beyond the
    /// last.
    #[must_use]
    pub fn slot(&self, i: u64) -> Range<u64> {
        let (table, slot) = (self.table().start, self.geometry.slot());
        let start = i.saturating_mul(slot).min(table);
        start..start.saturating_add(slot).min(table)
    }

    /// The table, as a range of the stored object.
    #[must_use]
    pub fn table(&self) -> Range<u64> {
        let last = self.chunks - 1;
        let Range { start, end } = self.plaintext(last);
        let header = if last == 0 { self.header } else { 0 };
        // `padded` is below 2^41, so such a token always exists.
        let start =
            last * self.geometry.slot() + header + token_length(end - start).unwrap_or_default();
        start..start + self.chunks * ENTRY
    }

    /// Length of the stored object in bytes.
    #[must_use]
    pub fn stored(&self) -> u64 {
        self.table().end
    }

    /// Checks that an object of `stored` bytes has the length of this layout.
    pub fn check(&self, stored: u64) -> Result<(), ObjectError> {
        match stored.cmp(&self.stored()) {
            std::cmp::Ordering::Less => Err(ObjectError::Truncated),
            std::cmp::Ordering::Equal => Ok(()),
            std::cmp::Ordering::Greater => Err(ObjectError::Extended),
        }
    }

    /// Length in bytes of all parts but the last: `16·2^j·S`, smallest j with at most [`MAX_PARTS`]
    /// parts.
    #[must_use]
    pub fn part_size(&self) -> u64 {
        let mut size = self.geometry.part_slots * self.geometry.slot();
        while self.stored().div_ceil(size) > MAX_PARTS {
            size *= 2;
        }
        size
    }

    /// Number of parts, at least 1.
    #[must_use]
    pub fn parts(&self) -> u64 {
        self.stored().div_ceil(self.part_size())
    }

    /// The slots of part `number`, counted from 1. Empty if it holds only a piece of the table.
    #[must_use]
    pub fn part_slots(&self, number: u64) -> Range<u64> {
        let slots = self.part_size().checked_div(self.geometry.slot()).unwrap_or_default();
        let end = number.saturating_mul(slots);
        end.saturating_sub(slots).min(self.chunks)..end.min(self.chunks)
    }

    /// Part `number`, counted from 1 as in S3, as a range of the stored object. Empty beyond the
    /// last.
    #[must_use]
    pub fn part(&self, number: u64) -> Range<u64> {
        let (size, stored) = (self.part_size(), self.stored());
        let end = number.saturating_mul(size);
        end.saturating_sub(size).min(stored)..end.min(stored)
    }
}
