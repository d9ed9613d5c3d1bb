//! Ways into an account: a new password, recovery words, the list; cut at each request.

use std::cell::Cell;

use frond::session::{LoginError, LoginKind, RecoveryWords};

use super::*;
use futures_util::future;

const NEW: &str = "truck-orbit-salad-velvet-inmate-gravity-pledge";

pub fn new_password() -> Password {
    Password::new(NEW.to_owned())
}

pub async fn opens(deployment: &Deployment, password: &Password) -> bool {
    let tab = Tab::new(&deployment.base_url());
    match tab.locked.sign_in(NAME, password).await {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(error, UnlockError::Wrong);
            false
        }
    }
}

pub async fn kinds(session: &Session) -> Vec<LoginKind> {
    session.logins().list().await.unwrap().iter().map(|row| row.kind).collect()
}

async fn objects(deployment: &Deployment) -> Vec<String> {
    let mut keys = deployment.keys().await;
    keys.retain(|key| key.contains("/objects/") || key.contains("/log/"));
    keys
}

#[test]
fn a_new_password_takes_the_place_of_the_old_one_and_touches_no_file() {
    story(async {
        let (deployment, tab, session) = vault().await;
        add(&session, &[("a.txt", b"text")]).await;
        let before = objects(&deployment).await;
        let logins = session.logins();
        let wrong = Password::new("not the one at all, but long".to_owned());
        let weak = Password::new("123456789012".to_owned());
        for (current, new, error) in [
            (&wrong, &new_password(), LoginError::CurrentPassword),
            (&password(), &password(), LoginError::SamePassword),
            (&password(), &weak, LoginError::Unlock(UnlockError::Weak)),
        ] {
            assert_eq!(logins.change_password(current, new).await, Err(error));
        }
        logins.change_password(&password(), &new_password()).await.unwrap();

        assert_eq!(objects(&deployment).await, before);
        assert!(opens(&deployment, &new_password()).await);
        assert!(!opens(&deployment, &password()).await);
        assert_eq!(kinds(&session).await, [LoginKind::Password]);
        // The session goes on, also over a reload.
        add(&session, &[("b.txt", b"more")]).await;
        let again = beside(&deployment, &tab).locked.restore().await.open().unwrap();
        assert_eq!(again.sync().await, Ok(()));
        assert_eq!(again.look().files.len(), 2);
    });
}

#[test]
fn of_two_changes_at_once_the_second_needs_the_new_password() {
    story(async {
        let (deployment, _tab, session) = vault().await;
        let logins = session.logins();
        let (old, new) = (password(), new_password());
        let other = Password::new("lyric-cobalt-hinge-meadow-urban-fossil-drum".to_owned());
        let changes = (logins.change_password(&old, &new), logins.change_password(&old, &other));
        let changed = future::join(changes.0, changes.1).await;
        assert_eq!(changed, (Ok(()), Err(LoginError::CurrentPassword)));
        assert!(opens(&deployment, &new).await && !opens(&deployment, &other).await);
        assert_eq!(kinds(&session).await, [LoginKind::Password]);
    });
}

#[test]
fn other_devices_are_signed_out_and_say_why() {
    story(async {
        let (deployment, tab, session) = vault().await;
        let other = Tab::new(&deployment.base_url());
        let elsewhere = sign_in(&other).await;
        let same_browser = beside(&deployment, &tab).locked.restore().await.open().unwrap();
        session.logins().change_password(&password(), &new_password()).await.unwrap();
        elsewhere.refresh();
        elsewhere.ends().await;
        assert_eq!(elsewhere.over(), Some(Over::Removed));
        assert_eq!(same_browser.over(), Some(Over::OtherTab));
        assert_eq!(session.over(), None);
        same_browser.lock().await.told().await;
        assert_eq!(session.over(), None, "a tab that comes late ends nothing");
        // Nor does the old password open what the other device remembers.
        elsewhere.lock().await.told().await;
        other.line.fate(|_| Fate::Lost);
        assert_eq!(
            other.locked.sign_in(NAME, &password()).await.err(),
            Some(UnlockError::NoAnswer)
        );
    });
}

/// Cuts the line from the request of this number on; counts the requests.
fn cut(tab: &Tab, from: usize, fate: Fate) -> Rc<Cell<usize>> {
    let count = Rc::new(Cell::new(0));
    let counted = count.clone();
    tab.line.fate(move |request| {
        let about = ["/v1/login", "/v1/sessions", "/v1/account"];
        if !about.iter().any(|path| request.url.contains(path)) {
            return Fate::Answered;
        }
        counted.set(counted.get() + 1);
        match counted.get().cmp(&from) {
            std::cmp::Ordering::Less => Fate::Answered,
            std::cmp::Ordering::Equal => fate,
            std::cmp::Ordering::Greater => Fate::Lost,
        }
    });
    count
}

/// A new account of which `act` does something, in one deployment after the other, cut at each
/// request once; `check` is told where. Returns the number of requests.
pub async fn cut_at_each_request<T>(
    act: impl AsyncFn(&Session) -> T,
    check: impl AsyncFn(&Deployment, &Tab, &Session, T, &str),
) -> usize {
    let mut step = 1;
    loop {
        let mut is_whole = true;
        for fate in [Fate::Lost, Fate::AnswerLost] {
            let deployment = Deployment::start().await;
            let tab = Tab::new(&deployment.base_url());
            let session = tab.locked.create(NAME, &password(), None).await.unwrap();
            session.keep().await;
            let count = cut(&tab, step, fate);
            let done = act(&session).await;
            is_whole &= count.get() < step;
            check(&deployment, &tab, &session, done, &format!("step {step}, {fate:?}")).await;
        }
        if is_whole {
            return step;
        }
        step += 1;
    }
}

#[test]
fn a_password_change_cut_at_any_request_leaves_the_old_or_the_new_one() {
    story(async {
        let change = async |session: &Session| {
            session.logins().change_password(&password(), &new_password()).await
        };
        let steps = cut_at_each_request(change, async |deployment, _, _, changed, at| {
            let (old, new) =
                (opens(deployment, &password()).await, opens(deployment, &new_password()).await);
            assert!(old || new, "neither works after {at}");
            match changed {
                Ok(()) => assert!(new && !old, "{at}"),
                Err(LoginError::OldStays) => assert!(new, "{at}"),
                Err(_) => assert!(old, "{at}"),
            }
            // Whoever tries again, with what works, ends with the new one alone.
            let next = Tab::new(&deployment.base_url());
            if old {
                change(&next.locked.sign_in(NAME, &password()).await.unwrap()).await.unwrap();
                assert!(!opens(deployment, &password()).await);
            }
            assert!(opens(deployment, &new_password()).await);
        });
        let steps = steps.await;
        assert!(steps > 5, "it was cut at {steps} requests only");
    });
}

fn all(words: &RecoveryWords) -> String {
    words.words().collect::<Vec<_>>().join(" ")
}

#[test]
fn recovery_words_lead_to_a_new_password() {
    story(async {
        let (deployment, _tab, session) = vault().await;
        add(&session, &[("a.txt", b"text")]).await;
        let logins = session.logins();
        assert!(logins.lacks_words().await);
        let words = logins.make_words().unwrap();
        let typed = all(&words);
        let lost = Tab::new(&deployment.base_url());
        assert_eq!(lost.locked.recover(&typed).await.err(), Some(LoginError::UnknownWords));
        logins.keep_words(&words).await.unwrap();
        assert!(!logins.lacks_words().await);

        let one_wrong = typed.replacen(typed.split(' ').next().unwrap(), "frond", 1);
        assert_eq!(lost.locked.recover(&one_wrong).await.err(), Some(LoginError::Words));
        let recovery = lost.locked.recover(&typed.to_uppercase()).await.unwrap();
        let recovered = recovery.set_password("ada", &new_password()).await.unwrap();
        recovered.sync().await.unwrap();
        assert_eq!(paths(&recovered.look().files), ["a.txt"]);
        assert!(
            !opens(&deployment, &password()).await && opens(&deployment, &new_password()).await
        );

        // New words take the place of the old ones.
        let newer = recovered.logins().make_words().unwrap();
        recovered.logins().keep_words(&newer).await.unwrap();
        assert_eq!(lost.locked.recover(&typed).await.err(), Some(LoginError::UnknownWords));
        assert!(lost.locked.recover(&all(&newer)).await.is_ok());
    });
}

#[test]
fn a_login_is_removed_but_never_the_last() {
    story(async {
        let (_deployment, _tab, session) = vault().await;
        let logins = session.logins();
        let own = logins.list().await.unwrap()[0];
        assert!(own.is_own);
        assert_eq!(logins.remove(own.id).await, Err(LoginError::Last));
        logins.keep_words(&logins.make_words().unwrap()).await.unwrap();
        let rows = logins.list().await.unwrap();
        let words = rows.iter().find(|row| row.kind == LoginKind::Recovery).unwrap();
        logins.remove(words.id).await.unwrap();
        assert!(logins.lacks_words().await, "the reminder is back");
        logins.decline_words().await;
        assert!(!logins.lacks_words().await);
        assert_eq!(kinds(&session).await, [LoginKind::Password]);
    });
}
