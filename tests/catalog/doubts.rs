//! What is doubtful about a history, and what ends that.

use frond::catalog::{Doubt, Event, EventHash, Op};
use proptest::prelude::*;
use proptest::sample::Index as Pick;

use super::support::*;

proptest! {
    #[test]
    fn a_cut_history_is_seen(events in life(), gone in any::<Pick>()) {
        let heads = log(&events).heads();
        let inner: Vec<_> = events.iter().filter(|(hash, _)| !heads.contains(hash)).collect();
        prop_assume!(!inner.is_empty());
        let gone = inner[gone.index(inner.len())].0;
        let rest: Vec<_> = events.into_iter().filter(|(hash, _)| *hash != gone).collect();
        prop_assert!(log(&rest).doubts().contains(&Doubt::MissingParent));
    }
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
        let known = index(&[all.to_vec(), more].concat());
        let log = known.log();
        assert_eq!(known.state().files.len(), 5, "shown all the same");
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

#[test]
fn the_list_fingerprint_tells_sets_apart() {
    let mut a = Device::new(1);
    let first = a.make(1, vec![add(1, "x", 1)]);
    let before = log(std::slice::from_ref(&first)).list_fingerprint();
    let second = a.make(2, vec![add(2, "x", 1)]);
    let after = log(&[first, second.clone()]).list_fingerprint();
    assert_ne!(before, after);
    assert_eq!(after, log(&[second]).list_fingerprint(), "a head names all below it");
    assert_eq!(
        before.split(' ').map(str::len).collect::<Vec<_>>(),
        [4, 4, 4, 4, 4, 4, 2],
        "128 bits"
    );
}
