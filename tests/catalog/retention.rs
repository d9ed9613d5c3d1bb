//! What is deleted by itself, and when.

use frond::catalog::snapshot::Snapshot;
use frond::catalog::{Due, Event, EventHash, FolderId, Index, Op, Retention, RowId};
use frond::object::{EventId, ObjectId};

use super::support::*;

const DAY: u64 = 86_400_000;
/// The day on which everything is looked at.
const NOW: u64 = 1_000 * DAY;

/// A history of one device, whose events are given their times.
#[derive(Default)]
struct History {
    index: Index,
}

impl History {
    /// An event of this day, by the clock of the device that makes it.
    fn at(&mut self, day: u64, ops: Vec<Op>) -> &mut Self {
        let n = u64::try_from(self.index.log().len()).unwrap();
        let id = EventId::from_bytes(uuid(n, day * DAY)).unwrap();
        let event = Event::new(id, device(1), n, self.index.log().heads(), ops);
        self.index.apply(EventHash::of(&event.encode().unwrap()), event);
        self
    }

    fn due(&self, retention: Retention) -> Due {
        Due::of(&self.index, &retention, NOW)
    }

    fn versions(&self, versions: u32) -> Vec<ObjectId> {
        self.due(Retention { versions: Some(versions), ..Retention::default() }).versions
    }

    fn older(&self, days: u32) -> Vec<ObjectId> {
        self.due(Retention { version_days: Some(days), ..Retention::default() }).versions
    }

    fn trash(&self, days: u32) -> Vec<RowId> {
        self.due(Retention { trash_days: Some(days), ..Retention::default() }).trash
    }
}

fn supersede(object: u64, by: u64) -> Op {
    Op::Supersede { object: self::object(object), by: Some(self::object(by)) }
}

fn trash(object: u64) -> Op {
    Op::Trash { object: self::object(object) }
}

/// File 3 with the older versions 2, 1 and 0, which it replaced on the days 400, 200 and 100.
fn versioned() -> History {
    let mut history = History::default();
    history
        .at(1, vec![add(0, "a", 1)])
        .at(100, vec![add(1, "a", 1), supersede(0, 1)])
        .at(200, vec![add(2, "a", 1), supersede(1, 2)])
        .at(400, vec![add(3, "a", 1), supersede(2, 3)]);
    history
}

#[test]
fn nothing_is_deleted_unless_somebody_says_so() {
    let mut history = versioned();
    history.at(500, vec![add(4, "b", 1), trash(4)]);
    assert_eq!(history.index.state().retention, Retention::default());
    assert!(history.due(Retention::default()).is_empty());
}

#[test]
fn the_versions_replaced_last_are_kept() {
    let history = versioned();
    let objects = |ids: &[u64]| ids.iter().map(|id| object(*id)).collect::<Vec<_>>();
    assert_eq!(history.versions(1), objects(&[1, 0]));
    assert_eq!(history.versions(2), objects(&[0]));
    assert_eq!(history.versions(3), objects(&[]));
    assert_eq!(history.older(600), objects(&[2, 1, 0]));
    assert_eq!(history.older(601), objects(&[1, 0]));
    assert_eq!(history.older(900), objects(&[0]));
    assert_eq!(history.older(901), objects(&[]));
    let both = Retention { versions: Some(1), version_days: Some(600), trash_days: None };
    let due = history.due(both);
    assert_eq!((due.versions, due.of_versions.files), (objects(&[2, 1, 0]), 3));
}

/// What is said of an entry is when it is deleted: a day before, it is not due.
#[test]
fn each_entry_says_when_it_goes() {
    let mut history = versioned();
    let folder = FolderId::derived(None, "f");
    history
        .at(500, vec![add(4, "b", 1), add(5, "f/c", 1)])
        .at(990, vec![trash(4)])
        .at(995, vec![Op::TrashFolder { folder }]);
    let index = &history.index;
    assert_eq!(index.trash_expiry(RowId::File(object(4))), None, "without a limit nothing goes");
    assert_eq!(index.version_expiry(&object(2)), None);
    let limits = Retention { versions: Some(2), version_days: Some(700), trash_days: Some(30) };
    history.at(996, vec![Op::Retention(limits)]);
    let index = &history.index;
    let day = |expiry: Option<u64>| expiry.map(|expiry| expiry / DAY);
    assert_eq!(day(index.trash_expiry(RowId::File(object(4)))), Some(990 + 30));
    assert_eq!(day(index.trash_expiry(RowId::Folder(folder))), Some(995 + 30));
    assert_eq!(day(index.version_expiry(&object(2))), Some(400 + 700));
    assert_eq!(day(index.version_expiry(&object(1))), Some(200 + 700));
    assert_eq!(index.version_expiry(&object(0)), Some(0), "one version too many");
    assert_eq!(index.version_expiry(&object(3)), None, "the current version stays");
    for (now, due) in [(1_019, vec![]), (1_020, vec![RowId::File(object(4))])] {
        assert_eq!(Due::of(index, &limits, now * DAY).trash, due, "{now}");
    }
    let entries = [4, 5, 3].map(|id| index.trash().entry(&object(id)));
    assert_eq!(entries, [Some(RowId::File(object(4))), Some(RowId::Folder(folder)), None]);
}

#[test]
fn what_is_in_the_trash_is_counted_from_when_it_was_put_there() {
    let mut history = History::default();
    history.at(1, vec![add(0, "a", 1), add(1, "b", 1)]).at(900, vec![trash(0)]);
    assert_eq!(history.trash(101), []);
    assert_eq!(history.trash(100), [RowId::File(object(0))]);
    history.at(950, vec![Op::Restore { object: object(0) }]);
    assert_eq!(history.trash(1), [], "it is not in the trash");
    history.at(960, vec![trash(0)]);
    assert_eq!(history.trash(41), []);
}

#[test]
fn a_folder_is_due_once_all_that_it_holds_is() {
    let folder = FolderId::derived(None, "f");
    let mut history = History::default();
    history.at(1, vec![add(0, "f/a", 1)]).at(100, vec![Op::TrashFolder { folder }]);
    assert_eq!(history.trash(900), [RowId::Folder(folder)]);
    // A device that did not know that the folder is in the trash.
    history.at(990, vec![add(1, "f/b", 1)]);
    assert_eq!(history.trash(11), []);
    let due = history.due(Retention { trash_days: Some(10), ..Retention::default() });
    assert_eq!((due.trash, due.of_trash.files), (vec![RowId::Folder(folder)], 2));
}

#[test]
fn a_file_is_due_with_its_versions() {
    let mut history = versioned();
    history.at(500, vec![trash(3)]);
    let retention = Retention { versions: Some(1), version_days: None, trash_days: Some(500) };
    let due = history.due(retention);
    assert_eq!((due.trash, due.versions), (vec![RowId::File(object(3))], Vec::new()));
    history.at(999, vec![Op::Place { object: object(2), folder: None, name: "x".to_owned() }]);
    assert_eq!(history.trash(500), [], "a version of it was touched");
}

#[test]
fn a_slow_clock_makes_nothing_look_old() {
    let mut history = History::default();
    history.at(990, vec![add(0, "a", 1)]).at(3, vec![trash(0)]);
    assert_eq!(history.trash(11), []);
    assert_eq!(history.trash(10), [RowId::File(object(0))], "as old as what it builds on");
}

#[test]
fn a_fast_clock_delays_and_holds_up_no_other() {
    let mut history = History::default();
    history.at(1, vec![add(0, "a", 1), add(1, "b", 1)]).at(5_000, vec![trash(0)]);
    history.at(900, vec![trash(1)]);
    assert_eq!(history.trash(100), [RowId::File(object(1))]);
    assert_eq!(history.trash(101), []);
}

#[test]
fn the_last_word_counts_as_a_whole() {
    let (first, second) = (
        Retention { versions: Some(5), version_days: Some(30), trash_days: Some(30) },
        Retention { versions: Some(1), version_days: None, trash_days: None },
    );
    let mut history = versioned();
    history.at(500, vec![Op::Retention(first)]);
    history.at(400, vec![Op::Retention(second)]);
    assert_eq!(history.index.state().retention, second);
    assert!(Snapshot::of(&history.index).is_some());
}
