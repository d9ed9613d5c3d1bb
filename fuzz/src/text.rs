//! Text of people: keys, links, recovery words, names.

use frond::account::{Deployment, Username, recovery_root, recovery_words};
use frond::catalog::EventKey;
use frond::object::ObjectId;
use frond::secret::{FernetKey, ShareSecret};
use frond::transfer::safe_name;

/// A Fernet key.
pub fn key(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    let Ok(key) = FernetKey::from_text(text) else { return false };
    assert_eq!(*key.to_text(), text, "one spelling");
    true
}

/// What stands behind the `#` of a share link.
pub fn link(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    let Ok(secret) = ShareSecret::from_text(text) else { return false };
    assert_eq!(*secret.to_text(), text, "one spelling");
    let _ = secret.id();
    true
}

/// Recovery words.
pub fn recovery(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    let Ok(root) = recovery_root(text) else { return false };
    assert_eq!(recovery_root(&recovery_words(&root)).ok(), Some(root), "the same words again");
    true
}

/// Names of people, deployments, files, and places in the bucket.
pub fn names(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    let safe = safe_name(text);
    assert!(!safe.is_empty() && safe.len() <= 255, "{safe:?}");
    assert!(
        !safe.contains(['/', '\\', '\0', '\n', ':']) && safe != "." && safe != "..",
        "{safe:?}"
    );
    assert_eq!(safe_name(&safe), safe, "nothing more to mend");
    if let Ok(name) = Username::parse(text) {
        assert_eq!(Username::parse(name.as_str()).map(|again| again == name), Ok(true));
    }
    if let Some(place) = EventKey::parse(text) {
        assert_eq!(place.path(), text, "one spelling");
    }
    if let Ok(id) = ObjectId::parse(text) {
        assert_eq!(id.to_string(), text, "one spelling");
    }
    Deployment::parse(text).is_ok()
        | Username::parse(text).is_ok()
        | EventKey::parse(text).is_some()
}
