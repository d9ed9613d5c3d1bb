//! An endpoint that sends the page and the command line elsewhere.

use super::*;

/// Everything that is asked from now on, as `METHOD URL`.
fn listens(tab: &Tab) -> Rc<RefCell<Vec<String>>> {
    let asked = Rc::new(RefCell::new(Vec::new()));
    let heard = Rc::clone(&asked);
    tab.line.fate(move |request| {
        heard.borrow_mut().push(format!("{} {}", request.method, request.url));
        Fate::Answered
    });
    asked
}

#[test]
fn a_url_of_another_place_is_never_asked() {
    story(async {
        let (deployment, tab, session) = vault().await;
        until(&session, "the list", |view| view.listed).await;
        let own = deployment.base_url();
        let store = deployment.store_origin();
        let past = [
            "http://router.test/admin?reboot".to_owned(),
            format!("{}healthz", deployment.base_url()),
            format!("{store}.evil.test/a"),
            format!("{store}@evil.test/a"),
            format!("{store}:1/a"),
            format!("{store}\\evil.test/a"),
            format!("{}/a", store.replace("http:", "https:")),
            format!("{}/a", store.replace("http:", "HTTP:")),
            format!("{store}/a\nb"),
            store.clone(),
            "file:///etc/passwd".to_owned(),
            String::new(),
        ];
        for url in past {
            let asked = listens(&tab);
            let lie = url.clone();
            tab.line.lies(move |from, value| {
                for signed in
                    value.get_mut("urls").and_then(|urls| urls.as_array_mut()).into_iter().flatten()
                {
                    assert!(from.ends_with("/v1/presign"));
                    signed["url"] = lie.clone().into();
                }
            });
            session.transfers().add(vec![source("a.txt", b"a")]).unwrap();
            session.refresh();
            let failed = |row: &TransferRow| {
                row.state == TransferState::Failed(TransferError::InvalidResponse)
            };
            let refused = |view: &Seen| {
                view.list_error == Some(TransferError::InvalidResponse)
                    && view.transfers.iter().any(failed)
            };
            let view = until(&session, &format!("{url:?} is refused"), refused).await;
            let presign = format!("POST {own}v1/presign");
            assert!(
                asked.borrow().iter().all(|asked| *asked == presign),
                "{url:?}: {:?}",
                asked.borrow()
            );
            tab.line.lies(|_, _| {});
            session.transfers().cancel(view.transfers[0].id);
            session.refresh();
            until(&session, "it is well again", |view| {
                view.list_error.is_none() && view.transfers.is_empty()
            })
            .await;
        }
        add(&session, &[("b.txt", b"b")]).await;
        assert_eq!(fetch(&tab, &session, "b.txt").await, b"b");
    });
}

#[test]
fn a_configuration_that_names_no_plain_origin_is_refused() {
    story(async {
        let deployment = Deployment::start().await;
        let tab = Tab::new(&deployment.base_url());
        create(&tab).await.lock().await.told().await;
        for member in ["store", "endpoint"] {
            for origin in [
                "https://user@store.test",
                "https://user:secret@store.test",
                "https://store.test/",
                "https://store.test/path",
                "https://store.test?query",
                "https://store.test#fragment",
                "https://",
                "//store.test",
                "store.test",
                "ftp://store.test",
                "javascript:alert(1)",
                "https://store.test:",
                "https://store.test:port",
                "https://STORE.test",
                "https://store test",
                "https://store.test\\path",
                "https://[::1",
                "https://sto\u{301}re.test",
            ] {
                let asked = listens(&tab);
                tab.line.lies(move |from, value| {
                    assert!(from.ends_with("/config.json"), "{from}");
                    value[member] = origin.into();
                });
                let refused = tab.locked.sign_in(NAME, &password()).await.err();
                assert_eq!(refused, Some(UnlockError::InvalidResponse), "{member}: {origin}");
                assert_eq!(asked.borrow().len(), 1, "{member}: {origin}");
            }
        }
        tab.line.lies(|_, _| {});
        sign_in(&tab).await;
    });
}

/// Whatever the configuration says later, a session stays with the store that it began with.
#[test]
fn a_store_that_changes_during_a_session_is_not_followed() {
    story(async {
        let (deployment, tab, session) = vault().await;
        until(&session, "the list", |view| view.listed).await;
        let asked = listens(&tab);
        tab.line.lies(|from, value| {
            if from.ends_with("/config.json") {
                value["store"] = "http://other.test".into();
            }
            for signed in
                value.get_mut("urls").and_then(|urls| urls.as_array_mut()).into_iter().flatten()
            {
                signed["url"] = "http://other.test/a".into();
            }
        });
        assert_eq!(tab.locked.config().await.unwrap().store, "http://other.test");
        session.refresh();
        until(&session, "it is refused", |view| {
            view.list_error == Some(TransferError::InvalidResponse)
        })
        .await;
        let reloaded = beside(&deployment, &tab);
        let session = reloaded.locked.restore().await.open().unwrap();
        assert!(
            asked.borrow().iter().all(|asked| !asked.contains("other.test")),
            "{:?}",
            asked.borrow()
        );
        session.sync().await.unwrap();
    });
}
