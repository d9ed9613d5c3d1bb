//! The catalog: any set of events means one thing, and what cannot be is named.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    missing_docs,
    reason = "tests: a failure is a panic with a place"
)]

use std::collections::BTreeSet;

use frond::account::DeviceId;
use frond::catalog::{
    self, Doubt, Event, EventHash, EventKey, Log, Op, Origin, State, disambiguate,
};
use frond::object::{EventId, ObjectId, Seal};
use frond::secret::VaultKey;
use proptest::prelude::*;
use proptest::sample::Index;

fn uuid(n: u64, time: u64) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&time.to_be_bytes()[2..]);
    bytes[8..].copy_from_slice(&n.to_be_bytes());
    bytes[6] = 0x70;
    bytes[8] = 0x80;
    bytes
}

fn object(n: u64) -> ObjectId {
    ObjectId::from_bytes(uuid(n, 1_000_000)).unwrap()
}

fn device(n: u8) -> DeviceId {
    DeviceId::from_bytes([n; 16])
}

fn add(n: u64, path: &str, seal: u8) -> Op {
    Op::Add {
        object: object(n),
        path: path.to_owned(),
        size: 1,
        stored: 700,
        header: 512,
        media_type: String::new(),
        modified: None,
        seal: Seal([seal; 32]),
    }
}

/// A device: what it knows, and what it made.
struct Device {
    id: DeviceId,
    log: Log,
}

impl Device {
    fn new(n: u8) -> Self {
        Self { id: device(n), log: Log::default() }
    }

    /// `id` decides where among its equals the event comes; ids need not grow, as clocks need not.
    fn make(&mut self, id: u64, ops: Vec<Op>) -> (EventHash, Event) {
        let id = EventId::from_bytes(uuid(id, id % 7)).unwrap();
        let parents = self.log.parents(&self.id);
        let event = Event::new(id, self.id, self.log.next_seq(&self.id), parents, ops);
        let hash = EventHash::of(&event.encode().unwrap());
        self.log.insert(hash, event.clone());
        (hash, event)
    }

    fn learn(&mut self, events: &[(EventHash, Event)]) {
        for (hash, event) in events {
            self.log.insert(*hash, event.clone());
        }
    }
}

fn log(events: &[(EventHash, Event)]) -> Log {
    let mut device = Device::new(0);
    device.learn(events);
    device.log
}

fn state(events: &[(EventHash, Event)]) -> State {
    State::of(&log(events))
}

fn op() -> impl Strategy<Value = Op> {
    (0..6_u64, 0..7_u8, "[ab]{1,2}").prop_map(|(n, kind, path)| match kind {
        0 | 1 => add(n, &path, 1),
        2 => add(n, &path, 2),
        3 => Op::Move { object: object(n), path },
        4 => Op::Trash { object: object(n) },
        5 => Op::Restore { object: object(n) },
        _ => Op::Purge { object: object(n) },
    })
}

/// A life: (who acts, what is done, whom it has heard of before).
fn life() -> impl Strategy<Value = Vec<(EventHash, Event)>> {
    let step = (0..3_usize, prop::collection::vec(op(), 1..3), 0..4_usize, any::<u64>());
    prop::collection::vec(step, 0..24).prop_map(|steps| {
        let mut devices = [Device::new(1), Device::new(2), Device::new(3)];
        let mut all: Vec<(EventHash, Event)> = Vec::new();
        for (who, ops, heard, id) in steps {
            if heard < 3 {
                let known: Vec<_> = {
                    let of = devices[heard]
                        .log
                        .order()
                        .into_iter()
                        .map(|event| event.id)
                        .collect::<Vec<_>>();
                    all.iter().filter(|(_, event)| of.contains(&event.id)).cloned().collect()
                };
                devices[who].learn(&known);
            }
            // Every id once; their order is anything.
            let id = (id % 1000) << 8 | all.len() as u64;
            all.push(devices[who].make(id, ops));
        }
        all
    })
}

proptest! {
    #[test]
    fn any_order_of_arrival_gives_one_state(events in life(), swaps in prop::collection::vec(any::<(Index, Index)>(), 0..60)) {
        let mut shuffled = events.clone();
        for (a, b) in swaps {
            if !shuffled.is_empty() {
                let (a, b) = (a.index(shuffled.len()), b.index(shuffled.len()));
                shuffled.swap(a, b);
            }
        }
        let (one, other) = (log(&events), log(&shuffled));
        prop_assert_eq!(one.order(), other.order());
        prop_assert_eq!(State::of(&one), State::of(&other));
        prop_assert_eq!(one.head_code(), other.head_code());
        prop_assert!(one.doubts().is_empty(), "{:?}", one.doubts());
    }

    #[test]
    fn merging_again_changes_nothing(events in life()) {
        let once = log(&events);
        let twice = log(&[events.clone(), events].concat());
        prop_assert_eq!(once, twice);
    }

    #[test]
    fn two_devices_that_meet_agree_whatever_they_had(events in life(), kept in prop::collection::vec(any::<bool>(), 24)) {
        let (mut a, mut b) = (Device::new(8), Device::new(9));
        for (event, kept) in events.iter().zip(&kept) {
            if *kept { a.learn(std::slice::from_ref(event)) } else { b.learn(std::slice::from_ref(event)) }
        }
        a.learn(&events);
        b.learn(&events);
        prop_assert_eq!(State::of(&a.log), State::of(&b.log));
    }

    #[test]
    fn parents_come_first(events in life()) {
        let log = log(&events);
        let order: Vec<_> = log.order().into_iter().map(|event| event.id).collect();
        prop_assert_eq!(order.len(), log.len());
        for (_, event) in &events {
            let at = order.iter().position(|id| *id == event.id);
            for parent in &event.parents {
                let (_, parent) = events.iter().find(|(hash, _)| hash == parent).unwrap();
                prop_assert!(order.iter().position(|id| *id == parent.id) < at);
            }
        }
    }

    #[test]
    fn a_cut_history_is_seen(events in life(), gone in any::<Index>()) {
        let heads = log(&events).heads();
        let inner: Vec<_> = events.iter().filter(|(hash, _)| !heads.contains(hash)).collect();
        prop_assume!(!inner.is_empty());
        let gone = inner[gone.index(inner.len())].0;
        let rest: Vec<_> = events.into_iter().filter(|(hash, _)| *hash != gone).collect();
        prop_assert!(log(&rest).doubts().contains(&Doubt::MissingParent));
    }

    #[test]
    fn what_is_purged_stays_purged(events in life(), n in 0..6_u64) {
        let mut device = Device::new(9);
        let mut events = events;
        // By a device that never heard of anything.
        events.push(device.make(0, vec![Op::Purge { object: object(n) }]));
        prop_assert!(!state(&events).files.contains_key(&object(n)));
    }

    #[test]
    fn shown_paths_are_apart_on_any_file_system(paths in prop::collection::vec("[aAäÄ]{1,2}( \\([23]\\))?(\\.x)?", 0..20)) {
        let ids: Vec<_> = (0..).map(object).take(paths.len()).collect();
        let shown = disambiguate(ids.iter().zip(paths.iter().map(String::as_str)));
        let mut folded: Vec<_> = shown.iter().map(|path| path.to_lowercase()).collect();
        folded.sort();
        folded.dedup();
        prop_assert_eq!(folded.len(), paths.len());
    }

    #[test]
    fn garbage_is_no_event(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(Event::decode(&bytes).is_err());
    }
}

#[test]
fn concurrent_devices_lose_nothing() {
    let (mut a, mut b) = (Device::new(1), Device::new(2));
    let first = a.make(1, vec![add(1, "x", 1), add(2, "y", 2)]);
    b.learn(std::slice::from_ref(&first));
    let moved = a.make(9, vec![Op::Move { object: object(1), path: "of a".to_owned() }]);
    let trashed = b.make(
        2,
        vec![Op::Trash { object: object(1) }, Op::Move { object: object(2), path: "z".to_owned() }],
    );
    let state = state(&[moved, trashed, first]);
    let (one, two) = (&state.files[&object(1)], &state.files[&object(2)]);
    assert_eq!((one.path.as_str(), one.trashed), ("of a", true));
    assert_eq!((two.path.as_str(), two.trashed), ("z", false));
}

#[test]
fn one_object_added_twice() {
    let (mut a, mut b) = (Device::new(1), Device::new(2));
    let (one, two) = (a.make(1, vec![add(1, "x", 1)]), b.make(2, vec![add(1, "y", 1)]));
    let first = if one.0 < two.0 { "x" } else { "y" };
    let same = state(&[one, two]);
    assert_eq!(same.files.len(), 1);
    assert_eq!(
        (same.files[&object(1)].path.as_str(), same.files[&object(1)].two_seals),
        (first, false)
    );
    assert!(same.files[&object(1)].other_seals.is_empty());
    let (mut a, mut b) = (Device::new(1), Device::new(2));
    let other =
        state(&[a.make(1, vec![add(1, "x", 1), add(2, "w", 5)]), b.make(2, vec![add(1, "y", 2)])]);
    let doubted = &other.files[&object(1)];
    assert!(
        doubted.two_seals
            && doubted.other_seals.len() == 1
            && doubted.other_seals[0] != doubted.seal
    );
    assert!(!other.files[&object(2)].two_seals, "only the file itself");
}

/// A clock that is years ahead would win each time, were the later id the winner.
#[test]
fn no_clock_decides_which_of_two_moves_stands() {
    let mut won = [0, 0];
    for n in 0..64 {
        let (mut now, mut ahead) = (Device::new(1), Device::new(2));
        let first = now.make(n, vec![add(1, "x", 1)]);
        ahead.learn(std::slice::from_ref(&first));
        let to = |path: &str| vec![Op::Move { object: object(1), path: path.to_owned() }];
        let honest = now.make(1_000 + n, to("now"));
        let id = EventId::from_bytes(uuid(n, (1 << 48) - 1)).unwrap();
        let far = Event::new(id, ahead.id, 0, vec![first.0], to("ahead"));
        let far = (EventHash::of(&far.encode().unwrap()), far);
        let stands =
            state(&[first.clone(), honest.clone(), far.clone()]).files[&object(1)].path.clone();
        assert_eq!(
            stands,
            if honest.0 < far.0 { "ahead" } else { "now" },
            "the larger hash comes later"
        );
        won[usize::from(stands == "ahead")] += 1;
        // Whoever has seen both decides.
        now.learn(std::slice::from_ref(&far));
        let after = now.make(2_000 + n, to("after"));
        assert_eq!(state(&[after, far, honest, first]).files[&object(1)].path, "after");
    }
    assert!(won.iter().all(|won| *won > 10), "{won:?}");
}

#[test]
fn more_newest_events_than_an_event_may_name() {
    let mut events = Vec::new();
    for n in 0..1_500_u64 {
        let id = DeviceId::from_bytes(uuid(n, 5));
        events.push(Device { id, log: Log::default() }.make(n, vec![add(n, "x", 1)]));
    }
    let mut device = Device::new(9);
    let own = device.make(10_000, vec![add(9_000, "own", 1)]);
    device.learn(&events);
    assert_eq!(device.log.heads().len(), 1_501);
    let first = device.make(10_001, vec![add(9_001, "first", 1)]);
    assert_eq!(first.1.parents.len(), 1_024);
    assert!(first.1.parents.contains(&own.0), "so its own events keep one order");
    assert_eq!(device.log.heads().len(), 1_501 - 1_024 + 1);
    let second = device.make(10_002, vec![add(9_002, "second", 1)]);
    assert_eq!(device.log.heads(), [second.0]);
    assert!(device.log.doubts().is_empty());
    // It is read as it was written.
    assert_eq!(Event::decode(&first.1.encode().unwrap()).unwrap(), first.1);
}

fn merge(events: &[&(EventHash, Event)]) -> Op {
    let mut events: Vec<_> = events.iter().map(|(hash, _)| *hash).collect();
    events.sort_unstable();
    Op::Merge { events }
}

/// A device was copied after its first event, and both copies went on: two events at each of two
/// places.
#[test]
fn a_fork_is_in_doubt_until_somebody_merges_all_of_it() {
    let mut a = Device::new(1);
    let first = a.make(0, vec![add(0, "x", 1)]);
    let mut copy = Device::new(1);
    copy.learn(std::slice::from_ref(&first));
    let (a1, a2) = (a.make(1, vec![add(1, "x", 1)]), a.make(2, vec![add(2, "x", 1)]));
    let (c1, c2) = (copy.make(3, vec![add(3, "x", 1)]), copy.make(4, vec![add(4, "x", 1)]));
    let all = [first, a1.clone(), a2.clone(), c1.clone(), c2.clone()];
    let doubts = |more: &[&(EventHash, Event)]| {
        let more: Vec<_> = more.iter().map(|event| (*event).clone()).collect();
        let log = log(&[all.to_vec(), more].concat());
        assert_eq!(State::of(&log).files.len(), 5, "shown all the same");
        (log.doubts(), log.forks().len(), log.merges().len())
    };
    let fork: std::collections::BTreeSet<_> = [Doubt::Fork].into();
    assert_eq!(doubts(&[]), (fork.clone(), 4, 0));
    let mut other = Device::new(2);
    other.learn(&all);
    let half = other.make(5, vec![merge(&[&a1, &c1])]);
    assert_eq!(doubts(&[&half]), (fork.clone(), 2, 1));
    let rest = other.make(6, vec![merge(&[&a2, &c2])]);
    assert_eq!(doubts(&[&rest, &half]), ([].into(), 0, 2));
    // One that comes later was not meant.
    let mut late = Device::new(1);
    late.learn(&all[..1]);
    let late = late.make(7, vec![Op::Trash { object: object(0) }]);
    assert_eq!(doubts(&[&half, &rest, &late]), (fork, 3, 2));
    let again = other.make(8, vec![merge(&[&a1, &late])]);
    assert_eq!(doubts(&[&half, &rest, &late, &again]), ([].into(), 0, 3));
}

/// The bucket hides what was merged: the merge itself names it as what it builds on.
#[test]
fn a_merge_does_not_hide_what_it_names() {
    let (mut a, mut copy) = (Device::new(1), Device::new(1));
    let (one, two) = (a.make(1, vec![add(1, "x", 1)]), copy.make(2, vec![add(2, "x", 1)]));
    let mut other = Device::new(2);
    other.learn(&[one.clone(), two.clone()]);
    let merged = other.make(3, vec![merge(&[&one, &two])]);
    assert!(log(&[one.clone(), two, merged.clone()]).doubts().is_empty());
    assert_eq!(log(&[one, merged]).doubts(), [Doubt::MissingParent].into());
}

fn begin(upload: &str, source: &Origin) -> Op {
    let (upload, source) = (upload.to_owned(), source.clone());
    Op::Begin { object: object(1), upload, header: vec![1, 2, 3], source }
}

/// All devices must agree on the one multipart upload that may become the object.
#[test]
fn only_the_device_that_began_an_upload_names_another() {
    let source = Origin { name: "x".to_owned(), size: 5, modified: None };
    let (mut a, mut b) = (Device::new(1), Device::new(2));
    let first = a.make(1, vec![begin("first", &source)]);
    b.learn(std::slice::from_ref(&first));
    let (again, other) =
        (a.make(2, vec![begin("second", &source)]), b.make(3, vec![begin("other", &source)]));
    let upload = |events: &[(EventHash, Event)]| state(events).begun[&object(1)].upload.clone();
    assert_eq!(upload(&[first.clone(), other.clone()]), "first");
    assert_eq!(upload(&[other.clone(), again.clone(), first.clone()]), "second");
    let abandoned = b.make(4, vec![Op::Abandon { object: object(1) }]);
    let given_up = state(&[first, again, other, abandoned]);
    assert!(given_up.begun.is_empty());
    assert_eq!(
        given_up.upload(&object(1)).unwrap().upload,
        "second",
        "its device may be on it still"
    );
}

#[test]
fn an_upload_that_began_is_known_until_it_is_a_file() {
    let mut a = Device::new(1);
    let source = Origin { name: "x".to_owned(), size: 5, modified: None };
    let begin = a.make(1, vec![begin("u", &source)]);
    assert_eq!(state(std::slice::from_ref(&begin)).begun[&object(1)].source, source);
    assert!(state(std::slice::from_ref(&begin)).files.is_empty(), "it is no file");
    let add = a.make(2, vec![add(1, "x", 1)]);
    let after = state(&[begin, add]);
    assert!(after.begun.is_empty() && after.files.contains_key(&object(1)));
}

#[test]
fn an_abandoned_upload_is_over_unless_it_was_added() {
    let source = Origin { name: "x".to_owned(), size: 5, modified: None };
    let begin = begin("u", &source);
    let (mut a, mut b) = (Device::new(1), Device::new(2));
    let (begun, abandoned) =
        (a.make(1, vec![begin]), b.make(2, vec![Op::Abandon { object: object(1) }]));
    let added = a.make(3, vec![add(1, "x", 1)]);
    // Whatever the order in which they are read.
    for events in [[begun.clone(), abandoned.clone()], [abandoned.clone(), begun.clone()]] {
        assert!(state(&events).begun.is_empty());
    }
    let all = state(&[begun, abandoned, added]);
    assert!(
        all.begun.is_empty() && all.files.contains_key(&object(1)),
        "what was added stays a file"
    );
}

#[test]
fn paths_that_collide() {
    let named = |paths: &[&str]| -> Vec<String> {
        let ids: Vec<_> = (0..).map(object).take(paths.len()).collect();
        disambiguate(ids.iter().zip(paths.iter().copied()))
    };
    assert_eq!(named(&["a.txt", "a.txt", "a.txt"]), ["a.txt", "a (2).txt", "a (3).txt"]);
    assert_eq!(named(&["a.txt", "A.TXT"]), ["a.txt", "A (2).TXT"]);
    assert_eq!(named(&["\u{e9}", "e\u{301}"]), ["\u{e9}", "e\u{301} (2)"]);
    assert_eq!(named(&["ΑΣ", "ας", "ασ"]), ["ΑΣ", "ας", "ασ (2)"]);
    assert_eq!(
        named(&["a", "a", "a (2)"]),
        ["a", "a (3)", "a (2)"],
        "a name that somebody gave is kept"
    );
    assert_eq!(
        named(&["d.x/a", "d.x/a", ".hidden", ".hidden"]),
        ["d.x/a", "d.x/a (2)", ".hidden", ".hidden (2)"]
    );
    assert_eq!(named(&["a.tar.gz", "a.tar.gz"]), ["a.tar.gz", "a.tar (2).gz"]);
}

/// Events that older versions wrote: any path is read, and every path that is shown is one.
#[test]
fn paths_that_are_none_are_shown_as_paths() {
    let mut a = Device::new(1);
    let written = ["../up", "", "ok/x", " ", "..", "ok/\u{200b}", "_"];
    let ops = (0..)
        .zip(written)
        .filter(|(_, path)| !path.is_empty())
        .map(|(n, path)| add(n, path, 1))
        .collect();
    let (_, event) = a.make(1, ops);
    let event = Event::decode(&event.encode().unwrap()).unwrap();
    let kept = state(&[(EventHash::of(b"x"), event)]);
    let shown = disambiguate(kept.files.iter().map(|(id, file)| (id, file.path.as_str())));
    assert_eq!(shown, ["__/up", "ok/x", "_", "__", "ok/_", "_ (2)"]);
}

#[test]
fn a_number_leaves_room_for_the_ending() {
    let named = |path: &str| disambiguate([object(0), object(1)].iter().map(|id| (id, path)));
    let long = format!("dir/{}.txt", "x".repeat(250));
    assert_eq!(named(&long), [long.clone(), format!("dir/{} (2).txt", "x".repeat(247))]);
    let wide = "絵".repeat(85);
    assert_eq!(named(&wide), [wide.clone(), format!("{} (2)", "絵".repeat(83))]);
    let paths = vec![format!("{}.txt", "x".repeat(250)); 12];
    let ids: Vec<_> = (0..).map(object).take(paths.len()).collect();
    let shown = disambiguate(ids.iter().zip(paths.iter().map(String::as_str)));
    assert!(shown.iter().all(|path| path.len() <= 255 && path.ends_with(".txt")));
    assert_eq!(shown.iter().collect::<BTreeSet<_>>().len(), paths.len());
}

#[test]
fn doubts_of_the_set_itself() {
    let mut a = Device::new(1);
    let events: Vec<_> = (0..3).map(|n| a.make(n, vec![add(n, "x", 1)])).collect();
    assert!(log(&events).doubts().is_empty());
    let of = |doubts: &[Doubt]| doubts.iter().copied().collect();
    let without_first = log(&events[1..]).doubts();
    assert_eq!(without_first, of(&[Doubt::Hole, Doubt::MissingParent]));
    assert!(log(&events[..2]).doubts().is_empty(), "a device that is only behind is in no doubt");
    // The device was set back, and went on: two events at one place.
    let mut fork = Device::new(1);
    fork.learn(&events[..1]);
    let forked = [events.clone(), vec![fork.make(77, vec![add(5, "y", 1)])]].concat();
    assert_eq!(log(&forked).doubts(), of(&[Doubt::Fork]));
    assert_eq!(state(&forked).files.len(), 4, "shown all the same");
}

#[test]
fn the_head_code_tells_sets_apart() {
    let mut a = Device::new(1);
    let first = a.make(1, vec![add(1, "x", 1)]);
    let before = log(std::slice::from_ref(&first)).head_code();
    let second = a.make(2, vec![add(2, "x", 1)]);
    let after = log(&[first, second.clone()]).head_code();
    assert_ne!(before, after);
    assert_eq!(after, log(&[second]).head_code(), "a head names all below it");
    assert_eq!(
        before.split(' ').map(str::len).collect::<Vec<_>>(),
        [4, 4, 4, 4, 4, 4, 2],
        "128 bits"
    );
}

/// The JSON, as it stands in the bucket's plaintext; every spelling but this one is refused.
#[test]
fn the_json() {
    let mut a = Device::new(1);
    let (_, event) = a.make(1, vec![add(2, "x/y", 3), Op::Trash { object: object(2) }]);
    let plaintext = event.encode().unwrap();
    assert!(plaintext.len().is_multiple_of(256));
    let text = String::from_utf8(plaintext.clone()).unwrap();
    let seal = "AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM";
    let expected = format!(
        r#"{{"format":"frond/1 event","event":"{}","device":"{}","seq":0,"parents":[],"ops":[{{"op":"add","object":"{2}","path":"x/y","size":1,"stored":700,"header":512,"type":"","modified":null,"seal":"{seal}"}},{{"op":"trash","object":"{2}"}}]}}"#,
        event.id,
        device(1),
        object(2)
    );
    assert_eq!(text.trim_end_matches(' '), expected);
    assert_eq!(Event::decode(&plaintext).unwrap(), event);

    let padded = |json: &str| {
        let mut bytes = json.as_bytes().to_vec();
        bytes.resize(bytes.len().next_multiple_of(256), b' ');
        bytes
    };
    assert!(Event::decode(&padded(&expected)).is_ok());
    for (what, json) in [
        ("another format", expected.replace("frond/1", "frond/2")),
        ("an unknown member", expected.replace(r#""seq":0"#, r#""seq":0,"more":1"#)),
        (
            "an unknown member of an operation",
            expected.replace(r#""size":1"#, r#""size":1,"more":1"#),
        ),
        (
            "a member of another operation",
            expected.replace(r#"{"op":"trash""#, r#"{"op":"trash","path":"x""#),
        ),
        ("a member of an operation twice", expected.replace(r#""size":1"#, r#""size":1,"size":1"#)),
        (
            "an operation of two names",
            expected.replace(r#""op":"trash""#, r#""op":"trash","op":"purge""#),
        ),
        ("an operation without a name", expected.replace(r#""op":"trash","#, "")),
        ("an operation whose name is no text", expected.replace(r#""op":"trash""#, r#""op":1"#)),
        (
            "an operation that is no object",
            expected.replace(r#"{"op":"trash""#, r#""trash",{"op":"trash""#),
        ),
        ("a member twice", expected.replace(r#""seq":0"#, r#""seq":0,"seq":0"#)),
        ("a negative number", expected.replace(r#""seq":0"#, r#""seq":-1"#)),
        (
            "an id in capitals",
            expected.replace(&object(2).to_string(), &object(2).to_string().to_uppercase()),
        ),
        ("a short seal", expected.replace(seal, "AwMD")),
        ("a padded seal", expected.replace(seal, &format!("{seal}="))),
        ("an empty path", expected.replace("x/y", "")),
        ("a path without end", expected.replace("x/y", &"x".repeat(4_097))),
        ("too large", expected.replace(r#""size":1"#, r#""size":1099511627777"#)),
        ("something after it", format!("{expected} x")),
        (
            "a parent twice",
            expected.replace(r#""parents":[]"#, &format!(r#""parents":["{seal}","{seal}"]"#)),
        ),
    ] {
        assert_ne!(json, expected, "{what}");
        assert!(Event::decode(&padded(&json)).is_err(), "{what}");
    }
    let mut tabs = padded(&expected);
    *tabs.last_mut().unwrap() = b'\t';
    assert!(Event::decode(&tabs).is_err(), "padded with something else");
    assert!(
        Event::decode(&[padded(&expected), vec![b' '; 256]].concat()).is_err(),
        "padded too much"
    );
    assert!(
        Event::decode(expected.as_bytes()).is_err() || expected.len().is_multiple_of(256),
        "not padded"
    );
}

/// What is written is read, whatever the operation: a name that only the writer knows would be a
/// newer Frond's.
#[test]
fn every_operation_comes_back() {
    let object = object(1);
    let begin = Op::Begin {
        object,
        upload: "u".to_owned(),
        header: vec![7; 512],
        source: Origin { name: "a/b".to_owned(), size: 3, modified: None },
    };
    let path = "x".to_owned();
    let mut hashes: Vec<_> = (0..1_024_u32).map(|n| EventHash::of(&n.to_be_bytes())).collect();
    hashes.sort_unstable();
    let hash = |n: usize| hashes[n];
    let ops = [
        begin,
        add(1, "x", 1),
        Op::Move { object, path },
        Op::Trash { object },
        Op::Restore { object },
        Op::Abandon { object },
        Op::Free { object },
        Op::Purge { object },
        Op::Merge { events: (1..=2).map(hash).collect() },
        Op::Merge { events: (0..1_024).map(hash).collect() },
    ];
    for op in ops {
        let (_, event) = Device::new(1).make(1, vec![op.clone()]);
        assert_eq!(Event::decode(&event.encode().unwrap()).unwrap().ops, [op]);
    }
}

/// The example of docs/FORMAT.md, and every other spelling.
#[test]
fn the_json_of_a_merge() {
    let format = include_str!("../docs/FORMAT.md");
    let expected = format
        .lines()
        .find(|line| line.contains(r#""op":"merge""#) && line.starts_with('{'))
        .unwrap();
    let padded = |json: &str| {
        let mut bytes = json.as_bytes().to_vec();
        bytes.resize(bytes.len().next_multiple_of(256), b' ');
        bytes
    };
    let event = Event::decode(&padded(expected)).unwrap();
    assert_eq!(event.encode().unwrap(), padded(expected));
    let [Op::Merge { events }] = event.ops.as_slice() else { panic!("{:?}", event.ops) };
    let mut named = [EventHash::of(b"one"), EventHash::of(b"two")];
    named.sort_unstable();
    assert_eq!(*events, named);
    let [one, two] = named.map(|hash| format!("{hash:?}"));
    let both = format!(r#"["{one}","{two}"]"#);
    assert!(expected.contains(&both));
    let many: Vec<_> = (0..1_025_u32).map(|n| EventHash::of(&n.to_be_bytes())).collect();
    let mut many: Vec<_> = many.iter().map(|hash| format!("\"{hash:?}\"")).collect();
    many.sort();
    for (what, events) in [
        ("none", "[]".to_owned()),
        ("one", format!(r#"["{one}"]"#)),
        ("one twice", format!(r#"["{one}","{one}"]"#)),
        ("the larger one first", format!(r#"["{two}","{one}"]"#)),
        ("a short one", format!(r#"["AAAA","{two}"]"#)),
        ("no list", format!(r#""{one}""#)),
        ("another member", format!(r#"["{one}","{two}"],"object":1"#)),
        ("too many", format!("[{}]", many.join(","))),
    ] {
        assert!(Event::decode(&padded(&expected.replace(&both, &events))).is_err(), "{what}");
    }
}

#[test]
fn an_operation_of_a_newer_frond() {
    let mut a = Device::new(1);
    let (hash, event) = a.make(1, vec![add(1, "x", 1), Op::Trash { object: object(1) }]);
    let json = String::from_utf8(event.encode().unwrap()).unwrap();
    let json = json.replace(r#""op":"trash""#, r#""op":"star","why":[1,{"a":null}]"#);
    let mut plaintext = json.trim_end_matches(' ').as_bytes().to_vec();
    plaintext.resize(plaintext.len().next_multiple_of(256), b' ');
    let newer = Event::decode(&plaintext).unwrap();
    assert_eq!(newer.ops, [add(1, "x", 1), Op::Unknown]);
    let log = log(&[(hash, newer.clone())]);
    assert_eq!(log.doubts(), [Doubt::Newer].into());
    assert_eq!(State::of(&log).files.len(), 1, "what is known is in force");
    assert!(newer.encode().is_err(), "and never written");
}

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
