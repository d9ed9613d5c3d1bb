//! Folders and versions: one event per change, and nothing is lost however changes meet.

use frond::catalog::{Event, EventHash, FolderId, Index, Locator, Op, Row, Usage};

use super::support::*;

type Events = Vec<(EventHash, Event)>;

fn at(path: &str) -> FolderId {
    let mut folder = None;
    for name in path.split('/') {
        folder = Some(FolderId::derived(folder.as_ref(), name));
    }
    folder.unwrap()
}

fn move_folder(folder: FolderId, parent: Option<FolderId>, name: &str) -> Op {
    Op::MoveFolder { folder, parent, name: name.to_owned() }
}

fn mkdir(folder: FolderId, name: &str) -> Op {
    Op::Mkdir { folder, parent: None, name: name.to_owned() }
}

fn supersede(n: u64, by: Option<u64>) -> Op {
    Op::Supersede { object: object(n), by: by.map(object) }
}

fn paths(index: &Index) -> Vec<String> {
    index.files().rows().iter().map(|row| row.path.clone()).collect()
}

fn folders(index: &Index) -> Vec<String> {
    let mut paths: Vec<_> =
        index.files().folders_below("").into_iter().map(|(_, path)| path).collect();
    paths.sort();
    paths
}

fn trashed(index: &Index) -> Vec<String> {
    index.trash().list().iter().map(|entry| entry.path().to_owned()).collect()
}

/// Two devices that know the same and then each make one event, which both learn.
fn both(known: Vec<Op>, a: Vec<Op>, b: Vec<Op>) -> (Events, Index) {
    let (mut one, mut two) = (Device::new(1), Device::new(2));
    let first = one.make(1, known);
    two.learn(std::slice::from_ref(&first));
    let (a, b) = (one.make(2, a), two.make(3, b));
    let events = vec![first, a.clone(), b.clone()];
    one.learn(&[b]);
    two.learn(&[a]);
    assert_eq!(paths(&one.index), paths(&two.index));
    assert_eq!(folders(&one.index), folders(&two.index));
    (events, one.index)
}

/// tests/vectors/folders.json, which no code of this project made.
#[test]
fn the_ids_of_folders_that_paths_name() {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../vectors/folders.json")).unwrap();
    for vector in vectors["folders"].as_array().unwrap() {
        let (path, id) = (vector["path"].as_str().unwrap(), vector["id"].as_str().unwrap());
        let mut a = Device::new(1);
        a.make(1, vec![add(1, &format!("{path}/x"), 1)]);
        assert_eq!(
            a.index.state().files.get(&object(1)).unwrap().folder,
            FolderId::parse(id).ok(),
            "{path}"
        );
    }
}

#[test]
fn one_event_renames_moves_trashes_and_restores_all_that_a_folder_holds() {
    let mut a = Device::new(1);
    a.make(1, vec![add(1, "a/b/x", 1), add(2, "a/y", 1), add(3, "z", 1)]);
    a.make(2, vec![move_folder(at("a"), None, "c")]);
    assert_eq!(paths(&a.index), ["c/b/x", "c/y", "z"]);
    a.make(3, vec![move_folder(at("a/b"), None, "b")]);
    assert_eq!(paths(&a.index), ["b/x", "c/y", "z"]);
    a.make(4, vec![move_folder(at("a"), Some(at("a/b")), "c")]);
    assert_eq!(paths(&a.index), ["b/c/y", "b/x", "z"]);
    a.make(5, vec![Op::TrashFolder { folder: at("a/b") }]);
    assert_eq!((paths(&a.index), trashed(&a.index)), (vec!["z".into()], vec!["b".into()]));
    let rows: Vec<_> = a.index.trash().rows().iter().map(|row| row.path.clone()).collect();
    assert_eq!(rows, ["b/c/y", "b/x"]);
    a.make(6, vec![Op::RestoreFolder { folder: at("a/b") }]);
    assert_eq!(paths(&a.index), ["b/c/y", "b/x", "z"]);
    assert!(a.index.trash().is_empty());
}

#[test]
fn a_folder_that_somebody_made_stays_and_one_of_a_path_goes_with_its_last_file() {
    let mut a = Device::new(1);
    a.make(1, vec![add(1, "of a path/x", 1), mkdir(at("made"), "made")]);
    assert_eq!(folders(&a.index), ["made", "of a path"]);
    a.make(2, vec![Op::Trash { object: object(1) }]);
    assert_eq!(folders(&a.index), ["made"]);
    assert_eq!(trashed(&a.index), ["of a path/x"]);
    a.make(3, vec![Op::PurgeFolder { folder: at("made") }, Op::Restore { object: object(1) }]);
    assert_eq!(folders(&a.index), ["of a path"]);
}

#[test]
fn two_devices_that_make_one_folder_make_the_same() {
    let name = "new";
    let (_, index) = both(vec![], vec![mkdir(at(name), name)], vec![add(1, "new/x", 1)]);
    assert_eq!((folders(&index), paths(&index)), (vec!["new".into()], vec!["new/x".into()]));
}

#[test]
fn folders_that_are_moved_into_each_other_are_shown_once() {
    let known = vec![add(1, "a/x", 1), add(2, "b/y", 1)];
    let into_b = vec![move_folder(at("a"), Some(at("b")), "a")];
    let into_a = vec![move_folder(at("b"), Some(at("a")), "b")];
    let (events, index) = both(known, into_b, into_a);
    // The one that was moved last is at the top.
    let a_is_last = events[1].0 > events[2].0;
    let expected = if a_is_last { ["a/b/y", "a/x"] } else { ["b/a/x", "b/y"] };
    assert_eq!(paths(&index), expected);
}

#[test]
fn what_is_added_to_a_folder_while_it_is_deleted_is_shown_in_the_folder_above() {
    let known = vec![add(1, "a/b/x", 1)];
    let purge = Op::PurgeFolder { folder: at("a/b") };
    let gone = vec![Op::Purge { object: object(1) }, purge];
    let new = vec![
        add(2, "a/b/new", 1),
        Op::Mkdir { folder: at("a/b/c"), parent: Some(at("a/b")), name: "c".into() },
    ];
    let (_, index) = both(known, gone, new);
    assert_eq!(
        (paths(&index), folders(&index)),
        (vec!["a/new".into()], vec!["a".into(), "a/c".into()])
    );
}

#[test]
fn what_is_added_to_a_folder_while_it_is_renamed_is_in_it() {
    let known = vec![add(1, "a/x", 1)];
    let (_, index) = both(known, vec![move_folder(at("a"), None, "b")], vec![add(2, "a/new", 1)]);
    assert_eq!(paths(&index), ["b/new", "b/x"]);
}

#[test]
fn folders_of_one_name_are_told_apart_by_their_ids() {
    let mut a = Device::new(1);
    a.make(1, vec![add(1, "a/x", 1), add(2, "A/x", 1)]);
    let mut shown = folders(&a.index);
    shown.sort_by_key(|path| path.len());
    let first = if at("a") < at("A") { "a" } else { "A" };
    assert_eq!(shown[0], first);
    assert_eq!(shown[1].to_lowercase(), "a (2)");
}

#[test]
fn a_path_is_written_for_the_tree_as_it_is() {
    let random = &mut || Ok::<_, ()>([9; 16]);
    let mut a = Device::new(1);
    a.make(1, vec![add(1, "a/x", 1), add(2, "c/x", 1), add(3, "gone/x", 1)]);
    a.make(2, vec![move_folder(at("a"), None, "b"), Op::Trash { object: object(2) }]);
    a.make(3, vec![Op::TrashFolder { folder: at("gone") }]);
    let mut locator = Locator::new(&a.index);
    let of_path = locator.file("new/deep/x", random).unwrap();
    assert!(of_path.by_path && of_path.mkdirs.is_empty());
    let renamed = locator.file("b/y", random).unwrap();
    assert_eq!((renamed.folder, renamed.by_path), (Some(at("a")), false));
    assert!(renamed.mkdirs.is_empty());
    // Empty, and where it always was.
    assert!(locator.file("c/y", random).unwrap().by_path);
    // Its id is another folder's, or one's in the trash.
    for path in ["a/y", "gone/y"] {
        let taken = Locator::new(&a.index).file(path, random).unwrap();
        let folder = FolderId::from_bytes([9; 16]);
        assert_eq!((taken.folder, taken.by_path), (Some(folder), false), "{path}");
        let name = path.split('/').next().unwrap();
        assert_eq!(taken.mkdirs, [mkdir(folder, name)]);
    }
    let (first, again) =
        (locator.file("a/y", random).unwrap(), locator.file("a/z", random).unwrap());
    assert_eq!((first.mkdirs.len(), again.mkdirs.len()), (1, 0), "one event makes it once");
}

#[test]
fn an_older_version_is_shown_with_the_newest_only() {
    let mut a = Device::new(1);
    let all: Vec<_> = (1..=3).map(|n| add(n, "x", 1)).collect();
    a.make(1, all);
    a.make(2, vec![supersede(1, Some(2)), supersede(2, Some(3))]);
    assert_eq!(paths(&a.index), ["x"]);
    let versions =
        |index: &Index, n| index.versions(&object(n)).iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(versions(&a.index, 3), [object(2), object(1)]);
    assert_eq!(a.index.newest(&object(1)), Some(object(3)));
    a.make(3, vec![Op::Trash { object: object(3) }]);
    assert_eq!((paths(&a.index).len(), trashed(&a.index).len()), (0, 1));
    a.make(4, vec![Op::Restore { object: object(3) }, supersede(2, None)]);
    assert_eq!(paths(&a.index), ["x", "x (2)"]);
    assert_eq!((versions(&a.index, 2), versions(&a.index, 3)), (vec![object(1)], vec![]));
    a.make(5, vec![Op::Purge { object: object(2) }]);
    assert_eq!(paths(&a.index), ["x", "x (2)"], "a version outlives the file that is gone");
}

#[test]
fn files_that_supersede_each_other_are_shown_once() {
    let known = vec![add(1, "x", 1), add(2, "y", 1)];
    let (events, index) = both(known, vec![supersede(1, Some(2))], vec![supersede(2, Some(1))]);
    let one_is_last = events[1].0 > events[2].0;
    assert_eq!(paths(&index), [if one_is_last { "x" } else { "y" }]);
    assert_eq!(index.versions(&object(if one_is_last { 1 } else { 2 })).len(), 1);
}

#[test]
fn what_was_trashed_before_its_folder_stays_in_the_trash_by_itself() {
    let mut a = Device::new(1);
    a.make(1, vec![add(1, "a/x", 1), add(2, "a/y", 1)]);
    a.make(2, vec![Op::Trash { object: object(1) }]);
    a.make(3, vec![Op::TrashFolder { folder: at("a") }]);
    assert_eq!(trashed(&a.index), ["a", "a/x"]);
    let Row::Folder { totals, .. } = &a.index.trash().list()[0] else { panic!("a folder") };
    assert_eq!(totals.files, 1);
    assert_eq!(a.index.trash().below(&at("a")).0, [object(2)]);
    a.make(4, vec![Op::RestoreFolder { folder: at("a") }]);
    assert_eq!((paths(&a.index), trashed(&a.index)), (vec!["a/y".into()], vec!["a/x".into()]));
}

#[test]
fn every_file_counts_once_whether_listed_old_or_in_the_trash() {
    let mut a = Device::new(1);
    a.make(1, vec![add(1, "a/x", 1), add(2, "a/y", 1), add(3, "b/z", 1), add(4, "b/old", 1)]);
    a.make(2, vec![supersede(4, Some(3)), Op::TrashFolder { folder: at("b") }]);
    a.make(3, vec![Op::Trash { object: object(2) }]);
    let usage = Usage::of(&a.index, str::to_owned);
    let sizes = |totals: frond::catalog::Totals| totals.files;
    assert_eq!((sizes(usage.listed()), sizes(usage.trash), sizes(usage.versions)), (1, 2, 1));
    let size = a.index.state().files.get(&object(1)).unwrap().size;
    assert_eq!(usage.listed().bytes, size);
    assert_eq!(usage.kinds.keys().collect::<Vec<_>>(), ["x"]);
}
