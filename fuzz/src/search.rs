//! Index segments, authentic: by somebody else's program, say; and files whose text is read.

use frond::fernet;
use frond::object::SegmentId;
use frond::secret::VaultKey;
use frond::segment::Segment;
use frond_search::{Index, MAX_TEXT, Term, line, merge, text};

pub fn id() -> SegmentId {
    SegmentId::parse("018f4e2a-0000-7000-8000-000000000001").unwrap()
}

pub fn key() -> VaultKey {
    VaultKey::copied(&[5; 32])
}

/// A segment's plaintext.
pub fn segment(data: &[u8]) -> bool {
    let token = fernet::seal(&key().segment_key(&id()), id().stamp(), [1; 16], data);
    let Ok(segment) = Segment::open(&key(), &id(), &token) else { return false };
    assert_eq!(segment.seal(&key(), &id(), [1; 16]), Ok(token), "one spelling");
    let documents = u32::try_from(segment.files.len()).unwrap();
    let Ok(index) = Index::read(documents, &segment.index) else { return false };
    let numbers = (0..documents).map(Some).collect();
    assert_eq!(merge(documents, &[(&index, numbers)]), segment.index, "one spelling");
    for word in index.words().take(16) {
        let found = Term::new(word).map(|term| term.find(&index)).unwrap_or_default();
        assert!(found.iter().all(|(document, _)| *document < documents));
    }
    true
}

/// The end of a file's name, a line feed, and the file.
pub fn document(data: &[u8]) -> bool {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (name, file) = data.split_at(end);
    let name = format!("a.{}", String::from_utf8_lossy(name));
    let Some(text) = text(&name, file.get(1..).unwrap_or_default()) else { return false };
    assert!(text.len() <= MAX_TEXT);
    let first = text.split_whitespace().find_map(Term::new);
    if let Some(first) = first {
        assert!(line(&text, &[first], &[]).is_some(), "a term of the text is in the text");
    }
    true
}
