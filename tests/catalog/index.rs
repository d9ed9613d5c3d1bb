//! The index is what a replay of all events gives, after any sequence of arrivals; and it tells
//! which folders changed.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use frond::catalog::{
    Event, EventHash, FileFault, FileRow, FolderId, Index, Listing, NameSearch, NamedRow, Op,
    Origin, Revision, Row, RowId, Totals, disambiguate,
};
use frond::object::{EventId, ObjectId};
use proptest::prelude::*;

use super::model::{self, Model};
use super::support::*;

/// Paths that collide often: by case, by Unicode form, with numbers that somebody gave, and by what
/// a cut leaves of them.
fn path() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        4 => "[aA]( \\([234]\\)){0,2}",
        2 => "(\u{e9}|e\u{301}|E\u{301})(\\.x)?",
        2 => "a( \\(3\\))?\\.( \\(2\\)){0,2}",
        1 => Just("..".to_owned()),
        1 => Just(" ".to_owned()),
        1 => "[ab]".prop_map(|end| format!("{}{end}", "x".repeat(254))),
        1 => "x{250} \\([23]\\)",
    ];
    prop::collection::vec(name, 1..4).prop_map(|names| names.join("/"))
}

fn op() -> impl Strategy<Value = Op> {
    let file = (0..8_u64, 0..16_u8, path(), 0..3_u8, folder());
    let file = file.prop_map(|(n, kind, path, seal, folder)| match kind {
        12 | 13 => {
            let name = path.split('/').next_back().filter(|name| !name.is_empty());
            Op::Place { object: object(n), folder, name: name.unwrap_or("a/b").to_owned() }
        }
        14 | 15 => {
            let by = (seal > 0).then(|| object((n + u64::from(seal) * 3) % 8));
            Op::Supersede { object: object(n), by }
        }
        0..=3 => add(n, &path, seal),
        4 | 5 => Op::Move { object: object(n), path },
        6 => Op::Trash { object: object(n) },
        7 => Op::Restore { object: object(n) },
        8 => Op::Begin {
            object: object(n),
            upload: upload_id(&path),
            header: vec![seal],
            source: Origin { name: "x".to_owned(), size: 5, modified: None }.into(),
        },
        9 => Op::Abandon { object: object(n) },
        10 => Op::Free { object: object(n) },
        _ => Op::Purge { object: object(n) },
    });
    let name = prop_oneof!["[aA]", Just("..".to_owned()), Just("a/b".to_owned())];
    let folders = (folder().prop_filter_map("an id", |id| id), 0..12_u8, folder(), name);
    let folders = folders.prop_map(|(folder, kind, parent, name)| match kind {
        0..=2 => Op::Mkdir { folder, parent, name },
        3..=7 => Op::MoveFolder { folder, parent, name },
        8 | 9 => Op::TrashFolder { folder },
        10 => Op::RestoreFolder { folder },
        _ => Op::PurgeFolder { folder },
    });
    prop_oneof![6 => file, 4 => folders, 1 => retention()]
}

/// Folders that paths name as well, one that no path can name, and the top.
fn folder() -> impl Strategy<Value = Option<FolderId>> {
    let a = FolderId::derived(None, "a");
    prop::sample::select(vec![
        None,
        Some(a),
        Some(FolderId::derived(None, "A")),
        Some(FolderId::derived(Some(&a), "a")),
        Some(FolderId::derived(Some(&a), "A")),
        Some(FolderId::derived(None, "..")),
        Some(FolderId::from_bytes([7; 16])),
    ])
}

/// Events of three devices, each of which builds on any of those before; now and then two events
/// claim one number, and some of those are merged.
fn events() -> impl Strategy<Value = Vec<(EventHash, Event)>> {
    let step = (
        0..3_u8,
        prop::collection::vec(op(), 1..3),
        prop::collection::vec(any::<prop::sample::Index>(), 0..3),
        0..8_u8,
        any::<u64>(),
    );
    prop::collection::vec(step, 0..20).prop_map(|steps| {
        let mut all: Vec<(EventHash, Event)> = Vec::new();
        let mut next = BTreeMap::new();
        for (who, mut ops, builds_on, odd, id) in steps {
            let seq = next.entry(who).or_insert(0_u64);
            let claims = if odd == 0 { seq.saturating_sub(1) } else { *seq };
            *seq = claims + 1;
            let mut parents = Vec::new();
            if !all.is_empty() {
                parents.extend(builds_on.iter().map(|at| all[at.index(all.len())].0));
            }
            if odd == 1 && all.len() > 1 {
                let mut merged: Vec<_> = all.iter().rev().take(3).map(|(hash, _)| *hash).collect();
                merged.sort_unstable();
                ops.push(Op::Merge { events: merged });
            }
            let id = EventId::from_bytes(uuid(
                (id % 1000) << 8 | u64::try_from(all.len()).unwrap(),
                id % 7,
            ));
            let event = Event::new(id.unwrap(), device(who), claims, parents, ops);
            all.push((EventHash::of(&event.encode().unwrap()), event));
        }
        all
    })
}

/// What happens to an index.
#[derive(Clone, Debug)]
enum Step {
    Arrives(prop::sample::Index),
    ArriveTogether(Vec<prop::sample::Index>),
    Leaves(prop::sample::Index),
    Fault(u64, Option<FileFault>),
}

fn step() -> impl Strategy<Value = Step> {
    let any_event = any::<prop::sample::Index>;
    let fault =
        prop_oneof![Just(None), Just(Some(FileFault::Missing)), Just(Some(FileFault::Changed))];
    prop_oneof![
        8 => any_event().prop_map(Step::Arrives),
        2 => prop::collection::vec(any_event(), 0..8).prop_map(Step::ArriveTogether),
        2 => any_event().prop_map(Step::Leaves),
        1 => (0..8_u64, fault).prop_map(|(n, fault)| Step::Fault(n, fault)),
    ]
}

/// Everything that an index shows is what the model says.
fn same(index: &Index, model: &Model) -> Result<(), TestCaseError> {
    let log = index.log();
    prop_assert_eq!(log.len(), model.events.len());
    prop_assert_eq!(log.order(), model.order());
    prop_assert_eq!(log.heads(), model.heads());
    prop_assert_eq!(log.forks(), model.forks());
    prop_assert_eq!(log.doubts(), model.doubts());
    prop_assert_eq!(index.state(), &model.state());
    let lists = model.lists();
    let listing = index.files();
    let plain = |rows: Vec<std::rc::Rc<FileRow>>| -> Vec<FileRow> {
        rows.iter().map(|row| FileRow::clone(row)).collect()
    };
    prop_assert_eq!(&plain(listing.rows()), &lists.rows);
    for row in &lists.rows {
        prop_assert_eq!(&index.row(&row.id).unwrap(), row, "by id");
        prop_assert_eq!(&*listing.get(&row.path).unwrap(), row, "by path");
    }
    for (folder, entries) in &lists.folders {
        let shown: Vec<_> = listing.in_folder(folder).collect();
        prop_assert_eq!(&shown, entries, "{}", folder);
        prop_assert_eq!(listing.count_in(folder), entries.len());
        let is_below = |row: &&FileRow| {
            folder.is_empty()
                || row.path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
        };
        let below: Vec<_> = lists.rows.iter().filter(is_below).cloned().collect();
        let bytes = below.iter().map(|row| row.size).sum();
        prop_assert_eq!(listing.totals(folder), Some(Totals { files: below.len(), bytes }));
        prop_assert_eq!(&plain(listing.below(folder)), &below);
        for entry in entries {
            if let Row::Folder { id, path, .. } = entry {
                prop_assert_eq!(listing.folder(path), Some(*id));
                prop_assert_eq!(listing.path(id), Some(path.clone()));
            }
        }
    }
    prop_assert_eq!(listing.folders_below("").len() + 1, lists.folders.len());
    for gone in ["a", "A", "a/a", "_", "nothing"] {
        prop_assert_eq!(listing.changed(gone).is_some(), lists.folders.contains_key(gone));
    }
    let trash = index.trash();
    prop_assert_eq!(trash.list(), &lists.trash[..]);
    prop_assert_eq!(trash.len(), lists.trash.len());
    prop_assert_eq!(&plain(trash.rows()), &lists.trash_rows);
    for entry in &lists.trash {
        let Row::Folder { id, totals, .. } = entry else { continue };
        prop_assert_eq!(trash.below(id).0.len(), totals.files);
    }
    for id in model.state().files.keys() {
        let versions = index.versions(id).into_iter().map(|row| row.id).collect::<BTreeSet<_>>();
        // An older version has those that are older still.
        let newest = index.newest(id).unwrap_or(*id);
        let of_newest = lists.versions.get(&newest).cloned().unwrap_or_default();
        if newest == *id {
            prop_assert_eq!(&versions, &of_newest);
        } else {
            prop_assert!(versions.is_subset(&of_newest) && !versions.contains(id));
        }
        prop_assert!(versions.iter().all(|version| index.newest(version) == Some(newest)));
    }
    each_once(index)
}

/// Every file is listed, in the trash or an older version, once; and no two things of one folder
/// have one name.
fn each_once(index: &Index) -> Result<(), TestCaseError> {
    let (rows, trash) = (index.files().rows(), index.trash().rows());
    let mut shown: Vec<_> = rows.iter().chain(&trash).map(|row| row.id).collect();
    let versions: Vec<_> =
        shown.iter().flat_map(|id| index.versions(id)).map(|row| row.id).collect();
    shown.extend(versions);
    shown.sort_unstable();
    prop_assert!(shown.iter().eq(index.state().files.keys()), "{:?}", shown);
    for rows in [&rows, &trash] {
        let paths: BTreeSet<_> = rows.iter().map(|row| row.path.to_lowercase()).collect();
        prop_assert_eq!(paths.len(), rows.len());
    }
    let folders = index.files().folders_below("");
    let paths: BTreeSet<_> = folders.iter().map(|(_, path)| path.to_lowercase()).collect();
    prop_assert_eq!(paths.len(), folders.len());
    Ok(())
}

/// What a folder shows, by revision: as long as the revision stays, so does what is shown.
type Seen = BTreeMap<String, (Revision, Vec<Row>)>;

fn look(index: &Index, seen: &mut Seen) -> Result<(), TestCaseError> {
    let listing: Listing<'_> = index.files();
    let folders = listing.folders_below("").into_iter().map(|(_, path)| path);
    let mut shown: Vec<_> = folders
        .chain([String::new()])
        .map(|folder| {
            let revision = listing.changed(&folder).unwrap();
            (folder.clone(), revision, listing.in_folder(&folder).collect::<Vec<_>>())
        })
        .collect();
    shown.push(("the trash".to_owned(), index.revision(), index.trash().list()));
    let versions = index.state().files.keys().flat_map(|id| index.versions(id));
    let versions = versions.map(|row| Row::File(row.into())).collect();
    shown.push(("older versions".to_owned(), index.revision(), versions));
    for (place, revision, entries) in shown {
        if let Some(before) = seen.get(&place) {
            if before.0 == revision {
                prop_assert_eq!(&before.1, &entries, "{:?} changed unseen", place);
            } else {
                prop_assert!(before.0 < revision);
            }
        }
        seen.insert(place, (revision, entries));
    }
    Ok(())
}

proptest! {
    #[test]
    fn the_index_is_a_replay_after_any_sequence_of_arrivals(
        events in events(),
        steps in prop::collection::vec(step(), 0..40),
    ) {
        let (mut index, mut model, mut seen) = (Index::default(), Model::default(), Seen::new());
        for step in steps {
            let most = events.len().max(1);
            let pick = |at: &prop::sample::Index| events.get(at.index(most)).cloned();
            match step {
                Step::Arrives(at) => {
                    let Some((hash, event)) = pick(&at) else { continue };
                    let new = model.events.insert(hash, event.clone()).is_none();
                    prop_assert_eq!(index.apply(hash, event), new);
                }
                Step::ArriveTogether(many) => {
                    let many: Vec<_> = many.iter().filter_map(pick).collect();
                    model.events.extend(many.iter().cloned());
                    index.extend(many);
                }
                Step::Leaves(at) => {
                    let Some((hash, _)) = pick(&at) else { continue };
                    model.events.remove(&hash);
                    index.remove(&hash);
                }
                Step::Fault(n, fault) => {
                    match fault {
                        Some(fault) => drop(model.faults.insert(object(n), fault)),
                        None => drop(model.faults.remove(&object(n))),
                    }
                    index.set_fault(object(n), fault);
                }
            }
            same(&index, &model)?;
            look(&index, &mut seen)?;
        }
    }

    #[test]
    fn events_that_arrive_together_are_as_those_that_arrive_in_order(events in events()) {
        let (mut together, mut backward) = (Index::default(), Index::default());
        together.extend(events.iter().rev().cloned());
        for (hash, event) in events.iter().rev() {
            backward.apply(*hash, event.clone());
        }
        let model = Model { events: events.into_iter().collect(), ..Model::default() };
        same(&together, &model)?;
        same(&backward, &model)?;
    }

    #[test]
    fn names_are_told_apart_as_if_all_were_told_at_once(
        paths in prop::collection::vec(path(), 0..24),
    ) {
        let ids: Vec<_> = (0..).map(object).take(paths.len()).collect();
        let files = ids.iter().zip(paths.iter().map(String::as_str));
        let shown = model::disambiguated(paths.iter().map(String::as_str));
        prop_assert_eq!(disambiguate(files.clone()), shown.clone());
        prop_assert_eq!(disambiguate(files.rev()), shown);
    }
}

fn added(paths: &[(&str, u64)]) -> Index {
    let ops = paths.iter().zip(0..).map(|((path, bytes), n)| {
        let mut op = add(n, path, 1);
        if let Op::Add { content, .. } = &mut op {
            Rc::make_mut(content).size = *bytes;
        }
        op
    });
    let mut device = Device::new(1);
    device.make(1, ops.collect());
    device.index
}

fn named(row: &FileRow) -> NamedRow {
    let name = row.path.rsplit('/').next().unwrap().into();
    NamedRow { id: RowId::File(row.id), name }
}

fn vault() -> Index {
    added(&[
        ("b.txt", 1),
        ("Taxes/2024/return.pdf", 2),
        ("Taxes/2025/return.pdf", 3),
        ("Taxes/notes.txt", 4),
        ("TaxesOld/x", 5),
        ("A.txt", 6),
    ])
}

fn paths(index: &Index, folder: &str) -> Vec<String> {
    index.files().in_folder(folder).map(|entry| entry.path().to_owned()).collect()
}

#[test]
fn folders_come_first_each_in_the_order_of_names() {
    assert_eq!(paths(&vault(), ""), ["Taxes", "TaxesOld", "A.txt", "b.txt"]);
}

#[test]
fn a_folder_counts_all_that_is_below_it() {
    let totals = Totals { files: 3, bytes: 9 };
    let id = FolderId::derived(None, "Taxes");
    let taxes = Row::Folder { id, path: "Taxes".to_owned(), totals };
    assert_eq!(vault().files().in_folder("").next(), Some(taxes));
    assert_eq!(vault().files().totals(""), Some(Totals { files: 6, bytes: 21 }));
    assert!(vault().trash().is_empty());
}

#[test]
fn a_folder_is_not_the_one_whose_name_begins_alike() {
    assert_eq!(paths(&vault(), "Taxes"), ["Taxes/2024", "Taxes/2025", "Taxes/notes.txt"]);
    assert_eq!(paths(&vault(), "Taxes/2024"), ["Taxes/2024/return.pdf"]);
    assert!(paths(&vault(), "Taxes/20").is_empty());
}

#[test]
fn no_file_hides_in_a_folder_without_a_name() {
    let odd = added(&[("/etc/passwd", 1), ("a//b", 2), ("c/", 3)]);
    assert_eq!(paths(&odd, ""), ["_", "a", "c"]);
    assert_eq!(paths(&odd, "_/etc"), ["_/etc/passwd"]);
    assert_eq!(paths(&odd, "a/_"), ["a/_/b"]);
    assert_eq!(paths(&odd, "c"), ["c/_"]);
}

#[test]
fn two_files_of_one_path_are_both_shown() {
    assert_eq!(paths(&added(&[("x", 1), ("x", 2)]), ""), ["x", "x (2)"]);
}

#[test]
fn every_word_is_looked_for_in_the_whole_path() {
    let vault = vault();
    let found = |query: &str| -> Vec<String> {
        vault.files().search(query).iter().map(|row| row.path.clone()).collect()
    };
    assert_eq!(found("taxes RETURN"), ["Taxes/2024/return.pdf", "Taxes/2025/return.pdf"]);
    assert_eq!(found("").len(), 6);
    assert!(found("nothing").is_empty());
    assert_eq!(found("in:2024 type:PDF"), ["Taxes/2024/return.pdf"]);
    assert_eq!(found("\"taxes/2025\" in:/taxes/ after:1970 before:2200").len(), 1);
    assert!(found("return before:1970").is_empty());
}

#[test]
fn a_search_in_steps_finds_the_same() {
    let vault = vault();
    for query in ["", "return", "t", "in:taxes", "type:pdf", "taxes/2025/r"] {
        let whole = vault.files().search(query);
        let whole: Vec<_> = whole.iter().map(|row| named(row)).collect();
        for limit in 1..10 {
            let (mut search, mut found, mut steps) = (NameSearch::new(query), Vec::new(), 1);
            while !search.step(vault.files(), limit, &mut found) {
                steps += 1;
            }
            assert_eq!(found, whole, "{query:?}, {limit} at a time");
            // Four of the six files at least, and the top with its four folders.
            assert!(steps > 9 / limit, "{query:?}, {limit} at a time: {steps} steps");
        }
    }
}

#[test]
fn a_change_is_told_of_the_folders_above_it_only() {
    let mut index = vault();
    let before = |folder: &str, index: &Index| index.files().changed(folder);
    let (top, old, y2024) =
        (before("", &index), before("TaxesOld", &index), before("Taxes/2024", &index));
    index.set_fault(id("Taxes/2024/return.pdf", &index), Some(FileFault::Missing));
    assert!(before("", &index) > top && before("Taxes/2024", &index) > y2024);
    assert_eq!(before("TaxesOld", &index), old);
    let revision = index.revision();
    index.set_fault(id("Taxes/2024/return.pdf", &index), Some(FileFault::Missing));
    assert_eq!(index.revision(), revision, "nothing changed");
}

fn id(path: &str, index: &Index) -> ObjectId {
    index.files().get(path).unwrap().id
}
