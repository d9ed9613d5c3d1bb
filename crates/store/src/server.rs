//! Opens the store's folder, listens, and shuts down in order.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::error_handling::HandleError;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{from_fn_with_state, map_request, map_response};
use axum::response::Response;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use redb::DatabaseError;
use s3s::HttpError;
use s3s::auth::SimpleAuth;
use s3s::config::{S3Config, StaticConfigProvider};
use s3s::dto::Timestamp;
use s3s::service::S3ServiceBuilder;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};

use super::access::SignedForHere;
use super::blobs::{BlobId, Blobs, sync_folder};
use super::cors::{Origins, cors};
use super::drain::drain;
use super::index::Index;
use super::store::Store;
use super::{Error, Options};
use crate::private;

/// Longest wait for the next request's head on a connection.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);
/// Longest wait for requests in flight when the server stops.
const GRACE: Duration = Duration::from_secs(10);
/// Interval between checks for expired uploads.
const EXPIRY: Duration = Duration::from_secs(60 * 60);
/// Largest XML body read: a list of 10 000 parts with a checksum each.
const MAX_XML: usize = 4 * 1024 * 1024;

/// A running store. Dropping it stops it without waiting.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

impl Running {
    /// The address it listens on.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// Accepts no more requests, lets those in flight finish for at most ten seconds, and closes
    /// the index.
    pub async fn shutdown(self) {
        let Self { address: _, stop, server } = self;
        // Fails if the server has already ended; then there is nothing to stop.
        let _ = stop.send(());
        if let Err(error) = server.await {
            tracing::error!(%error, "the store's server failed");
        }
    }
}

pub(super) async fn start(options: Options) -> Result<Running, Error> {
    let Options { listen, data, region, bucket, access_key, secret_key, allowed_origins } = options;
    if !s3s::path::check_bucket_name(&bucket) {
        return Err(Error::Bucket(bucket));
    }
    let origins = allowed_origins
        .into_iter()
        .map(|origin| HeaderValue::from_str(&origin).map_err(|_| Error::Origin(origin)));
    let origins: Origins = origins.collect::<Result<_, _>>()?;

    let folder = data.join("store");
    let opened = match tokio::task::spawn_blocking(move || open(&folder)).await {
        Ok(opened) => opened?,
        Err(error) => {
            return Err(Error::Folder { folder: data, source: std::io::Error::other(error) });
        }
    };
    let store = Store::new(bucket, region.clone(), Arc::clone(&origins), opened);
    let listener =
        TcpListener::bind(listen).await.map_err(|source| Error::Listen { listen, source })?;
    let address = listener.local_addr().map_err(|source| Error::Listen { listen, source })?;

    let mut service = S3ServiceBuilder::new(store.clone());
    service.set_auth(SimpleAuth::from_single(access_key, secret_key));
    service.set_access(SignedForHere { region });
    service.set_config(Arc::new(StaticConfigProvider::new(Arc::new(limits()))));
    let service = HandleError::new(service.build(), |error: HttpError| async move {
        tracing::error!(?error, "the store's protocol layer failed");
        StatusCode::INTERNAL_SERVER_ERROR
    });
    let app = Router::new()
        .fallback_service(service)
        .layer(map_request(drain))
        .layer(map_response(with_request_id))
        .layer(from_fn_with_state(origins, cors));

    let (stop, stopped) = oneshot::channel();
    let server = tokio::spawn(serve(listener, app, store, stopped));
    Ok(Running { address, stop, server })
}

/// The store's folder, open.
pub(super) struct Opened {
    pub(super) index: Index,
    pub(super) blobs: Blobs,
    /// Creation time of the folder.
    pub(super) created: Timestamp,
}

/// Form uploads are not supported, and `s3s` would read one into memory before authentication.
fn limits() -> S3Config {
    let mut limits = S3Config::default();
    limits.xml_max_body_size = MAX_XML;
    limits.post_object_max_file_size = 0;
    limits.form_max_field_size = 1024;
    limits.form_max_fields_size = 4096;
    limits.form_max_parts = 16;
    limits
}

/// Opens index and blobs, and removes unreferenced blobs. There are no other writers yet, so an
/// unreferenced blob stays unreferenced.
fn open(folder: &Path) -> Result<Opened, Error> {
    let at_folder = |source| Error::Folder { folder: folder.to_owned(), source };
    private::create_folder(folder).map_err(at_folder)?;
    private::close(folder);
    let file = folder.join("index.redb");
    let at_index = |reason: String| Error::Index { file: file.clone(), reason };
    let index = Index::open(file.clone()).map_err(|error| match error {
        DatabaseError::DatabaseAlreadyOpen => Error::InUse(folder.to_owned()),
        error => at_index(error.to_string()),
    })?;
    index.prepare().map_err(|error| at_index(error.to_string()))?;
    let blobs = Blobs::open(folder.join("blobs")).map_err(at_folder)?;
    sync_folder(folder).map_err(at_folder)?;
    let referenced = index.blobs().map_err(|error| at_index(error.to_string()))?;
    let removed = blobs.remove_unreferenced(|id| referenced.contains(&id)).map_err(at_folder)?;
    if removed > 0 {
        tracing::info!(removed, "removed unreferenced blobs");
    }
    // File systems without a creation time have a modification time.
    let about = fs::metadata(folder).map_err(at_folder)?;
    let created = about.created().or_else(|_| about.modified()).map_err(at_folder)?.into();
    Ok(Opened { index, blobs, created })
}

async fn with_request_id<B>(mut response: Response<B>) -> Response<B> {
    if let Some(id) =
        BlobId::random().ok().and_then(|id| HeaderValue::from_str(&id.to_string()).ok())
    {
        response.headers_mut().insert(HeaderName::from_static("x-amz-request-id"), id);
    }
    response
}

async fn serve(
    listener: TcpListener,
    app: Router,
    store: Store,
    mut stopped: oneshot::Receiver<()>,
) {
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let mut expiry = tokio::time::interval(EXPIRY);
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            // Tracked with the connections, so that shutdown waits for it: it holds the index.
            _ = expiry.tick() => {
                let store = store.clone();
                connections.spawn_blocking(move || store.expire_uploads());
            }
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => connect(stream, &app, &graceful, &mut connections),
                Err(error) => {
                    // Most likely out of file descriptors: wait for other connections to close.
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
        }
    }
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were still in flight when the store stopped");
    }
    connections.shutdown().await;
}

fn connect(
    stream: TcpStream,
    app: &Router,
    graceful: &GracefulShutdown,
    connections: &mut JoinSet<()>,
) {
    // Otherwise the last bytes of a small response wait for the client's delayed ACK: 44 ms.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY was not set");
    }
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    let service = TowerToHyperService::new(app.clone());
    let connection =
        graceful.watch(builder.serve_connection(TokioIo::new(stream), service).into_owned());
    connections.spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection broke");
        }
    });
}
