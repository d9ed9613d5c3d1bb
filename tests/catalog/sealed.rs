//! Events as sealed tokens.

use frond::catalog::{self, EventHash, EventKey};
use frond::object::EventId;
use frond::secret::VaultKey;

use super::support::*;

#[test]
fn a_sealed_event_opens_at_its_place_alone() {
    let key = VaultKey::copied(&[7; 32]);
    let mut a = Device::new(1);
    let (_, event) = a.make(1, vec![add(1, "x", 1)]);
    let token = catalog::seal(&key, &event, [9; 16]).unwrap();
    let place = EventKey { device: event.device, seq: event.seq, event: event.id };
    assert_eq!(EventKey::parse(&place.path()), Some(place));
    assert_eq!(catalog::open(&key, &place, &token).unwrap(), (EventHash::of(&token), event));
    assert!(catalog::open(&VaultKey::copied(&[8; 32]), &place, &token).is_err());
    assert!(catalog::open(&key, &EventKey { seq: 1, ..place }, &token).is_err());
    assert!(catalog::open(&key, &EventKey { device: device(2), ..place }, &token).is_err());
    let other = EventId::from_bytes(uuid(5, 5)).unwrap();
    assert!(catalog::open(&key, &EventKey { event: other, ..place }, &token).is_err());
    for i in 0..token.len() {
        let mut flipped = token.clone();
        flipped[i] ^= 1;
        assert!(catalog::open(&key, &place, &flipped).is_err(), "byte {i}");
    }
    for path in [
        "",
        "a/b/c",
        &place.path().to_uppercase(),
        &format!("{}/x", place.path()),
        &place.path().replace("/0", "/"),
    ] {
        assert_eq!(EventKey::parse(path), None, "{path}");
    }
}
