//! The header: `"frond/1\n" ‖ object_id(16) ‖ commitment(32) ‖ u32be m ‖ 0(4) ‖ meta token(m) ‖
//! 0(7)`, 512·k bytes.

use subtle::ConstantTimeEq;

use super::{MAX_HEADER, Meta, ObjectError, ObjectId};
use crate::fernet;
use crate::secret::{ContentKey, FernetKey, FileKey};

const MAGIC: &[u8; 8] = b"frond/1\n";
/// Length of the fields before the meta token.
const FIXED: usize = 64;
/// Number of zero bytes after it.
const TAIL: usize = 7;

/// A header verified against its object id and content key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    id: ObjectId,
    bytes: Vec<u8>,
}

impl Header {
    /// Seals the header of a new object. `iv` is 16 fresh random bytes.
    pub fn seal(
        key: &FileKey,
        id: &ObjectId,
        meta: &Meta,
        iv: [u8; 16],
    ) -> Result<Self, ObjectError> {
        let token = fernet::seal(&key.meta_key(), id.stamp(), iv, &meta.encode()?);
        let length = u32::try_from(token.len()).map_err(|_| ObjectError::Name)?;
        let mut bytes = Vec::with_capacity(MAX_HEADER);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(id.as_bytes());
        bytes.extend_from_slice(&key.content_key().commitment());
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&token);
        bytes.extend_from_slice(&[0; TAIL]);
        Ok(Self { id: *id, bytes })
    }

    /// Reads the header of object `id` from the beginning of the object, which must contain the
    /// whole header ([`MAX_HEADER`] bytes always do); the rest is ignored.
    ///
    /// Checks in this order: magic, object id, commitment (constant time), bounds, reserved zeros.
    /// The meta token is not opened here: the reader of a share has no key for it.
    pub fn read(id: &ObjectId, key: &ContentKey, start: &[u8]) -> Result<Self, ObjectError> {
        let (magic, rest) = start.split_first_chunk::<8>().ok_or(ObjectError::Truncated)?;
        if magic != MAGIC {
            return Err(ObjectError::Format);
        }
        let (named, rest) = rest.split_first_chunk::<16>().ok_or(ObjectError::Truncated)?;
        if named != id.as_bytes() {
            return Err(ObjectError::Invalid);
        }
        let (commitment, rest) = rest.split_first_chunk::<32>().ok_or(ObjectError::Truncated)?;
        if !bool::from(commitment.ct_eq(&key.commitment())) {
            return Err(ObjectError::Invalid);
        }
        let (token, rest) = rest.split_first_chunk::<4>().ok_or(ObjectError::Truncated)?;
        let token = usize::try_from(u32::from_be_bytes(*token)).map_err(|_| ObjectError::Format)?;
        let length = token.checked_add(FIXED + TAIL).ok_or(ObjectError::Format)?;
        if length == 0 || length > MAX_HEADER || !length.is_multiple_of(512) {
            return Err(ObjectError::Format);
        }
        let (reserved, _) = rest.split_first_chunk::<4>().ok_or(ObjectError::Truncated)?;
        let bytes = start.get(..length).ok_or(ObjectError::Truncated)?;
        let tail = bytes.last_chunk::<TAIL>().ok_or(ObjectError::Format)?;
        if reserved != &[0; 4] || tail != &[0; TAIL] {
            return Err(ObjectError::Format);
        }
        Ok(Self { id: *id, bytes: bytes.to_vec() })
    }

    /// Opens the meta token under the file's `meta_key`: it must be authentic, have the object's
    /// time, and be in canonical form.
    pub fn open(&self, key: &FernetKey) -> Result<Meta, ObjectError> {
        let opened = fernet::open(key, self.meta_token()).map_err(|_| ObjectError::Invalid)?;
        if opened.time != self.id.stamp() {
            return Err(ObjectError::Invalid);
        }
        Meta::decode(&opened.plaintext)
    }

    /// The id of the object.
    #[must_use]
    pub fn id(&self) -> &ObjectId {
        &self.id
    }

    /// The complete header: 512·k bytes, k ≤ 8.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Length H of the header in bytes.
    #[must_use]
    pub fn length(&self) -> u32 {
        u32::try_from(self.bytes.len()).unwrap_or(u32::MAX)
    }

    /// The commitment to the content key.
    #[must_use]
    pub fn commitment(&self) -> &[u8] {
        self.bytes.get(24..56).unwrap_or_default()
    }

    /// The HMAC of the meta token.
    #[must_use]
    pub fn meta_hmac(&self) -> &[u8] {
        self.meta_token().last_chunk::<32>().map_or(&[], |hmac| hmac)
    }

    fn meta_token(&self) -> &[u8] {
        let end = self.bytes.len().saturating_sub(TAIL);
        self.bytes.get(FIXED..end).unwrap_or_default()
    }
}
