//! Snapshots in the bucket: written, read by a new device, passed over when they are wrong.

use std::cell::Cell;

use frond::object::SnapshotId;
use frond_testing::clock::since_epoch;

use super::*;

/// Snapshots of a few events, which only the tests write.
const LIMITS: SnapshotLimits =
    SnapshotLimits { few: 3, uncovered: 8, pause_ms: 1 << 40, grace_ms: 86_400_000 };
/// Renames that are more than the largest number of events without a snapshot.
const RENAMES: usize = 20;

/// A vault of one file, renamed so often that a snapshot is due, and written.
async fn with_snapshot() -> (Deployment, Tab, Session) {
    let deployment = Deployment::start().await;
    let tab = Tab::with_snapshots(&deployment.base_url(), LIMITS);
    let session = create(&tab).await;
    add(&session, &[("a.txt", b"content")]).await;
    rename(&session, RENAMES).await;
    session.write_snapshot().await.unwrap();
    assert_eq!(snapshots(&deployment).await.len(), 2, "a page and a manifest");
    (deployment, tab, session)
}

async fn rename(session: &Session, times: usize) {
    let id = session.look().files[0].id;
    for n in 0..times {
        session.files().rename(id, &format!("renamed {n}.txt")).await.unwrap();
    }
    until(session, "all saved", |view| view.unsaved == 0).await;
}

async fn snapshots(deployment: &Deployment) -> Vec<String> {
    let mut keys = deployment.keys().await;
    keys.retain(|key| key.contains("/snapshots/"));
    keys.sort();
    keys
}

fn manifests(keys: &[String]) -> Vec<String> {
    let id = |key: &String| SnapshotId::parse(key.rsplit_once('/').unwrap().1).unwrap();
    keys.iter().filter(|key| id(key).is_manifest()).cloned().collect()
}

/// What a device asks for.
#[derive(Default)]
struct Asked {
    /// Events.
    events: Cell<usize>,
    /// Pages and manifests.
    snapshots: Cell<usize>,
}

/// Counts what a tab gets from the bucket from now on.
fn count(tab: &Tab) -> Rc<Asked> {
    let asked = Rc::<Asked>::default();
    let counts = Rc::clone(&asked);
    tab.line.fate(move |request| {
        if request.method == "GET" && !request.url.contains("list-type") {
            let add = |cell: &Cell<usize>| cell.set(cell.get() + 1);
            if request.url.contains("/log/") {
                add(&counts.events);
            } else if request.url.contains("/snapshots/") {
                add(&counts.snapshots);
            }
        }
        Fate::Answered
    });
    asked
}

/// Another device signs in, and has read the list.
async fn another(deployment: &Deployment) -> (Tab, Session, Rc<Asked>) {
    on(Tab::with_snapshots(&deployment.base_url(), LIMITS)).await
}

async fn on(tab: Tab) -> (Tab, Session, Rc<Asked>) {
    let asked = count(&tab);
    let session = sign_in(&tab).await;
    until(&session, "the list", |view| view.listed && !view.unread).await;
    (tab, session, asked)
}

/// Both show the same, and know of the same events.
fn assert_same(one: &Session, other: &Session) {
    let (one, other) = (one.look(), other.look());
    assert_eq!((&one.files, &one.trash), (&other.files, &other.trash));
    assert_eq!(one.list_fingerprint, other.list_fingerprint);
    assert!(other.doubts.is_empty());
}

#[test]
fn a_new_device_starts_from_the_snapshot() {
    story(async {
        let (deployment, _tab, session) = with_snapshot().await;
        // Two more events, which are read one by one.
        rename(&session, 2).await;
        let (_tab, other, asked) = another(&deployment).await;
        assert_same(&session, &other);
        assert!(asked.events.get() <= 2, "{} events were fetched", asked.events.get());
        // It writes on.
        rename(&other, RENAMES).await;
        other.write_snapshot().await.unwrap();
        assert_eq!(snapshots(&deployment).await.len(), 4);
        let audit = other.audit().await.unwrap().unwrap();
        assert!(audit.is_right);
        assert_eq!(audit.events, other.files().index().log().len());
        // Nothing is due, so nothing is written.
        other.write_snapshot().await.unwrap();
        assert_eq!(snapshots(&deployment).await.len(), 4);
    });
}

/// Sign and list devices and snapshots; sign and get the manifest, its pages and the lists of
/// events. Two more for events that it does not cover.
#[test]
fn a_new_device_has_the_list_after_four_round_trips() {
    story(async {
        let (deployment, _tab, session) = with_snapshot().await;
        for (renames, round_trips) in [(0, 4), (2, 6)] {
            rename(&session, renames).await;
            let tab = Tab::with_snapshots(&deployment.base_url(), LIMITS);
            let other = tab.locked.sign_in(NAME, &password()).await.unwrap();
            let line = Rc::clone(&tab.line);
            let waves = tokio::task::spawn_local(async move { line.answers_in_waves().await });
            works(&other);
            until(&other, "the list", |view| view.listed && !view.unread).await;
            waves.abort();
            assert_eq!(tab.line.round_trips(), round_trips, "{renames} more events");
            assert_same(&session, &other);
        }
    });
}

/// Folders, the trash and older versions come from a snapshot as from the log.
#[test]
fn a_snapshot_has_folders_and_versions() {
    story(async {
        let (deployment, _tab, session) = with_snapshot().await;
        let files = session.files();
        add(&session, &[("p/q/deep.txt", b"deep"), ("p/gone.txt", b"gone")]).await;
        let gone = file(&session.look(), "p/gone.txt").id;
        files.trash(gone).await.unwrap();
        files.purge(vec![gone]).await.unwrap();
        files.create_folder("p/empty").await.unwrap();
        let (p, q) = {
            let index = files.index();
            (index.files().folder("p").unwrap(), index.files().folder("p/q").unwrap())
        };
        files.rename_folder(p, "elsewhere").await.unwrap();
        files.trash_folder(q).await.unwrap();
        add(&session, &[("p/new.txt", b"new")]).await;
        rename(&session, RENAMES).await;
        session.write_snapshot().await.unwrap();
        let (_tab, other, asked) = another(&deployment).await;
        assert_same(&session, &other);
        assert_eq!(asked.events.get(), 0);
        assert_eq!(session.files().index().state(), other.files().index().state());
        let folders = |session: &Session| session.files().index().files().folders_below("");
        assert_eq!(folders(&session), folders(&other));
        assert_eq!(folders(&other).len(), 3, "elsewhere, empty and the new p");
        assert_eq!(paths(&other.look().files).len(), 2);
    });
}

/// What a device read from a snapshot it has without asking again, and without the bucket.
#[test]
fn a_snapshot_is_kept_on_the_device() {
    story(async {
        let (mut deployment, _tab, session) = with_snapshot().await;
        let (tab, _other, _) = another(&deployment).await;
        let again =
            Tab::with(&deployment.base_url(), tab.storage.clone(), tab.kept.clone(), None, LIMITS);
        let asked = count(&again);
        let other = sign_in(&again).await;
        until(&other, "the list", |view| view.listed && !view.unread).await;
        assert_same(&session, &other);
        assert_eq!((asked.events.get(), asked.snapshots.get()), (0, 0));
        deployment.stop_store().await;
        let offline =
            Tab::with(&deployment.base_url(), tab.storage.clone(), tab.kept.clone(), None, LIMITS);
        let offline = sign_in(&offline).await;
        until(&offline, "the list as it was", |view| !view.files.is_empty()).await;
        assert_same(&session, &offline);
    });
}

#[test]
fn a_snapshot_that_is_wrong_is_passed_over() {
    story(async {
        let (deployment, _tab, session) = with_snapshot().await;
        let keys = snapshots(&deployment).await;
        for key in &keys {
            let stored = deployment.object(key).await;
            let mut changed = stored.clone();
            changed[40] ^= 1;
            for spoiled in [Some(changed), Some(stored[..stored.len() / 2].to_vec()), None] {
                match spoiled {
                    Some(changed) => deployment.overwrite(key, changed).await,
                    None => deployment.delete(key).await,
                }
                let (_tab, other, asked) = another(&deployment).await;
                assert_same(&session, &other);
                assert!(asked.events.get() > RENAMES, "the log was read");
                let audit = other.audit().await.unwrap();
                assert!(audit.is_none_or(|audit| !audit.is_right), "{key} is reported");
            }
            // It is written anew, with pages of its own.
            let (_tab, other, _) = another(&deployment).await;
            other.write_snapshot().await.unwrap();
            let new = snapshots(&deployment).await;
            assert_eq!(new.len(), 3, "{key}");
            let (_tab, third, asked) = another(&deployment).await;
            assert_same(&session, &third);
            assert_eq!(asked.events.get(), 0, "{key}");
            for new in new.iter().filter(|new| !keys.contains(*new)) {
                deployment.delete(new).await;
            }
            deployment.overwrite(key, stored).await;
        }
    });
}

/// What a snapshot covers counts as seen before.
#[test]
fn a_covered_event_that_is_gone_is_missed() {
    story(async {
        let (deployment, _tab, _session) = with_snapshot().await;
        let events = events_of(&deployment).await;
        deployment.delete(&events[events.len() - 3]).await;
        let tab = Tab::with_snapshots(&deployment.base_url(), LIMITS);
        let other = sign_in(&tab).await;
        until(&other, "doubts", |view| view.doubts.contains(&Doubt::Rollback)).await;
        assert_eq!(other.audit().await.unwrap().map(|audit| audit.is_right), Some(false));
        // A device in doubt writes none.
        let before = snapshots(&deployment).await;
        other.write_snapshot().await.unwrap();
        assert_eq!(snapshots(&deployment).await, before);
    });
}

/// Two devices that write at the same time, one of them with a clock that is ahead: what covers
/// most counts.
#[test]
fn snapshots_count_by_what_they_cover() {
    story(async {
        let (deployment, _tab, session) = with_snapshot().await;
        let tab = Tab::with_snapshots(&deployment.base_url(), LIMITS);
        tab.storage.ahead.set(20 * 3_600_000);
        let (_tab, ahead, _) = on(tab).await;
        rename(&session, RENAMES).await;
        ahead.refresh();
        until(&ahead, "the same", |view| view.list_fingerprint == session.view().list_fingerprint)
            .await;
        let (one, two) = futures_util::join!(session.write_snapshot(), ahead.write_snapshot());
        assert_eq!((one, two), (Ok(()), Ok(())));
        rename(&session, RENAMES).await;
        session.write_snapshot().await.unwrap();
        let keys = snapshots(&deployment).await;
        assert_eq!(manifests(&keys).len(), 3);
        let (_tab, other, asked) = another(&deployment).await;
        assert_same(&session, &other);
        assert_eq!(asked.events.get(), 0, "the one from the future covers less");
    });
}

/// Of the manifests three stay. Pages that none of them lists stay for a day.
#[test]
fn old_snapshots_are_removed() {
    story(async {
        let (deployment, _tab, session) = with_snapshot().await;
        for written in 2..=6 {
            rename(&session, RENAMES).await;
            session.write_snapshot().await.unwrap();
            let keys = snapshots(&deployment).await;
            assert_eq!(manifests(&keys).len(), written.min(3));
            assert_eq!(keys.len(), written.min(3) + written, "one page each time");
        }
        // As a day later.
        let limits = SnapshotLimits { grace_ms: 0, ..LIMITS };
        let (_tab, later, _) = on(Tab::with_snapshots(&deployment.base_url(), limits)).await;
        rename(&later, RENAMES).await;
        later.write_snapshot().await.unwrap();
        let keys = snapshots(&deployment).await;
        assert_eq!((manifests(&keys).len(), keys.len()), (3, 6));
        let (_tab, other, asked) = another(&deployment).await;
        assert_same(&later, &other);
        assert_eq!(asked.events.get(), 0);
    });
}

/// What removes objects that no event names does not take a snapshot's word for it.
#[test]
fn leftovers_are_removed_by_the_log_alone() {
    story(async {
        let (deployment, _tab, session) = with_snapshot().await;
        let (_tab, other, asked) = another(&deployment).await;
        assert_eq!(asked.events.get(), 0);
        let found = other.leftovers().await.unwrap();
        other.free(&found).await.unwrap();
        assert!(asked.events.get() > RENAMES, "the log was read");
        assert_same(&session, &other);
        // An event that is gone stops it.
        let (_tab, third, _) = another(&deployment).await;
        let found = third.leftovers().await.unwrap();
        let events = events_of(&deployment).await;
        let event = deployment.object(&events[5]).await;
        deployment.overwrite(&events[5], event[..event.len() - 1].to_vec()).await;
        assert_eq!(third.free(&found).await, Err(ChangeError::ReadOnly));
    });
}

/// What a second device of a long history asks for. For the time, run it with
/// `--release -- --ignored --nocapture`.
#[test]
#[ignore = "writes 5,000 events"]
fn a_second_device_of_a_long_history() {
    story(async {
        let deployment = Deployment::start().await;
        let session = create(&Tab::new(&deployment.base_url())).await;
        add(&session, &[("a.txt", b"content")]).await;
        let id = session.look().files[0].id;
        for n in 0..5_000 {
            let path = format!("Folder/{n:033}");
            session.files().rename(id, &path).await.unwrap();
            if n % 100 == 99 {
                until(&session, "all saved", |view| view.unsaved == 0).await;
            }
        }
        session.write_snapshot().await.unwrap();
        let tab = Tab::new(&deployment.base_url());
        let asked = Rc::new(Cell::new(0));
        let counts = Rc::clone(&asked);
        tab.line.fate(move |_| {
            counts.set(counts.get() + 1);
            Fate::Answered
        });
        let session = tab.locked.sign_in(NAME, &password()).await.unwrap();
        let begin = since_epoch();
        works(&session);
        until(&session, "the list", |view| view.listed && !view.unread).await;
        println!("{} requests, the list after {:?}", asked.get(), since_epoch() - begin);
        assert!(asked.get() <= 60);
    });
}
