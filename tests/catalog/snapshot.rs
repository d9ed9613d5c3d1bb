//! An index that starts from a snapshot equals one that took in all events; devices with the same
//! events write the same snapshot; what is not a snapshot is refused.

use std::collections::BTreeSet;
use std::rc::Rc;

use frond::catalog::snapshot::{BadSnapshot, Cut, Loader, Manifest, Page, Snapshot};
use frond::catalog::{
    self, Content, Due, Event, EventHash, EventKey, FileFault, FileRow, Folder, FolderEntry,
    FolderId, Index, Op, Origin, Retention, Row,
};
use frond::object::{EventId, ObjectId, Seal, SnapshotId};
use frond::secret::VaultKey;
use futures_util::FutureExt;
use proptest::prelude::*;
use serde_json::Value;

use super::support::*;

const NOW_MS: u64 = 1_764_460_800_000;

fn key() -> VaultKey {
    VaultKey::copied(&[7; 32])
}

/// A snapshot as it is in the bucket: the manifest, and the token of each page.
struct Stored {
    manifest: Manifest,
    pages: Vec<(Page, Vec<u8>)>,
}

impl Stored {
    /// Writes a snapshot that shares pages with an older one; `n` tells it from others.
    fn write(index: &Index, older: Option<&Self>, n: u8) -> Self {
        let snapshot = Snapshot::of(index).unwrap();
        let listed = older.map(|older| older.manifest.pages.as_slice()).unwrap_or_default();
        let mut pages = Vec::new();
        for (at, cut) in (0..).zip(snapshot.pages(listed, async || {}).now_or_never().unwrap()) {
            pages.push(match cut {
                Cut::Shared(page) => {
                    let token = older.unwrap().pages.iter().find(|(other, _)| *other == page);
                    (page, token.unwrap().1.clone())
                }
                Cut::New(new) => {
                    let id = SnapshotId::new(NOW_MS + at, [n; 16]);
                    new.seal(&key(), id, [9; 16]).unwrap()
                }
            });
        }
        let listed = pages.iter().map(|(page, _)| page.clone()).collect();
        let id = SnapshotId::manifest(NOW_MS + u64::from(n), [n; 16]);
        let manifest = snapshot.manifest(id, listed);
        let token = manifest.seal(&key(), [9; 16]).unwrap();
        assert_eq!(Manifest::open(&key(), &id, &token).as_ref(), Ok(&manifest));
        Self { manifest, pages }
    }

    fn load(&self) -> Index {
        let open = |(page, token): &(Page, Vec<u8>)| page.open(&key(), token).unwrap();
        load(&self.manifest, &self.pages.iter().map(open).collect::<Vec<_>>()).unwrap()
    }
}

/// The index of a snapshot whose pages have these records.
fn load(manifest: &Manifest, pages: &[Vec<u8>]) -> Result<Index, BadSnapshot> {
    let mut loader = Loader::new(manifest);
    pages.iter().try_for_each(|records| loader.page(records))?;
    loader.index(async || ()).now_or_never().unwrap()
}

fn op() -> impl Strategy<Value = Op> {
    let file = (0..5_u64, 0..19_u8, "[ab](/[ab]){0,2}", 0..3_u8, folder());
    let file = file.prop_map(|(n, kind, path, seal, folder)| {
        let object = object(n);
        match kind {
            0..=2 => add(n, &path, seal),
            3..=4 => Op::Move { object, path },
            14..=15 => Op::Place { object, folder, name: path },
            16..=18 => {
                let by = (seal > 0).then(|| self::object((n + u64::from(seal)) % 5));
                Op::Supersede { object, by }
            }
            6 => Op::Trash { object },
            7 => Op::Restore { object },
            8..=10 => Op::Begin {
                object,
                upload: upload_id(&path),
                header: vec![seal],
                source: Origin { name: "x".to_owned(), size: 5, modified: Some(-1) }.into(),
            },
            11 => Op::Abandon { object },
            12 => Op::Free { object },
            _ => Op::Purge { object },
        }
    });
    let folders = (folder().prop_filter_map("an id", |id| id), 0..9_u8, folder(), "[ab]");
    let folders = folders.prop_map(|(folder, kind, parent, name)| match kind {
        0..=1 => Op::Mkdir { folder, parent, name },
        2..=4 => Op::MoveFolder { folder, parent, name },
        5..=6 => Op::TrashFolder { folder },
        7 => Op::RestoreFolder { folder },
        _ => Op::PurgeFolder { folder },
    });
    prop_oneof![6 => file, 3 => folders, 1 => retention()]
}

/// Folders that paths name as well, one that no path can name, and the top.
fn folder() -> impl Strategy<Value = Option<FolderId>> {
    let a = FolderId::derived(None, "a");
    prop::sample::select(vec![
        None,
        Some(a),
        Some(FolderId::derived(None, "b")),
        Some(FolderId::derived(Some(&a), "a")),
        Some(FolderId::derived(Some(&a), "b")),
        Some(FolderId::from_bytes([7; 16])),
    ])
}

type Events = Vec<(EventHash, Event)>;

/// Events of three devices, each of which builds on any of those before, and how many of the first
/// are in the snapshot. Now and then two events claim one number; in the snapshot these are merged.
fn cut_history() -> impl Strategy<Value = (Events, Events)> {
    let step = (
        0..3_u8,
        prop::collection::vec(op(), 1..4),
        prop::collection::vec(any::<prop::sample::Index>(), 0..3),
        0..8_u8,
        any::<u64>(),
    );
    let chosen = prop::collection::vec(any::<prop::sample::Index>(), 1..4);
    (prop::collection::vec(step, 1..24), chosen).prop_map(|(steps, chosen)| {
        let mut all: Events = Vec::new();
        let mut next = [0_u64; 3];
        for (who, ops, builds_on, odd, id) in steps {
            let seq = &mut next[usize::from(who)];
            let claims = if odd == 0 { seq.saturating_sub(1) } else { *seq };
            *seq = claims + 1;
            let mut parents = Vec::new();
            if !all.is_empty() {
                parents.extend(builds_on.iter().map(|at| all[at.index(all.len())].0));
            }
            let id = EventId::from_bytes(uuid(
                (id % 1000) << 8 | u64::try_from(all.len()).unwrap(),
                id % 7,
            ));
            let event = Event::new(id.unwrap(), device(who), claims, parents, ops);
            all.push((EventHash::of(&event.encode().unwrap()), event));
        }
        // The chosen events, with all that they build on.
        let mut covered: BTreeSet<_> = chosen.iter().map(|at| all[at.index(all.len())].0).collect();
        loop {
            let needs = |event: &Event| -> Vec<EventHash> {
                let before = |other: &Event| {
                    other.device == event.device && other.seq.checked_add(1) == Some(event.seq)
                };
                let before = all.iter().filter(|(_, other)| before(other)).map(|(hash, _)| *hash);
                before.chain(event.parents.iter().copied()).collect()
            };
            let of = all.iter().filter(|(hash, _)| covered.contains(hash));
            let more: BTreeSet<_> = of.flat_map(|(_, event)| needs(event)).collect();
            if more.is_subset(&covered) {
                break;
            }
            covered.extend(more);
        }
        let (mut first, rest): (Events, Events) =
            all.into_iter().partition(|(hash, _)| covered.contains(hash));
        let forks = log(&first).forks();
        if !forks.is_empty() {
            let id = EventId::from_bytes(uuid(9_999_999, 3)).unwrap();
            let ops = vec![Op::Merge { events: forks }];
            let merge = Event::new(id, device(9), 0, log(&first).heads(), ops);
            first.push((EventHash::of(&merge.encode().unwrap()), merge));
        }
        (first, rest)
    })
}

/// All that the lists show: folders with what is in them, the trash, files and older versions.
fn shown(index: &Index) -> (Vec<Vec<Row>>, Vec<Row>, Vec<FileRow>) {
    let (files, trash) = (index.files(), index.trash());
    let plain = |row: &Rc<FileRow>| FileRow::clone(row);
    let folders = files.folders_below("").into_iter().map(|(_, path)| path).chain([String::new()]);
    let folders = folders.map(|path| files.in_folder(&path).collect()).collect();
    let mut rows: Vec<_> = files.rows().iter().chain(&trash.rows()).map(plain).collect();
    rows.extend(index.state().files.keys().flat_map(|id| index.versions(id)));
    (folders, trash.list(), rows)
}

/// Everything that one index shows, the other shows too.
fn same(one: &Index, other: &Index) -> Result<(), TestCaseError> {
    let (log, all) = (one.log(), other.log());
    let order = |index: &Index| index.log().order().iter().map(|e| e.key()).collect::<Vec<_>>();
    prop_assert_eq!(one.state(), other.state());
    prop_assert_eq!(shown(one), shown(other));
    let retention = Retention { versions: Some(1), version_days: Some(1), trash_days: Some(1) };
    let due = |index: &Index| Due::of(index, &retention, 1 << 40);
    prop_assert_eq!(due(one), due(other));
    prop_assert_eq!(order(one), order(other));
    prop_assert_eq!(log.heads(), all.heads());
    prop_assert_eq!(log.forks(), all.forks());
    prop_assert_eq!(log.merges(), all.merges());
    prop_assert_eq!(log.doubts(), all.doubts());
    prop_assert!(log.keys().eq(all.keys()));
    for n in [0, 1, 2, 3, 9].map(device) {
        prop_assert_eq!(log.next_seq(&n), all.next_seq(&n));
        prop_assert_eq!(log.parents(&n), all.parents(&n));
        for next in 0..4 {
            prop_assert_eq!(log.is_complete(&n, next), all.is_complete(&n, next));
        }
    }
    for event in log.order() {
        prop_assert_eq!(log.find(&event.key()), all.find(&event.key()));
    }
    Ok(())
}

fn take_in(index: &mut Index, events: &[(EventHash, Event)]) {
    for (hash, event) in events {
        index.apply(*hash, event.clone());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, ..ProptestConfig::default() })]

    #[test]
    fn a_snapshot_and_the_rest_are_all_events(
        (covered, rest) in cut_history(),
        order in any::<prop::sample::Index>(),
        back in any::<bool>(),
        left in prop::collection::vec(any::<prop::sample::Index>(), 0..3),
    ) {
        let mut full = index(&covered);
        let mut compact = Stored::write(&full, None, 1).load();
        same(&compact, &full)?;
        let mut late = rest.clone();
        if back {
            late.reverse();
        }
        if !late.is_empty() {
            let middle = order.index(late.len());
            late.rotate_left(middle);
        }
        for (hash, event) in &late {
            prop_assert!(compact.apply(*hash, event.clone()));
            full.apply(*hash, event.clone());
            same(&compact, &full)?;
        }
        // Covered events that arrive all the same change nothing.
        for (hash, event) in &covered {
            prop_assert!(!compact.apply(*hash, event.clone()));
        }
        same(&compact, &full)?;
        // Events that never were in the bucket leave again.
        for at in left {
            if !late.is_empty() {
                let (hash, _) = late.remove(at.index(late.len()));
                full.remove(&hash);
                compact.remove(&hash);
                same(&compact, &full)?;
            }
        }
    }

    #[test]
    fn the_same_events_give_the_same_snapshot((covered, rest) in cut_history()) {
        let older = Stored::write(&index(&covered), None, 1);
        let all: Events = covered.iter().chain(&rest).cloned().collect();
        let mut full = index(&all);
        let mut built_on = older.load();
        take_in(&mut built_on, &rest);
        // Forks that the rest opened are merged.
        let forks = full.log().forks();
        if !forks.is_empty() {
            let id = EventId::from_bytes(uuid(9_999_998, 3)).unwrap();
            let (heads, ops) = (full.log().heads(), vec![Op::Merge { events: forks }]);
            let merge = Event::new(id, device(8), 0, heads, ops);
            let merge = [(EventHash::of(&merge.encode().unwrap()), merge)];
            take_in(&mut full, &merge);
            take_in(&mut built_on, &merge);
        }
        let whole = Stored::write(&full, None, 2);
        let shared = Stored::write(&built_on, Some(&older), 3);
        prop_assert_eq!(whole.manifest.state, shared.manifest.state);
        prop_assert_eq!(&whole.manifest.devices, &shared.manifest.devices);
        same(&shared.load(), &full)?;
        same(&whole.load(), &full)?;
        // A snapshot of what a snapshot has is that snapshot.
        let again = Stored::write(&shared.load(), Some(&shared), 4);
        prop_assert_eq!(again.manifest.pages, shared.manifest.pages);
        prop_assert_eq!(again.manifest.state, shared.manifest.state);
    }

    #[test]
    fn a_changed_page_is_refused(
        (covered, _) in cut_history(),
        at in any::<prop::sample::Index>(),
        bit in 0..8_u8,
        cut in any::<prop::sample::Index>(),
    ) {
        let stored = Stored::write(&index(&covered), None, 1);
        let (page, token) = &stored.pages[0];
        let records = page.open(&key(), token).unwrap();
        let mut flipped = records.clone();
        flipped[at.index(records.len())] ^= 1 << bit;
        prop_assert!(load(&stored.manifest, &[flipped]).is_err());
        let shorter = records[..cut.index(records.len())].to_vec();
        prop_assert!(load(&stored.manifest, &[shorter]).is_err());
        prop_assert!(load(&stored.manifest, &[]).is_err());
        prop_assert!(load(&stored.manifest, &[records.clone(), records]).is_err());
    }
}

/// The vector of docs/FORMAT.md, made without this code: its log gives its snapshot, and its
/// snapshot gives what its log gives.
#[test]
fn the_vector() {
    let vector: Value = serde_json::from_str(include_str!("../vectors/snapshot.json")).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let bytes = |value: &Value| hex::decode(text(value)).unwrap();
    let key = VaultKey::copied(&bytes(&vector["vault_key"]).try_into().unwrap());
    let events = vector["log"].as_array().unwrap().iter().map(|event| {
        let place = EventKey::parse(&text(&event["key"])).unwrap();
        catalog::open(&key, &place, &bytes(&event["token"])).unwrap()
    });
    let full = index(&events.collect::<Vec<_>>());
    let id = SnapshotId::parse(&text(&vector["manifest"]["id"])).unwrap();
    let manifest = Manifest::open(&key, &id, &bytes(&vector["manifest"]["token"])).unwrap();
    let snapshot = Snapshot::of(&full).unwrap();
    assert_eq!(snapshot.state(), manifest.state);
    let cuts = snapshot.pages(&manifest.pages, async || {}).now_or_never().unwrap();
    assert!(cuts.iter().zip(&manifest.pages).all(|(cut, page)| *cut == Cut::Shared(page.clone())));
    assert_eq!(snapshot.manifest(id, manifest.pages.clone()), manifest);
    let pages = vector["pages"].as_array().unwrap();
    let records = pages.iter().zip(&manifest.pages).map(|(stored, page)| {
        let records = page.open(&key, &bytes(&stored["token"])).unwrap();
        assert_eq!(records, bytes(&stored["records"]));
        records
    });
    let loaded = load(&manifest, &records.collect::<Vec<_>>()).unwrap();
    same(&loaded, &full).unwrap();
    let state = loaded.state();
    let listed =
        |ids: &Value| -> Vec<String> { ids.as_array().unwrap().iter().map(text).collect() };
    let shown = |ids: Vec<&ObjectId>| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(shown(state.purged.iter().collect()), listed(&vector["purged"]));
    assert_eq!(shown(state.former.iter().collect()), listed(&vector["former"]));
    assert_eq!(shown(state.freeing.iter().collect()), listed(&vector["freeing"]));
    assert_eq!(shown(state.abandoned.keys().collect()), listed(&vector["abandoned"]));
    let files = vector["files"].as_object().unwrap();
    assert_eq!(files.len(), state.files.len());
    for (id, file) in files {
        let shown = state.files.get(&ObjectId::parse(id).unwrap()).unwrap();
        for (member, value) in file.as_object().unwrap() {
            match member.as_str() {
                "folder" => assert_eq!(shown.folder, folder_id(value)),
                "name" => assert_eq!(*shown.name, *text(value)),
                "superseded" => {
                    assert_eq!(
                        shown.superseded.as_deref().map(ToString::to_string).as_deref(),
                        value.as_str()
                    );
                }
                "trashed" => assert_eq!(shown.trashed, value.as_bool().unwrap()),
                other => panic!("{other}"),
            }
        }
    }
    let folders = vector["folders"].as_object().unwrap().iter().map(|(id, folder)| {
        let flag = |name: &str| folder[name].as_bool().unwrap();
        let place =
            FolderEntry { parent: folder_id(&folder["parent"]), name: text(&folder["name"]) };
        let (kept, trashed, purged) = (flag("kept"), flag("trashed"), flag("purged"));
        (FolderId::parse(id).unwrap(), Folder { place: Some(place), kept, trashed, purged })
    });
    assert!(folders.eq(state.folders.clone()));
}

/// The vector of the operation that was added later; and what a record of it cannot be.
#[test]
fn the_vector_of_retention() {
    let vector: Value = serde_json::from_str(include_str!("../vectors/retention.json")).unwrap();
    let bytes = |value: &Value| hex::decode(value.as_str().unwrap()).unwrap();
    let key = VaultKey::copied(&bytes(&vector["vault_key"]).try_into().unwrap());
    let events = vector["log"].as_array().unwrap().iter().map(|event| {
        let place = EventKey::parse(event["key"].as_str().unwrap()).unwrap();
        catalog::open(&key, &place, &bytes(&event["token"])).unwrap()
    });
    let full = index(&events.collect::<Vec<_>>());
    let id = SnapshotId::parse(vector["manifest"]["id"].as_str().unwrap()).unwrap();
    let manifest = Manifest::open(&key, &id, &bytes(&vector["manifest"]["token"])).unwrap();
    assert_eq!(Snapshot::of(&full).unwrap().state(), manifest.state);
    let pages = vector["pages"].as_array().unwrap();
    let records: Vec<_> = pages.iter().map(|page| bytes(&page["records"])).collect();
    let loaded = load(&manifest, &records).unwrap();
    same(&loaded, &full).unwrap();
    let limit =
        |name: &str| vector["retention"][name].as_u64().map(|limit| u32::try_from(limit).unwrap());
    let retention = Retention {
        versions: limit("versions"),
        version_days: limit("version_days"),
        trash_days: limit("trash_days"),
    };
    assert_eq!(loaded.state().retention, retention);
    let refused = vector["refused"].as_array().unwrap();
    assert_eq!(refused.len(), 4);
    for fault in refused {
        let mut json = fault["manifest"].to_string().into_bytes();
        json.resize(json.len().next_multiple_of(4096), b' ');
        let manifest = Manifest::decode(&json).unwrap();
        let loaded = load(&manifest, &[bytes(&fault["records"])]);
        assert!(loaded.is_err(), "{}", fault["fault"]);
    }
}

fn folder_id(value: &Value) -> Option<FolderId> {
    value.as_str().map(|id| FolderId::parse(id).unwrap())
}

/// Each of these has one fault, and all its hashes are right.
#[test]
fn the_vector_of_what_is_refused() {
    let vector: Value = serde_json::from_str(include_str!("../vectors/snapshot.json")).unwrap();
    let decoded = |manifest: &Value| {
        let mut json = manifest.to_string().into_bytes();
        json.resize(json.len().next_multiple_of(4096), b' ');
        Manifest::decode(&json).unwrap()
    };
    let records = |page: &Value| hex::decode(page["records"].as_str().unwrap()).unwrap();
    let pages: Vec<_> = vector["pages"].as_array().unwrap().iter().map(records).collect();
    assert!(load(&decoded(&vector["manifest"]["json"]), &pages).is_ok());
    let refused = vector["refused"].as_array().unwrap();
    assert_eq!(refused.len(), 18);
    for fault in refused {
        let loaded = load(&decoded(&fault["manifest"]), &[records(fault)]);
        assert!(loaded.is_err(), "{}", fault["fault"]);
    }
}

/// A view compares revisions, whichever index it looks at.
#[test]
fn an_index_that_takes_the_place_of_another_is_all_changed() {
    let mut device = Device::new(1);
    let mut events = vec![device.make(1, vec![add(1, "a/x", 1), add(2, "b/y", 1)])];
    let stored = Stored::write(&index(&events), None, 1);
    events.push(device.make(2, vec![Op::Move { object: object(1), path: "a/z".to_owned() }]));
    let mut old = index(&events);
    old.set_fault(object(2), Some(FileFault::Missing));
    let mut new = stored.load();
    new.replace(&old);
    assert!(new.revision() > old.revision());
    for folder in ["", "a", "b"] {
        assert!(new.files().changed(folder) > old.files().changed(folder), "{folder}");
    }
    assert_eq!(new.row(&object(2)).unwrap().fault, Some(FileFault::Missing));
    new.extend(events);
    assert_eq!(new.files().rows(), old.files().rows());
}

/// Pages hold what they held, whatever they are cut with; a page whose events did not change is
/// shared.
#[test]
fn pages_are_shared_and_small() {
    const FILES: u64 = 5_000;
    let mut device = Device::new(1);
    let path = |n: u64| format!("Folder/{n:033}");
    let file = |n: u64| Op::Add {
        object: object(n),
        path: path(n),
        content: Rc::new(Content {
            size: 3_000_000 + n,
            stored: 3_100_000 + n,
            header: 512,
            media_type: "image/jpeg".into(),
            modified: Some(1_764_460_800_123),
            seal: Seal([n.to_le_bytes()[0]; 32]),
        }),
    };
    assert_eq!(path(7).len(), 40);
    for n in 0..FILES {
        device.make(n, vec![file(n)]);
    }
    let first = Stored::write(&device.index, None, 1);
    let bytes: usize = first.pages.iter().map(|(_, token)| token.len()).sum();
    let bytes = bytes + first.manifest.seal(&key(), [0; 16]).unwrap().len();
    let each = u64::try_from(bytes).unwrap() / FILES;
    assert!(each < 160, "{each} bytes a file");
    // One more file changes the last page, a rename also the one that has the former name.
    device.make(FILES, vec![file(FILES)]);
    device.make(FILES + 1, vec![Op::Move { object: object(FILES), path: "x".to_owned() }]);
    device.make(FILES + 2, vec![Op::Move { object: object(FILES), path: "y".to_owned() }]);
    let second = Stored::write(&device.index, Some(&first), 2);
    let shared = |page: &&Page| first.manifest.pages.contains(page);
    assert_eq!(second.manifest.pages.len(), first.manifest.pages.len());
    assert_eq!(second.manifest.pages.iter().filter(shared).count(), first.manifest.pages.len() - 1);
    assert!(first.pages.iter().all(|(page, _)| page.length < 300 * 1024));
    same(&second.load(), &device.index).unwrap();
}
