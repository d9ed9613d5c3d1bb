//! Passkeys as ways into an account.

use std::cell::Cell;

use async_trait::async_trait;
use frond::port::{PasskeyFault, Passkeys};
use frond::secret::Root;
use frond::session::{LoginError, LoginKind, Proof};
use sha2::{Digest, Sha256};

use super::logins::{cut_at_each_request, kinds, new_password, opens};
use super::*;

/// An authenticator with one passkey at most.
#[derive(Default)]
struct Authenticator {
    passkey: RefCell<Option<Vec<u8>>>,
    /// What it says of the next passkey.
    fault: Cell<Option<PasskeyFault>>,
    /// What it lists the passkey under.
    name: RefCell<String>,
    /// What it computed.
    roots: RefCell<Vec<[u8; 32]>>,
}

impl Authenticator {
    fn root(&self, salt: [u8; 32]) -> Result<Root, PasskeyFault> {
        let passkey = self.passkey.borrow();
        let secret = passkey.as_ref().ok_or(PasskeyFault::Dismissed)?;
        let root = Sha256::new().chain_update(secret).chain_update(salt).finalize().into();
        self.roots.borrow_mut().push(root);
        Ok(Root::copied(&root))
    }
}

#[async_trait(?Send)]
impl Passkeys for Authenticator {
    async fn create(
        &self,
        name: &str,
        handle: [u8; 16],
        salt: [u8; 32],
    ) -> Result<Root, PasskeyFault> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        *self.name.borrow_mut() = name.to_owned();
        *self.passkey.borrow_mut() = Some([b"secret of ", &handle[..]].concat());
        self.root(salt)
    }

    async fn get(&self, salt: [u8; 32]) -> Result<Root, PasskeyFault> {
        self.root(salt)
    }
}

async fn enter(tab: &Tab, key: &Authenticator) -> Result<Session, LoginError> {
    tab.locked.sign_in_with_passkey(key).await
}

#[test]
fn a_passkey_is_one_more_way_in_until_it_is_removed() {
    story(async {
        let (deployment, tab, session) = vault().await;
        add(&session, &[("a.txt", b"text")]).await;
        let key = Authenticator::default();
        let other = Tab::new(&deployment.base_url());
        let nothing = enter(&other, &key).await.err();
        assert_eq!(nothing, Some(LoginError::Passkey(PasskeyFault::Dismissed)));
        // Logins of one second are in no order.
        tab.storage.ahead.set(2_000);
        session.logins().add_passkey(&key).await.unwrap();
        assert_eq!(*key.name.borrow(), NAME);
        assert_eq!(kinds(&session).await, [LoginKind::Password, LoginKind::Passkey]);

        let entered = enter(&other, &key).await.unwrap();
        entered.keep().await;
        assert_eq!(entered.username(), NAME);
        entered.sync().await.unwrap();
        assert_eq!(paths(&entered.look().files), ["a.txt"]);
        let reloaded = beside(&deployment, &other).locked.restore().await.open().unwrap();
        assert_eq!(reloaded.username(), NAME);

        // A new password leaves the passkey, from either session.
        session.logins().change_password(&password(), &new_password()).await.unwrap();
        assert!(enter(&Tab::new(&deployment.base_url()), &key).await.is_ok());
        let wrong = entered.logins().change_password(&password(), &new_password()).await;
        assert_eq!(wrong, Err(LoginError::CurrentPassword));
        entered.logins().change_password(&new_password(), &password()).await.unwrap();
        assert_eq!(entered.over(), None);
        assert!(opens(&deployment, &password()).await);
        assert!(!opens(&deployment, &new_password()).await);

        let rows = entered.logins().list().await.unwrap();
        let passkey = rows.iter().find(|row| row.kind == LoginKind::Passkey).unwrap();
        assert!(passkey.is_own);
        entered.logins().remove(passkey.id).await.unwrap();
        assert_eq!(entered.over(), Some(Over::Removed));
        let removed = enter(&Tab::new(&deployment.base_url()), &key).await.err();
        assert_eq!(removed, Some(LoginError::UnknownPasskey));
        assert!(opens(&deployment, &password()).await);
    });
}

#[test]
fn a_passkey_that_gives_no_key_is_stored_nowhere() {
    story(async {
        let (deployment, _tab, session) = vault().await;
        let before = deployment.keys().await;
        for fault in [PasskeyFault::NoPrf, PasskeyFault::Dismissed, PasskeyFault::Failed] {
            let key = Authenticator::default();
            key.fault.set(Some(fault));
            let added = session.logins().add_passkey(&key).await;
            assert_eq!(added, Err(LoginError::Passkey(fault)));
        }
        assert_eq!(deployment.keys().await, before);
    });
}

#[test]
fn a_passkey_of_another_deployment_does_not_open() {
    story(async {
        let (_deployment, _tab, session) = vault().await;
        let key = Authenticator::default();
        session.logins().add_passkey(&key).await.unwrap();
        let elsewhere = Deployment::start().await;
        let other = Tab::new(&elsewhere.base_url());
        other.locked.create(NAME, &password(), None).await.unwrap();
        assert_eq!(enter(&other, &key).await.err(), Some(LoginError::UnknownPasskey));
    });
}

#[test]
fn a_passkey_opens_what_a_device_remembers_while_the_endpoint_is_away() {
    story(async {
        let (deployment, _tab, session) = vault().await;
        let key = Authenticator::default();
        session.logins().add_passkey(&key).await.unwrap();
        let other = Tab::new(&deployment.base_url());
        let entered = enter(&other, &key).await.unwrap();
        entered.sync().await.unwrap();
        entered.lock().await.told().await;
        other.line.fate(|_| Fate::Lost);
        assert!(enter(&other, &key).await.is_ok());
        let stranger = Tab::new(&deployment.base_url());
        stranger.line.fate(|_| Fate::Lost);
        let unknown = LoginError::Unlock(UnlockError::NoAnswer);
        assert_eq!(enter(&stranger, &key).await.err(), Some(unknown));
    });
}

#[test]
fn a_passkey_cut_at_any_request_opens_or_is_unknown_and_the_password_stays() {
    story(async {
        let add = async |session: &Session| {
            let key = Authenticator::default();
            (session.logins().add_passkey(&key).await, key)
        };
        cut_at_each_request(add, async |deployment, _, _, (added, key), at| {
            match (added, enter(&Tab::new(&deployment.base_url()), &key).await) {
                (_, Ok(_)) => {}
                (Err(_), Err(error)) => assert_eq!(error, LoginError::UnknownPasskey),
                (Ok(()), Err(error)) => panic!("{error} after {at}"),
            }
            assert!(opens(deployment, &password()).await);
        })
        .await;
    });
}

#[test]
fn a_passkey_of_the_account_deletes_it() {
    story(async {
        let (deployment, _tab, session) = vault().await;
        let (key, stranger) = (Authenticator::default(), Authenticator::default());
        session.logins().add_passkey(&key).await.unwrap();
        stranger.create("", [7; 16], [0; 32]).await.unwrap();
        let refused = session.delete_account(Proof::Passkey(&stranger), &|_| ()).await;
        assert_eq!(refused, Err(LoginError::UnknownPasskey));
        session.delete_account(Proof::Passkey(&key), &|_| ()).await.unwrap();
        assert!(deployment.keys().await.iter().all(|key| !key.contains('/')));
        assert_eq!(session.over(), Some(Over::Deleted));
    });
}

#[test]
fn what_a_passkey_computes_is_stored_nowhere() {
    story(async {
        let (deployment, tab, session) = vault().await;
        let key = Authenticator::default();
        session.logins().add_passkey(&key).await.unwrap();
        let entered = enter(&tab, &key).await.unwrap();
        entered.keep().await;
        let roots = key.roots.take();
        assert_eq!(roots.len(), 2);
        let holds = |bytes: &[u8]| bytes.windows(32).any(|at| roots.iter().any(|root| at == root));
        for name in deployment.keys().await {
            assert!(!holds(&deployment.object(&name).await), "{name}");
        }
        for (name, value) in tab.storage.records.borrow().iter() {
            assert!(!holds(value), "{name}");
        }
        assert!(!holds(tab.kept.record.borrow().as_deref().unwrap()));
    });
}
