//! Store, endpoint, answers and storage that fail.

use super::*;

#[test]
fn the_store_goes_down_and_comes_back() {
    story(async {
        let (mut deployment, _tab, session) = vault().await;
        add(&session, &[("before.txt", b"before")]).await;

        deployment.stop_store().await;
        session.transfers().add(vec![source("during.txt", b"during")]).unwrap();
        let waiting =
            |row: &TransferRow| row.state == TransferState::Waiting(TransferError::StoreDown);
        until(&session, "the upload waits", |view| view.transfers.iter().any(waiting)).await;
        assert!(session.busy());
        let id = file(&session.look(), "before.txt").id;
        session.files().trash(id).await.unwrap();
        let view =
            until(&session, "the error", |view| view.list_error == Some(TransferError::StoreDown))
                .await;
        assert_eq!(
            (view.unsaved, paths(&view.trash)),
            (1, vec!["before.txt"]),
            "the change stands here"
        );
        assert_eq!(
            session.files().purge(vec![id]).await,
            Err(ChangeError::Waits(TransferError::StoreDown))
        );
        assert!(session.look().trash.is_empty());

        deployment.start_store().await;
        let well = |view: &Seen| {
            let done = |row: &TransferRow| row.state == TransferState::Done;
            view.transfers.iter().all(done) && view.unsaved == 0 && view.list_error.is_none()
        };
        let view = until(&session, "it goes on by itself", well).await;
        assert_eq!(paths(&view.files), ["during.txt"]);
        assert!(!session.busy());
        assert!(
            !deployment.keys().await.iter().any(|key| key.ends_with(&id.to_string())),
            "deleted since"
        );
    });
}

#[test]
fn the_endpoint_goes_down_and_comes_back() {
    story(async {
        let mut deployment = Deployment::start().await;
        create(&Tab::new(&deployment.base_url())).await.lock().await.told().await;
        // On a device that was never here, which remembers nothing that the password could open.
        let tab = Tab::new(&deployment.base_url());
        tab.line
            .fate(|request| if request.url.contains("/v1/") { Fate::Lost } else { Fate::Answered });
        assert_eq!(tab.locked.sign_in(NAME, &password()).await.err(), Some(UnlockError::NoAnswer));
        deployment.stop_endpoint();
        tab.line.fate(|_| Fate::Answered);
        deployment.start_endpoint().await;
        let session = sign_in(&tab).await;
        until(&session, "the list", |view| view.listed && view.list_error.is_none()).await;
    });
}

/// How many events the bucket has.
async fn events(deployment: &Deployment) -> usize {
    deployment.keys().await.iter().filter(|key| key.contains("/log/")).count()
}

#[test]
fn an_event_survives_a_crash_on_either_side_of_its_answer() {
    story(async {
        for fate in [Fate::Lost, Fate::AnswerLost] {
            let (deployment, tab, session) = vault().await;
            add(&session, &[("a.txt", b"a"), ("b.txt", b"b")]).await;
            let before = events(&deployment).await;
            // From here on, no event's answer arrives.
            let is_event = |request: &frond::port::Request| {
                request.method == "PUT" && request.url.contains("/log/")
            };
            tab.line.fate(move |request| if is_event(request) { fate } else { Fate::Answered });
            session.files().trash(file(&session.look(), "a.txt").id).await.unwrap();
            until(&session, "it cannot be saved", |view| {
                view.list_error.is_some() && view.unsaved == 1
            })
            .await;

            // The tab crashes; another one comes up on what the browser stored.
            let next = beside(&deployment, &tab);
            let again = next.locked.restore().await.open().unwrap();
            assert_eq!((again.view().unsaved, paths(&again.look().trash)), (1, vec!["a.txt"]));
            works(&again);
            let view =
                until(&again, "saved", |view| view.unsaved == 0 && view.list_error.is_none()).await;
            assert!(view.doubts.is_empty());
            let after = events(&deployment).await;
            assert_eq!(after, before + 1, "{fate:?}: once and only once");

            let other = Tab::new(&deployment.base_url());
            let there = until(&sign_in(&other).await, "the list", |view| view.listed).await;
            assert_eq!(
                (paths(&there.trash), &there.list_fingerprint),
                (vec!["a.txt"], &view.list_fingerprint)
            );
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
fn a_device_without_storage_shows_the_list_and_changes_nothing() {
    story(async {
        let deployment = Deployment::start().await;
        let tab = Tab::new(&deployment.base_url());
        add(&create(&tab).await, &[("a", b"a")]).await;
        let bare = Tab::new(&deployment.base_url());
        bare.storage.absent.set(true);
        let session = sign_in(&bare).await;
        let view =
            until(&session, "the list", |view| view.listed && view.list_error.is_some()).await;
        assert_eq!(
            (paths(&view.files), view.list_error),
            (vec!["a"], Some(TransferError::Storage))
        );
        let id = view.files[0].id;
        assert_eq!(session.files().trash(id).await, Err(ChangeError::Device));
        assert_eq!(fetch(&bare, &session, "a").await, b"a");
        bare.storage.absent.set(false);
        session.refresh();
        until(&session, "it works again", |view| view.list_error.is_none()).await;
        session.files().trash(id).await.unwrap();
    });
}

#[test]
fn locks_that_fail_while_cleaning_up_are_this_devices_storage() {
    story(async {
        let (_deployment, tab, session) = vault().await;
        until(&session, "the list", |view| view.listed).await;
        tab.line.fate(
            |request| if request.url.contains("/objects/") { Fate::Lost } else { Fate::Answered },
        );
        session.transfers().add(vec![source("a", b"a")]).unwrap();
        let waits = |row: &TransferRow| matches!(row.state, TransferState::Waiting(_));
        let view =
            until(&session, "it is sent again later", |view| view.transfers.iter().any(waits))
                .await;
        // What it may have sent is removed, under its lock.
        tab.storage.lockless.set(Some("upload/"));
        tab.line.fate(|_| Fate::Answered);
        session.transfers().cancel(view.transfers[0].id);
        session.refresh();
        let another =
            |view: &Seen| view.list_error.is_some_and(|error| error != TransferError::StoreDown);
        let view = until(&session, "the lock failed", another).await;
        assert_eq!(view.list_error, Some(TransferError::Storage));
        tab.storage.lockless.set(None);
        session.refresh();
        until(&session, "it works again", |view| view.list_error.is_none()).await;
    });
}

#[test]
fn a_full_account_is_told_as_such_and_goes_on_once_there_is_room() {
    story(async {
        let mut deployment = Deployment::start().await;
        deployment.stop_endpoint();
        deployment.set_quota(300_000);
        deployment.start_endpoint().await;
        let tab = Tab::new(&deployment.base_url());
        let session = create(&tab).await;
        add(&session, &[("a.bin", &[1; 200_000])]).await;
        session.transfers().add(vec![source("b.bin", &[2; 200_000])]).unwrap();
        let full = TransferState::Failed(TransferError::Quota);
        let is_full = |view: &Seen| view.transfers.iter().any(|row| row.state == full);
        until(&session, "it says so", is_full).await;
        let waiting = session.look().transfers.last().unwrap().id;
        deployment.stop_endpoint();
        deployment.set_quota(600_000);
        deployment.start_endpoint().await;
        session.transfers().resume(waiting);
        let added = |view: &Seen| view.files.len() == 2 && view.unsaved == 0;
        until(&session, "it is added", added).await;
    });
}
