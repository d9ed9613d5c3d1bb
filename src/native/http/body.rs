//! A request's body that is copied a piece at a time, as the connection takes it, and counts what
//! leaves.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use http_body::{Body, Frame, SizeHint};
use tokio::sync::mpsc;

use crate::bytes::Bytes;

/// Bytes that are handed to the connection at one time. A connection holds two such pieces,
/// whatever the body's length.
const PIECE: usize = 64 * 1024;

/// What the connection takes from.
pub(super) struct Counted {
    pieces: mpsc::Receiver<bytes::Bytes>,
    left: u64,
    count: Count,
}

/// What hands it the pieces. Bytes stays on its thread, the connection has another.
pub(super) struct Feed {
    body: Bytes,
    pieces: mpsc::Sender<bytes::Bytes>,
}

/// Bytes that left.
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
    /// Hands over all of the body, as fast as it is taken.
    pub(super) async fn feed(self) {
        let length = self.body.len();
        for at in (0..length).step_by(PIECE) {
            let piece = self.body.cut(at..length.min(at.saturating_add(PIECE))).unwrap_or_default();
            if self.pieces.send(piece.to_vec().into()).await.is_err() {
                // Nobody takes it any more: what the connection has to say comes as the answer.
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

    /// Exact, so that the request says its length.
    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
