//! Accounts: made once, entered by many ways, never by somebody else's.

use std::time::Duration;

use axum::http::StatusCode;
use frond_endpoint::ConfirmError;

use frond_wire::{AccountId, InviteHash, Key, LoginRecord, Name, Operation, Registration};
use serde_json::{Value, json};

use crate::support::{Person, World, go, object_id, random};

#[tokio::test]
async fn an_account_is_created_and_entered() {
    let world = World::new().await;
    let app = world.app();
    let person = Person::new();

    let before = person.call(&world, &app, "GET", "/v1/login", &Value::Null).await;
    assert_eq!(before.problem(), (404, "unknown-login"));

    let made = person.create(&world, &app).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let login = person.call(&world, &app, "GET", "/v1/login", &Value::Null).await;
    assert_eq!(login.status, StatusCode::OK);
    assert_eq!(login.headers["cache-control"], "no-store");
    let record: LoginRecord = serde_json::from_value(login.json).unwrap();
    assert_eq!(record, person.record());
}

#[tokio::test]
async fn the_same_registration_again_answers_the_same() {
    let world = World::new().await;
    let person = Person::new();
    let first = person.create(&world, &world.app()).await;
    let again = person.create(&world, &world.app()).await;
    assert_eq!((first.status, first.text), (again.status, again.text));
}

#[tokio::test]
async fn a_registration_that_a_crash_cut_is_completed_by_its_repeat() {
    let world = World::new().await;
    let instance = world.instance();
    let person = Person::new();
    person.create(&world, &instance.router()).await;
    // What a crash between marker and record leaves.
    let login = person.login();
    instance.store.delete(&Key::login(&login)).await.unwrap();

    let again = person.create(&world, &world.app()).await;
    assert_eq!(again.status, StatusCode::CREATED);
    assert_eq!(
        person.call(&world, &world.app(), "GET", "/v1/login", &Value::Null).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn another_record_for_a_login_that_exists_is_refused() {
    let world = World::new().await;
    let app = world.app();
    let mut person = Person::new();
    person.create(&world, &app).await;
    person.account = AccountId::from_bytes(random());
    assert_eq!(person.create(&world, &app).await.problem(), (409, "login-exists"));
}

/// T37.
#[tokio::test]
async fn nobody_registers_into_an_account_that_exists() {
    let world = World::new().await;
    let app = world.app();
    let (owner, mut thief) = (Person::new(), Person::new());
    owner.create(&world, &app).await;
    thief.account = owner.account;
    assert_eq!(thief.create(&world, &app).await.problem(), (409, "account-exists"));
    assert_eq!(
        thief.call(&world, &app, "GET", "/v1/login", &Value::Null).await.problem(),
        (404, "unknown-login")
    );
    // And not into what is left where the owner's last objects outlived the login.
    let put = owner.presign(&world, &app, Operation::put(Name::Object(object_id()), 3)).await;
    assert_eq!(go(&put, "abc").await.status(), 200);
    assert_eq!(thief.create(&world, &app).await.problem(), (409, "account-exists"));
}

#[tokio::test]
async fn of_two_who_claim_one_account_at_once_at_most_one_gets_it() {
    let world = World::new().await;
    for _ in 0..8 {
        let (one, mut two) = (Person::new(), Person::new());
        two.account = one.account;
        let apps = [world.app(), world.app()];
        let (first, second) =
            tokio::join!(one.create(&world, &apps[0]), two.create(&world, &apps[1]));
        let made =
            [&first, &second].iter().filter(|answer| answer.status == StatusCode::CREATED).count();
        assert!(made <= 1, "{first:?} {second:?}");
    }
}

#[tokio::test]
async fn records_are_checked_field_by_field() {
    let world = World::new().await;
    let app = world.app();
    let person = Person::new();
    let long = "A".repeat(4100);
    let joined = format!("{}AAAAAAAAAAAAAAAAAAAAAA==", person.new_login().record.keyring);
    for (field, value, status) in [
        ("format", json!("frond/2 login"), 400),
        ("login", json!(Person::new().login()), 400),
        ("public_key", json!(Person::new().public_key()), 400),
        ("public_key", json!("AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), 400),
        ("account", json!("../../../../aaaaaaaaaaaaaa"), 400),
        ("account", json!(person.account.to_string().to_uppercase()), 400),
        ("kind", json!("device"), 400),
        ("created", json!(-1), 400),
        ("created", json!(1.5), 400),
        ("keyring", json!(""), 400),
        ("keyring", json!("not a token"), 400),
        ("keyring", json!(long), 400),
        ("keyring", json!(joined), 400),
        ("more", json!(1), 400),
    ] {
        let mut body = json!(person.new_login());
        body["record"][field] = value.clone();
        let answer = person.call(&world, &app, "POST", "/v1/accounts", &body).await;
        assert_eq!(answer.status.as_u16(), status, "{field} {value}");
    }
    assert_eq!(person.create(&world, &app).await.status, StatusCode::CREATED);
}

/// The request's own signature is the proof that its sender holds the key of the login that it
/// creates.
#[tokio::test]
async fn an_account_is_created_only_by_the_key_of_its_own_first_login() {
    let world = World::new().await;
    let app = world.app();
    let (person, other) = (Person::new(), Person::new());
    let body = json!(other.new_login());
    assert_eq!(
        person.call(&world, &app, "POST", "/v1/accounts", &body).await.problem(),
        (403, "forbidden")
    );
    let login = other.call(&world, &app, "GET", "/v1/login", &Value::Null).await;
    assert_eq!(login.problem(), (404, "unknown-login"));
    assert_eq!(other.create(&world, &app).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn closed_registration_lets_in_only_the_listed() {
    let (listed, other) = (Person::new(), Person::new());
    let world = World::with(|config| {
        config.accounts.registration = Registration::Closed;
        config.accounts.logins.insert(listed.login());
    })
    .await;
    let app = world.app();
    assert_eq!(other.create(&world, &app).await.problem(), (403, "registration-closed"));
    assert_eq!(listed.create(&world, &app).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn an_invite_is_good_once_on_whichever_instance() {
    let world = World::with(|config| {
        config.accounts.registration = Registration::Invite;
        config.accounts.invites.insert(InviteHash::of("spring-7"));
    })
    .await;
    let apps = [world.app(), world.app()];
    let (one, two) = (Person::new(), Person::new());
    let ask = async |person: &Person, app: usize, invite: Option<&str>| {
        let mut body = person.new_login();
        body.invite = invite.map(str::to_owned);
        person.call(&world, &apps[app], "POST", "/v1/accounts", &json!(body)).await
    };
    assert_eq!(ask(&one, 0, None).await.problem(), (403, "invite"));
    assert_eq!(ask(&one, 0, Some("spring-8")).await.problem(), (403, "invite"));
    assert_eq!(ask(&one, 0, Some("spring-7")).await.status, StatusCode::CREATED);
    assert_eq!(ask(&two, 1, Some("spring-7")).await.problem(), (403, "invite"));
    assert_eq!(ask(&one, 1, Some("spring-7")).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn an_invite_that_a_crash_left_claimed_serves_its_claimant() {
    let world = World::with(|config| {
        config.accounts.registration = Registration::Invite;
        config.accounts.invites.insert(InviteHash::of("spring-7"));
    })
    .await;
    let instance = world.instance();
    let person = Person::new();
    let key = Key::claim(&InviteHash::of("spring-7"), &person.login());
    assert!(instance.store.put_new(&key, "".into()).await.unwrap().is_none());
    let mut body = person.new_login();
    body.invite = Some("spring-7".to_owned());
    let answer =
        person.call(&world, &instance.router(), "POST", "/v1/accounts", &json!(body)).await;
    assert_eq!(answer.status, StatusCode::CREATED);
}

#[tokio::test]
async fn two_instances_behind_a_balancer_are_one() {
    let world = World::new().await;
    let apps = [world.app(), world.app()];
    let people: Vec<Person> = (0..4).map(|_| Person::new()).collect();
    let mut turn = 0..;
    let mut next = || &apps[turn.next().unwrap() % 2];
    for person in &people {
        assert_eq!(person.create(&world, next()).await.status, StatusCode::CREATED);
        assert_eq!(
            person.call(&world, next(), "GET", "/v1/login", &Value::Null).await.status,
            StatusCode::OK
        );
        let object = object_id();
        let put = person.presign(&world, next(), Operation::put(Name::Object(object), 5)).await;
        assert_eq!(go(&put, "abcde").await.status(), 200);
        let get = person.presign(&world, next(), Operation::Get(Name::Object(object))).await;
        assert_eq!(go(&get, "").await.text().await.unwrap(), "abcde");
        assert_eq!(person.create(&world, next()).await.status, StatusCode::CREATED);
    }
}

#[tokio::test]
async fn a_bucket_of_another_deployment_is_refused() {
    let mut world = World::new().await;
    world.instance().confirm().await.unwrap();
    world.config.deployment = "elsewhere".to_owned();
    let instance = world.instance();
    assert!(matches!(instance.confirm().await, Err(ConfirmError::Other)));
    assert_eq!(Person::new().create(&world, &instance.router()).await.problem(), (503, "store"));
}

#[tokio::test]
async fn a_store_that_is_down_is_said_and_found_again() {
    let mut world = World::new().await;
    let app = world.app();
    let person = Person::new();
    let address = world.store.as_ref().unwrap().addr();
    world.store.take().unwrap().shutdown().await;
    let health =
        || crate::support::request("GET", "/healthz").body(axum::body::Body::empty()).unwrap();
    assert_eq!(person.create(&world, &app).await.problem(), (503, "store"));
    assert_eq!(crate::support::send(&app, health()).await.problem(), (503, "store"));

    let kept: Value = serde_json::from_slice(
        &std::fs::read(world.folder.path().join("data/store-credentials.json")).unwrap(),
    )
    .unwrap();
    let text = |name: &str| kept[name].as_str().unwrap().to_owned();
    let mut again = None;
    for _ in 0..100 {
        let options = frond_store::Options {
            listen: address,
            data: world.folder.path().join("data"),
            region: text("region"),
            bucket: text("bucket"),
            access_key: text("access_key"),
            secret_key: text("secret_key"),
            allowed_origins: vec![],
        };
        again = frond_store::serve(options).await.ok();
        if again.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    world.store = again;
    assert!(world.store.is_some());
    assert_eq!(person.create(&world, &app).await.status, StatusCode::CREATED);
    assert_eq!(crate::support::send(&app, health()).await.status, StatusCode::OK);
}
