//! An event as stored in the bucket: one raw token, bound to its event key by its plaintext.

use frond_wire::EventKey;

use super::event::{BadEvent, Event};
use super::hash::EventHash;
use crate::fernet;
use crate::secret::VaultKey;

/// Maximum length of a token that is read, in bytes: ten times the largest event that this version
/// writes.
pub const MAX_TOKEN: usize = 256 * 1024;

/// Seals an event; `iv` is 16 fresh random bytes.
pub fn seal(key: &VaultKey, event: &Event, iv: [u8; 16]) -> Result<Vec<u8>, BadEvent> {
    let token = fernet::seal(&key.event_key(&event.id), event.id.stamp(), iv, &event.encode()?);
    if token.len() > MAX_TOKEN { Err(BadEvent) } else { Ok(token) }
}

/// Opens the token stored under an event key: it must be authentic, have its id's time, and name
/// that key itself.
pub fn open(
    key: &VaultKey,
    place: &EventKey,
    token: &[u8],
) -> Result<(EventHash, Event), BadEvent> {
    if token.len() > MAX_TOKEN {
        return Err(BadEvent);
    }
    let opened = fernet::open(&key.event_key(&place.event), token).map_err(|_| BadEvent)?;
    let event = Event::decode(&opened.plaintext)?;
    let here = EventKey { device: event.device, seq: event.seq, event: event.id };
    if opened.time != place.event.stamp() || here != *place {
        return Err(BadEvent);
    }
    Ok((EventHash::of(token), event))
}
