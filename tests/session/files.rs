//! Adding, fetching, renaming, deleting: on one device, on several.

use super::*;

#[test]
fn from_a_new_account_to_another_browser() {
    story(async {
        let deployment = Deployment::start().await;
        let tab = Tab::new(&deployment.base_url());
        assert_eq!(tab.locked.sign_in(NAME, &password()).await.err(), Some(UnlockError::Wrong));
        assert_eq!(deployment.keys().await.len(), 1, "signing in makes nothing");
        for weak in
            ["123456789012", "password-1234x", "letmein-please", "happybirthday7", "x7#Qp!2mZr4"]
        {
            let password = Password::new(weak.to_owned());
            assert_eq!(
                tab.locked.create(NAME, &password, None).await.err(),
                Some(UnlockError::Weak),
                "{weak}"
            );
        }

        let session = create(&tab).await;
        assert!(session.kept());
        until(&session, "an empty list", |view| view.listed && view.files.is_empty()).await;
        assert_eq!(
            tab.locked.create(NAME, &password(), None).await.err(),
            Some(UnlockError::Exists)
        );

        let (image, odd) = (content(1, 3_000_000), "album/Zoë's \"photo\" 絵.jpg");
        add(&session, &[("empty.txt", b""), ("image.png", &image), (odd, b"odd plaintext here")])
            .await;
        let view = session.look();
        assert_eq!(paths(&view.files), [odd, "empty.txt", "image.png"]);
        assert_eq!(view.unsaved, 0);
        assert_eq!(
            (file(&view, odd).size, file(&view, odd).modified),
            (18, Some(1_700_000_000_123))
        );
        assert_eq!(fetch(&tab, &session, "image.png").await, image);
        assert_eq!(fetch(&tab, &session, "empty.txt").await, b"");
        assert_eq!(fetch(&tab, &session, odd).await, b"odd plaintext here");

        // The bucket holds nothing of it in the clear.
        let needles: [&[u8]; 5] = [
            b"photo",
            b"empty.txt",
            b"odd plaintext",
            image.get(1000..1032).unwrap(),
            b"application/x-test",
        ];
        for key in deployment.keys().await {
            assert!(!key.contains(NAME), "{key}");
            let body = deployment.object(&key).await;
            for needle in needles {
                assert!(
                    !body.windows(needle.len()).any(|window| window == needle),
                    "{key} holds {needle:?}"
                );
                assert!(
                    !key.as_bytes().windows(needle.len()).any(|window| window == needle),
                    "{key}"
                );
            }
        }

        // A reload: the same session, its list there before anything is asked.
        let reloaded = beside(&deployment, &tab);
        let session2 = reloaded.locked.restore().await.open().expect("restored");
        assert_eq!(session2.username(), NAME);
        assert_eq!(paths(&session2.look().files), paths(&view.files));
        assert_eq!(session2.view().list_fingerprint, view.list_fingerprint);
        session.lock().await.told().await;
        assert!(reloaded.locked.restore().await.open().is_none(), "locking wipes it");
        assert_eq!(session2.look().files.len(), 3);
        session2.lock().await.told().await;

        let wrong = Password::new("cake-gauge-patch-three-candy-ghost-peaces".to_owned());
        assert_eq!(tab.locked.sign_in(NAME, &wrong).await.err(), Some(UnlockError::Wrong));
        assert_eq!(tab.locked.sign_in("ade", &password()).await.err(), Some(UnlockError::Wrong));

        // Another browser.
        let other = Tab::new(&deployment.base_url());
        let session = sign_in(&other).await;
        let there = until(&session, "the list", |view| view.listed).await;
        assert_eq!(paths(&there.files), paths(&view.files));
        assert_eq!(there.list_fingerprint, view.list_fingerprint);
        assert!(there.doubts.is_empty());
        assert_eq!(fetch(&other, &session, "image.png").await, image);
        assert_eq!(fetch(&other, &session, odd).await, b"odd plaintext here");
    });
}

#[test]
fn trash_restore_rename_purge() {
    story(async {
        let (deployment, _tab, session) = vault().await;
        add(&session, &[("a.txt", b"one"), ("b.txt", b"two")]).await;
        let id = file(&session.look(), "a.txt").id;
        let key = object_key(&deployment.keys().await, id);

        assert_eq!(
            session.files().purge(vec![id]).await,
            Err(ChangeError::Gone),
            "not in the trash"
        );
        session.files().trash(id).await.unwrap();
        assert_eq!(
            (paths(&session.look().files), paths(&session.look().trash)),
            (vec!["b.txt"], vec!["a.txt"])
        );
        session.files().restore(id).await.unwrap();
        session.files().rename(id, "b.txt").await.unwrap();
        assert_eq!(paths(&session.look().files), ["b (2).txt", "b.txt"]);
        let paths_before: Vec<_> =
            session.look().files.iter().map(|file| file.path.clone()).collect();
        for (path, why) in [
            ("", BadName::Empty),
            ("/b.txt", BadName::Empty),
            ("..", BadName::Dots),
            ("../up.txt", BadName::Dots),
            (" ", BadName::Invisible),
            ("box/\u{200b}", BadName::Invisible),
            (&"x".repeat(256), BadName::TooLong),
        ] {
            assert_eq!(
                session.files().rename(id, path).await,
                Err(ChangeError::Name(why)),
                "{path:?}"
            );
        }
        assert_eq!(paths(&session.look().files), paths_before);
        session.files().trash(id).await.unwrap();
        assert!(deployment.keys().await.contains(&key));
        session.files().purge(vec![id]).await.unwrap();
        assert!(!deployment.keys().await.contains(&key), "gone from the bucket");
        assert!(session.look().trash.is_empty());
        assert_eq!(session.transfers().download(id), Err(ChangeError::Gone));
        assert_eq!(session.files().restore(id).await, Err(ChangeError::Gone));
        let view = until(&session, "all saved", |view| view.unsaved == 0).await;

        let other = Tab::new(&deployment.base_url());
        let session = sign_in(&other).await;
        let there = until(&session, "the list", |view| view.listed).await;
        assert_eq!(
            (paths(&there.files), &there.list_fingerprint),
            (vec!["b.txt"], &view.list_fingerprint)
        );
    });
}

#[test]
fn a_large_file_goes_in_parts() {
    story(async {
        let (_deployment, tab, session) = vault().await;
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
        let (first, second) = (file(&a.look(), "first.txt").id, file(&b.look(), "second.txt").id);
        a.transfers().add(vec![source("same.txt", b"of one"), source("a.txt", b"a")]).unwrap();
        b.transfers()
            .add(vec![source("same.txt", b"of two"), source("SAME.txt", b"of two, loud")])
            .unwrap();
        a.files().trash(first).await.unwrap();
        b.files().trash(second).await.unwrap();
        for session in [&a, &b] {
            let done = |row: &TransferRow| row.state == TransferState::Done;
            until(session, "all done", |view| view.transfers.iter().all(done) && view.unsaved == 0)
                .await;
        }
        a.refresh();
        b.refresh();
        let seen = |view: &Seen| view.files.len() == 4 && view.trash.len() == 2;
        let (seen_a, seen_b) = (until(&a, "both", seen).await, until(&b, "both", seen).await);
        assert_eq!(seen_a.files, seen_b.files);
        assert_eq!(seen_a.trash, seen_b.trash);
        assert_eq!(seen_a.list_fingerprint, seen_b.list_fingerprint);
        assert!(seen_a.doubts.is_empty() && seen_b.doubts.is_empty());
        let mut same: Vec<_> = seen_a.files.iter().map(|row| row.path.to_lowercase()).collect();
        same.sort();
        assert_eq!(same, ["a.txt", "same (2).txt", "same (3).txt", "same.txt"]);
        assert_eq!(fetch(&two, &b, "a.txt").await, b"a");
    });
}

#[test]
fn too_large_and_too_long_are_refused_before_anything_is_sent() {
    story(async {
        let (deployment, _tab, session) = vault().await;
        session.transfers().add(vec![source(&"x".repeat(4_000), b"a")]).unwrap();
        let failed = |row: &TransferRow| matches!(row.state, TransferState::Failed(_));
        let view = until(&session, "failed", |view| view.transfers.iter().all(failed)).await;
        assert_eq!(view.transfers[0].state, TransferState::Failed(TransferError::Name));
        assert!(!deployment.keys().await.iter().any(|key| key.contains("/objects/")));
    });
}

#[test]
fn what_has_no_name_is_not_added() {
    story(async {
        let (_deployment, _tab, session) = vault().await;
        for path in ["..", "a/../b", "/a", " ", "\u{feff}", &"x".repeat(256)] {
            session.transfers().add(vec![source(path, b"content")]).unwrap();
            let view = session.look();
            let state = &view.transfers.last().unwrap().state;
            assert_eq!(*state, TransferState::Failed(TransferError::Name), "{path:?}");
        }
        let view = until(&session, "the list", |view| view.listed).await;
        assert!(view.files.is_empty());
    });
}

#[test]
fn any_range_of_a_file_is_read_and_verified() {
    story(async {
        let (deployment, tab, session) = vault().await;
        let large = content(9, 5_000_000);
        add(&session, &[("large.bin", &large), ("small.txt", b"small"), ("empty.txt", b"")]).await;
        let id = file(&session.look(), "large.bin").id;
        let size = 5_000_000;
        for (from, to) in [(0, 1 << 20), (1 << 20, size), (524_287, 524_289), (4_999_999, size)] {
            let read = session.files().read(id, from..to, |_| {}).await.unwrap();
            let [from, to] = [from, to].map(|at| usize::try_from(at).unwrap());
            assert!(read == large[from..to], "{from}..{to}");
        }
        assert!(session.files().read(id, size..size + 9, |_| {}).await.unwrap().is_empty());
        for (path, bytes) in [("small.txt", &b"small"[..]), ("empty.txt", b"")] {
            let id = file(&session.look(), path).id;
            assert!(session.files().read(id, 0..1 << 20, |_| {}).await.unwrap() == *bytes);
        }

        // What is read is what is asked for: the first of ten chunks, and the table.
        let asked = Rc::new(RefCell::new(0));
        let counted = Rc::clone(&asked);
        tab.line.fate(move |request| {
            let range = request.headers.iter().find(|(name, _)| name == "range");
            let range = range.and_then(|(_, range)| range.strip_prefix("bytes=")?.split_once('-'));
            if let Some((from, to)) = range {
                let [from, to] = [from, to].map(|at| at.parse::<u64>().unwrap());
                *counted.borrow_mut() += to - from + 1;
            }
            Fate::Answered
        });
        session.files().read(id, 0..10, |_| {}).await.unwrap();
        let asked = *asked.borrow();
        assert!((1..600_000).contains(&asked), "{asked}");

        let key = object_key(&deployment.keys().await, id);
        let mut changed = deployment.object(&key).await;
        changed[2_000_000] ^= 1;
        deployment.overwrite(&key, changed).await;
        session.files().read(id, 0..1 << 20, |_| {}).await.unwrap();
        let read = session.files().read(id, 0..size, |_| {}).await;
        assert_eq!(read.err(), Some(TransferError::Changed));
        assert_eq!(file(&session.look(), "large.bin").fault, Some(FileFault::Changed));
        deployment.delete(&key).await;
        let read = session.files().read(id, 0..1, |_| {}).await;
        assert_eq!(read.err(), Some(TransferError::Missing));
        assert_eq!(file(&session.look(), "large.bin").fault, Some(FileFault::Missing));
    });
}
