//! Row 63 of THREATS.md: secrets are planted everywhere a request can hold one, and the log is searched for them.

use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::header;
use frond_endpoint::log::subscriber;
use frond_wire::{Operation, Registration};
use serde_json::{Value, json};

use crate::support::{HEADER, Person, World, go, request, send, uuid7};

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

#[tokio::test]
async fn row_63_no_secret_is_logged_or_answered() {
    let lines = Lines::default();
    let writer = lines.clone();
    let guard = tracing::subscriber::set_default(subscriber(move || writer.clone(), "trace"));

    let mut world = World::with(|config| config.accounts.registration = Registration::Invite).await;
    let app = world.app();
    let (person, marker) = (Person::new(), "PLANTED");
    let mut secrets = vec![marker.to_owned(), world.config.store.credentials.secret().to_owned()];
    let mut answers = String::new();

    let mut body = person.new_login();
    body.invite = Some(format!("{marker}-invite"));
    answers += &person.call(&world, &app, "POST", "/v1/accounts", &json!(body)).await.text;
    world.config.accounts.registration = Registration::Open;
    let app = world.app();
    answers += &person.create(&world, &app).await.text;
    let login = person.request(&world, "GET", "/v1/login?q=PLANTED", b"");
    secrets.push(login.headers()[header::AUTHORIZATION].to_str().unwrap()["Bearer ".len()..].to_owned());
    answers += &send(&app, login).await.text;
    let put = person.presign(&world, &app, Operation::PutObject { object: uuid7(), length: 7 }).await;
    secrets.push(put.url.split_once("X-Amz-Signature=").unwrap().1.to_owned());
    secrets.push(put.url.split_once("/objects/").unwrap().1[..36].to_owned());
    assert_eq!(go(&put, "PLANTED").await.status(), 200);

    let person_text = [person.login(), person.account.clone(), person.public_key()];
    for (method, target) in [
        ("GET", "/PLANTED"),
        ("GET", "/v1/PLANTED"),
        ("PLANTED", "/v1/login"),
        ("DELETE", "/v1/logins/PLANTED"),
    ] {
        let planted = request(method, target)
            .header(header::AUTHORIZATION, format!("Bearer {}", person.token(HEADER, r#"{"iss":"PLANTED"}"#)))
            .header(header::COOKIE, "PLANTED=1")
            .header(header::ORIGIN, "https://PLANTED.example");
        answers += &send(&app, planted.body(Body::from("PLANTED")).unwrap()).await.text;
    }
    for body in [json!({"PLANTED": 1}), json!({"operations": [{"op": "PLANTED"}]}), Value::from("PLANTED")] {
        answers += &person.call(&world, &app, "POST", "/v1/presign", &body).await.text;
    }
    world.store.take().unwrap().shutdown().await;
    answers += &person.call(&world, &world.app(), "GET", "/v1/login?PLANTED", &Value::Null).await.text;
    drop(guard);

    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    // It did log: every request, with the beginning of the login, and the store's silence.
    assert!(log.lines().filter(|line| line.contains("\"status\":")).count() >= 10, "{log}");
    assert!(
        log.contains(&person.login()[..6])
            && log.contains("/v1/logins/{login}")
            && log.contains("does not answer")
    );
    for line in log.lines() {
        serde_json::from_str::<Value>(line).unwrap();
    }
    for secret in secrets.iter().chain(&person_text) {
        assert!(!log.contains(secret), "logged: {secret}\n{log}");
    }
    for secret in &secrets {
        assert!(!answers.contains(secret), "answered: {secret}");
    }
}
