//! The real endpoint with its embedded store, on free loopback ports, and a look into the bucket past both.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use frond_endpoint::config::Config;
use frond_endpoint::config::default::{BUCKET, Embedded, Kept, REGION};
use frond_endpoint::{App, embedded, serve};
use rusty_s3::actions::ListObjectsV2;
use rusty_s3::{Bucket, Credentials, S3Action};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// How long a signed URL of the tests lives.
const LIFE: Duration = Duration::from_secs(60);

pub struct Deployment {
    data: tempfile::TempDir,
    kept: Kept,
    config: Config,
    store: Option<embedded::Running>,
    store_address: SocketAddr,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    client: reqwest::Client,
}

impl Deployment {
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
        let store = open_store(&data, &kept, place.store_listen, address).await;
        let mut config = place.config(&kept, address, store.addr()).unwrap();
        config.limits.requests_per_second = NonZeroU32::new(10_000).unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let store_address = store.addr();
        let mut deployment =
            Self { data, kept, config, store: Some(store), store_address, address, stop: None, client };
        deployment.serve(listener).await;
        deployment
    }

    /// Where the page is.
    pub fn base_url(&self) -> String {
        format!("http://localhost:{}/", self.address.port())
    }

    pub async fn stop_store(&mut self) {
        self.store.take().unwrap().shutdown().await;
    }

    pub async fn start_store(&mut self) {
        self.store = Some(open_store(&self.data, &self.kept, self.store_address, self.address).await);
    }

    pub fn stop_endpoint(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

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
        let clock = Arc::new(|| {
            #[expect(clippy::disallowed_methods, reason = "an adapter")]
            let now = std::time::SystemTime::now();
            now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
        });
        let app = App::new(self.config.clone(), clock).unwrap();
        app.confirm().await.unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        self.stop = Some(stop);
        tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            serve::serve(listener, app.router(), serve::Bounds::default(), stopped).await;
        });
    }

    fn bucket(&self) -> (&Bucket, Credentials) {
        let credentials = Credentials::new(self.kept.access_key.as_str(), self.kept.secret_key.as_str());
        (&self.config.store.bucket, credentials)
    }

    /// All keys.
    pub async fn keys(&self) -> Vec<String> {
        let (bucket, credentials) = self.bucket();
        let action = bucket.list_objects_v2(Some(&credentials));
        let body = self.client.get(action.sign(LIFE)).send().await.unwrap().text().await.unwrap();
        let listing = ListObjectsV2::parse_response(&body).unwrap();
        assert!(listing.next_continuation_token.is_none(), "the tests' buckets are small");
        listing.contents.into_iter().map(|object| object.key).collect()
    }

    /// Number of multipart uploads that have not ended.
    pub async fn uploads(&self) -> usize {
        let (bucket, credentials) = self.bucket();
        let mut url = bucket.base_url().clone();
        url.set_query(None);
        let mut action = bucket.list_objects_v2(Some(&credentials));
        action.query_mut().remove("list-type");
        action.query_mut().insert("uploads", "");
        let body = self.client.get(action.sign(LIFE)).send().await.unwrap().text().await.unwrap();
        assert!(body.contains("ListMultipartUploadsResult"), "{body}");
        body.matches("<UploadId>").count()
    }

    pub async fn object(&self, key: &str) -> Vec<u8> {
        let (bucket, credentials) = self.bucket();
        let answer =
            self.client.get(bucket.get_object(Some(&credentials), key).sign(LIFE)).send().await.unwrap();
        answer.error_for_status().unwrap().bytes().await.unwrap().to_vec()
    }

    pub async fn overwrite(&self, key: &str, body: Vec<u8>) {
        let (bucket, credentials) = self.bucket();
        let url = bucket.put_object(Some(&credentials), key).sign(LIFE);
        self.client.put(url).body(body).send().await.unwrap().error_for_status().unwrap();
    }

    pub async fn delete(&self, key: &str) {
        let (bucket, credentials) = self.bucket();
        let url = bucket.delete_object(Some(&credentials), key).sign(LIFE);
        self.client.delete(url).send().await.unwrap().error_for_status().unwrap();
    }
}

async fn open_store(
    data: &tempfile::TempDir,
    kept: &Kept,
    listen: SocketAddr,
    page: SocketAddr,
) -> embedded::Running {
    let options = embedded::Options {
        listen,
        data: data.path().to_owned(),
        region: REGION.to_owned(),
        bucket: BUCKET.to_owned(),
        access_key: kept.access_key.clone(),
        secret_key: kept.secret_key.clone(),
        allowed_origins: Embedded::origins(page),
    };
    embedded::serve(options).await.unwrap()
}
