//! The listener: bounds the number of connections, header time and shutdown time.
//!
//! HTTP/1.1 only: proxies that terminate TLS speak it, and the attack surface is smaller.

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

/// Longest request head, in bytes.
const MAX_HEAD: usize = 32 * 1024;
/// Grace period for requests in flight after the stop signal.
const LAST_TIME: Duration = Duration::from_secs(20);
/// Limits on connections.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Time limit for the head of a connection's next request; includes idle time.
    pub header_time: Duration,
    /// Most concurrent connections. A further one closes those idle the longest.
    pub connections: usize,
}

impl Default for Bounds {
    /// 75 seconds, longer than browsers and proxies keep a connection for reuse; 8 192 connections,
    /// or what the system allows.
    fn default() -> Self {
        Self { header_time: Duration::from_secs(75), connections: seats::open_files().min(8_192) }
    }
}

/// Serves until `stop`, then lets requests in flight finish.
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
        // Small responses must not wait for the ACK of earlier ones (Nagle).
        let _ = stream.set_nodelay(true);
        let seat = seats.take();
        let service = service(router.clone(), peer, seat.clone());
        let connection = graceful.watch(builder.serve_connection(TokioIo::new(stream), service));
        let seats = seats.clone();
        tokio::spawn(async move {
            tokio::select! {
                // Errors of one connection are the peer's concern.
                _ = connection => {}
                () = seat.wanted() => {}
            }
            seats.leave(&seat);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(LAST_TIME, graceful.shutdown()).await;
}

/// The routes, with the peer's address attached.
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

/// Accepts the next connection. Errors concern a single connection, or a full file table that
/// drains again.
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
