//! Ways into an account, added and removed; and the account removed with all that is its own.

use axum::http::StatusCode;
use frond_endpoint::keys::{AccountId, ObjectId, Vault};
use frond_wire::{LoginKind, Operation};
use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::support::{Person, World, go, uuid7};

#[tokio::test]
async fn ways_in_are_added_and_removed_but_never_the_last() {
    let world = World::new().await;
    let app = world.app();
    let (first, mut second) = (Person::new(), Person::new());
    first.create(&world, &app).await;
    let own = format!("/v1/logins/{}", first.login());
    assert_eq!(first.call(&world, &app, "DELETE", &own, &Value::Null).await.problem(), (409, "last-login"));

    // Its record must name the caller's account.
    assert_eq!(
        first.call(&world, &app, "POST", "/v1/logins", &json!(second.new_login())).await.problem(),
        (403, "forbidden")
    );
    second.account = first.account.clone();
    let mut body = second.new_login();
    body.record.kind = LoginKind::Recovery;
    for _ in 0..2 {
        let added = first.call(&world, &app, "POST", "/v1/logins", &json!(body)).await;
        assert_eq!(added.status, StatusCode::CREATED);
    }
    assert_eq!(second.call(&world, &app, "GET", "/v1/login", &Value::Null).await.json["kind"], "recovery");

    for _ in 0..2 {
        let removed = second.call(&world, &app, "DELETE", &own, &Value::Null).await;
        assert_eq!(removed.status, StatusCode::NO_CONTENT);
    }
    assert_eq!(
        first.try_presign(&world, &app, &[Operation::ListUploads { object: None }]).await.problem(),
        (403, "not-listed")
    );
    let last = format!("/v1/logins/{}", second.login());
    assert_eq!(second.call(&world, &app, "DELETE", &last, &Value::Null).await.problem(), (409, "last-login"));
}

#[tokio::test]
async fn two_logins_that_remove_each_other_do_not_lock_the_account() {
    let world = World::new().await;
    let (first, mut second) = (Person::new(), Person::new());
    let app = world.app();
    first.create(&world, &app).await;
    second.account = first.account.clone();
    first.call(&world, &app, "POST", "/v1/logins", &json!(second.new_login())).await;
    let (apps, none) = ([world.app(), world.app()], Value::Null);
    let (a, b) = (format!("/v1/logins/{}", second.login()), format!("/v1/logins/{}", first.login()));
    tokio::join!(
        first.call(&world, &apps[0], "DELETE", &a, &none),
        second.call(&world, &apps[1], "DELETE", &b, &none)
    );
    let mut left = 0;
    for person in [&first, &second] {
        left +=
            usize::from(person.call(&world, &app, "GET", "/v1/login", &none).await.status == StatusCode::OK);
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
    assert_eq!(one.call(&world, &app, "DELETE", &target, &Value::Null).await.problem(), (403, "forbidden"));
    for bad in ["a", "..", "%2e%2e%2fdeployment", &two.login().to_uppercase()] {
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
    second.account = first.account.clone();
    first.call(&world, &apps[0], "POST", "/v1/logins", &json!(second.new_login())).await;
    let list = [Operation::ListUploads { object: None }];
    assert_eq!(second.try_presign(&world, &apps[1], &list).await.status, StatusCode::OK);

    let target = format!("/v1/logins/{}", second.login());
    first.call(&world, &apps[0], "DELETE", &target, &Value::Null).await;
    assert_eq!(second.try_presign(&world, &apps[0], &list).await.problem(), (403, "not-listed"));
    world.pass(frond_endpoint::auth::CACHE_SECONDS);
    assert_eq!(second.try_presign(&world, &apps[1], &list).await.problem(), (403, "not-listed"));
}

#[tokio::test]
async fn an_account_is_removed_with_all_that_is_its_own() {
    let world = World::new().await;
    let instance = world.instance();
    let app = instance.router();
    let (owner, mut second, neighbour) = (Person::new(), Person::new(), Person::new());
    owner.create(&world, &app).await;
    neighbour.create(&world, &app).await;
    second.account = owner.account.clone();
    owner.call(&world, &app, "POST", "/v1/logins", &json!(second.new_login())).await;
    for person in [&owner, &neighbour] {
        let put = person.presign(&world, &app, Operation::PutObject { object: uuid7(), length: 1 }).await;
        assert_eq!(go(&put, "x").await.status(), 200);
    }
    let gone = owner.call(&world, &app, "DELETE", "/v1/account", &Value::Null).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);

    for person in [&owner, &second] {
        let login = person.call(&world, &app, "GET", "/v1/login", &Value::Null).await;
        assert_eq!(login.problem(), (404, "unknown-login"));
    }
    let list = async |account: &str| {
        let account = AccountId::parse(account).unwrap();
        instance.store.list(&Vault(&account).all(), 100, None).await.unwrap().objects
    };
    assert!(list(&owner.account).await.is_empty());
    assert_eq!(list(&neighbour.account).await.len(), 2);
}

#[tokio::test]
async fn a_large_account_is_removed_in_several_steps() {
    let world = World::new().await;
    let instance = world.instance();
    let app = instance.router();
    let owner = Person::new();
    owner.create(&world, &app).await;
    let account = AccountId::parse(&owner.account).unwrap();
    let put = async |_| {
        let key = Vault(&account).object(&ObjectId::parse(&uuid7()).unwrap());
        instance.store.put_new(&key, "x".into()).await.unwrap()
    };
    let stored = futures_util::stream::iter(0..1_500).map(put).buffer_unordered(32).count().await;
    assert_eq!(stored, 1_500);
    let step = || owner.call(&world, &app, "DELETE", "/v1/account", &Value::Null);
    assert_eq!(step().await.status, StatusCode::ACCEPTED);
    // It is still the caller's: a repeat goes on.
    assert_eq!(step().await.status, StatusCode::NO_CONTENT);
    assert!(instance.store.list(&Vault(&account).all(), 10, None).await.unwrap().objects.is_empty());
    assert_eq!(
        owner.call(&world, &app, "GET", "/v1/login", &Value::Null).await.problem(),
        (404, "unknown-login")
    );
}
