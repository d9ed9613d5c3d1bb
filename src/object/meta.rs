//! `meta`: `{"name":…,"size":…,"type":…,"modified":…}`, then spaces up to 512·k − 129 bytes,
//! smallest k ≤ 8.
//!
//! Keys in this order, no white space, strings escaped as in RFC 8785 §3.2.2.2 (as `serde_json`
//! does). A reader re-encodes what it parsed and compares, so each value has exactly one encoding.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{MAX_HEADER, MAX_SIZE, ObjectError};

/// Overhead of header and meta token around the plaintext: 64 + 57 + 16 + 7 bytes, one of them the
/// minimum padding.
const AROUND: usize = 129;
/// Bound of the integers that every JSON parser represents exactly.
const MAX_MODIFIED: u64 = 1 << 53;

/// The metadata sealed in the header.
#[derive(Clone, PartialEq, Eq)]
pub struct Meta {
    /// Name, without folders.
    pub name: String,
    /// Size of the content in bytes, at most 2^40.
    pub size: u64,
    /// Media type.
    pub media_type: String,
    /// Modification time in milliseconds since the Unix epoch, below 2^53 either way.
    pub modified: Option<i64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record<'a> {
    name: Cow<'a, str>,
    size: u64,
    #[serde(rename = "type")]
    media_type: Cow<'a, str>,
    modified: Option<i64>,
}

/// A name is as confidential as the content, so it is not shown.
impl std::fmt::Debug for Meta {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name: _, size, media_type: _, modified } = self;
        f.debug_struct("Meta")
            .field("size", size)
            .field("modified", modified)
            .finish_non_exhaustive()
    }
}

impl Meta {
    /// Makes it fit the header: drops a time out of bounds, then a type that is too long; returns
    /// an error if the name is still too long, or the size is above [`MAX_SIZE`].
    pub fn fitted(mut self) -> Result<Self, ObjectError> {
        self.modified = self.modified.filter(|time| time.unsigned_abs() < MAX_MODIFIED);
        if self.encode() == Err(ObjectError::Name) {
            self.media_type.clear();
        }
        self.encode()?;
        Ok(self)
    }

    /// Encodes the plaintext of the meta token.
    pub fn encode(&self) -> Result<Vec<u8>, ObjectError> {
        if self.size > MAX_SIZE {
            return Err(ObjectError::TooLarge);
        }
        let record = Record {
            name: Cow::Borrowed(&self.name),
            size: self.size,
            media_type: Cow::Borrowed(&self.media_type),
            modified: self.modified,
        };
        let mut plaintext = serde_json::to_vec(&record).map_err(|_| ObjectError::Name)?;
        let header = (plaintext.len() + AROUND).next_multiple_of(512);
        if header > MAX_HEADER {
            return Err(ObjectError::Name);
        }
        plaintext.resize(header - AROUND, b' ');
        Ok(plaintext)
    }

    /// Parses an authenticated plaintext, which must equal its re-encoding.
    pub fn decode(plaintext: &[u8]) -> Result<Self, ObjectError> {
        let record: Record<'_> =
            serde_json::from_slice(plaintext).map_err(|_| ObjectError::Invalid)?;
        let meta = Self {
            name: record.name.into_owned(),
            size: record.size,
            media_type: record.media_type.into_owned(),
            modified: record.modified,
        };
        let canonical = meta.modified.is_none_or(|time| time.unsigned_abs() < MAX_MODIFIED)
            && meta.encode().is_ok_and(|again| again == plaintext);
        if canonical { Ok(meta) } else { Err(ObjectError::Invalid) }
    }
}
