//! Receives a body into a blob: streamed to disk, in constant memory, with length and digests
//! checked.

use std::io;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use s3s::dto::StreamingBlob;
use s3s::{S3Result, s3_error};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::blobs::{Blobs, Draft};
use super::digest::{Claims, Digests, Hasher};
use super::failure::{Failure, blocking};

/// Bytes hashed and written per batch.
const BATCH: usize = 256 * 1024;
/// Longest wait for the next bytes of a body. AWS does not publish its limit; the error is the
/// same.
const STALL: Duration = Duration::from_secs(60);

/// A completely received body.
pub(super) struct Received {
    /// Its bytes, not yet synced or referenced.
    pub(super) draft: Draft,
    /// Its digests.
    pub(super) digests: Digests,
}

/// What the request announces about its body.
pub(super) struct Announced {
    /// Length in bytes.
    pub(super) length: u64,
    /// Whether `x-amz-content-sha256` is a digest: then `s3s` aborts the stream on a mismatch.
    pub(super) hashed: bool,
    /// Other digests.
    pub(super) claims: Claims,
}

/// Receives the whole body, or leaves nothing behind.
pub(super) async fn receive(
    blobs: &Arc<Blobs>,
    body: Option<StreamingBlob>,
    announced: Announced,
) -> S3Result<Received> {
    let blobs = Arc::clone(blobs);
    let hasher = announced.claims.hasher();
    let mut writer = Writer::Idle(
        blocking(move || Ok(Box::new(Writing { draft: blobs.draft(announced.length)?, hasher })))
            .await?,
    );
    let mut batch = Vec::new();
    let mut pending: usize = 0;
    let mut received: u64 = 0;

    let mut body = body;
    while let Some(body) = body.as_mut() {
        let Ok(next) = timeout(STALL, body.next()).await else {
            return Err(s3_error!(RequestTimeout, "The body stalled."));
        };
        let bytes = match next {
            None => break,
            Some(Ok(bytes)) => bytes,
            Some(Err(_)) if announced.hashed => {
                return Err(s3_error!(
                    BadDigest,
                    "The body is not what x-amz-content-sha256 says."
                ));
            }
            Some(Err(_)) => {
                return Err(s3_error!(IncompleteBody, "The body broke off or is malformed."));
            }
        };
        received = received.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        if received > announced.length {
            return Err(s3_error!(IncompleteBody, "The body is longer than Content-Length."));
        }
        pending = pending.saturating_add(bytes.len());
        batch.push(bytes);
        if pending >= BATCH {
            writer = writer.write(mem::take(&mut batch)).await?;
            pending = 0;
        }
    }
    if received != announced.length {
        return Err(s3_error!(IncompleteBody, "The body is shorter than Content-Length."));
    }
    let Writing { draft, hasher } = *writer.write(batch).await?.idle().await?;
    let digests = hasher.finish();
    announced.claims.check(&digests)?;
    Ok(Received { draft, digests })
}

/// A body being written to disk.
struct Writing {
    draft: Draft,
    hasher: Hasher,
}

/// Its owner: this task, or the thread that writes a batch while the next one is received.
enum Writer {
    Idle(Box<Writing>),
    Busy(JoinHandle<Result<Box<Writing>, Failure>>),
}

impl Writer {
    async fn idle(self) -> S3Result<Box<Writing>> {
        match self {
            Self::Idle(writing) => Ok(writing),
            Self::Busy(task) => match task.await {
                Ok(done) => Ok(done?),
                Err(error) => Err(Failure::from(io::Error::other(error)).into()),
            },
        }
    }

    async fn write(self, batch: Vec<Bytes>) -> S3Result<Self> {
        let mut writing = self.idle().await?;
        Ok(Self::Busy(tokio::task::spawn_blocking(move || {
            for bytes in batch {
                writing.hasher.update(&bytes);
                writing.draft.write(&bytes)?;
            }
            Ok(writing)
        })))
    }
}
