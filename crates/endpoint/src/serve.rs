//! The listener: connections with bounded number, header time and life after the signal to stop.
//!
//! HTTP/1.1 only: a proxy that ends TLS speaks it, and there is less to attack.

mod seats;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;

use seats::{Seat, Seats};

/// Longest head of a request, in bytes.
const MAX_HEAD: usize = 32 * 1024;
/// How long requests that are under way may take after the signal to stop.
const LAST_TIME: Duration = Duration::from_secs(20);
/// What connections may cost.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// How long one may take to send the head of its next request. It counts while it is idle too.
    pub header_time: Duration,
    /// Most at one time. When one more comes, those go that have asked for nothing for longest.
    pub connections: usize,
}

impl Default for Bounds {
    /// 75 seconds, longer than browsers and proxies keep a connection for reuse; 8 192, or what the
    /// system allows.
    fn default() -> Self {
        Self { header_time: Duration::from_secs(75), connections: seats::open_files().min(8_192) }
    }
}

/// Serves until `stop`, then lets what is under way finish.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    bounds: Bounds,
    stop: impl Future<Output = ()>,
) {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(bounds.header_time).max_buf_size(MAX_HEAD);
    let seats = Arc::new(Seats::new(bounds.connections));
    let graceful = GracefulShutdown::new();
    let router = TowerToHyperService::new(router);
    tokio::pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = accept(&listener) => accepted,
            () = &mut stop => break,
        };
        // Small answers must not wait for the acknowledgement of smaller ones.
        let _ = stream.set_nodelay(true);
        let seat = seats.take();
        let service = service(router.clone(), peer, seat.clone());
        let connection = graceful.watch(builder.serve_connection(TokioIo::new(stream), service));
        let seats = seats.clone();
        tokio::spawn(async move {
            tokio::select! {
                // A connection that breaks is the peer's affair.
                _ = connection => {}
                () = seat.wanted() => {}
            }
            seats.leave(&seat);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(LAST_TIME, graceful.shutdown()).await;
}

/// The routes, told who asks.
fn service(
    router: TowerToHyperService<Router>,
    peer: SocketAddr,
    seat: Arc<Seat>,
) -> impl Service<Request<Incoming>, Response = Response<Body>, Error = Infallible, Future: Send> {
    service_fn(move |mut request: Request<Incoming>| {
        seat.touch();
        request.extensions_mut().insert(ConnectInfo(peer));
        router.call(request)
    })
}

/// The next connection. Errors are of that connection, or of a table that is full and empties
/// again.
async fn accept(listener: &TcpListener) -> (tokio::net::TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) => {
                tracing::warn!(%error, "accept");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

/// Resolves at SIGTERM or SIGINT.
pub async fn signal() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}
