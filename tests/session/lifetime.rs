//! How long a session lives: what a copy of its device opens and until when, and that it ends in
//! all tabs at once.

use frond::port::RangeRequest;
use frond_testing::fake_device::MemorySink;
use futures_util::{FutureExt, stream};

use super::*;

const MINUTE: u64 = 60_000;

/// The same disk in somebody else's hands.
fn copy(deployment: &Deployment, tab: &Tab) -> Tab {
    Tab::of(&deployment.base_url(), Rc::default(), tab.kept.copied())
}

/// What lies under the account's sessions.
/// Open sessions. A renewal that was on its way when its session ended leaves its `until` behind,
/// which opens nothing.
async fn shares(deployment: &Deployment) -> usize {
    deployment
        .keys()
        .await
        .iter()
        .filter(|key| key.contains("/sessions/") && key.ends_with("/share"))
        .count()
}

#[test]
fn a_copy_of_the_device_opens_only_while_the_session_lives() {
    story(async {
        let (deployment, tab, session) = vault().await;
        assert!(session.kept());
        // Taken while somebody is signed in, it opens with the endpoint's help: the copies are good
        // ones.
        let copies = [(); 3].map(|()| copy(&deployment, &tab));
        assert!(matches!(copies[0].locked.restore().await, Restored::Open(_)));

        session.lock().await.told().await;
        assert_eq!(shares(&deployment).await, 0);
        assert!(tab.kept.key.get().is_none() && tab.kept.record.borrow().is_none());
        let after = copy(&deployment, &tab);
        assert!(matches!(copies[1].locked.restore().await, Restored::Over(_)));
        assert!(matches!(after.locked.restore().await, Restored::None));
        // Nor does it without the endpoint.
        copies[2].line.fate(|_| Fate::Lost);
        assert!(matches!(copies[2].locked.restore().await, Restored::NoAnswer));
    });
}

#[test]
fn a_reload_after_the_idle_limit_ends_the_session() {
    story(async {
        let deployment = Deployment::start().await;
        let tab = Tab::new(&deployment.base_url());
        create(&tab).await;
        tab.storage.ahead.set(14 * MINUTE);
        assert!(matches!(beside(&deployment, &tab).locked.restore().await, Restored::Open(_)));
        tab.storage.ahead.set(30 * MINUTE);
        let Restored::Over(ending) = beside(&deployment, &tab).locked.restore().await else {
            panic!("it opened")
        };
        assert!(tab.kept.record.borrow().is_none());
        ending.told().await;
        assert_eq!(shares(&deployment).await, 0);
    });
}

#[test]
fn lock_in_one_tab_ends_the_vault_in_all() {
    story(async {
        let (deployment, one, a) = vault().await;
        add(&a, &[("a.txt", b"text")]).await;
        let two = beside(&deployment, &one);
        let b = two.locked.restore().await.open().unwrap();
        works(&b);
        // Another one, opened by the password: it is the same session.
        let three = beside(&deployment, &one);
        let c = sign_in(&three).await;
        for session in [&b, &c] {
            until(session, "it is listed", |view| view.listed && view.files.len() == 1).await;
            assert_eq!(session.over(), None);
        }
        assert_eq!(shares(&deployment).await, 1);

        let file = file(&b.look(), "a.txt").id;
        let heard = async { tokio::join!(b.ends(), c.ends()) };
        let (ending, _) = tokio::join!(a.lock(), heard);
        for session in [&b, &c] {
            assert_eq!(session.over(), Some(Over::OtherTab));
            // Even before the tab has heard of it, nothing more is done there.
            assert_eq!(
                session.transfers().add(vec![source("b.txt", b"more")]),
                Err(ChangeError::ReadOnly)
            );
            assert_eq!(session.files().trash(file).await, Err(ChangeError::ReadOnly));
        }
        ending.told().await;
        b.lock().await.told().await;
        assert!(matches!(two.locked.restore().await, Restored::None));

        // Whoever signs in anew is not disturbed by a tab that comes late.
        let again = sign_in(&three).await;
        c.lock().await.told().await;
        assert_eq!(again.over(), None);
        assert!(matches!(beside(&deployment, &one).locked.restore().await, Restored::Open(_)));
    });
}

#[test]
fn activity_in_any_tab_counts_for_all() {
    story(async {
        let (deployment, one, a) = vault().await;
        let b = beside(&deployment, &one).locked.restore().await.open().unwrap();
        one.storage.ahead.set(14 * MINUTE);
        b.touch();
        one.storage.ahead.set(28 * MINUTE);
        assert_eq!((a.over(), b.over()), (None, None));
        one.storage.ahead.set(30 * MINUTE);
        assert_eq!((a.over(), b.over()), (Some(Over::Idle), Some(Over::Idle)));
    });
}

#[test]
fn a_running_download_is_not_ended_by_the_idle_limit() {
    story(async {
        let (deployment, tab, session) = vault().await;
        add(&session, &[("a.txt", b"text")]).await;
        let id = file(&session.look(), "a.txt").id;
        tab.line.fate(|request| {
            if request.method == "GET" && request.url.contains("/objects/") {
                Fate::Stalled
            } else {
                Fate::Answered
            }
        });
        session.transfers().download(id).unwrap();
        let running =
            |view: &Seen| view.transfers.iter().any(|row| row.state == TransferState::Running);
        until(&session, "it runs", running).await;
        let other = beside(&deployment, &tab).locked.restore().await.open().unwrap();
        for minutes in [16, 32, 48] {
            tab.storage.ahead.set(minutes * MINUTE);
            assert_eq!(session.over(), None);
            assert_eq!(other.over(), None, "nor by a tab in which nothing runs");
        }
        session.transfers().cancel_all();
        until(&session, "it ended", |view| view.transfers.is_empty()).await;
        tab.storage.ahead.set(60 * MINUTE);
        assert_eq!(session.over(), None, "the limit counts from the end");
        tab.storage.ahead.set(64 * MINUTE);
        assert_eq!(session.over(), Some(Over::Idle));
    });
}

#[test]
fn whoever_watches_a_film_is_there() {
    story(async {
        let (_deployment, tab, session) = vault().await;
        add(&session, &[("film.mp4", b"text")]).await;
        let id = file(&session.look(), "film.mp4").id;
        for minutes in [14, 28] {
            tab.storage.ahead.set(minutes * MINUTE);
            let request = RangeRequest { range: 0..4, sink: Box::new(MemorySink::default()) };
            let requests = stream::iter([request]);
            session.files().serve(id, requests, |_| {}).await.unwrap();
        }
        tab.storage.ahead.set(42 * MINUTE);
        assert_eq!(session.over(), None);
        tab.storage.ahead.set(44 * MINUTE);
        assert_eq!(session.over(), Some(Over::Idle));
    });
}

#[test]
fn without_the_endpoint_the_password_opens_what_this_device_has() {
    story(async {
        let (mut deployment, tab, session) = vault().await;
        add(&session, &[("a.txt", b"text")]).await;
        deployment.stop_endpoint();
        let next = beside(&deployment, &tab);
        assert!(matches!(next.locked.restore().await, Restored::NoAnswer));
        let wrong = Password::new("not the one at all, but long".to_owned());
        assert_eq!(next.locked.sign_in(NAME, &wrong).await.err(), Some(UnlockError::NoAnswer));
        assert_eq!(
            next.locked.sign_in("somebody", &password()).await.err(),
            Some(UnlockError::NoAnswer)
        );
        let session = sign_in(&next).await;
        assert_eq!(paths(&session.look().files), ["a.txt"]);
        assert!(!session.kept());
        session.transfers().add(vec![source("b.txt", b"more")]).unwrap();

        deployment.start_endpoint().await;
        session.online();
        until(&session, "it went up", |view| view.files.len() == 2 && view.only_here == 0).await;
        until(&session, "it is kept again", |_| session.kept()).await;
        assert_eq!(shares(&deployment).await, 1, "it is the session of before");
    });
}

#[test]
fn lock_needs_no_endpoint_and_ends_the_session_when_it_is_back() {
    story(async {
        let (mut deployment, tab, session) = vault().await;
        let before = copy(&deployment, &tab);
        deployment.stop_endpoint();
        let ending = session.lock().await;
        assert!(tab.kept.key.get().is_none() && tab.kept.record.borrow().is_none());
        assert!(matches!(beside(&deployment, &tab).locked.restore().await, Restored::None));
        let told = spawn_local(ending.told());
        deployment.start_endpoint().await;
        told.await.unwrap();
        assert!(matches!(before.locked.restore().await, Restored::Over(_)));
    });
}

#[test]
fn a_deployments_pin_that_cannot_be_read_is_not_overwritten() {
    story(async {
        let deployment = Deployment::start().await;
        let tab = Tab::new(&deployment.base_url());
        create(&tab).await;
        let pin = |tab: &Tab| {
            let records = tab.storage.records.borrow();
            records
                .iter()
                .find(|(key, _)| key.starts_with("deployment/"))
                .map(|(_, name)| name.clone())
        };
        let name = pin(&tab).unwrap();
        tab.storage.broken.set(true);
        let next = beside(&deployment, &tab);
        assert_eq!(
            next.locked.sign_in(NAME, &password()).await.err(),
            Some(UnlockError::DeviceStorage)
        );
        tab.storage.broken.set(false);
        assert_eq!(pin(&tab), Some(name.clone()));
        next.locked.sign_in(NAME, &password()).await.unwrap();

        // Where there is no storage at all, every visit is a first one.
        let private = Tab::new(&deployment.base_url());
        private.storage.absent.set(true);
        private.locked.sign_in(NAME, &password()).await.unwrap();

        // A page that was built for a deployment speaks to no other.
        let base = deployment.base_url();
        let named = String::from_utf8(name).unwrap();
        let of = |name: &str| {
            Tab::with(&base, Rc::default(), Rc::default(), Some(name), SnapshotLimits::DEFAULT)
        };
        of(&named).locked.sign_in(NAME, &password()).await.unwrap();
        let other = of("other").locked.sign_in(NAME, &password()).await;
        assert_eq!(other.err(), Some(UnlockError::OtherDeployment));
    });
}

/// A page that was built for a deployment knows its name before the endpoint answers.
#[test]
fn keys_are_derived_while_the_configuration_is_on_its_way() {
    story(async {
        let tab = Tab::with(
            "http://a.test/",
            Rc::default(),
            Rc::default(),
            Some("garden"),
            SnapshotLimits::DEFAULT,
        );
        tab.line.fate(|_| Fate::Stalled);
        assert!(tab.locked.sign_in(NAME, &password()).now_or_never().is_none());
        assert_eq!(tab.derivation.begun.get(), 1);
    });
}

#[test]
fn a_vault_opens_first_and_survives_a_reload_once_its_list_is_read() {
    story(async {
        let (deployment, _tab, _session) = vault().await;
        let other = Tab::new(&deployment.base_url());
        let session = other.locked.sign_in(NAME, &password()).await.unwrap();
        assert!(!session.kept());
        works(&session);
        until(&session, "the list", |view| view.listed).await;
        assert!(session.kept());
        assert!(matches!(beside(&deployment, &other).locked.restore().await, Restored::Open(_)));
    });
}
