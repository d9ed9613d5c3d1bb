//! Index segments: which words are in which files, sealed. Pure.
//!
//! ```text
//! vaults/<account>/segments/<segment_id>     segment_id: UUIDv7
//! token under segment_key(segment_id), its time the id's
//! plaintext = "frond/1 segment" ‖ u32be length of content ‖ content ‖ zeros to a multiple of 4096
//! content   = u32be number of replaced ‖ replaced ‖ u32be number of files ‖ files ‖ index
//! replaced  = segment_id(16) …       ascending
//! files     = object_id(16) …        ascending
//! index     = frond_search's, of the files as documents
//! ```
//!
//! A segment is never changed. Several are merged into a new one, which names those it replaces;
//! who wrote it deletes them once it has read the new one back. Two segments may have the same
//! file: what a search finds is a set.
//!
//! Out of scope: hiding how much text a vault has, beyond the padding.

use frond_wire::{ObjectId, SegmentId};

use crate::fernet;
use crate::secret::VaultKey;

const FORMAT: &[u8] = b"frond/1 segment";
/// The plaintext has a length that is a multiple of this, in bytes.
const PADDING: usize = 4096;
/// Maximum length of a segment's token, in bytes. A device fetches each as a whole; with 3 % of the
/// text, one is of about 130 MB of it.
pub const MAX_SEGMENT: usize = 4 * 1024 * 1024;

/// Not a segment of this format. It is left out: the files that it covers can be indexed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an index segment")]
pub struct BadSegment;

/// A segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Segments that this one replaces, ascending.
    pub replaced: Vec<SegmentId>,
    /// The files, ascending; also those in which no text was found.
    pub files: Vec<ObjectId>,
    /// The index of these files ([`frond_search::Index`]); not checked here.
    pub index: Vec<u8>,
}

impl Segment {
    /// Seals it; `iv` is 16 fresh random bytes.
    ///
    /// # Errors
    /// [`BadSegment`] if it is too large, or its ids are not ascending.
    pub fn seal(
        &self,
        key: &VaultKey,
        id: &SegmentId,
        iv: [u8; 16],
    ) -> Result<Vec<u8>, BadSegment> {
        let replaced: Vec<_> = self.replaced.iter().map(|id| *id.as_bytes()).collect();
        let files: Vec<_> = self.files.iter().map(|id| *id.as_bytes()).collect();
        let mut content = Vec::new();
        for ids in [&replaced, &files] {
            content.extend(u32::try_from(ids.len()).map_err(|_| BadSegment)?.to_be_bytes());
            content.extend(ids.as_flattened());
        }
        content.extend(&self.index);
        let length = u32::try_from(content.len()).map_err(|_| BadSegment)?;
        let mut plaintext = [FORMAT, &length.to_be_bytes(), &content].concat();
        plaintext.resize(plaintext.len().next_multiple_of(PADDING), 0);
        let token = fernet::seal(&key.segment_key(id), id.stamp(), iv, &plaintext);
        if token.len() <= MAX_SEGMENT && self.is_sound(id) { Ok(token) } else { Err(BadSegment) }
    }

    /// Opens the token that is stored under this id.
    ///
    /// # Errors
    /// [`BadSegment`]
    pub fn open(key: &VaultKey, id: &SegmentId, token: &[u8]) -> Result<Self, BadSegment> {
        if token.len() > MAX_SEGMENT {
            return Err(BadSegment);
        }
        let opened = fernet::open(&key.segment_key(id), token).map_err(|_| BadSegment)?;
        let mut content = unpadded(&opened.plaintext).ok_or(BadSegment)?;
        let replaced = ids(&mut content).ok_or(BadSegment)?;
        let replaced = replaced.iter().map(|id| SegmentId::from_bytes(*id));
        let files = ids(&mut content).ok_or(BadSegment)?;
        let files = files.iter().map(|id| ObjectId::from_bytes(*id));
        let segment = Self {
            replaced: replaced.collect::<Result<_, _>>().map_err(|_| BadSegment)?,
            files: files.collect::<Result<_, _>>().map_err(|_| BadSegment)?,
            index: content.to_vec(),
        };
        if segment.is_sound(id) && opened.time == id.stamp() {
            Ok(segment)
        } else {
            Err(BadSegment)
        }
    }

    fn is_sound(&self, id: &SegmentId) -> bool {
        self.replaced.is_sorted_by(|a, b| a < b)
            && self.files.is_sorted_by(|a, b| a < b)
            && !self.replaced.contains(id)
    }
}

fn unpadded(plaintext: &[u8]) -> Option<&[u8]> {
    let (length, rest) = plaintext.strip_prefix(FORMAT)?.split_first_chunk()?;
    let (content, padding) = rest.split_at_checked(u32::from_be_bytes(*length).try_into().ok()?)?;
    let is_padded = plaintext.len().is_multiple_of(PADDING)
        && padding.len() < PADDING
        && padding.iter().all(|byte| *byte == 0);
    is_padded.then_some(content)
}

/// Takes a list of ids off the front.
fn ids<'a>(content: &mut &'a [u8]) -> Option<&'a [[u8; 16]]> {
    let (count, rest) = content.split_first_chunk()?;
    let count = usize::try_from(u32::from_be_bytes(*count)).ok()?;
    let (ids, rest) = rest.split_at_checked(count.checked_mul(16)?)?;
    *content = rest;
    Some(ids.as_chunks().0)
}
