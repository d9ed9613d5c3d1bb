//! What the vault deletes by itself, on devices whose clocks may be wrong.

use frond::catalog::Retention;

use super::*;

/// Puts four versions of one file.
async fn four_versions(session: &Session) -> ObjectId {
    add(session, &[("a.txt", b"first")]).await;
    for bytes in [&b"second"[..], b"third", b"fourth"] {
        let before = file(&session.look(), "a.txt").id;
        session.transfers().add_versions(vec![source("a.txt", bytes)]).unwrap();
        until(session, "another version", |view| file(view, "a.txt").id != before).await;
    }
    let id = file(&session.look(), "a.txt").id;
    assert_eq!(session.files().versions(&id).len(), 3);
    id
}

const ONE: Retention = Retention { versions: Some(1), version_days: None, trash_days: None };

#[test]
fn versions_beyond_the_limit_leave_the_bucket_by_themselves() {
    story(async {
        let (deployment, _tab, session) = vault().await;
        let id = four_versions(&session).await;
        let due = session.files().due(&ONE);
        assert_eq!((due.versions.len(), due.of_versions.bytes), (2, 11));
        let objects =
            async || deployment.keys().await.iter().filter(|key| key.contains("/objects/")).count();
        assert_eq!(objects().await, 4);
        session.files().set_retention(ONE).await.unwrap();
        // Nobody asks for it: the session's own work does it.
        until(&session, "one version left", |_| session.files().versions(&id).len() == 1).await;
        until(&session, "nothing is waiting", |view| view.unsaved == 0).await;
        assert_eq!(objects().await, 2);
        let left = session.files().versions(&id)[0].id;
        assert!(session.files().read(left, 0..9, |_| {}).await.unwrap() == b"third"[..]);
    });
}

#[test]
fn two_devices_that_delete_at_the_same_time_do_no_harm() {
    story(async {
        let (deployment, _tab, session) = vault().await;
        let id = four_versions(&session).await;
        let other = Tab::new(&deployment.base_url());
        let second = sign_in(&other).await;
        session.files().set_retention(ONE).await.unwrap();
        until(&second, "the limit", |_| second.files().retention() == ONE).await;
        let (one, two) =
            futures_util::join!(session.files().delete_due(), second.files().delete_due());
        assert_eq!((one, two), (Ok(()), Ok(())));
        for session in [&session, &second] {
            until(session, "all is saved", |view| view.unsaved == 0).await;
            session.files().delete_due().await.unwrap();
            assert_eq!(session.files().versions(&id).len(), 1);
            assert!(session.view().doubts.is_empty());
        }
    });
}

#[test]
fn a_device_whose_clock_is_ahead_deletes_nothing_too_early() {
    story(async {
        let (_deployment, tab, session) = vault().await;
        add(&session, &[("a.txt", b"content")]).await;
        session.files().trash(file(&session.look(), "a.txt").id).await.unwrap();
        // Twenty hours are no day, and forty days are more than a month.
        let month = Retention { trash_days: Some(30), ..Retention::default() };
        session.files().set_retention(month).await.unwrap();
        until(&session, "all is saved", |view| view.unsaved == 0).await;
        // Up to a day, the endpoint's answers correct it.
        for hours in [20, 40 * 24] {
            tab.storage.ahead.set(hours * 3_600_000);
            let ended = session.files().delete_due().await;
            let waits = Err(ChangeError::Waits(TransferError::ClockWrong));
            assert_eq!(ended, if hours < 24 { Ok(()) } else { waits }, "{hours} hours ahead");
            assert_eq!(session.files().trash_rows().len(), 1, "{hours} hours ahead");
        }
    });
}
