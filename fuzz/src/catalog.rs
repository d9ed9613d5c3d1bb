//! The vault's history: authentic events, by a program that may be another than ours.

use frond::catalog::snapshot::{Loader, Manifest, Snapshot};
use frond::catalog::{Event, EventHash, Index};
use futures_util::FutureExt;

/// One event's plaintext.
pub fn event(data: &[u8]) -> bool {
    let Ok(event) = Event::decode(data) else { return false };
    let _ = event.is_newer();
    // An operation that this version does not know is not written again.
    if let Ok(again) = event.encode() {
        assert_eq!(Event::decode(&again), Ok(event));
    }
    true
}

/// Several events, one a line: any order of arrival gives one state.
pub fn catalog(data: &[u8]) -> bool {
    let read = |line: &[u8]| {
        let mut padded = line.to_vec();
        padded.resize(line.len().next_multiple_of(256), b' ');
        Event::decode(&padded).ok().map(|event| (EventHash::of(line), event))
    };
    let events: Vec<_> = data.split(|byte| *byte == b'\n').take(64).filter_map(read).collect();
    let (mut forward, mut backward) = (Index::default(), Index::default());
    for (hash, event) in &events {
        forward.apply(*hash, event.clone());
    }
    for (hash, event) in events.iter().rev() {
        backward.apply(*hash, event.clone());
    }
    let (log, other) = (forward.log(), backward.log());
    assert_eq!(log.heads(), other.heads());
    assert_eq!(log.list_fingerprint(), other.list_fingerprint());
    assert_eq!(log.doubts(), other.doubts());
    assert_eq!(log.order(), other.order());
    assert_eq!(forward.state(), backward.state());
    assert_eq!(forward.files().rows(), backward.files().rows());
    assert_eq!(forward.files().folders_below(""), backward.files().folders_below(""));
    assert_eq!(forward.trash().list(), backward.trash().list());
    assert_eq!(forward.trash().rows(), backward.trash().rows());
    let shown = forward.files().rows().len() + forward.trash().rows().len();
    assert!(shown <= forward.state().files.len(), "each file at most once");
    !events.is_empty()
}

/// A manifest's JSON on a line, then each page's records after their length (`u32be`).
pub fn snapshot(data: &[u8]) -> bool {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (json, mut rest) = data.split_at(end);
    let mut padded = json.to_vec();
    padded.resize(json.len().next_multiple_of(4096), b' ');
    let Ok(manifest) = Manifest::decode(&padded) else { return false };
    rest = rest.get(1..).unwrap_or_default();
    let mut pages = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk() {
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap();
        let (page, after) = after.split_at(length.min(after.len()));
        pages.push(page.to_vec());
        rest = after;
    }
    let mut loader = Loader::new(&manifest);
    if pages.iter().any(|page| loader.page(page).is_err()) {
        return false;
    }
    let Some(Ok(index)) = loader.index(async || ()).now_or_never() else { return false };
    assert_eq!(Snapshot::of(&index).map(|snapshot| snapshot.state()), Some(manifest.state));
    true
}
