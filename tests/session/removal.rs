//! Deleting an account: all of it, everywhere; cut at each request.

use frond::session::{LoginError, Proof};
use frond_testing::tab::Storage;

use super::logins::cut_at_each_request;
use super::*;

/// What a browser has whose session is over, of an account that was deleted.
fn traces(storage: &Storage, account: &str) -> Vec<String> {
    let records = storage.records.borrow();
    let has = |value: &[u8]| String::from_utf8_lossy(value).contains(account);
    let found = records.iter().filter(|(key, value)| key.contains(account) || has(value));
    found.map(|(key, _)| key.clone()).collect()
}

/// What the bucket has of any account.
async fn left(deployment: &Deployment) -> Vec<String> {
    let mut keys = deployment.keys().await;
    keys.retain(|key| key.contains('/'));
    keys
}

/// The id of the only account.
async fn account(deployment: &Deployment) -> String {
    let keys = deployment.keys().await;
    let key = keys.iter().find(|key| key.contains("vaults/")).unwrap();
    key.split('/').skip_while(|part| *part != "vaults").nth(1).unwrap().to_owned()
}

#[test]
fn an_account_is_deleted_for_all_devices_and_leaves_nothing() {
    story(async {
        let (deployment, tab, session) = vault().await;
        add(&session, &[("a.txt", b"text"), ("b.txt", b"more")]).await;
        let elsewhere = sign_in(&Tab::new(&deployment.base_url())).await;
        let same_browser = beside(&deployment, &tab).locked.restore().await.open().unwrap();
        let account = account(&deployment).await;
        let before = deployment.keys().await;

        let wrong = Password::new("not the one at all, but long".to_owned());
        let refused = session.delete_account(Proof::Password(&wrong), &|_| ()).await;
        assert_eq!(refused, Err(LoginError::CurrentPassword));
        assert_eq!((deployment.keys().await, session.over()), (before, None));

        session.delete_account(Proof::Password(&password()), &|_| ()).await.unwrap();
        assert_eq!(left(&deployment).await, Vec::<String>::new());
        assert_eq!(session.over(), Some(Over::Deleted));
        assert_eq!(same_browser.over(), Some(Over::OtherTab));
        elsewhere.refresh();
        elsewhere.ends().await;
        assert_eq!(elsewhere.over(), Some(Over::Removed));

        session.ends().await;
        session.lock().await.told().await;
        same_browser.lock().await.told().await;
        assert_eq!(traces(&tab.storage, &account), Vec::<String>::new());
        assert!(tab.storage.records.borrow().keys().all(|key| !key.starts_with("deployment/")));
        assert!(tab.kept.record.borrow().is_none() && tab.kept.key.get().is_none());
        assert!(matches!(beside(&deployment, &tab).locked.restore().await, Restored::None));
        let gone = tab.locked.sign_in(NAME, &password()).await;
        assert_eq!(gone.err(), Some(UnlockError::Wrong));
    });
}

#[test]
fn what_waited_to_be_sent_is_forgotten_and_another_account_stays() {
    story(async {
        let deployment = Deployment::start().await;
        let tab = Tab::new(&deployment.base_url());
        let neighbour = tab.locked.create("bob", &password(), None).await.unwrap();
        neighbour.keep().await;
        neighbour.lock().await.told().await;
        let session = create(&tab).await;
        let others = deployment.keys().await.len();
        tab.line.fate(|request| match request.url.contains("/objects/") {
            true => Fate::Lost,
            false => Fate::Answered,
        });
        session.transfers().add(vec![source("late.txt", &content(1, 3_000_000))]).unwrap();
        let is_spooled = |_: &Seen| !tab.storage.spool.blobs.borrow().is_empty();
        until(&session, "the file waits on this device", is_spooled).await;

        session.delete_account(Proof::Password(&password()), &|_| ()).await.unwrap();
        session.lock().await.told().await;
        assert!(tab.storage.spool.blobs.borrow().is_empty());
        assert!(deployment.keys().await.len() < others);
        let records: Vec<_> = tab.storage.records.borrow().keys().cloned().collect();
        assert!(!records.iter().any(|key| key.starts_with("queue/")), "{records:?}");
        assert!(records.iter().any(|key| key.starts_with("deployment/")), "{records:?}");
        tab.locked.sign_in("bob", &password()).await.unwrap();
    });
}

#[test]
fn a_deletion_cut_at_any_request_is_whole_or_goes_on_with_the_same_password() {
    story(async {
        let delete = async |session: &Session| {
            session.delete_account(Proof::Password(&password()), &|_| ()).await
        };
        cut_at_each_request(delete, async |deployment, tab, session, deleted, at| {
            let next = Tab::new(&deployment.base_url());
            match next.locked.sign_in(NAME, &password()).await {
                Ok(session) => {
                    assert_eq!(deleted, Err(LoginError::HalfDeleted), "{at}");
                    delete(&session).await.unwrap();
                }
                Err(error) => assert_eq!(error, UnlockError::Wrong, "{at}"),
            }
            assert_eq!(left(deployment).await, Vec::<String>::new());
            // The tab that was cut may try again.
            tab.line.fate(|_| Fate::Answered);
            let again = delete(session).await;
            assert!(matches!(again, Ok(()) | Err(LoginError::Locked)), "{again:?}");
        })
        .await;
    });
}

#[test]
fn a_large_account_takes_several_requests_and_can_be_opened_between_them() {
    story(async {
        let (deployment, tab, session) = vault().await;
        let account = account(&deployment).await;
        for number in 0..1_100 {
            let key = format!("vaults/{account}/objects/0{number:04}");
            deployment.overwrite(&key, vec![1]).await;
        }
        let requests = Rc::new(std::cell::Cell::new(0));
        let counted = requests.clone();
        // The second request never arrives, nor does its repetition.
        tab.line.fate(move |request| {
            if !request.url.contains("/v1/account") {
                return Fate::Answered;
            }
            counted.set(counted.get() + 1);
            if counted.get() == 1 { Fate::Answered } else { Fate::Lost }
        });
        let seen = RefCell::new(Vec::new());
        let note = |deleted| seen.borrow_mut().push(deleted);
        let cut = session.delete_account(Proof::Password(&password()), &note).await;
        assert_eq!(cut, Err(LoginError::HalfDeleted));
        assert_eq!(seen.take(), [1_000]);
        assert_eq!(session.over(), None, "it may be tried again here");

        let elsewhere = Tab::new(&deployment.base_url());
        let opened = sign_in(&elsewhere).await;
        opened.delete_account(Proof::Password(&password()), &|_| ()).await.unwrap();
        assert_eq!(left(&deployment).await, Vec::<String>::new());
    });
}
