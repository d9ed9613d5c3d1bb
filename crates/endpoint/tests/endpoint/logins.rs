//! Ways into an account, added and removed; and the account removed with all that is its own.

use axum::Router;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::response::IntoResponse;
use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::Signer;
use frond_endpoint::embedded::{BUCKET, REGION};
use frond_wire::{AccountId, Key, Name, Operation, Vault, added_login_message};
use futures_util::StreamExt;
use rusty_s3::{Bucket, UrlStyle};
use serde_json::{Value, json, to_vec};

use crate::support::{Person, World, go, object_id};

#[tokio::test]
async fn ways_in_are_added_and_removed_but_never_the_last() {
    let world = World::new().await;
    let app = world.app();
    let (first, mut second) = (Person::new(), Person::new());
    first.create(&world, &app).await;
    let own = format!("/v1/logins/{}", first.login());
    assert_eq!(
        first.call(&world, &app, "DELETE", &own, &Value::Null).await.problem(),
        (409, "last-login")
    );

    // Its record must name the caller's account.
    assert_eq!(first.add(&world, &app, &second).await.problem(), (403, "forbidden"));
    second.account = first.account;
    for _ in 0..2 {
        assert_eq!(first.add(&world, &app, &second).await.status, StatusCode::CREATED);
    }
    assert_eq!(
        second.call(&world, &app, "GET", "/v1/login", &Value::Null).await.json,
        json!(second.record())
    );

    for _ in 0..2 {
        let removed = second.call(&world, &app, "DELETE", &own, &Value::Null).await;
        assert_eq!(removed.status, StatusCode::NO_CONTENT);
    }
    assert_eq!(
        first.try_presign(&world, &app, &[Operation::ListUploads { object: None }]).await.problem(),
        (403, "not-listed")
    );
    let last = format!("/v1/logins/{}", second.login());
    assert_eq!(
        second.call(&world, &app, "DELETE", &last, &Value::Null).await.problem(),
        (409, "last-login")
    );
}

#[tokio::test]
async fn two_logins_that_remove_each_other_do_not_lock_the_account() {
    let world = World::new().await;
    let (first, mut second) = (Person::new(), Person::new());
    let app = world.app();
    first.create(&world, &app).await;
    second.account = first.account;
    first.add(&world, &app, &second).await;
    let (apps, none) = ([world.app(), world.app()], Value::Null);
    let (a, b) =
        (format!("/v1/logins/{}", second.login()), format!("/v1/logins/{}", first.login()));
    tokio::join!(
        first.call(&world, &apps[0], "DELETE", &a, &none),
        second.call(&world, &apps[1], "DELETE", &b, &none)
    );
    let mut left = 0;
    for person in [&first, &second] {
        left += usize::from(
            person.call(&world, &app, "GET", "/v1/login", &none).await.status == StatusCode::OK,
        );
    }
    assert!(left >= 1);
}

#[tokio::test]
async fn another_accounts_login_is_not_removed() {
    let world = World::new().await;
    let app = world.app();
    let (one, two) = (Person::new(), Person::new());
    one.create(&world, &app).await;
    two.create(&world, &app).await;
    let target = format!("/v1/logins/{}", two.login());
    assert_eq!(
        one.call(&world, &app, "DELETE", &target, &Value::Null).await.problem(),
        (403, "forbidden")
    );
    for bad in ["a", "..", "%2e%2e%2fdeployment", &two.login().to_string().to_uppercase()] {
        let target = format!("/v1/logins/{bad}");
        assert_eq!(
            one.call(&world, &app, "DELETE", &target, &Value::Null).await.problem(),
            (400, "malformed"),
            "{bad}"
        );
    }
}

#[tokio::test]
async fn a_removed_login_is_refused_everywhere_within_the_stated_time() {
    let world = World::new().await;
    let apps = [world.app(), world.app()];
    let (first, mut second) = (Person::new(), Person::new());
    first.create(&world, &apps[0]).await;
    second.account = first.account;
    first.add(&world, &apps[0], &second).await;
    let list = [Operation::ListUploads { object: None }];
    assert_eq!(second.try_presign(&world, &apps[1], &list).await.status, StatusCode::OK);

    let target = format!("/v1/logins/{}", second.login());
    first.call(&world, &apps[0], "DELETE", &target, &Value::Null).await;
    assert_eq!(second.try_presign(&world, &apps[0], &list).await.problem(), (403, "not-listed"));
    world.pass(frond_endpoint::auth::CACHE_SECONDS);
    assert_eq!(second.try_presign(&world, &apps[1], &list).await.problem(), (403, "not-listed"));
}

/// The ten-second cache serves presigning; whatever changes ways in asks the bucket.
#[tokio::test]
async fn a_removed_login_changes_no_ways_in_through_an_instance_that_saw_it_seconds_ago() {
    let world = World::new().await;
    let apps = [world.app(), world.app()];
    let (first, mut removed, mut third) = (Person::new(), Person::new(), Person::new());
    first.create(&world, &apps[0]).await;
    removed.account = first.account;
    third.account = first.account;
    first.add(&world, &apps[0], &removed).await;
    let list = [Operation::ListUploads { object: None }];
    assert_eq!(removed.try_presign(&world, &apps[1], &list).await.status, StatusCode::OK);
    let target = format!("/v1/logins/{}", removed.login());
    first.call(&world, &apps[0], "DELETE", &target, &Value::Null).await;

    assert_eq!(removed.add(&world, &apps[1], &third).await.problem(), (403, "not-listed"));
    let first_login = format!("/v1/logins/{}", first.login());
    for target in [first_login.as_str(), "/v1/account"] {
        let answer = removed.call(&world, &apps[1], "DELETE", target, &Value::Null).await;
        assert_eq!(answer.problem(), (403, "not-listed"), "{target}");
    }
    for person in [&removed, &third] {
        let login = person.call(&world, &apps[1], "GET", "/v1/login", &Value::Null).await;
        assert_eq!(login.problem(), (404, "unknown-login"));
    }
    let own = first.call(&world, &apps[0], "GET", "/v1/login", &Value::Null).await;
    assert_eq!(own.status, StatusCode::OK);
}

/// A login is removed after its request was admitted and what it adds was written.
#[tokio::test]
async fn what_a_login_adds_while_it_is_removed_goes_with_it() {
    let mut world = World::new().await;
    let direct = world.instance();
    let app = direct.router();
    let (first, mut removed, mut third) = (Person::new(), Person::new(), Person::new());
    first.create(&world, &app).await;
    removed.account = first.account;
    third.account = first.account;
    first.add(&world, &app, &removed).await;

    // A store in front of the store: when the new record has been written, the other one goes.
    let (behind, http) =
        (world.config.store.origin(), reqwest::Client::builder().no_proxy().build().unwrap());
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let front = format!("http://{}", listener.local_addr().unwrap());
    let record = format!("/{BUCKET}/logins/{}", third.login());
    let (store, gone) = (direct.clone(), removed.login());
    let forward = async move |request: Request| {
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, 1 << 20).await.unwrap();
        let target = format!("{behind}{}", parts.uri.path_and_query().unwrap());
        let sent = http.request(parts.method.clone(), target).headers(parts.headers).body(body);
        let answer = sent.send().await.unwrap();
        if parts.method == Method::PUT && parts.uri.path() == record {
            store.store.delete(&Key::login(&gone)).await.unwrap();
        }
        (answer.status(), answer.bytes().await.unwrap()).into_response()
    };
    let routes = Router::new().fallback(forward);
    tokio::spawn(async move { axum::serve(listener, routes).await });
    world.config.store.bucket =
        Bucket::new(front.parse().unwrap(), UrlStyle::Path, BUCKET, REGION).unwrap();

    assert_eq!(removed.add(&world, &world.app(), &third).await.problem(), (403, "not-listed"));
    let login = third.call(&world, &app, "GET", "/v1/login", &Value::Null).await;
    assert_eq!(login.problem(), (404, "unknown-login"));
    let account = first.account;
    let marker = Vault(account).login(&third.login());
    assert_eq!(direct.store.get(&marker).await.unwrap(), None, "nothing of it is left");
}

/// Otherwise anybody could occupy a login whose id they have seen, and its owner would get 409.
#[tokio::test]
async fn a_login_is_added_only_with_a_proof_of_its_key() {
    let world = World::new().await;
    let app = world.app();
    let (first, mut second, other) = (Person::new(), Person::new(), Person::new());
    first.create(&world, &app).await;
    other.create(&world, &app).await;
    second.account = first.account;
    let deployment = world.config.deployment.as_str();
    let good = json!(second.added_by(&first, deployment));
    let ask = async |body: &Value| {
        let answer = first.call(&world, &app, "POST", "/v1/logins", body).await;
        let (status, name) = answer.problem();
        (status, name.to_owned())
    };
    for body in [json!({"record": good["record"]}), json!(second.new_login())] {
        assert_eq!(ask(&body).await, (400, "malformed".to_owned()), "no proof");
    }
    let with = |proof: &Value| json!({"record": good["record"], "proof": proof});
    let signed_by_another = Person { key: other.key.clone(), account: first.account };
    for (what, proof) in [
        ("for another adding login", json!(second.added_by(&other, deployment))["proof"].clone()),
        ("for another deployment", json!(second.added_by(&first, "elsewhere"))["proof"].clone()),
        ("by the adding login itself", {
            let message =
                added_login_message(deployment, &first.login(), &to_vec(&good["record"]).unwrap());
            json!(BASE64URL_NOPAD.encode(&first.key.sign(&message).to_bytes()))
        }),
        (
            "of another's record",
            json!(signed_by_another.added_by(&first, deployment))["proof"].clone(),
        ),
        ("padded", json!(format!("{}==", good["proof"].as_str().unwrap()))),
        ("cut", json!(good["proof"].as_str().unwrap().split_at(80).0)),
        ("empty", json!("")),
    ] {
        assert_eq!(ask(&with(&proof)).await, (403, "proof".to_owned()), "{what}");
    }
    // Signed for other content of the record.
    for (member, value) in [("created", json!(1)), ("kind", json!("recovery"))] {
        let mut changed = good.clone();
        changed["record"][member] = value;
        assert_eq!(ask(&changed).await, (403, "proof".to_owned()), "{member}");
    }
    let login = second.call(&world, &app, "GET", "/v1/login", &Value::Null).await;
    assert_eq!(login.problem(), (404, "unknown-login"));
}

#[tokio::test]
async fn an_account_is_removed_with_all_that_is_its_own() {
    let world = World::new().await;
    let instance = world.instance();
    let app = instance.router();
    let (owner, mut second, neighbour) = (Person::new(), Person::new(), Person::new());
    owner.create(&world, &app).await;
    neighbour.create(&world, &app).await;
    second.account = owner.account;
    owner.add(&world, &app, &second).await;
    for person in [&owner, &neighbour] {
        let put = person.presign(&world, &app, Operation::put(Name::Object(object_id()), 1)).await;
        assert_eq!(go(&put, "x").await.status(), 200);
    }
    let gone = owner.call(&world, &app, "DELETE", "/v1/account", &Value::Null).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);

    for person in [&owner, &second] {
        let login = person.call(&world, &app, "GET", "/v1/login", &Value::Null).await;
        assert_eq!(login.problem(), (404, "unknown-login"));
    }
    let list = async |account: AccountId| {
        instance.store.list(&Vault(account).all(), 100, None).await.unwrap().objects
    };
    assert!(list(owner.account).await.is_empty());
    assert_eq!(list(neighbour.account).await.len(), 2);
}

#[tokio::test]
async fn a_large_account_is_removed_in_several_steps() {
    let world = World::new().await;
    let instance = world.instance();
    let app = instance.router();
    let owner = Person::new();
    owner.create(&world, &app).await;
    let account = owner.account;
    let put = async |_| {
        let key = Vault(account).name(&Name::Object(object_id()));
        instance.store.put_new(&key, "x".into()).await.unwrap()
    };
    let stored = futures_util::stream::iter(0..1_500).map(put).buffer_unordered(32).count().await;
    assert_eq!(stored, 1_500);
    let step = || owner.call(&world, &app, "DELETE", "/v1/account", &Value::Null);
    assert_eq!(step().await.status, StatusCode::ACCEPTED);
    // It is still the caller's: a repeat goes on.
    assert_eq!(step().await.status, StatusCode::NO_CONTENT);
    assert!(instance.store.list(&Vault(account).all(), 10, None).await.unwrap().objects.is_empty());
    assert_eq!(
        owner.call(&world, &app, "GET", "/v1/login", &Value::Null).await.problem(),
        (404, "unknown-login")
    );
}

#[tokio::test]
async fn a_caller_lists_the_logins_of_its_own_account_and_no_keyring() {
    let world = World::new().await;
    let app = world.app();
    let (first, mut second, other) = (Person::new(), Person::new(), Person::new());
    first.create(&world, &app).await;
    other.create(&world, &app).await;
    second.account = first.account;
    first.add(&world, &app, &second).await;
    // A marker without a record grants no access.
    let marker = Vault(first.account).login(&Person::new().login());
    world.instance().store.put_new(&marker, "".into()).await.unwrap();
    let mut expected = [&first, &second].map(|person| {
        let record = person.record();
        json!({ "login": record.login, "kind": record.kind, "created": record.created })
    });
    expected.sort_by_key(|listed| listed["login"].to_string());
    for person in [&first, &second] {
        let listed = person.call(&world, &app, "GET", "/v1/logins", &Value::Null).await;
        assert_eq!(listed.json, json!({ "logins": expected }));
    }
    let stranger = Person::new().call(&world, &app, "GET", "/v1/logins", &Value::Null).await;
    assert_eq!(stranger.problem(), (403, "not-listed"));
}
