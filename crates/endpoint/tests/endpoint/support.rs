//! A store, an endpoint, and somebody with a key.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::{Signer, SigningKey};
use frond_config::{Clock, Config};
use frond_endpoint::App;
use frond_endpoint::embedded::{BUCKET, Embedded, REGION};
use frond_store as embedded;
pub use frond_testing::clock::now;
use frond_wire::{
    AccountId, AddedLogin, DeviceId, EventId, LoginId, LoginKind, LoginRecord, NewLogin, ObjectId,
    Operation, Part, PresignRequest, PresignResponse, Presigned, added_login_message,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tower::ServiceExt;

pub const ORIGIN: &str = "http://localhost:8080";
pub const KEYRING: &str = "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUP\
    gJobwOz7JcbmrR64jVmpU4IwqDA==";

/// A real store, and the configuration of an endpoint on it.
pub struct World {
    pub config: Config,
    pub folder: TempDir,
    pub store: Option<embedded::Running>,
    ahead: Arc<AtomicU64>,
}

impl World {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = Embedded {
            listen: ([127, 0, 0, 1], 8080).into(),
            store_listen: ([127, 0, 0, 1], 0).into(),
            data: folder.path().join("data"),
            page: folder.path().join("dist"),
        };
        let kept = place.kept().unwrap();
        let store = embedded::serve(embedded::Options {
            listen: place.store_listen,
            data: place.data.clone(),
            region: REGION.to_owned(),
            bucket: BUCKET.to_owned(),
            access_key: kept.access_key.clone(),
            secret_key: kept.secret_key.clone(),
            allowed_origins: Embedded::origins(place.listen),
        })
        .await
        .unwrap();
        let config = place.config(&kept, place.listen, store.addr()).unwrap();
        Self { config, folder, store: Some(store), ahead: Arc::default() }
    }

    /// Writes `frond.toml` for a program of its own on this store, with these lines at its top and
    /// these limits.
    pub fn write_config(&self, top: &str, limits: &str) {
        let text = format!(
            r#"
            deployment = "{}"
            public_origins = ["{ORIGIN}"]
            {top}
            [store]
            endpoint = "{}"
            region = "{REGION}"
            bucket = "{BUCKET}"
            path_style = true
            credentials_file = "{}"
            [accounts]
            registration = "open"
            [limits]
            {limits}
            "#,
            self.config.deployment,
            self.config.store.origin(),
            self.folder.path().join("data/store-credentials.json").display(),
        );
        std::fs::write(self.folder.path().join("frond.toml"), text).unwrap();
    }

    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let mut world = Self::new().await;
        change(&mut world.config);
        world
    }

    /// Another instance.
    pub fn instance(&self) -> Arc<App> {
        let ahead = self.ahead.clone();
        let clock: Clock = Arc::new(move || now() + ahead.load(Ordering::SeqCst));
        App::new(self.config.clone(), clock).unwrap()
    }

    pub fn app(&self) -> Router {
        self.instance().router()
    }

    /// Turns the clock of every instance.
    pub fn pass(&self, seconds: u64) {
        self.ahead.fetch_add(seconds, Ordering::SeqCst);
    }
}

pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

pub fn base32(bytes: &[u8]) -> String {
    data_encoding::BASE32_NOPAD.encode(bytes).to_ascii_lowercase()
}

/// A random id of an object.
pub fn object_id() -> ObjectId {
    ObjectId::new(u64::from_be_bytes(random()), random())
}

/// A random id of an event.
pub fn event_id() -> EventId {
    EventId::new(u64::from_be_bytes(random()), random())
}

/// A random device.
pub fn device_id() -> DeviceId {
    DeviceId::from_bytes(random())
}

pub fn part(number: u32) -> Part {
    Part::new(number).unwrap()
}

/// Somebody who can sign.
pub struct Person {
    pub key: SigningKey,
    pub account: AccountId,
}

impl Person {
    pub fn new() -> Self {
        Self { key: SigningKey::from_bytes(&random()), account: AccountId::from_bytes(random()) }
    }

    pub fn login(&self) -> LoginId {
        LoginId::of(&self.key.verifying_key().to_bytes())
    }

    pub fn public_key(&self) -> String {
        BASE64URL_NOPAD.encode(&self.key.verifying_key().to_bytes())
    }

    pub fn record(&self) -> LoginRecord {
        LoginRecord {
            format: "frond/1 login".to_owned(),
            login: self.login(),
            public_key: self.public_key(),
            account: self.account,
            kind: LoginKind::Password,
            created: 1_700_000_000,
            keyring: KEYRING.to_owned(),
        }
    }

    pub fn new_login(&self) -> NewLogin {
        NewLogin { record: self.record(), invite: None }
    }

    pub fn claims(&self, deployment: &str, method: &str, target: &str, body: &[u8]) -> Value {
        json!({
            "iss": self.login(), "pub": self.public_key(), "aud": deployment, "iat": now(),
            "exp": now() + 60, "htm": method, "htu": format!("{ORIGIN}{target}"),
            "bh": BASE64URL_NOPAD.encode(&Sha256::digest(body)),
        })
    }

    pub fn token(&self, header: &str, claims: &str) -> String {
        let signed = format!(
            "{}.{}",
            BASE64URL_NOPAD.encode(header.as_bytes()),
            BASE64URL_NOPAD.encode(claims.as_bytes())
        );
        let signature = self.key.sign(signed.as_bytes());
        format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature.to_bytes()))
    }

    /// A request as the tab makes it.
    pub fn request(&self, world: &World, method: &str, target: &str, body: &[u8]) -> Request<Body> {
        let ahead = world.ahead.load(Ordering::SeqCst);
        let mut claims = self.claims(&world.config.deployment, method, target, body);
        claims["iat"] = json!(now() + ahead);
        claims["exp"] = json!(now() + ahead + 60);
        let token = self.token(HEADER, &claims.to_string());
        let mut request =
            request(method, target).header(header::AUTHORIZATION, format!("Bearer {token}"));
        if !body.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        request.body(Body::from(body.to_vec())).unwrap()
    }

    pub async fn call(
        &self,
        world: &World,
        app: &Router,
        method: &str,
        target: &str,
        body: &Value,
    ) -> Answer {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        send(app, self.request(world, method, target, &body)).await
    }

    pub async fn create(&self, world: &World, app: &Router) -> Answer {
        self.call(world, app, "POST", "/v1/accounts", &json!(self.new_login())).await
    }

    /// The body that lets `by` add this one's login to their account.
    pub fn added_by(&self, by: &Person, deployment: &str) -> AddedLogin {
        let record = self.record();
        let message =
            added_login_message(deployment, &by.login(), &serde_json::to_vec(&record).unwrap());
        let proof = BASE64URL_NOPAD.encode(&self.key.sign(&message).to_bytes());
        AddedLogin { record, proof }
    }

    /// Adds another login to the own account.
    pub async fn add(&self, world: &World, app: &Router, new: &Person) -> Answer {
        let body = new.added_by(self, &world.config.deployment);
        self.call(world, app, "POST", "/v1/logins", &json!(body)).await
    }

    pub async fn try_presign(
        &self,
        world: &World,
        app: &Router,
        operations: &[Operation],
    ) -> Answer {
        let batch = PresignRequest { operations: operations.to_vec() };
        self.call(world, app, "POST", "/v1/presign", &json!(batch)).await
    }

    /// What is signed for an operation; its method is the one that the tab expects.
    pub async fn presign(&self, world: &World, app: &Router, operation: Operation) -> Presigned {
        let method = operation.method();
        let answer = self.try_presign(world, app, &[operation]).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.json);
        let response: PresignResponse = serde_json::from_value(answer.json).unwrap();
        let presigned = response.urls.into_iter().next().unwrap();
        assert_eq!(presigned.method, method);
        presigned
    }
}

pub const HEADER: &str = r#"{"alg":"Ed25519","typ":"frond+jwt"}"#;

pub fn request(method: &str, target: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(target).header(header::HOST, "localhost:8080")
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: axum::http::HeaderMap,
    pub text: String,
    pub json: Value,
}

impl Answer {
    /// Status and stable name of a refusal.
    pub fn problem(&self) -> (u16, &str) {
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json");
        assert_eq!(self.json["status"], self.status.as_u16());
        (
            self.status.as_u16(),
            self.json["type"].as_str().unwrap().strip_prefix("/problems/").unwrap(),
        )
    }
}

pub async fn send(app: &Router, request: Request<Body>) -> Answer {
    let response = app.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, 16 << 20).await.unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let json = serde_json::from_str(&text).unwrap_or(Value::Null);
    Answer { status: parts.status, headers: parts.headers, text, json }
}

/// Sends a presigned request as a browser does: the body sets its own length.
pub async fn go(presigned: &Presigned, body: impl Into<reqwest::Body>) -> reqwest::Response {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = client.request(presigned.method.parse().unwrap(), &presigned.url).body(body);
    for (name, value) in presigned.headers.iter().filter(|(name, _)| *name != "content-length") {
        request = request.header(name, value);
    }
    request.send().await.unwrap()
}
