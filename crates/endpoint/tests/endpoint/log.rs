//! Neither log nor answers hold a secret: secrets are planted everywhere a request can hold one,
//! and the log is searched for them.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use frond_endpoint::log::subscriber;
use frond_wire::{Name, Operation, Registration};
use serde_json::{Value, json};

use crate::sessions;
use crate::support::{Answer, HEADER, Person, World, go, object_id, request, send};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What a test asks of an endpoint, and all that it hears.
struct Asked<'a> {
    world: &'a World,
    answers: String,
    problems: BTreeSet<String>,
}

impl Asked<'_> {
    fn hear(&mut self, answer: Answer) {
        if let Some(problem) = answer.json["type"].as_str() {
            self.problems.insert(problem.trim_start_matches("/problems/").to_owned());
        }
        self.answers += &answer.text;
        self.answers += &format!("{:?}", answer.headers);
    }

    async fn call(
        &mut self,
        app: &Router,
        person: &Person,
        method: &str,
        target: &str,
        body: &Value,
    ) {
        self.hear(person.call(self.world, app, method, target, body).await);
    }

    async fn send(&mut self, app: &Router, request: Request<Body>) {
        self.hear(send(app, request).await);
    }
}

/// Every route and every refusal that a caller can bring about, with something secret in each place
/// that holds text.
#[tokio::test]
async fn no_secret_is_logged_or_answered() {
    let lines = Lines::default();
    let writer = lines.clone();
    // For all threads: what other tests write meanwhile is searched too.
    tracing::subscriber::set_global_default(subscriber(move || writer.clone(), "trace")).unwrap();

    let marker = "PLANTED";
    let mut world = World::with(|config| {
        config.accounts.registration = Registration::Invite;
        config.limits.quota_bytes = Some(1_000);
    })
    .await;
    let invited = world.app();
    world.config.accounts.registration = Registration::Closed;
    let closed = world.app();
    world.config.accounts.registration = Registration::Open;
    let app = world.app();
    world.config.limits.requests_per_second = 1.try_into().unwrap();
    let slow = world.app();
    let store = world.store.take().unwrap();
    let mut secrets = vec![marker.to_owned(), world.config.store.credentials.secret().to_owned()];
    let mut asked = Asked { world: &world, answers: String::new(), problems: BTreeSet::new() };
    let none = Value::Null;

    // Accounts.
    let (person, other) = (Person::new(), Person::new());
    let mut body = person.new_login();
    body.invite = Some(format!("{marker}-invite"));
    for app in [&invited, &closed] {
        asked.call(app, &person, "POST", "/v1/accounts", &json!(body)).await;
    }
    for owner in [&person, &other] {
        asked.call(&app, owner, "POST", "/v1/accounts", &json!(owner.new_login())).await;
    }
    let mut changed = person.new_login();
    changed.record.created += 1;
    asked.call(&app, &person, "POST", "/v1/accounts", &json!(changed)).await;
    let mut taken = Person::new();
    taken.account = person.account;
    asked.call(&app, &taken, "POST", "/v1/accounts", &json!(taken.new_login())).await;
    for by in [&person, &other] {
        let body = json!(taken.added_by(by, &world.config.deployment));
        asked.call(&app, &person, "POST", "/v1/logins", &body).await;
    }
    let logins = [&taken, &other, &person].map(|person| person.login().to_string());
    for login in logins.into_iter().chain([marker.to_owned()]) {
        asked.call(&app, &person, "DELETE", &format!("/v1/logins/{login}"), &none).await;
    }
    let login = person.request(&world, "GET", "/v1/login?q=PLANTED", b"");
    secrets.push(
        login.headers()[header::AUTHORIZATION]
            .to_str()
            .unwrap()
            .strip_prefix("Bearer ")
            .unwrap()
            .to_owned(),
    );
    asked.send(&app, login).await;
    asked.call(&app, &Person::new(), "GET", "/v1/login", &none).await;
    asked.call(&app, &Person::new(), "DELETE", "/v1/account", &none).await;

    // Sessions: ids, secrets and shares are nobody's to read.
    let (session, new) = sessions::new(600);
    asked.call(&app, &person, "POST", "/v1/sessions", &new).await;
    let target = session.target(&person);
    for (method, secret) in [("GET", &*session.secret), ("POST", &*session.secret), ("GET", marker)]
    {
        asked
            .send(&app, sessions::request(method, &target, secret, br#"{"idle_seconds":600}"#))
            .await;
    }
    secrets.extend([session.secret.clone(), session.id]);
    let share = session.share.clone();
    asked.answers = asked.answers.replace(&format!("{{\"share\":\"{share}\"}}"), "");
    secrets.push(share);

    // Presigning.
    let put = person.presign(&world, &app, Operation::put(Name::Object(object_id()), 7)).await;
    secrets.push(put.url.split_once("X-Amz-Signature=").unwrap().1.to_owned());
    secrets.push(put.url.split_once("/objects/").unwrap().1.split_at(36).0.to_owned());
    assert_eq!(go(&put, "PLANTED").await.status(), 200);
    let id = object_id();
    for body in [
        json!({"PLANTED": 1}),
        json!({"operations": [{"op": "PLANTED"}]}),
        json!({"operations": [{"op": "get-object", "object": marker}]}),
        json!({"operations": [{"op": "list-parts", "object": id, "upload": "PLANTED?"}]}),
        json!({"operations": [{"op": "put-object", "object": id, "length": 994}]}),
        json!({"operations": [{"op": "put-object", "object": id, "length": 1_u64 << 40}]}),
        Value::from(marker),
    ] {
        asked.call(&app, &person, "POST", "/v1/presign", &body).await;
    }

    // Paths, methods and queries.
    for (method, target) in [
        ("GET", "/PLANTED"),
        ("GET", "/v1/PLANTED"),
        ("PLANTED", "/v1/login"),
        ("POST", "/v1/presign"),
        ("DELETE", "/v1/logins/PLANTED"),
        ("GET", "/config.json?PLANTED"),
        ("GET", "/?PLANTED"),
        ("GET", "/healthz?PLANTED"),
    ] {
        for (name, value) in [
            (header::COOKIE, "PLANTED=1"),
            (header::ORIGIN, "https://PLANTED.example"),
            (header::HOST, "PLANTED.example"),
            (header::CONTENT_TYPE, "text/PLANTED"),
            (header::USER_AGENT, "PLANTED"),
        ] {
            let token = person.token(HEADER, r#"{"iss":"PLANTED"}"#);
            let planted =
                request(method, target).header(header::AUTHORIZATION, format!("Bearer {token}"));
            let mut planted = planted.body(Body::from(marker)).unwrap();
            planted.headers_mut().insert(name, value.parse().unwrap());
            asked.send(&app, planted).await;
        }
    }
    let mut text = person.request(&world, "POST", "/v1/presign", b"PLANTED");
    text.headers_mut().insert(header::CONTENT_TYPE, "text/plain".parse().unwrap());
    asked.send(&app, text).await;
    let late = person.request(&world, "GET", "/v1/login", b"");
    world.pass(200);
    asked.send(&app, late).await;
    for _ in 0..30 {
        asked.call(&slow, &person, "GET", "/v1/login?PLANTED", &none).await;
    }

    // The store gone, for who has been here and for who has not; last, for it takes the account
    // with it.
    asked.call(&app, &other, "DELETE", "/v1/account", &none).await;
    store.shutdown().await;
    for app in [app, world.app()] {
        asked.call(&app, &person, "GET", "/v1/login?PLANTED", &none).await;
    }
    let Asked { answers, problems, .. } = asked;

    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    // It did log: every route, the beginning of the login, the store's silence.
    for route in [
        "/v1/accounts",
        "/v1/account",
        "/v1/login",
        "/v1/logins",
        "/v1/logins/{login}",
        "/v1/presign",
        "/v1/sessions",
        "/v1/sessions/{account}/{session}",
        "/healthz",
        "/config.json",
        "page",
    ] {
        assert!(log.contains(&format!("\"route\":\"{route}\"")), "{route}");
    }
    assert!(
        log.contains(person.login().to_string().split_at(6).0) && log.contains("does not answer")
    );
    for line in log.lines() {
        serde_json::from_str::<Value>(line).unwrap();
    }
    // And it brought about every refusal but the two that nobody can ask for: a fault of ours, and
    // 45 seconds.
    let expected = [
        "account-exists",
        "clock",
        "forbidden",
        "host",
        "invite",
        "last-login",
        "login-exists",
        "malformed",
        "media-type",
        "method",
        "not-found",
        "not-listed",
        "origin",
        "proof",
        "quota",
        "registration-closed",
        "session-ended",
        "store",
        "token",
        "too-large",
        "too-many",
        "unknown-login",
    ];
    assert_eq!(problems.iter().map(String::as_str).collect::<Vec<_>>(), expected);

    let person_text = [person.login().to_string(), person.account.to_string(), person.public_key()];
    for secret in secrets.iter().chain(&person_text) {
        assert!(!log.contains(secret), "logged: {secret}\n{log}");
    }
    for secret in &secrets {
        assert!(!answers.contains(secret), "answered: {secret}");
    }
}
