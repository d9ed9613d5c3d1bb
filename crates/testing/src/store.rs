//! The store under test, the embedded one or the one that the environment names, and calls on it.
//!
//! `FROND_TEST_STORE_ENDPOINT`, `_REGION`, `_BUCKET`, `_ACCESS_KEY`, `_SECRET_KEY` name a store
//! with an empty bucket; `_PATH_STYLE=0` asks for the bucket in the host name.

mod call;

use std::env;
use std::sync::LazyLock;

pub use call::{Call, Reply};
use frond_store::{self as embedded, Options, Running};
use rusty_s3::{Bucket, Credentials, UrlStyle};
use tempfile::TempDir;

/// Origin of the page that may call: `FROND_TEST_STORE_PAGE`, which the CORS rules of a store that
/// is named must name.
pub fn page() -> &'static str {
    static PAGE: LazyLock<String> = LazyLock::new(|| {
        env::var("FROND_TEST_STORE_PAGE").unwrap_or_else(|_| "http://localhost:8080".to_owned())
    });
    &PAGE
}

/// A store and how to reach it.
pub struct Target {
    /// Its bucket.
    pub bucket: Bucket,
    /// The access key that calls are signed with.
    pub credentials: Credentials,
    /// What sends them.
    pub http: reqwest::Client,
    /// Keys of this run begin so: runs may share a bucket.
    pub prefix: String,
    embedded: Option<(Running, TempDir)>,
}

impl Target {
    /// Opens the store under test.
    pub async fn open() -> Self {
        match env::var("FROND_TEST_STORE_ENDPOINT") {
            Ok(endpoint) => Self::named(&endpoint),
            Err(_) => Self::embedded().await,
        }
    }

    /// The embedded store, in a folder of its own.
    pub async fn embedded() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let running = embedded::serve(options(folder.path().to_owned())).await.unwrap();
        let mut target = Self::at(&format!("http://{}", running.addr()));
        target.embedded = Some((running, folder));
        target
    }

    /// An embedded store that is served already, with [`options`].
    pub fn at(endpoint: &str) -> Self {
        Self::new(endpoint, UrlStyle::Path, ["frond", "local", "AKID", "the secret key"])
    }

    fn named(endpoint: &str) -> Self {
        let setting = |name: &str| env::var(format!("FROND_TEST_STORE_{name}"));
        let required = |name: &str| {
            setting(name).unwrap_or_else(|_| panic!("FROND_TEST_STORE_{name} is not set"))
        };
        let style = if setting("PATH_STYLE").is_ok_and(|value| value == "0") {
            UrlStyle::VirtualHost
        } else {
            UrlStyle::Path
        };
        let names = ["BUCKET", "REGION", "ACCESS_KEY", "SECRET_KEY"].map(required);
        Self::new(endpoint, style, names.each_ref().map(String::as_str))
    }

    fn new(endpoint: &str, style: UrlStyle, [bucket, region, key, secret]: [&str; 4]) -> Self {
        Self {
            bucket: Bucket::new(
                endpoint.parse().unwrap(),
                style,
                bucket.to_owned(),
                region.to_owned(),
            )
            .unwrap(),
            credentials: Credentials::new(key, secret),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            prefix: format!("suite-{}/", random_hex()),
            embedded: None,
        }
    }

    /// A key of this run.
    pub fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The folder of the embedded store.
    pub fn folder(&self) -> &std::path::Path {
        self.embedded.as_ref().unwrap().1.path()
    }

    /// Stops the embedded store in order, and gives back its folder.
    pub async fn stop(mut self) -> TempDir {
        let (running, folder) = self.embedded.take().unwrap();
        running.shutdown().await;
        folder
    }
}

/// Options for an embedded store on a free port.
pub fn options(data: std::path::PathBuf) -> Options {
    Options {
        listen: ([127, 0, 0, 1], 0).into(),
        data,
        region: "local".to_owned(),
        bucket: "frond".to_owned(),
        access_key: "AKID".to_owned(),
        secret_key: "the secret key".to_owned(),
        allowed_origins: vec![page().to_owned()],
    }
}

/// 16 random hex digits.
pub fn random_hex() -> String {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).unwrap();
    format!("{:016x}", u64::from_be_bytes(bytes))
}
