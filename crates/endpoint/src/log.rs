//! Request log as JSON lines: method, route, status, milliseconds, six characters of the login.
//! Never a query, a body, a token, a header, or the path of a request that matched no route.

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use tracing::{Instrument, Subscriber, field, info, info_span};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use frond_store::LOG_FILTER;

/// Filter for other crates: HTTP crates log URLs.
const OTHERS: &str = "warn,hyper=off,hyper_util=off,reqwest=off,h2=off,rustls=off";

/// A subscriber that writes JSON lines. `level` applies to this program's own lines; other crates
/// stay at `warn` or below.
pub fn subscriber<W>(writer: W, level: &str) -> impl Subscriber + Send + Sync + use<W>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let level =
        if ["error", "warn", "info", "debug", "trace"].contains(&level) { level } else { "info" };
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_env_filter(EnvFilter::new(format!("{OTHERS},{LOG_FILTER},frond_endpoint={level}")))
        .with_writer(writer)
        .finish()
}

/// One line for each request.
pub async fn requests(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("page", MatchedPath::as_str);
    let span = info_span!("request", method = %method(&request), route, login = field::Empty);
    let start = tokio::time::Instant::now();
    let work = async {
        let response = next.run(request).await;
        let millis = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        info!(status = response.status().as_u16(), ms = millis, "answered");
        response
    };
    work.instrument(span).await
}

/// Clients can send any method name; only known ones are logged.
fn method(request: &Request) -> &'static str {
    match request.method().as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
