//! Thumbnails: a small picture of a file, sealed beside its object.
//!
//! ```text
//! thumbnail = raw token under thumbnail_key(object), its time the object id's
//! plaintext = u8 1 ‖ u32be length ‖ picture ‖ zeros up to the least of 8, 16 or 32 KiB
//! ```

use super::ObjectId;
use crate::fernet::{self, InvalidToken};
use crate::secret::ContentKey;

/// Version of the plaintext.
const FORMAT: u8 = 1;
/// Bytes before the picture.
const START: usize = 5;
/// The lengths that a plaintext can have, ascending.
const LENGTHS: [usize; 3] = [8 << 10, 16 << 10, 32 << 10];
/// Longest picture, in bytes.
pub const THUMBNAIL_ROOM: usize = (32 << 10) - START;
/// Longest thumbnail, in bytes: the token of the longest plaintext.
pub const MAX_THUMBNAIL: usize = 32_841;

/// Seals a picture; `None` if it is longer than [`THUMBNAIL_ROOM`]. `iv` is 16 fresh random bytes.
#[must_use]
pub fn seal_thumbnail(
    key: &ContentKey,
    object: &ObjectId,
    iv: [u8; 16],
    picture: &[u8],
) -> Option<Vec<u8>> {
    let length = padded(picture.len())?;
    let mut plaintext = Vec::with_capacity(length);
    plaintext.push(FORMAT);
    plaintext.extend(u32::try_from(picture.len()).ok()?.to_be_bytes());
    plaintext.extend(picture);
    plaintext.resize(length, 0);
    Some(fernet::seal(&key.thumbnail_key(), object.stamp(), iv, &plaintext))
}

/// Verifies a thumbnail, and returns its picture.
///
/// # Errors
/// [`InvalidToken`] if it is not exactly what [`seal_thumbnail`] made of some picture for this
/// object.
pub fn open_thumbnail(
    key: &ContentKey,
    object: &ObjectId,
    token: &[u8],
) -> Result<Vec<u8>, InvalidToken> {
    if token.len() > MAX_THUMBNAIL {
        return Err(InvalidToken);
    }
    let opened = fernet::open(&key.thumbnail_key(), token)?;
    let read = || {
        let (start, rest) = opened.plaintext.split_first_chunk::<START>()?;
        let [FORMAT, length @ ..] = *start else { return None };
        let length = usize::try_from(u32::from_be_bytes(length)).ok()?;
        let (picture, zeros) = rest.split_at_checked(length)?;
        let is_padded = padded(length) == Some(opened.plaintext.len());
        (is_padded && zeros.iter().all(|zero| *zero == 0)).then(|| picture.to_vec())
    };
    if opened.time == object.stamp() { read().ok_or(InvalidToken) } else { Err(InvalidToken) }
}

/// The length of the plaintext for a picture of this length.
fn padded(picture: usize) -> Option<usize> {
    let least = picture.checked_add(START)?;
    LENGTHS.into_iter().find(|length| *length >= least)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fernet::token_length;

    fn parts() -> (ContentKey, ObjectId) {
        (ContentKey::copied(&[7; 32]), ObjectId::new(1_763_886_000_123, [3; 16]))
    }

    #[test]
    fn pictures_of_any_length_have_one_of_three() {
        let (key, object) = parts();
        let tokens = [0, 1, 8_187, 8_188, 16_379, 16_380, THUMBNAIL_ROOM].map(|length| {
            let picture = vec![9; length];
            let token = seal_thumbnail(&key, &object, [1; 16], &picture).unwrap();
            assert_eq!(open_thumbnail(&key, &object, &token).unwrap(), picture);
            token.len()
        });
        let of = |length| usize::try_from(token_length(length).unwrap()).unwrap();
        let [small, middle, large] = [of(8 << 10), of(16 << 10), of(32 << 10)];
        assert_eq!(tokens, [small, small, small, middle, middle, large, large]);
        assert_eq!(large, MAX_THUMBNAIL);
        assert_eq!(seal_thumbnail(&key, &object, [1; 16], &vec![9; THUMBNAIL_ROOM + 1]), None);
    }

    #[test]
    fn what_is_not_exactly_a_thumbnail_is_refused() {
        let (key, object) = parts();
        let plaintext = |length: u32, size: usize| {
            let mut bytes = vec![FORMAT];
            bytes.extend(length.to_be_bytes());
            bytes.resize(size, 0);
            bytes
        };
        let seal =
            |time, plaintext: &[u8]| fernet::seal(&key.thumbnail_key(), time, [1; 16], plaintext);
        let time = object.stamp();
        assert!(open_thumbnail(&key, &object, &seal(time, &plaintext(9, 8 << 10))).is_ok());
        let (mut newer, mut unclean) = (plaintext(9, 8 << 10), plaintext(9, 8 << 10));
        newer[0] = 2;
        *unclean.last_mut().unwrap() = 1;
        for bad in [
            Vec::new(),
            plaintext(0, 5),
            plaintext(9, 4 << 10),
            plaintext(9, 16 << 10),
            plaintext(8_188, 8 << 10),
            plaintext(u32::MAX, 8 << 10),
            plaintext(40_000, 64 << 10),
            newer,
            unclean,
        ] {
            assert_eq!(open_thumbnail(&key, &object, &seal(time, &bad)), Err(InvalidToken));
        }
        let token = seal(time, &plaintext(9, 8 << 10));
        let other = ObjectId::new(1_763_886_001_123, [3; 16]);
        assert!(open_thumbnail(&key, &other, &token).is_err(), "the time of another object");
        let other = ContentKey::copied(&[8; 32]);
        assert!(open_thumbnail(&other, &object, &token).is_err(), "the key of another object");
    }
}
