//! Drains the body of a request that is refused early, so that the client can read the response.
//!
//! A server that responds and closes while the client is still sending resets the connection; the
//! response is lost, and a page sees a network error instead of the 403 or 507 that would tell it
//! what to do.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::header::EXPECT;
use futures_util::{Stream, StreamExt};
use tokio::time::timeout;

/// Time limit for draining a body.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(30);

/// Receives and discards the rest of the body if the store drops it unread.
///
/// Not with `Expect: 100-continue`: such a client waits for permission before it sends.
pub(super) async fn drain(request: Request) -> Request {
    if request.body().is_end_stream() || request.headers().contains_key(EXPECT) {
        return request;
    }
    request.map(|body| Body::from_stream(Drained(Some(body.into_data_stream()))))
}

struct Drained(Option<BodyDataStream>);

impl Stream for Drained {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(body) = self.0.as_mut() else { return Poll::Ready(None) };
        let next = body.poll_next_unpin(context);
        if let Poll::Ready(None | Some(Err(_))) = next {
            self.0 = None;
        }
        next
    }
}

impl Drop for Drained {
    fn drop(&mut self) {
        let Some(mut body) = self.0.take() else { return };
        // Without a runtime the server and its connections are gone.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(timeout(DRAIN_TIMEOUT, async move {
                while let Some(Ok(_)) = body.next().await {}
            }));
        }
    }
}
