//! An event as the bucket holds it: one raw token, bound to its place by what it says inside.

use frond_wire::EventKey;

use super::event::{BadEvent, Event};
use super::hash::EventHash;
use crate::fernet;
use crate::secret::VaultKey;

/// Longest token that is read, in bytes: the largest event that this version writes is a tenth of
/// it.
pub const MAX_TOKEN: usize = 256 * 1024;

/// Seals an event; `iv` is 16 fresh random bytes.
pub fn seal(key: &VaultKey, event: &Event, iv: [u8; 16]) -> Result<Vec<u8>, BadEvent> {
    let token = fernet::seal(&key.event_key(&event.id), event.id.stamp(), iv, &event.encode()?);
    if token.len() > MAX_TOKEN { Err(BadEvent) } else { Ok(token) }
}

/// Opens what lies at a place: authentic, of its id's time, and naming the place itself.
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
