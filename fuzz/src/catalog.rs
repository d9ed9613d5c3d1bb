//! The vault's history: authentic events, by a program that may be another than ours.

use frond::catalog::{Event, EventHash, Log, State};

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
    let (mut forward, mut backward) = (Log::default(), Log::default());
    for (hash, event) in &events {
        forward.insert(*hash, event.clone());
    }
    for (hash, event) in events.iter().rev() {
        backward.insert(*hash, event.clone());
    }
    assert_eq!(forward.heads(), backward.heads());
    assert_eq!(forward.head_code(), backward.head_code());
    assert_eq!(forward.doubts(), backward.doubts());
    assert_eq!(forward.order().len(), forward.len());
    assert_eq!(format!("{:?}", State::of(&forward)), format!("{:?}", State::of(&backward)));
    !events.is_empty()
}
