//! The real endpoint with its embedded store, on free loopback ports, and a look into the bucket
//! past both.
//!
//! Where `FROND_TEST_STORE_ENDPOINT` and its companions name a store (tools/stores), it is that
//! one, in a part of its bucket that is the story's own, behind a line that can be cut.

use std::env;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use frond_config::Config;
use frond_endpoint::embedded::{BUCKET, Embedded, Kept, REGION};
use frond_endpoint::{App, ConfirmError, serve};
use frond_store as embedded;
use frond_wire::ChecksumAlgorithm;
use reqwest::{Method, StatusCode, Url};
use rusty_s3::actions::ListObjectsV2;
use rusty_s3::{Bucket, Credentials, S3Action};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};

use crate::clock;

/// How long a signed URL of the tests lives.
const LIFE: Duration = Duration::from_secs(60);

/// The store of a story.
enum Store {
    Embedded(embedded::Running),
    /// One that others share, behind a line of our own.
    Named(JoinHandle<()>),
}

/// An endpoint and its store.
pub struct Deployment {
    data: tempfile::TempDir,
    kept: Kept,
    config: Config,
    store: Option<Store>,
    store_address: SocketAddr,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    client: reqwest::Client,
}

impl Deployment {
    /// Both, empty.
    pub async fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let place = Embedded {
            listen: ([127, 0, 0, 1], 0).into(),
            store_listen: ([127, 0, 0, 1], 0).into(),
            data: data.path().to_owned(),
            page: data.path().join("dist"),
        };
        let kept = place.kept().unwrap();
        let listener = TcpListener::bind(place.listen).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (store, store_address) = open_store(&data, &kept, place.store_listen, address).await;
        let mut config = place.config(&kept, address, store_address).unwrap();
        if let Some(named) = named() {
            let url = format!("http://{store_address}").parse().unwrap();
            config.store.bucket =
                Bucket::new(url, rusty_s3::UrlStyle::Path, named.bucket, named.region).unwrap();
            config.store.credentials = Credentials::new(named.access_key, named.secret_key);
            config.store.conditional = named.conditional;
            config.store.checksum = ChecksumAlgorithm::Md5;
            config.store.prefix = format!("{}/", kept.deployment);
        }
        config.limits.requests_per_second = NonZeroU32::new(10_000).unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut deployment = Self {
            data,
            kept,
            config,
            store: Some(store),
            store_address,
            address,
            stop: None,
            client,
        };
        deployment.serve(listener).await;
        deployment
    }

    /// Whether the environment named the store.
    fn is_named(&self) -> bool {
        matches!(self.store, Some(Store::Named(_)))
    }

    /// Where the page is.
    pub fn base_url(&self) -> String {
        format!("http://localhost:{}/", self.address.port())
    }

    /// Where presigned URLs lead.
    pub fn store_origin(&self) -> String {
        self.config.store.origin()
    }

    /// Nobody reaches the store from now on.
    pub async fn stop_store(&mut self) {
        match self.store.take().unwrap() {
            Store::Embedded(running) => running.shutdown().await,
            Store::Named(line) => {
                line.abort();
                let _ = line.await;
            }
        }
    }

    /// The store is back, at the same address.
    pub async fn start_store(&mut self) {
        self.store =
            Some(open_store(&self.data, &self.kept, self.store_address, self.address).await.0);
    }

    /// Bytes that an account may store, once the endpoint starts again.
    pub fn set_quota(&mut self, bytes: u64) {
        self.config.limits.quota_bytes = Some(bytes);
    }

    /// The endpoint stops, once it answered whoever waits.
    pub fn stop_endpoint(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    /// The endpoint is back, at the same address.
    pub async fn start_endpoint(&mut self) {
        // The one that was told to stop may still have the port.
        let listener = loop {
            match TcpListener::bind(self.address).await {
                Ok(listener) => break listener,
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        };
        self.serve(listener).await;
    }

    async fn serve(&mut self, listener: TcpListener) {
        let app = App::new(self.config.clone(), Arc::new(clock::now)).unwrap();
        // As the program does: a store of several nodes may answer 503 for a moment after one came
        // back.
        while let Err(error) = app.confirm().await {
            assert!(self.is_named() && matches!(error, ConfirmError::Store(_)), "{error}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let (stop, stopped) = oneshot::channel::<()>();
        self.stop = Some(stop);
        tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            serve::serve(listener, app.router(), serve::Bounds::default(), stopped).await;
        });
    }

    fn bucket(&self) -> (&Bucket, Credentials) {
        (&self.config.store.bucket, self.config.store.credentials.clone())
    }

    fn full(&self, key: &str) -> String {
        format!("{}{key}", self.config.store.prefix)
    }

    /// All keys.
    pub async fn keys(&self) -> Vec<String> {
        let (bucket, credentials) = self.bucket();
        let mut action = bucket.list_objects_v2(Some(&credentials));
        action.with_prefix(self.config.store.prefix.as_str());
        let body = self.client.get(action.sign(LIFE)).send().await.unwrap().text().await.unwrap();
        let listing = ListObjectsV2::parse_response(&body).unwrap();
        assert!(listing.next_continuation_token.is_none(), "the tests' buckets are small");
        let mut keys = Vec::new();
        for object in listing.contents {
            let head = bucket.head_object(Some(&credentials), &object.key).sign(LIFE);
            if self.is_there(Method::HEAD, head).await {
                keys.push(object.key.strip_prefix(&self.config.store.prefix).unwrap().to_owned());
            }
        }
        keys
    }

    /// Whether what was listed can be read.
    ///
    /// A list of the embedded store is never behind. Garage's names what was deleted until every
    /// node has heard of it (docs/STORES.md); whoever reads it gets 404 at once.
    async fn is_there(&self, method: Method, url: Url) -> bool {
        if !self.is_named() {
            return true;
        }
        let status = self.client.request(method, url).send().await.unwrap().status();
        assert!(status.is_success() || status == StatusCode::NOT_FOUND, "{status}");
        status.is_success()
    }

    /// Number of multipart uploads that have not ended.
    pub async fn uploads(&self) -> usize {
        let (bucket, credentials) = self.bucket();
        let mut url = bucket.base_url().clone();
        url.set_query(None);
        let mut action = bucket.list_objects_v2(Some(&credentials));
        action.query_mut().remove("list-type");
        action.query_mut().insert("uploads", "");
        action.query_mut().insert("prefix", self.config.store.prefix.as_str());
        let body = self.client.get(action.sign(LIFE)).send().await.unwrap().text().await.unwrap();
        assert!(body.contains("ListMultipartUploadsResult"), "{body}");
        let text = |upload: &str, name: &str| {
            let (_, rest) = upload.split_once(&format!("<{name}>")).unwrap();
            rest.split_once("</").unwrap().0.to_owned()
        };
        let mut count = 0;
        for upload in body.split("<Upload>").skip(1) {
            let (key, id) = (text(upload, "Key"), text(upload, "UploadId"));
            let parts = bucket.list_parts(Some(&credentials), &key, &id).sign(LIFE);
            count += usize::from(self.is_there(Method::GET, parts).await);
        }
        count
    }

    /// The body of an object.
    pub async fn object(&self, key: &str) -> Vec<u8> {
        let (bucket, credentials) = self.bucket();
        let answer = self
            .client
            .get(bucket.get_object(Some(&credentials), &self.full(key)).sign(LIFE))
            .send()
            .await
            .unwrap();
        answer.error_for_status().unwrap().bytes().await.unwrap().to_vec()
    }

    /// Puts an object, over another one or not.
    pub async fn overwrite(&self, key: &str, body: Vec<u8>) {
        let (bucket, credentials) = self.bucket();
        let url = bucket.put_object(Some(&credentials), &self.full(key)).sign(LIFE);
        self.client.put(url).body(body).send().await.unwrap().error_for_status().unwrap();
    }

    /// Deletes an object.
    pub async fn delete(&self, key: &str) {
        let (bucket, credentials) = self.bucket();
        let url = bucket.delete_object(Some(&credentials), &self.full(key)).sign(LIFE);
        self.client.delete(url).send().await.unwrap().error_for_status().unwrap();
    }
}

/// A store that the environment names.
struct Named {
    address: SocketAddr,
    region: String,
    bucket: String,
    access_key: String,
    secret_key: String,
    conditional: bool,
}

fn named() -> Option<Named> {
    let setting = |name: &str| env::var(format!("FROND_TEST_STORE_{name}"));
    let endpoint = setting("ENDPOINT").ok()?;
    Some(Named {
        address: endpoint.strip_prefix("http://").unwrap().parse().unwrap(),
        region: setting("REGION").unwrap(),
        bucket: setting("BUCKET").unwrap(),
        access_key: setting("ACCESS_KEY").unwrap(),
        secret_key: setting("SECRET_KEY").unwrap(),
        conditional: setting("CONDITIONAL").map_or(true, |value| value != "false"),
    })
}

/// The store, and where it listens.
async fn open_store(
    data: &tempfile::TempDir,
    kept: &Kept,
    listen: SocketAddr,
    page: SocketAddr,
) -> (Store, SocketAddr) {
    if let Some(named) = named() {
        let listener = TcpListener::bind(listen).await.unwrap();
        let address = listener.local_addr().unwrap();
        return (Store::Named(tokio::spawn(line(listener, named.address))), address);
    }
    let options = embedded::Options {
        listen,
        data: data.path().to_owned(),
        region: REGION.to_owned(),
        bucket: BUCKET.to_owned(),
        access_key: kept.access_key.clone(),
        secret_key: kept.secret_key.clone(),
        allowed_origins: Embedded::origins(page),
    };
    let running = embedded::serve(options).await.unwrap();
    let address = running.addr();
    (Store::Embedded(running), address)
}

/// Carries connections to the store until it is aborted; they break with it.
async fn line(listener: TcpListener, store: SocketAddr) {
    let mut connections = JoinSet::new();
    loop {
        let (mut page, _) = listener.accept().await.unwrap();
        connections.spawn(async move {
            let Ok(mut store) = TcpStream::connect(store).await else { return };
            let _ = copy_bidirectional(&mut page, &mut store).await;
        });
    }
}
