//! Tabs, devices and what a hostile bucket does to a history.

use super::*;

#[test]
fn two_tabs_of_one_browser_are_one_device() {
    story(async {
        let (deployment, one, a) = vault().await;
        let two = beside(&deployment, &one);
        let b = two.locked.restore().await.open().unwrap();
        works(&b);
        for n in 0..3_u8 {
            a.transfers().add(vec![source(&format!("a{n}"), &[n])]).unwrap();
            b.transfers().add(vec![source(&format!("b{n}"), &[n])]).unwrap();
        }
        for session in [&a, &b] {
            let done = |row: &TransferRow| row.state == TransferState::Done;
            until(session, "all done", |view| {
                view.transfers.len() == 3 && view.transfers.iter().all(done)
            })
            .await;
        }
        a.refresh();
        b.refresh();
        for session in [&a, &b] {
            let view =
                until(session, "six files", |view| view.files.len() == 6 && view.unsaved == 0)
                    .await;
            assert!(view.doubts.is_empty(), "{:?}", view.doubts);
        }
        let events = events_of(&deployment).await;
        let devices: std::collections::BTreeSet<_> =
            events.iter().map(|key| key.rsplit('/').nth(2).unwrap()).collect();
        assert!((2..=6).contains(&events.len()), "{}", events.len());
        assert_eq!(devices.len(), 1);
    });
}

#[test]
fn what_was_done_to_a_stored_object_is_named() {
    story(async {
        let (deployment, tab, session) = vault().await;
        let (two, three) = (content(2, 1_200_000), content(3, 1_200_000));
        let files: [(&str, &[u8]); 6] = [
            ("flip", &two),
            ("cut", &two),
            ("long", &two),
            ("x", &two),
            ("y", &three),
            ("fine", &three),
        ];
        add(&session, &files).await;
        let keys = deployment.keys().await;
        let key = |path: &str| object_key(&keys, file(&session.look(), path).id);

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
            let id = file(&session.look(), path).id;
            assert_eq!(download(&session, id).await, TransferState::Failed(error), "{path}");
            assert_eq!(file(&session.look(), path).fault, Some(FileFault::Changed), "{path}");
            let (written, finished) = tab.folder.0.borrow().get(path).cloned().unwrap_or_default();
            assert!(!finished, "{path}");
            // Of the flipped file the first chunk is sound; of the others not a byte leaves.
            let sound = if path == "flip" { 524_288 - 512 } else { 0 };
            assert_eq!(written, two[..sound], "{path}");
        }
        assert_eq!(fetch(&tab, &session, "fine").await, three);

        deployment.delete(&key("fine")).await;
        let id = file(&session.look(), "fine").id;
        assert_eq!(download(&session, id).await, TransferState::Failed(TransferError::Missing));
        assert_eq!(file(&session.look(), "fine").fault, Some(FileFault::Missing));
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
            let (deployment, tab, session) = vault().await;
            add_each(&session, &["a", "b", "c"]).await;
            let events = events_of(&deployment).await;
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
                _ => {
                    deployment
                        .overwrite(&next(&events[2]), deployment.object(&events[1]).await)
                        .await
                }
            }
            session.refresh();
            let view = until(&session, what, |view| !view.doubts.is_empty()).await;
            assert_eq!(view.doubts, [doubt], "{what}");
            assert_eq!(view.files.len(), files, "{what}: what this device knows stays");
            assert_eq!(
                session.files().trash(view.files[0].id).await,
                Err(ChangeError::ReadOnly),
                "{what}"
            );
            assert_eq!(
                session.transfers().add(vec![source("d", b"d")]),
                Err(ChangeError::ReadOnly),
                "{what}"
            );
            assert_eq!(fetch(&tab, &session, "a").await, b"a", "{what}: reading goes on");
        }
    });
}

#[test]
fn a_hole_shows_on_a_new_device() {
    story(async {
        let (deployment, _tab, session) = vault().await;
        add_each(&session, &["a", "b", "c"]).await;
        let middle = events_of(&deployment).await.remove(1);
        deployment.delete(&middle).await;
        let other = Tab::new(&deployment.base_url());
        let session = sign_in(&other).await;
        let view = until(&session, "the list", |view| view.listed).await;
        assert_eq!(view.doubts, [Doubt::Hole, Doubt::MissingParent]);
        assert_eq!(paths(&view.files), ["a", "c"]);
    });
}

/// Fails requests that list something, but for objects that were sent, and no others.
fn no_lists(request: &frond::port::Request) -> Fate {
    // Lists of objects only confirm uploads.
    let lists = request.method == "GET" && request.url.contains("list-type");
    if lists && !request.url.contains("objects") { Fate::Lost } else { Fate::Answered }
}

/// The bucket is set back, and then an endpoint comes that fails listings and allows everything
/// else.
#[test]
fn a_doubt_outlives_a_reload_though_nothing_can_be_listed() {
    story(async {
        let (deployment, tab, session) = vault().await;
        add_each(&session, &["a", "b"]).await;
        let newest = events_of(&deployment).await.pop().unwrap();
        let bytes = deployment.object(&newest).await;
        deployment.delete(&newest).await;
        session.refresh();
        let noted = || tab.storage.records.borrow().keys().any(|key| key.starts_with("doubts/"));
        until(&session, "the doubt", |view| view.doubts == [Doubt::Rollback] && noted()).await;
        kill(&tab).await;

        let next = beside(&deployment, &tab);
        next.line.fate(no_lists);
        let again = next.locked.restore().await.open().unwrap();
        assert_eq!(again.view().doubts, [Doubt::Rollback], "at once");
        works(&again);
        let id = again.look().files[0].id;
        assert_eq!(again.transfers().add(vec![source("c", b"c")]), Err(ChangeError::ReadOnly));
        again.work_offline();
        assert_eq!(again.files().trash(id).await, Err(ChangeError::ReadOnly), "offline as well");
        until(&again, "the error", |view| view.list_error.is_some()).await;
        assert_eq!(events_of(&deployment).await.len(), 1);

        // The bucket is as it was.
        deployment.overwrite(&newest, bytes).await;
        next.line.fate(|_| Fate::Answered);
        again.refresh();
        until(&again, "no doubt", |view| view.doubts.is_empty() && view.list_error.is_none()).await;
        again.files().trash(id).await.unwrap();
        kill(&next).await;
        let last = beside(&deployment, &tab);
        assert!(last.locked.restore().await.open().unwrap().view().doubts.is_empty());
    });
}

/// Nothing is known of what others did, or took away.
#[test]
fn nothing_is_changed_before_the_list_was_read_unless_somebody_works_offline() {
    story(async {
        let (deployment, tab, session) = vault().await;
        add(&session, &[("a", b"a"), ("b", b"b")]).await;
        let before = events_of(&deployment).await.len();
        kill(&tab).await;

        let next = beside(&deployment, &tab);
        next.line.fate(no_lists);
        let again = next.locked.restore().await.open().unwrap();
        assert!(again.look().unread);
        works(&again);
        let id = file(&again.look(), "a").id;
        assert_eq!(again.files().trash(id).await, Err(ChangeError::Unread));
        // What is added waits.
        again.transfers().add(vec![source("c", b"c")]).unwrap();
        let waits = |row: &TransferRow| row.state == TransferState::Waiting(TransferError::Unread);
        until(&again, "it waits for the list", |view| view.transfers.iter().any(waits)).await;
        assert_eq!(events_of(&deployment).await.len(), before);
        again.work_offline();
        assert!(!again.look().unread);
        again.files().trash(id).await.unwrap();
        let view =
            until(&again, "it is kept here", |view| view.unsaved > 0 && view.list_error.is_some())
                .await;
        assert_eq!(paths(&view.trash), ["a"]);
        assert_eq!(
            events_of(&deployment).await.len(),
            before,
            "nothing is put at a place that was not looked at"
        );

        next.line.fate(|_| Fate::Answered);
        again.refresh();
        let view =
            until(&again, "all is saved", |view| view.unsaved == 0 && view.files.len() == 2).await;
        assert_eq!((paths(&view.files), paths(&view.trash)), (vec!["b", "c"], vec!["a"]));
        assert!(view.doubts.is_empty());
    });
}

/// A device that was there looks for all that it saw, once in each session.
#[test]
fn an_event_that_was_taken_out_of_the_middle_is_missed() {
    story(async {
        let (deployment, tab, session) = vault().await;
        add_each(&session, &["a", "b", "c"]).await;
        let other = Tab::new(&deployment.base_url());
        until(&sign_in(&other).await, "the list", |view| view.files.len() == 3).await;
        let middle = events_of(&deployment).await.remove(1);
        let bytes = deployment.object(&middle).await;
        deployment.delete(&middle).await;
        for tab in [&tab, &other] {
            let next = beside(&deployment, tab);
            let again = next.locked.restore().await.open().unwrap();
            // It is missed for as long as it is not there, and no longer.
            for _ in 0..2 {
                again.sync().await.unwrap();
                assert_eq!(again.view().doubts, [Doubt::Hole, Doubt::Rollback]);
            }
            assert_eq!(again.look().files.len(), 3, "what this device knows stays");
        }
        deployment.overwrite(&middle, bytes).await;
        let next = beside(&deployment, &other);
        let again = next.locked.restore().await.open().unwrap();
        assert_eq!(again.view().doubts, [Doubt::Hole, Doubt::Rollback]);
        again.sync().await.unwrap();
        assert!(again.view().doubts.is_empty());
    });
}

/// Whoever holds the bucket writes what they like under any name; under the vault's key they write
/// nothing.
#[test]
fn a_key_that_is_only_listed_makes_no_other_device() {
    story(async {
        let (deployment, _tab, session) = vault().await;
        add(&session, &[("a", b"a")]).await;
        let first = events_of(&deployment).await.remove(0);
        let (log, _) = first.rsplit_once("/0000000000000000/").unwrap();
        let fake = format!("{log}/0000000000000001/019d3c71-5555-7555-8555-555555555555");
        deployment.overwrite(&fake, vec![0x80; 400]).await;
        session.refresh();
        until(&session, "the doubt", |view| view.doubts == [Doubt::BadEvent]).await;
        deployment.delete(&fake).await;
        session.refresh();
        until(&session, "no doubt", |view| view.doubts.is_empty()).await;
        add(&session, &[("b", b"b")]).await;
        let events = events_of(&deployment).await;
        assert_eq!(events.len(), 2);
        assert!(events.iter().all(|key| key.starts_with(log)), "{events:?}");
    });
}

#[test]
fn a_copied_profile_becomes_a_device_of_its_own() {
    story(async {
        let (deployment, tab, session) = vault().await;
        add(&session, &[("a", b"a")]).await;
        // A backup of the profile, which then comes back beside the original.
        let copy = Tab::new(&deployment.base_url());
        *copy.storage.records.borrow_mut() = tab.storage.records.borrow().clone();
        add(&session, &[("b", b"b")]).await;
        let twin = sign_in(&copy).await;
        // At once, before it has listed anything.
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
fn another_deployment_at_the_same_address_is_refused() {
    story(async {
        let (one, two) = (Deployment::start().await, Deployment::start().await);
        let tab = Tab::new(&one.base_url());
        create(&tab).await.lock().await.told().await;
        // What the device pinned is by address; the other deployment stands at another, so the pin
        // is moved.
        let mut records = tab.storage.records.borrow().clone();
        let pinned = records
            .remove(&format!("deployment/{}", one.base_url().trim_end_matches('/')))
            .unwrap();
        records.insert(format!("deployment/{}", two.base_url().trim_end_matches('/')), pinned);
        let moved = Tab::new(&two.base_url());
        *moved.storage.records.borrow_mut() = records;
        assert_eq!(
            moved.locked.sign_in(NAME, &password()).await.err(),
            Some(UnlockError::DeploymentChanged)
        );
    });
}

#[test]
fn an_upload_that_ends_in_a_read_only_vault_says_so() {
    story(async {
        let (deployment, tab, session) = vault().await;
        add_each(&session, &["a", "b"]).await;
        tab.line.fate(
            |request| if request.url.contains("/objects/") { Fate::Lost } else { Fate::Answered },
        );
        session.transfers().add(vec![source("late", b"late")]).unwrap();
        let state = |view: &Seen| view.transfers.last().unwrap().state.clone();
        until(&session, "it waits", |view| matches!(state(view), TransferState::Waiting(_))).await;
        let events = events_of(&deployment).await;
        deployment.delete(events.last().unwrap()).await;
        session.refresh();
        until(&session, "read-only", |view| !view.doubts.is_empty()).await;
        tab.line.fate(|_| Fate::Answered);
        session.online();
        let view =
            until(&session, "it ended", |view| matches!(state(view), TransferState::Failed(_)))
                .await;
        assert_eq!(state(&view), TransferState::Failed(TransferError::ReadOnly));
    });
}
