//! Fernet tokens, raw and as text.

use frond::fernet;
use frond::secret::FernetKey;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The key of all tokens here.
pub fn key() -> FernetKey {
    FernetKey::copied(&[7; 32])
}

/// A raw token. What opens is what sealing its content again gives, byte for byte.
pub fn token(data: &[u8]) -> bool {
    let Ok(opened) = fernet::open(&key(), data) else { return false };
    let iv = data[9..25].try_into().unwrap();
    assert_eq!(fernet::seal(&key(), opened.time, iv, &opened.plaintext), data);
    true
}

/// As `token`, with a right HMAC: what is behind the lock.
pub fn forged(data: &[u8]) -> bool {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&[7; 16]).unwrap();
    mac.update(data);
    token(&[data, &mac.finalize().into_bytes()].concat())
}

/// A token as text, with and without an age.
pub fn text(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    if let Ok(raw) = fernet::from_text(text) {
        assert_eq!(fernet::to_text(&raw), text, "one spelling");
    }
    for (age, now) in [(0, 0), (60, u64::MAX), (u64::MAX, 0), (u64::MAX, u64::MAX)] {
        let within = fernet::decrypt_within(&key(), text, age, now);
        assert!(within.is_err() || fernet::decrypt(&key(), text).is_ok());
    }
    assert_eq!(fernet::timestamp(&key(), text).is_ok(), fernet::decrypt(&key(), text).is_ok());
    fernet::decrypt(&key(), text).is_ok()
}
