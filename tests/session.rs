//! Stories of whole sessions, against the real endpoint and its embedded store.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests: a failure is a panic with a place"
)]

#[path = "support/deployment.rs"]
mod deployment;
#[path = "support/native.rs"]
mod native;

use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use deployment::Deployment;
use frond::object::ObjectId;
use frond::port::Source;
use frond::secret::Password;
use frond::session::{
    ChangeError, DoorError, Doubt, FileFault, FileRow, Session, TransferRow, TransferState, Trouble, View,
};
use frond::transfer::TransferError;
use native::{Bytes, Fate, Tab};
use tokio::task::{LocalSet, spawn_local};

const NAME: &str = "ada";

fn password() -> Password {
    Password::new("cake-gauge-patch-three-candy-ghost-peace".to_owned())
}

fn story(story: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(LocalSet::new().run_until(story));
}

/// Waits for a state; the time is only there so that a test that never sees it ends.
async fn until(session: &Session, what: &str, seen: impl Fn(&View) -> bool) -> View {
    for _ in 0..6_000 {
        let view = session.view();
        if seen(&view) {
            return view;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never: {what}; last seen: {:#?}", session.view());
}

fn works(session: &Session) -> &Session {
    let working = session.clone();
    spawn_local(async move { working.work().await });
    session
}

async fn create(tab: &Tab) -> Session {
    let session = tab.door.create(NAME, &password(), None).await.unwrap();
    works(&session);
    session
}

async fn sign_in(tab: &Tab) -> Session {
    let session = tab.door.sign_in(NAME, &password()).await.unwrap();
    works(&session);
    session
}

fn source(path: &str, bytes: &[u8]) -> Rc<dyn Source> {
    Rc::new(Bytes { path: path.to_owned(), bytes: bytes.to_vec() })
}

/// Bytes that are not all alike, and not like those of another seed.
fn content(seed: u8, length: usize) -> Vec<u8> {
    let mut state = u32::from(seed) + 1;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    })
    .take(length)
    .collect()
}

fn file(view: &View, path: &str) -> FileRow {
    let row = view.files.iter().chain(&view.trash).find(|row| row.path == path);
    row.unwrap_or_else(|| panic!("no {path} in {view:#?}")).clone()
}

fn paths(rows: &[FileRow]) -> Vec<&str> {
    rows.iter().map(|row| row.path.as_str()).collect()
}

async fn add(session: &Session, files: &[(&str, &[u8])]) {
    session.add(files.iter().map(|(path, bytes)| source(path, bytes)).collect()).unwrap();
    let all_done = |view: &View| view.transfers.iter().all(|row| row.state == TransferState::Done);
    until(session, "all uploads done", all_done).await;
    session.clear_ended();
}

async fn download(session: &Session, id: ObjectId) -> TransferState {
    session.download(id).unwrap();
    let ended = |row: &TransferRow| matches!(row.state, TransferState::Done | TransferState::Failed(_));
    let view = until(session, "the download ended", |view| view.transfers.iter().all(ended)).await;
    session.clear_ended();
    view.transfers.last().unwrap().state.clone()
}

/// The bytes of a file, as a download saves them.
async fn fetch(tab: &Tab, session: &Session, path: &str) -> Vec<u8> {
    let row = file(&session.view(), path);
    assert_eq!(download(session, row.id).await, TransferState::Done, "{path}");
    let name = frond::transfer::safe_name(path);
    let (bytes, finished) = tab.folder.0.borrow()[&name].clone();
    assert!(finished);
    bytes
}

fn object_key(keys: &[String], id: ObjectId) -> String {
    keys.iter().find(|key| key.ends_with(&format!("/objects/{id}"))).unwrap().clone()
}

#[test]
fn from_a_new_account_to_another_browser() {
    story(async {
        let deployment = Deployment::start().await;
        let tab = Tab::new(&deployment.base_url());
        assert_eq!(tab.door.sign_in(NAME, &password()).await.err(), Some(DoorError::Wrong));
        assert_eq!(deployment.keys().await.len(), 1, "signing in makes nothing");
        let weak = Password::new("123456789012".to_owned());
        assert_eq!(tab.door.create(NAME, &weak, None).await.err(), Some(DoorError::Weak));

        let session = create(&tab).await;
        assert!(session.kept());
        until(&session, "an empty list", |view| view.listed && view.files.is_empty()).await;
        assert_eq!(tab.door.create(NAME, &password(), None).await.err(), Some(DoorError::Exists));

        let (image, odd) = (content(1, 3_000_000), "album/Zoë's \"photo\" 絵.jpg");
        add(&session, &[("empty.txt", b""), ("image.png", &image), (odd, b"odd plaintext here")]).await;
        let view = session.view();
        assert_eq!(paths(&view.files), [odd, "empty.txt", "image.png"]);
        assert_eq!(view.unsaved, 0);
        assert_eq!((file(&view, odd).size, file(&view, odd).modified), (18, Some(1_700_000_000_123)));
        assert_eq!(fetch(&tab, &session, "image.png").await, image);
        assert_eq!(fetch(&tab, &session, "empty.txt").await, b"");
        assert_eq!(fetch(&tab, &session, odd).await, b"odd plaintext here");

        // The bucket holds nothing of it in the clear.
        let needles: [&[u8]; 6] = [
            b"ada",
            b"photo",
            b"empty.txt",
            b"odd plaintext",
            image.get(1000..1032).unwrap(),
            b"application/x-test",
        ];
        for key in deployment.keys().await {
            let body = deployment.object(&key).await;
            for needle in needles {
                assert!(!body.windows(needle.len()).any(|window| window == needle), "{key} holds {needle:?}");
                assert!(!key.as_bytes().windows(needle.len()).any(|window| window == needle), "{key}");
            }
        }

        // A reload: the same session, its list there before anything is asked.
        let reloaded = Tab::of(&deployment.base_url(), tab.storage.clone(), tab.kept.clone());
        let session2 = reloaded.door.restore().await.expect("restored");
        assert_eq!(session2.username(), NAME);
        assert_eq!(paths(&session2.view().files), paths(&view.files));
        assert_eq!(session2.view().head_code, view.head_code);
        session.lock().await;
        assert!(reloaded.door.restore().await.is_none(), "locking wipes it");
        assert_eq!(session2.view().files.len(), 3);
        session2.lock().await;

        let wrong = Password::new("cake-gauge-patch-three-candy-ghost-peaces".to_owned());
        assert_eq!(tab.door.sign_in(NAME, &wrong).await.err(), Some(DoorError::Wrong));
        assert_eq!(tab.door.sign_in("ade", &password()).await.err(), Some(DoorError::Wrong));

        // Another browser.
        let other = Tab::new(&deployment.base_url());
        let session = sign_in(&other).await;
        let there = until(&session, "the list", |view| view.listed).await;
        assert_eq!(paths(&there.files), paths(&view.files));
        assert_eq!(there.head_code, view.head_code);
        assert!(there.doubts.is_empty());
        assert_eq!(fetch(&other, &session, "image.png").await, image);
        assert_eq!(fetch(&other, &session, odd).await, b"odd plaintext here");
    });
}

#[test]
fn trash_restore_rename_purge() {
    story(async {
        let deployment = Deployment::start().await;
        let tab = Tab::new(&deployment.base_url());
        let session = create(&tab).await;
        add(&session, &[("a.txt", b"one"), ("b.txt", b"two")]).await;
        let id = file(&session.view(), "a.txt").id;
        let key = object_key(&deployment.keys().await, id);

        assert_eq!(session.purge(vec![id]).await, Err(ChangeError::Gone), "not in the trash");
        session.trash(id).await.unwrap();
        assert_eq!(
            (paths(&session.view().files), paths(&session.view().trash)),
            (vec!["b.txt"], vec!["a.txt"])
        );
        session.restore(id).await.unwrap();
        session.rename(id, "b.txt").await.unwrap();
        assert_eq!(paths(&session.view().files), ["b (2).txt", "b.txt"]);
        assert_eq!(session.rename(id, "").await, Err(ChangeError::Name));
        session.trash(id).await.unwrap();
        assert!(deployment.keys().await.contains(&key));
        session.purge(vec![id]).await.unwrap();
        assert!(!deployment.keys().await.contains(&key), "gone from the bucket");
        assert!(session.view().trash.is_empty());
        assert_eq!(session.download(id), Err(ChangeError::Gone));
        assert_eq!(session.restore(id).await, Err(ChangeError::Gone));
        let view = until(&session, "all saved", |view| view.unsaved == 0).await;

        let other = Tab::new(&deployment.base_url());
        let session = sign_in(&other).await;
        let there = until(&session, "the list", |view| view.listed).await;
        assert_eq!((paths(&there.files), &there.head_code), (vec!["b.txt"], &view.head_code));
    });
}

#[test]
fn a_large_file_goes_in_parts() {
    story(async {
        let deployment = Deployment::start().await;
        let tab = Tab::new(&deployment.base_url());
        let session = create(&tab).await;
        let large = content(7, 25_000_000);
        add(&session, &[("large.bin", &large)]).await;
        assert!(fetch(&tab, &session, "large.bin").await == large);
    });
}

#[test]
fn two_browsers_add_and_delete() {
    story(async {
        let deployment = Deployment::start().await;
        let (one, two) = (Tab::new(&deployment.base_url()), Tab::new(&deployment.base_url()));
        let a = create(&one).await;
        add(&a, &[("first.txt", b"1"), ("second.txt", b"2")]).await;
        let b = sign_in(&two).await;
        until(&b, "the list", |view| view.files.len() == 2).await;

        // At the same time, without having seen each other.
        let (first, second) = (file(&a.view(), "first.txt").id, file(&b.view(), "second.txt").id);
        a.add(vec![source("same.txt", b"of one"), source("a.txt", b"a")]).unwrap();
        b.add(vec![source("same.txt", b"of two"), source("SAME.txt", b"of two, loud")]).unwrap();
        a.trash(first).await.unwrap();
        b.trash(second).await.unwrap();
        for session in [&a, &b] {
            let done = |row: &TransferRow| row.state == TransferState::Done;
            until(session, "all done", |view| view.transfers.iter().all(done) && view.unsaved == 0).await;
        }
        a.refresh();
        b.refresh();
        let seen = |view: &View| view.files.len() == 4 && view.trash.len() == 2;
        let (seen_a, seen_b) = (until(&a, "both", seen).await, until(&b, "both", seen).await);
        assert_eq!(seen_a.files, seen_b.files);
        assert_eq!(seen_a.trash, seen_b.trash);
        assert_eq!(seen_a.head_code, seen_b.head_code);
        assert!(seen_a.doubts.is_empty() && seen_b.doubts.is_empty());
        let mut same: Vec<_> = seen_a.files.iter().map(|row| row.path.to_lowercase()).collect();
        same.sort();
        assert_eq!(same, ["a.txt", "same (2).txt", "same (3).txt", "same.txt"]);
        assert_eq!(fetch(&two, &b, "a.txt").await, b"a");
    });
}

#[test]
fn two_tabs_of_one_browser_are_one_device() {
    story(async {
        let deployment = Deployment::start().await;
        let one = Tab::new(&deployment.base_url());
        let a = create(&one).await;
        let two = Tab::of(&deployment.base_url(), one.storage.clone(), one.kept.clone());
        let b = two.door.restore().await.unwrap();
        works(&b);
        for n in 0..3_u8 {
            a.add(vec![source(&format!("a{n}"), &[n])]).unwrap();
            b.add(vec![source(&format!("b{n}"), &[n])]).unwrap();
        }
        for session in [&a, &b] {
            let done = |row: &TransferRow| row.state == TransferState::Done;
            until(session, "all done", |view| view.transfers.len() == 3 && view.transfers.iter().all(done))
                .await;
        }
        a.refresh();
        b.refresh();
        for session in [&a, &b] {
            let view = until(session, "six files", |view| view.files.len() == 6 && view.unsaved == 0).await;
            assert!(view.doubts.is_empty(), "{:?}", view.doubts);
        }
        let events: Vec<_> =
            deployment.keys().await.into_iter().filter(|key| key.contains("/log/")).collect();
        let devices: std::collections::BTreeSet<_> =
            events.iter().map(|key| key.rsplit('/').nth(2).unwrap()).collect();
        assert_eq!((events.len(), devices.len()), (6, 1));
    });
}

#[test]
fn the_store_goes_down_and_comes_back() {
    story(async {
        let mut deployment = Deployment::start().await;
        let tab = Tab::new(&deployment.base_url());
        let session = create(&tab).await;
        add(&session, &[("before.txt", b"before")]).await;

        deployment.stop_store().await;
        session.add(vec![source("during.txt", b"during")]).unwrap();
        let waiting = |row: &TransferRow| row.state == TransferState::Waiting(TransferError::StoreDown);
        until(&session, "the upload waits", |view| view.transfers.iter().any(waiting)).await;
        assert!(session.busy());
        let id = file(&session.view(), "before.txt").id;
        session.trash(id).await.unwrap();
        let view = until(&session, "trouble", |view| view.trouble == Some(Trouble::StoreDown)).await;
        assert_eq!((view.unsaved, paths(&view.trash)), (1, vec!["before.txt"]), "the change stands here");
        assert_eq!(session.purge(vec![id]).await, Err(ChangeError::NoAnswer));
        assert!(session.view().trash.is_empty());

        deployment.start_store().await;
        let well = |view: &View| {
            let done = |row: &TransferRow| row.state == TransferState::Done;
            view.transfers.iter().all(done) && view.unsaved == 0 && view.trouble.is_none()
        };
        let view = until(&session, "it goes on by itself", well).await;
        assert_eq!(paths(&view.files), ["during.txt"]);
        assert!(!session.busy());
        assert!(!deployment.keys().await.iter().any(|key| key.ends_with(&id.to_string())), "deleted since");
    });
}

#[test]
fn the_endpoint_goes_down_and_comes_back() {
    story(async {
        let mut deployment = Deployment::start().await;
        let tab = Tab::new(&deployment.base_url());
        create(&tab).await.lock().await;
        tab.line.fate(|request| if request.url.contains("/v1/") { Fate::Lost } else { Fate::Answered });
        assert_eq!(tab.door.sign_in(NAME, &password()).await.err(), Some(DoorError::NoAnswer));
        deployment.stop_endpoint();
        tab.line.fate(|_| Fate::Answered);
        deployment.start_endpoint().await;
        let session = sign_in(&tab).await;
        until(&session, "the list", |view| view.listed && view.trouble.is_none()).await;
    });
}

#[test]
fn an_event_survives_a_crash_on_either_side_of_its_answer() {
    story(async {
        for fate in [Fate::Lost, Fate::AnswerLost] {
            let deployment = Deployment::start().await;
            let tab = Tab::new(&deployment.base_url());
            let session = create(&tab).await;
            add(&session, &[("a.txt", b"a"), ("b.txt", b"b")]).await;
            // From here on, no event's answer arrives.
            let is_event =
                |request: &frond::port::Request| request.method == "PUT" && request.url.contains("/log/");
            tab.line.fate(move |request| if is_event(request) { fate } else { Fate::Answered });
            session.trash(file(&session.view(), "a.txt").id).await.unwrap();
            until(&session, "it cannot be saved", |view| view.trouble.is_some() && view.unsaved == 1).await;

            // The tab crashes; another one comes up on what the browser stored.
            let next = Tab::of(&deployment.base_url(), tab.storage.clone(), tab.kept.clone());
            let again = next.door.restore().await.unwrap();
            assert_eq!((again.view().unsaved, paths(&again.view().trash)), (1, vec!["a.txt"]));
            works(&again);
            let view = until(&again, "saved", |view| view.unsaved == 0 && view.trouble.is_none()).await;
            assert!(view.doubts.is_empty());
            let events = deployment.keys().await.into_iter().filter(|key| key.contains("/log/")).count();
            assert_eq!(events, 3, "{fate:?}: once and only once");

            let other = Tab::new(&deployment.base_url());
            let there = until(&sign_in(&other).await, "the list", |view| view.listed).await;
            assert_eq!((paths(&there.trash), there.head_code), (vec!["a.txt"], view.head_code));
        }
    });
}

#[test]
fn an_account_is_made_once_though_its_answer_is_lost() {
    story(async {
        let deployment = Deployment::start().await;
        let tab = Tab::new(&deployment.base_url());
        let lost = Rc::new(std::cell::Cell::new(false));
        tab.line.fate(move |request| {
            let first = request.url.ends_with("/v1/accounts") && !lost.replace(true);
            if first { Fate::AnswerLost } else { Fate::Answered }
        });
        let session = create(&tab).await;
        until(&session, "the list", |view| view.listed).await;
        let keys = deployment.keys().await;
        assert_eq!(keys.iter().filter(|key| key.starts_with("logins/")).count(), 1, "{keys:?}");
    });
}

#[test]
fn what_was_done_to_a_stored_object_is_named() {
    story(async {
        let deployment = Deployment::start().await;
        let tab = Tab::new(&deployment.base_url());
        let session = create(&tab).await;
        let (two, three) = (content(2, 1_200_000), content(3, 1_200_000));
        let files: [(&str, &[u8]); 6] =
            [("flip", &two), ("cut", &two), ("long", &two), ("x", &two), ("y", &three), ("fine", &three)];
        add(&session, &files).await;
        let keys = deployment.keys().await;
        let key = |path: &str| object_key(&keys, file(&session.view(), path).id);

        let mut flipped = deployment.object(&key("flip")).await;
        flipped[600_000] ^= 1;
        deployment.overwrite(&key("flip"), flipped).await;
        let mut cut = deployment.object(&key("cut")).await;
        cut.truncate(2 * 524_361);
        deployment.overwrite(&key("cut"), cut).await;
        let mut long = deployment.object(&key("long")).await;
        long.push(0);
        deployment.overwrite(&key("long"), long).await;
        let (x, y) = (deployment.object(&key("x")).await, deployment.object(&key("y")).await);
        deployment.overwrite(&key("x"), y).await;
        deployment.overwrite(&key("y"), x).await;

        for (path, error) in [
            ("flip", TransferError::Changed),
            ("cut", TransferError::Truncated),
            ("long", TransferError::Changed),
            ("x", TransferError::Changed),
            ("y", TransferError::Changed),
        ] {
            let id = file(&session.view(), path).id;
            assert_eq!(download(&session, id).await, TransferState::Failed(error), "{path}");
            assert_eq!(file(&session.view(), path).fault, Some(FileFault::Changed), "{path}");
            let (written, finished) = tab.folder.0.borrow().get(path).cloned().unwrap_or_default();
            assert!(!finished, "{path}");
            // Of the flipped file the first chunk is sound; of the others not a byte leaves.
            let sound = if path == "flip" { 524_288 - 512 } else { 0 };
            assert_eq!(written, two[..sound], "{path}");
        }
        assert_eq!(fetch(&tab, &session, "fine").await, three);

        deployment.delete(&key("fine")).await;
        let id = file(&session.view(), "fine").id;
        assert_eq!(download(&session, id).await, TransferState::Failed(TransferError::Missing));
        assert_eq!(file(&session.view(), "fine").fault, Some(FileFault::Missing));
    });
}

#[test]
fn a_history_that_cannot_be_makes_the_vault_read_only() {
    story(async {
        for (what, doubt, files) in [
            ("newest", Doubt::Rollback, 3),
            ("all", Doubt::Rollback, 3),
            ("garbage", Doubt::BadEvent, 3),
            ("renamed", Doubt::BadEvent, 3),
        ] {
            let deployment = Deployment::start().await;
            let tab = Tab::new(&deployment.base_url());
            let session = create(&tab).await;
            add(&session, &[("a", b"a"), ("b", b"b"), ("c", b"c")]).await;
            let mut events: Vec<_> =
                deployment.keys().await.into_iter().filter(|key| key.contains("/log/")).collect();
            events.sort();
            let next = |key: &str| {
                let (log, _) = key.rsplit_once("/0000000000000002/").unwrap();
                format!("{log}/0000000000000003/019d3c71-5555-7555-8555-555555555555")
            };
            match what {
                "newest" => deployment.delete(&events[2]).await,
                "all" => {
                    for key in &events {
                        deployment.delete(key).await;
                    }
                }
                "garbage" => deployment.overwrite(&next(&events[2]), vec![0x80; 400]).await,
                _ => deployment.overwrite(&next(&events[2]), deployment.object(&events[1]).await).await,
            }
            session.refresh();
            let view = until(&session, what, |view| !view.doubts.is_empty()).await;
            assert_eq!(view.doubts, [doubt], "{what}");
            assert_eq!(view.files.len(), files, "{what}: what this device knows stays");
            assert_eq!(session.trash(view.files[0].id).await, Err(ChangeError::ReadOnly), "{what}");
            assert_eq!(session.add(vec![source("d", b"d")]), Err(ChangeError::ReadOnly), "{what}");
            assert_eq!(fetch(&tab, &session, "a").await, b"a", "{what}: reading goes on");
        }
    });
}

#[test]
fn a_hole_shows_on_a_new_device() {
    story(async {
        let deployment = Deployment::start().await;
        let tab = Tab::new(&deployment.base_url());
        let session = create(&tab).await;
        add(&session, &[("a", b"a")]).await;
        add(&session, &[("b", b"b")]).await;
        add(&session, &[("c", b"c")]).await;
        let middle =
            deployment.keys().await.into_iter().find(|key| key.contains("/0000000000000001/")).unwrap();
        deployment.delete(&middle).await;
        let other = Tab::new(&deployment.base_url());
        let session = sign_in(&other).await;
        let view = until(&session, "the list", |view| view.listed).await;
        assert_eq!(view.doubts, [Doubt::Hole, Doubt::MissingParent]);
        assert_eq!(paths(&view.files), ["a", "c"]);
    });
}

#[test]
fn a_copied_profile_becomes_a_device_of_its_own() {
    story(async {
        let deployment = Deployment::start().await;
        let tab = Tab::new(&deployment.base_url());
        let session = create(&tab).await;
        add(&session, &[("a", b"a")]).await;
        // A backup of the profile, which then comes back beside the original.
        let copy = Tab::new(&deployment.base_url());
        *copy.storage.records.borrow_mut() = tab.storage.records.borrow().clone();
        add(&session, &[("b", b"b")]).await;
        let twin = sign_in(&copy).await;
        until(&twin, "both files", |view| view.files.len() == 2).await;
        add(&twin, &[("c", b"c")]).await;
        add(&session, &[("d", b"d")]).await;
        for session in [&session, &twin] {
            session.refresh();
            let view = until(session, "all four", |view| view.files.len() == 4).await;
            assert!(view.doubts.is_empty(), "{:?}", view.doubts);
        }
    });
}

#[test]
fn a_device_without_storage_shows_the_list_and_changes_nothing() {
    story(async {
        let deployment = Deployment::start().await;
        let tab = Tab::new(&deployment.base_url());
        add(&create(&tab).await, &[("a", b"a")]).await;
        let bare = Tab::new(&deployment.base_url());
        bare.storage.broken.set(true);
        let session = sign_in(&bare).await;
        let view = until(&session, "the list", |view| view.listed && view.trouble.is_some()).await;
        assert_eq!((paths(&view.files), view.trouble), (vec!["a"], Some(Trouble::DeviceStorage)));
        let id = view.files[0].id;
        assert_eq!(session.trash(id).await, Err(ChangeError::Device));
        assert_eq!(fetch(&bare, &session, "a").await, b"a");
        bare.storage.broken.set(false);
        session.refresh();
        until(&session, "it works again", |view| view.trouble.is_none()).await;
        session.trash(id).await.unwrap();
    });
}

#[test]
fn another_deployment_at_the_same_address_is_refused() {
    story(async {
        let (one, two) = (Deployment::start().await, Deployment::start().await);
        let tab = Tab::new(&one.base_url());
        create(&tab).await.lock().await;
        // What the device pinned is by address; the other deployment stands at another, so the pin is moved.
        let mut records = tab.storage.records.borrow().clone();
        let pinned = records.remove(&format!("deployment/{}", one.base_url().trim_end_matches('/'))).unwrap();
        records.insert(format!("deployment/{}", two.base_url().trim_end_matches('/')), pinned);
        let moved = Tab::new(&two.base_url());
        *moved.storage.records.borrow_mut() = records;
        assert_eq!(moved.door.sign_in(NAME, &password()).await.err(), Some(DoorError::DeploymentChanged));
    });
}

#[test]
fn too_large_and_too_long_are_refused_before_anything_is_sent() {
    story(async {
        let deployment = Deployment::start().await;
        let tab = Tab::new(&deployment.base_url());
        let session = create(&tab).await;
        session.add(vec![source(&"x".repeat(4_000), b"a")]).unwrap();
        let failed = |row: &TransferRow| matches!(row.state, TransferState::Failed(_));
        let view = until(&session, "failed", |view| view.transfers.iter().all(failed)).await;
        assert_eq!(view.transfers[0].state, TransferState::Failed(TransferError::Name));
        assert!(!deployment.keys().await.iter().any(|key| key.contains("/objects/")));
    });
}
