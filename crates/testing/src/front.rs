//! A store as an owner may have it: two keys, settings, CORS, in front of the embedded one, and
//! broken as told.

mod answer;
mod broken;
mod signature;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::Method;
use frond_config::Config;
use frond_store::{self as embedded, Options, Running};
use jiff::Timestamp;
use rusty_s3::{Bucket, UrlStyle};
use signature::signed;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Origin of the page that may call.
pub const PAGE: &str = "http://localhost:8080";
/// Its one bucket.
pub const BUCKET: &str = "frond";
/// Keys of the endpoint begin so.
pub const PREFIX: &str = "vault/";
const REGION: &str = "local";
/// The endpoint's access key: its id and its secret.
pub const TAB: (&str, &str) = ("TABKEY", "the secret of the tab");
/// The owner's access key: its id and its secret.
pub const OWNER: (&str, &str) = ("OWNERKEY", "the secret of the owner");
const INNER: (&str, &str) = ("INNERKEY", "the secret of the inner store");

/// What the store does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// Answers have no `Date`.
    NoDate,
    /// PUT of an object is refused.
    PutRefused,
    /// Any signature of a key that it knows will do.
    AnySignature,
    /// An object comes back with a bit of its first byte turned.
    GetDamaged,
    /// 403 for an object that is not there.
    MissingIsForbidden,
    /// `Range` is ignored.
    NoRanges,
    /// HEAD answers without an ETag.
    HeadWithoutEtag,
    /// Every list is empty.
    ListEmpty,
    /// A list ignores `start-after`.
    ListFromTheStart,
    /// A list ignores `max-keys`.
    ListOnePage,
    /// A list ignores `delimiter`.
    ListFlat,
    /// DELETE of an object answers 204 and does nothing.
    DeleteKeeps,
    /// Multipart uploads do not begin.
    NoUploads,
    /// A part is answered without an ETag.
    PartsWithoutEtag,
    /// Parts are not listed.
    NoPartList,
    /// An upload is not completed, and the error comes under 200.
    ErrorUnder200,
    /// DELETE of an upload answers 204 and does nothing.
    AbortKeeps,
    /// The list of uploads is empty.
    NoUploadList,
    /// PUT ignores `If-None-Match`.
    PutIgnoresCondition,
    /// PUT with `If-None-Match` is refused.
    PutRefusesCondition,
    /// Completing an upload ignores `If-None-Match`.
    CompleteIgnoresCondition,
    /// Completing an upload with `If-None-Match` is refused.
    CompleteRefusesCondition,
    /// Checksums are not compared.
    ChecksumsIgnored,
    /// PUT with a checksum is refused.
    ChecksumsRefused,
    /// CORS allows no header of a checksum.
    CorsWithoutChecksums,
    /// Anybody may read.
    PublicReads,
    /// Anybody may list.
    PublicLists,
    /// Anybody may write.
    PublicWrites,
    /// The endpoint's key sees another bucket.
    TwoBuckets,
    /// The endpoint's key may change the bucket's settings.
    TabIsOwner,
    /// The endpoint's key may use keys outside of its prefix.
    TabIsEverywhere,
}

/// The store, listening on a free loopback port until it is dropped.
pub struct Front {
    address: String,
    state: Arc<Inner>,
    server: JoinHandle<()>,
    _embedded: Running,
    _folder: tempfile::TempDir,
}

struct Inner {
    fault: Fault,
    bucket: Bucket,
    http: reqwest::Client,
    settings: Mutex<BTreeMap<String, String>>,
}

impl Drop for Front {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Front {
    /// A store whose bucket is set up as docs/STORES.md says, but for this fault.
    pub async fn open(fault: Fault) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let embedded = embedded::serve(Options {
            listen: ([127, 0, 0, 1], 0).into(),
            data: folder.path().to_owned(),
            region: REGION.to_owned(),
            bucket: BUCKET.to_owned(),
            access_key: INNER.0.to_owned(),
            secret_key: INNER.1.to_owned(),
            allowed_origins: Vec::new(),
        })
        .await
        .unwrap();
        let inner = format!("http://{}", embedded.addr()).parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let settings = [("cors", CORS), ("lifecycle", LIFECYCLE), ("versioning", VERSIONING)];
        let state = Arc::new(Inner {
            fault,
            bucket: Bucket::new(inner, UrlStyle::Path, BUCKET, REGION).unwrap(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            settings: Mutex::new(
                settings.map(|(name, xml)| (name.to_owned(), xml.to_owned())).into(),
            ),
        });
        let app = Router::new().fallback(answer::serve).with_state(state.clone());
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { address, state, server, _embedded: embedded, _folder: folder }
    }

    /// The configuration of an endpoint on this store, as its file.
    pub fn toml(&self) -> String {
        format!(
            "deployment = \"files.test\"\npublic_origins = [\"{PAGE}\"]\n[store]\n\
             endpoint = \"http://{}\"\n\
             region = \"{REGION}\"\nbucket = \"{BUCKET}\"\npath_style = true\n[accounts]\n\
             registration = \"closed\"\n",
            self.address
        )
    }

    /// The configuration of an endpoint on this store.
    pub fn config(&self) -> Config {
        let env = |name: &str| match name {
            "FROND_ACCESS_KEY" => Some(TAB.0.to_owned()),
            "FROND_SECRET_KEY" => Some(TAB.1.to_owned()),
            _ => None,
        };
        Config::parse(&self.toml(), env).unwrap()
    }

    /// What a setting of the bucket is, or that there is none.
    pub fn setting(&self, name: &str) -> Option<String> {
        self.state.settings.lock().unwrap().get(name).cloned()
    }

    /// Sets a setting of the bucket, or removes it.
    pub fn set(&self, name: &str, xml: Option<&str>) {
        let mut settings = self.state.settings.lock().unwrap();
        match xml {
            Some(xml) => settings.insert(name.to_owned(), xml.to_owned()),
            None => settings.remove(name),
        };
    }

    /// Puts an object past CORS, keys and fault.
    pub async fn put(&self, key: &str, body: &'static str) {
        let url = self.state.inner_url(Method::PUT, Some(key), &[], &[]);
        self.state.http.put(url).body(body).send().await.unwrap().error_for_status().unwrap();
    }

    /// Keys of all objects, past the fault.
    pub async fn keys(&self) -> Vec<String> {
        let url = self.state.inner_url(Method::GET, None, &[("list-type".into(), "2".into())], &[]);
        let xml = self.state.http.get(url).send().await.unwrap().text().await.unwrap();
        xml.split("<Key>")
            .skip(1)
            .map(|rest| rest.split("</Key>").next().unwrap().to_owned())
            .collect()
    }

    /// Number of multipart uploads that have not ended, past the fault.
    pub async fn uploads(&self) -> usize {
        let url =
            self.state.inner_url(Method::GET, None, &[("uploads".into(), String::new())], &[]);
        self.state
            .http
            .get(url)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
            .matches("<UploadId>")
            .count()
    }
}

const CORS: &str = "<CORSConfiguration><CORSRule>\
    <AllowedOrigin>http://localhost:8080</AllowedOrigin>\
    <ExposeHeader>ETag</ExposeHeader><ExposeHeader>Content-Range</ExposeHeader>\
    <ExposeHeader>Date</ExposeHeader>\
    </CORSRule></CORSConfiguration>";
const LIFECYCLE: &str = "<LifecycleConfiguration><Rule><Status>Enabled</Status>\
    <AbortIncompleteMultipartUpload>\
    <DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>\
    </LifecycleConfiguration>";
const VERSIONING: &str =
    "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";

/// Names and values, of a query or of headers.
type Pairs = Vec<(String, String)>;

impl Inner {
    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn inner_url(
        &self,
        method: Method,
        key: Option<&str>,
        query: &[(String, String)],
        headers: &[(String, String)],
    ) -> reqwest::Url {
        let url =
            key.map_or_else(|| self.bucket.base_url().clone(), |key| self.bucket.object_url(key));
        signed(Timestamp::now(), &method, url, INNER, 300, query, headers)
    }
}
