//! A request body that is copied piece by piece as the connection accepts it, counting the bytes
//! sent.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use frond::bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::mpsc;

/// Length of a piece, in bytes. A connection holds two such pieces, whatever the body's length.
const PIECE: usize = 64 * 1024;

/// The receiving end, which the connection polls.
pub(super) struct Counted {
    pieces: mpsc::Receiver<bytes::Bytes>,
    left: u64,
    count: Count,
}

/// The sending end. `Bytes` stays on its thread; the connection runs on another.
pub(super) struct Feed {
    body: Bytes,
    pieces: mpsc::Sender<bytes::Bytes>,
}

/// Number of bytes sent.
#[derive(Clone, Default)]
pub(super) struct Count(Arc<AtomicU64>);

impl Count {
    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Counted {
    pub(super) fn new(body: Bytes) -> (Self, Feed, Count) {
        let (sender, receiver) = mpsc::channel(1);
        let (count, left) = (Count::default(), u64::try_from(body.len()).unwrap_or(u64::MAX));
        (
            Self { pieces: receiver, left, count: count.clone() },
            Feed { body, pieces: sender },
            count,
        )
    }
}

impl Feed {
    /// Sends the whole body, as fast as the connection accepts it.
    pub(super) async fn feed(self) {
        let length = self.body.len();
        for at in (0..length).step_by(PIECE) {
            let piece = self.body.cut(at..length.min(at.saturating_add(PIECE))).unwrap_or_default();
            if self.pieces.send(piece.to_vec().into()).await.is_err() {
                // The connection stopped reading: its response or error has the reason.
                return;
            }
        }
    }
}

impl Body for Counted {
    type Data = bytes::Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<bytes::Bytes>, Infallible>>> {
        self.pieces.poll_recv(context).map(|piece| {
            let piece = piece?;
            let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
            self.left = self.left.saturating_sub(length);
            self.count.0.fetch_add(length, Ordering::Relaxed);
            Some(Ok(Frame::data(piece)))
        })
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    /// Exact, so that the request has a content length.
    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
