//! Errors, and their S3 error codes.

use std::io;

use axum::http::StatusCode;
use s3s::{S3Error, S3ErrorCode, S3Result};

/// Errors caused by the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// No object has that key.
    NoSuchKey,
    /// No such upload for that key: never begun, aborted, expired, or completed with another list
    /// of parts.
    NoSuchUpload,
    /// If-Match or If-None-Match failed.
    PreconditionFailed,
    /// A part that was not uploaded, or has another ETag or checksum.
    InvalidPart,
    /// Part numbers are not ascending.
    InvalidPartOrder,
    /// A part other than the last is under 5 MiB.
    EntityTooSmall,
    /// The sizes of the parts do not add up to the size in the request.
    WrongSize,
}

/// Why a request fails.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// Caused by the request.
    #[error("refused: {0:?}")]
    Refused(Refusal),
    /// Disk error.
    #[error("disk: {0}")]
    Disk(#[from] io::Error),
    /// Index error.
    #[error("index: {0}")]
    Index(Box<redb::Error>),
    /// A record of the index cannot be read.
    #[error("record: {0}")]
    Record(#[from] serde_json::Error),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

macro_rules! from_redb {
    ($($error:ty),*) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::Index(Box::new(error.into()))
            }
        }
    )*};
}
from_redb!(
    redb::DatabaseError,
    redb::TransactionError,
    redb::TableError,
    redb::StorageError,
    redb::CommitError
);

impl From<Failure> for S3Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => refusal.into(),
            Failure::Disk(error) => disk(error),
            Failure::Index(error) => match *error {
                redb::Error::Io(error) => disk(error),
                error => internal(&error),
            },
            Failure::Record(error) => internal(&error),
        }
    }
}

impl From<Refusal> for S3Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoSuchKey => {
                S3Error::with_message(S3ErrorCode::NoSuchKey, "There is no object with this key.")
            }
            Refusal::NoSuchUpload => S3Error::with_message(
                S3ErrorCode::NoSuchUpload,
                "There is no such upload for this key.",
            ),
            Refusal::PreconditionFailed => S3Error::with_message(
                S3ErrorCode::PreconditionFailed,
                "A precondition of the request does not hold.",
            ),
            Refusal::InvalidPart => S3Error::with_message(
                S3ErrorCode::InvalidPart,
                "A part was not uploaded, or is another one.",
            ),
            Refusal::InvalidPartOrder => {
                S3Error::with_message(S3ErrorCode::InvalidPartOrder, "Part numbers must rise.")
            }
            Refusal::EntityTooSmall => S3Error::with_message(
                S3ErrorCode::EntityTooSmall,
                "Only the last part may be under 5 MiB.",
            ),
            Refusal::WrongSize => S3Error::with_message(
                S3ErrorCode::InvalidRequest,
                "The parts add up to another size.",
            ),
        }
    }
}

/// A full disk is reported as 507 (free space instead of retrying); anything else is an internal
/// error.
fn disk(error: io::Error) -> S3Error {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            tracing::error!(%error, "the store's disk is full");
            let mut full = S3Error::with_message(
                S3ErrorCode::Custom("InsufficientStorage".into()),
                "The store's disk is full. Nothing of this request was stored.",
            );
            full.set_status_code(StatusCode::INSUFFICIENT_STORAGE);
            full
        }
        _ => internal(&error),
    }
}

/// Logs the cause once; the response contains nothing of it.
fn internal(cause: &(dyn std::error::Error + 'static)) -> S3Error {
    tracing::error!(cause, "the store failed");
    S3Error::with_message(S3ErrorCode::InternalError, "The store failed; its log says why.")
}

/// Runs blocking work off the reactor's threads. It completes even if the caller is dropped.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> S3Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Ok(done?),
        Err(error) => Err(internal(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_507_wherever_it_shows() {
        let full = || io::Error::from(io::ErrorKind::StorageFull);
        for failure in [
            Failure::from(full()),
            Failure::from(redb::StorageError::Io(full())),
            Failure::from(redb::CommitError::Storage(redb::StorageError::Io(full()))),
        ] {
            let error = S3Error::from(failure);
            assert_eq!(error.status_code(), Some(StatusCode::INSUFFICIENT_STORAGE));
            assert_eq!(error.code().as_str(), "InsufficientStorage");
        }
    }

    #[test]
    fn the_answer_holds_nothing_of_the_cause() {
        let error = S3Error::from(Failure::from(io::Error::other("/home/someone/MARKER")));
        assert_eq!(error.status_code(), Some(StatusCode::INTERNAL_SERVER_ERROR));
        assert!(!error.message().unwrap().contains("MARKER"));
        assert!(error.source().is_none());
    }
}
