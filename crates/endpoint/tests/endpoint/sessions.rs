//! Open sessions: whose share is given to whom, until when, and that what was ended stays ended.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use data_encoding::BASE64URL_NOPAD;
use frond_wire::{SessionId, Vault};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{self, Answer, Person, World, base32, random, send};

/// A session as the device that began it knows it.
pub struct Session {
    pub id: String,
    pub secret: String,
    pub share: String,
}

/// A session, and what begins it.
pub fn new(idle_seconds: u64) -> (Session, Value) {
    let secret: [u8; 32] = random();
    let session = Session {
        id: base32(&random::<16>()),
        secret: BASE64URL_NOPAD.encode(&secret),
        share: BASE64URL_NOPAD.encode(&random::<32>()),
    };
    let body = json!({
        "session": session.id, "secret_hash": BASE64URL_NOPAD.encode(&Sha256::digest(secret)),
        "share": session.share, "idle_seconds": idle_seconds,
    });
    (session, body)
}

impl Session {
    pub fn target(&self, person: &Person) -> String {
        format!("/v1/sessions/{}/{}", person.account, self.id)
    }
}

pub fn request(method: &str, target: &str, secret: &str, body: &[u8]) -> Request<Body> {
    let request = support::request(method, target)
        .header(header::AUTHORIZATION, format!("Session {secret}"))
        .header(header::CONTENT_TYPE, "application/json");
    request.body(Body::from(body.to_vec())).unwrap()
}

async fn begun(world: &World, app: &Router, person: &Person, idle_seconds: u64) -> Session {
    let (session, body) = new(idle_seconds);
    let answer = person.call(world, app, "POST", "/v1/sessions", &body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    session
}

async fn ask(app: &Router, person: &Person, session: &Session) -> Answer {
    send(app, request("GET", &session.target(person), &session.secret, b"")).await
}

async fn renew(app: &Router, person: &Person, session: &Session, seconds: u64) -> Answer {
    let body = json!({ "idle_seconds": seconds }).to_string();
    send(app, request("POST", &session.target(person), &session.secret, body.as_bytes())).await
}

async fn end(app: &Router, person: &Person, session: &Session) -> Answer {
    send(app, request("DELETE", &session.target(person), &session.secret, b"")).await
}

async fn member(world: &World, app: &Router) -> Person {
    let person = Person::new();
    person.create(world, app).await;
    person
}

async fn keys(world: &World, person: &Person) -> Vec<String> {
    let account = person.account;
    let page = world.instance().store.list(&Vault(account).sessions(), 1_000, None).await.unwrap();
    page.objects.into_iter().map(|(key, _)| key).collect()
}

const ENDED: (u16, &str) = (404, "session-ended");

#[tokio::test]
async fn a_session_lives_on_every_instance_until_it_is_ended() {
    let world = World::new().await;
    let apps = [world.app(), world.app()];
    let person = member(&world, &apps[0]).await;
    let session = begun(&world, &apps[0], &person, 60).await;
    for app in &apps {
        let answer = ask(app, &person, &session).await;
        assert_eq!(
            (answer.status, &answer.json),
            (StatusCode::OK, &json!({ "share": session.share }))
        );
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    }
    assert_eq!(end(&apps[1], &person, &session).await.status, StatusCode::NO_CONTENT);
    for app in &apps {
        assert_eq!(ask(app, &person, &session).await.problem(), ENDED);
        assert_eq!(renew(app, &person, &session, 60).await.problem(), ENDED);
        assert_eq!(end(app, &person, &session).await.problem(), ENDED);
    }
    assert_eq!(keys(&world, &person).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_wrong_secret_another_account_and_no_session_get_one_answer() {
    let world = World::new().await;
    let app = world.app();
    let (person, other) = (member(&world, &app).await, member(&world, &app).await);
    let session = begun(&world, &app, &person, 60).await;
    let (stranger, _) = new(60);
    let secrets = [
        stranger.secret.as_str(),
        "",
        "x",
        session.secret.split_at(42).0,
        &format!("{}=", session.secret),
    ];
    let mut refused = Vec::new();
    for secret in secrets {
        for method in ["GET", "POST", "DELETE"] {
            refused
                .push(send(&app, request(method, &session.target(&person), secret, b"{}")).await);
        }
    }
    refused.push(send(&app, request("GET", &session.target(&other), &session.secret, b"")).await);
    refused.push(send(&app, request("GET", &stranger.target(&person), &session.secret, b"")).await);
    refused.push(send(&app, person.request(&world, "GET", &session.target(&person), b"")).await);
    let unsigned = support::request("GET", &session.target(&person)).body(Body::empty()).unwrap();
    refused.push(send(&app, unsigned).await);
    for answer in &refused {
        assert_eq!(answer.problem(), ENDED);
        assert_eq!(answer.text, refused[0].text);
    }
    assert_eq!(ask(&app, &person, &session).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_session_ends_by_itself_by_the_endpoints_clock() {
    let world = World::new().await;
    let app = world.app();
    let person = member(&world, &app).await;
    let session = begun(&world, &app, &person, 60).await;
    world.pass(50);
    assert_eq!(renew(&app, &person, &session, 100).await.status, StatusCode::NO_CONTENT);
    world.pass(90);
    assert_eq!(ask(&app, &person, &session).await.status, StatusCode::OK);
    world.pass(10);
    assert_eq!(renew(&app, &person, &session, 100).await.problem(), ENDED);
    // What is over leaves the bucket when it is asked for.
    assert_eq!(keys(&world, &person).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_session_ends_with_the_login_that_began_it_at_once_everywhere() {
    let world = World::new().await;
    let apps = [world.app(), world.app()];
    let first = member(&world, &apps[0]).await;
    let mut second = Person::new();
    second.account = first.account;
    let added = second.added_by(&first, &world.config.deployment);
    first.call(&world, &apps[0], "POST", "/v1/logins", &json!(added)).await;
    let (of_first, of_second) =
        (begun(&world, &apps[1], &first, 60).await, begun(&world, &apps[1], &second, 60).await);
    let target = format!("/v1/logins/{}", second.login());
    first.call(&world, &apps[0], "DELETE", &target, &Value::Null).await;
    assert_eq!(ask(&apps[1], &second, &of_second).await.problem(), ENDED);
    assert_eq!(ask(&apps[1], &first, &of_first).await.status, StatusCode::OK);
}

/// On a store without conditional writes too, for which nothing here depends on one.
#[tokio::test]
async fn no_renewal_brings_back_what_was_ended() {
    for conditional in [true, false] {
        let world = World::with(|config| config.store.conditional = conditional).await;
        let apps = [world.app(), world.app()];
        let person = member(&world, &apps[0]).await;
        for _ in 0..20 {
            let session = begun(&world, &apps[0], &person, 60).await;
            let renewals = async {
                loop {
                    if renew(&apps[1], &person, &session, 60).await.status != StatusCode::NO_CONTENT
                    {
                        break;
                    }
                }
            };
            let (_, ended) = tokio::join!(renewals, end(&apps[0], &person, &session));
            assert_eq!(ended.status, StatusCode::NO_CONTENT);
            assert_eq!(ask(&apps[0], &person, &session).await.problem(), ENDED);
        }
        // The latest renewal of all, that was admitted before the end and is written after it.
        let session = begun(&world, &apps[0], &person, 60).await;
        end(&apps[0], &person, &session).await;
        let account = person.account;
        let until = Vault(account).session_until(&SessionId::parse(&session.id).unwrap());
        let late = json!({ "until": support::now() + 60 }).to_string();
        world.instance().store.put(&until, late.into()).await.unwrap();
        assert_eq!(ask(&apps[1], &person, &session).await.problem(), ENDED);
        assert_eq!(renew(&apps[1], &person, &session, 60).await.problem(), ENDED);
    }
}

#[tokio::test]
async fn the_next_session_clears_away_what_is_over() {
    let world = World::new().await;
    let app = world.app();
    let person = member(&world, &app).await;
    let old = begun(&world, &app, &person, 60).await;
    let lives = begun(&world, &app, &person, 1_000).await;
    world.pass(60);
    let new = begun(&world, &app, &person, 60).await;
    let left = keys(&world, &person).await;
    assert!(left.iter().all(|key| !key.contains(&old.id)), "{left:?}");
    assert_eq!(left.len(), 4);
    for session in [&lives, &new] {
        assert_eq!(ask(&app, &person, session).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn an_account_has_a_bounded_number_of_sessions() {
    let world =
        World::with(|config| config.limits.requests_per_second = 10_000.try_into().unwrap()).await;
    let app = world.app();
    let person = member(&world, &app).await;
    let first = begun(&world, &app, &person, 600).await;
    for _ in 0..100 {
        begun(&world, &app, &person, 1_000).await;
    }
    assert_eq!(keys(&world, &person).await.len(), 200);
    assert_eq!(ask(&app, &person, &first).await.problem(), ENDED);
}

#[tokio::test]
async fn ids_numbers_and_bodies_have_one_form() {
    let world = World::new().await;
    let app = world.app();
    let person = member(&world, &app).await;
    let (session, body) = new(60);
    let changed = |name: &str, value: Value| {
        let mut body = body.clone();
        body[name] = value;
        body
    };
    for body in [
        json!({}),
        changed("session", json!("..")),
        changed("session", json!(session.id.to_uppercase())),
        changed("secret_hash", json!("x")),
        changed("share", json!(format!("{}=", session.share))),
        changed("idle_seconds", json!(59)),
        changed("idle_seconds", json!(31 * 86_400 + 1)),
        changed("idle_seconds", json!(-1)),
        changed("more", json!(1)),
    ] {
        let answer = person.call(&world, &app, "POST", "/v1/sessions", &body).await;
        assert_eq!(answer.problem(), (400, "malformed"), "{body}");
    }
    let session = begun(&world, &app, &person, 60).await;
    for bad in ["a", "..", "%2e%2e%2fdeployment", &session.id.to_uppercase()] {
        for target in [
            format!("/v1/sessions/{}/{bad}", person.account),
            format!("/v1/sessions/{bad}/{}", session.id),
        ] {
            let answer = send(&app, request("GET", &target, &session.secret, b"")).await;
            assert_eq!(answer.problem(), (400, "malformed"), "{target}");
        }
    }
    let target = session.target(&person);
    for (body, problem) in
        [("{}".to_owned(), (400, "malformed")), ("x".repeat(2_000), (413, "too-large"))]
    {
        let answer = send(&app, request("POST", &target, &session.secret, body.as_bytes())).await;
        assert_eq!(answer.problem(), problem);
    }
    // The same again is no other session; another under its id is refused, and nobody without an
    // account has any.
    let (_, mut again) = new(60);
    again["session"] = json!(session.id);
    assert_eq!(
        person.call(&world, &app, "POST", "/v1/sessions", &again).await.problem(),
        (403, "forbidden")
    );
    assert_eq!(ask(&app, &person, &session).await.json["share"], json!(session.share));
    let nobody = Person::new().call(&world, &app, "POST", "/v1/sessions", &body).await;
    assert_eq!(nobody.problem(), (403, "not-listed"));
}

#[tokio::test]
async fn sessions_go_with_their_account() {
    let world = World::new().await;
    let app = world.app();
    let person = member(&world, &app).await;
    let session = begun(&world, &app, &person, 60).await;
    person.call(&world, &app, "DELETE", "/v1/account", &Value::Null).await;
    assert_eq!(keys(&world, &person).await, Vec::<String>::new());
    assert_eq!(ask(&app, &person, &session).await.problem(), ENDED);
}
