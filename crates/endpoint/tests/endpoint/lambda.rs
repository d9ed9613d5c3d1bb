//! The program as AWS Lambda runs it: a runtime interface on loopback hands it invocations and
//! takes its answers.

use std::process::{Command, Stdio};
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::routing::{get, post};
use frond_wire::{Name, Operation, PresignRequest, PresignResponse};
use serde_json::{Value, json};
use tokio::sync::{Mutex, mpsc};

use crate::process::ProcessGuard;
use crate::support::{Person, World, go, now, object_id};

struct Api {
    events: Mutex<mpsc::Receiver<Value>>,
    answers: mpsc::Sender<Value>,
}

/// `/runtime/invocation/next` and `/runtime/invocation/<id>/response`, as AWS documents them.
async fn runtime_api(api: Api) -> String {
    async fn next(State(api): State<Arc<Api>>) -> impl axum::response::IntoResponse {
        let event = api.events.lock().await.recv().await.unwrap();
        let headers = [
            ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd".to_owned()),
            ("lambda-runtime-deadline-ms", format!("{}", (now() + 60) * 1_000)),
            (
                "lambda-runtime-invoked-function-arn",
                "arn:aws:lambda:eu:1:function:frond".to_owned(),
            ),
            ("content-type", "application/json".to_owned()),
        ];
        (headers, event.to_string())
    }
    async fn response(
        State(api): State<Arc<Api>>,
        Path((_, kind)): Path<(String, String)>,
        body: Bytes,
    ) -> StatusCode {
        assert_eq!(kind, "response", "{}", String::from_utf8_lossy(&body));
        api.answers.send(serde_json::from_slice(&body).unwrap()).await.unwrap();
        StatusCode::ACCEPTED
    }
    let router = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/{kind}", post(response))
        .with_state(Arc::new(api));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(frond_endpoint::serve::serve(
        listener,
        router,
        Default::default(),
        std::future::pending(),
    ));
    address.to_string()
}

/// A request as a function URL sends it, payload version 2.0.
fn event(method: &str, path: &str, headers: Value, body: &str) -> Value {
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "",
        "headers": headers,
        "requestContext": {
            "accountId": "anonymous", "apiId": "frond", "domainName": "localhost:8080",
            "domainPrefix": "frond",
            "http": {
                "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1",
                "userAgent": "x",
            },
            "requestId": "id", "routeKey": "$default", "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000", "timeEpoch": 1_767_225_600_000_u64,
        },
        "body": body, "isBase64Encoded": false,
    })
}

#[tokio::test]
async fn the_program_answers_invocations() {
    let world = World::new().await;
    std::fs::create_dir(world.folder.path().join("dist")).unwrap();
    std::fs::write(world.folder.path().join("dist/index.html"), "<!doctype html>").unwrap();
    world.write_config("", "forwarded = true");
    let (events, to_program) = mpsc::channel(1);
    let (answers, mut from_program) = mpsc::channel(1);
    let api = runtime_api(Api { events: Mutex::new(to_program), answers }).await;
    let program = Command::new(env!("CARGO_BIN_EXE_frond-endpoint"))
        .current_dir(world.folder.path())
        .env_clear()
        .env("FROND_CONFIG", "frond.toml")
        .env("AWS_LAMBDA_RUNTIME_API", api)
        .env("AWS_LAMBDA_FUNCTION_NAME", "frond")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "log")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "log")
        .stderr(Stdio::null())
        .spawn();
    let _program = ProcessGuard(program.unwrap());

    let mut ask = async |method: &str, path: &str, signed: Option<&Person>, body: Value| {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut headers = json!({"host": "localhost:8080", "x-forwarded-for": "192.0.2.1"});
        if let Some(person) = signed {
            let request = person.request(&world, method, path, body.as_bytes());
            headers["authorization"] =
                json!(request.headers()[header::AUTHORIZATION].to_str().unwrap());
            headers["content-type"] = json!("application/json");
        }
        events.send(event(method, path, headers, &body)).await.unwrap();
        let answer = from_program.recv().await.unwrap();
        (
            answer["statusCode"].as_u64().unwrap(),
            answer["body"].as_str().unwrap_or_default().to_owned(),
        )
    };
    let person = Person::new();
    assert_eq!(ask("GET", "/healthz", None, Value::Null).await.0, 200);
    assert_eq!(ask("GET", "/", None, Value::Null).await, (200, "<!doctype html>".to_owned()));
    assert_eq!(ask("GET", "/v1/login", None, Value::Null).await.0, 401);
    assert_eq!(ask("POST", "/v1/accounts", Some(&person), json!(person.new_login())).await.0, 201);
    let batch = PresignRequest { operations: vec![Operation::put(Name::Object(object_id()), 5)] };
    let (status, body) = ask("POST", "/v1/presign", Some(&person), json!(batch)).await;
    assert_eq!(status, 200, "{body}");
    let signed: PresignResponse = serde_json::from_str(&body).unwrap();
    assert_eq!(go(&signed.urls[0], "abcde").await.status(), 200);
}
