//! Which of two changes stands: an order that follows from the events alone.

use frond::account::DeviceId;
use frond::catalog::{Event, EventHash, Op, State};
use frond::object::EventId;
use proptest::prelude::*;
use proptest::sample::Index as Pick;

use super::support::*;

proptest! {
    #[test]
    fn any_order_of_arrival_gives_one_state(
        events in life(),
        swaps in prop::collection::vec(any::<(Pick, Pick)>(), 0..60),
    ) {
        let mut shuffled = events.clone();
        for (a, b) in swaps {
            if !shuffled.is_empty() {
                let (a, b) = (a.index(shuffled.len()), b.index(shuffled.len()));
                shuffled.swap(a, b);
            }
        }
        let (one, other) = (log(&events), log(&shuffled));
        prop_assert_eq!(one.order(), other.order());
        prop_assert_eq!(state(&events), state(&shuffled));
        prop_assert_eq!(one.list_fingerprint(), other.list_fingerprint());
        prop_assert!(one.doubts().is_empty(), "{:?}", one.doubts());
    }

    #[test]
    fn merging_again_changes_nothing(events in life()) {
        let once = log(&events);
        let twice = log(&[events.clone(), events].concat());
        prop_assert_eq!(once, twice);
    }

    #[test]
    fn two_devices_that_meet_agree_whatever_they_had(
        events in life(),
        kept in prop::collection::vec(any::<bool>(), 24),
    ) {
        let (mut a, mut b) = (Device::new(8), Device::new(9));
        for (event, kept) in events.iter().zip(&kept) {
            let one = if *kept { &mut a } else { &mut b };
            one.learn(std::slice::from_ref(event));
        }
        a.learn(&events);
        b.learn(&events);
        prop_assert_eq!(a.index.state(), b.index.state());
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
    fn what_is_purged_stays_purged(events in life(), n in 0..6_u64) {
        let mut device = Device::new(9);
        let mut events = events;
        // By a device that never heard of anything.
        events.push(device.make(0, vec![Op::Purge { object: object(n) }]));
        prop_assert!(!state(&events).files.contains_key(&object(n)));
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
    let (one, two) = (state.files.get(&object(1)).unwrap(), state.files.get(&object(2)).unwrap());
    assert_eq!((&*one.name, one.trashed), ("of a", true));
    assert_eq!((&*two.name, two.trashed), ("z", false));
}

#[test]
fn one_object_added_twice() {
    let (mut a, mut b) = (Device::new(1), Device::new(2));
    let (one, two) = (a.make(1, vec![add(1, "x", 1)]), b.make(2, vec![add(1, "y", 1)]));
    let first = if one.0 < two.0 { "x" } else { "y" };
    let file = |state: &State| state.files.get(&object(1)).unwrap().clone();
    let same = state(&[one, two]);
    assert_eq!(same.files.len(), 1);
    assert_eq!((&*file(&same).name, file(&same).two_seals), (first, false));
    assert!(file(&same).other_seals.is_empty());
    let (mut a, mut b) = (Device::new(1), Device::new(2));
    let other =
        state(&[a.make(1, vec![add(1, "x", 1), add(2, "w", 5)]), b.make(2, vec![add(1, "y", 2)])]);
    let doubted = file(&other);
    assert!(
        doubted.two_seals
            && doubted.other_seals.len() == 1
            && doubted.other_seals[0] != doubted.seal
    );
    assert!(!other.files.get(&object(2)).unwrap().two_seals, "only the file itself");
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
        let name = |state: State| state.files.get(&object(1)).unwrap().name.to_string();
        let stands = name(state(&[first.clone(), honest.clone(), far.clone()]));
        assert_eq!(
            stands,
            if honest.0 < far.0 { "ahead" } else { "now" },
            "the larger hash comes later"
        );
        won[usize::from(stands == "ahead")] += 1;
        // Whoever has seen both decides.
        now.learn(std::slice::from_ref(&far));
        let after = now.make(2_000 + n, to("after"));
        assert_eq!(name(state(&[after, far, honest, first])), "after");
    }
    assert!(won.iter().all(|won| *won > 10), "{won:?}");
}

#[test]
fn more_newest_events_than_an_event_may_name() {
    let mut events = Vec::new();
    for n in 0..1_500_u64 {
        let id = DeviceId::from_bytes(uuid(n, 5));
        events.push(Device::with_id(id).make(n, vec![add(n, "x", 1)]));
    }
    let mut device = Device::new(9);
    let own = device.make(10_000, vec![add(9_000, "own", 1)]);
    device.learn(&events);
    assert_eq!(device.log().heads().len(), 1_501);
    let first = device.make(10_001, vec![add(9_001, "first", 1)]);
    assert_eq!(first.1.parents.len(), 1_024);
    assert!(first.1.parents.contains(&own.0), "so its own events keep one order");
    assert_eq!(device.log().heads().len(), 1_501 - 1_024 + 1);
    let second = device.make(10_002, vec![add(9_002, "second", 1)]);
    assert_eq!(device.log().heads(), [second.0]);
    assert!(device.log().doubts().is_empty());
    // It is read as it was written.
    assert_eq!(Event::decode(&first.1.encode().unwrap()).unwrap(), first.1);
}
