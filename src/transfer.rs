//! Transfers: from a source into the bucket, from the bucket into a sink.

use std::rc::Rc;

use zeroize::Zeroizing;

use crate::object::{Meta, ObjectId, Seal};
use crate::port::{BulkCipher, Clock, Entropy, Http, Signer, Sink, Source};
use crate::secret::{ContentKey, FileKey};

/// What a transfer needs of the world; a Worker builds its own.
#[derive(Clone)]
pub struct TransferWorld {
    /// HTTP.
    pub http: Rc<dyn Http>,
    /// Clock, for pauses between tries.
    pub clock: Rc<dyn Clock>,
    /// Randomness, for IVs and jitter.
    pub entropy: Rc<dyn Entropy>,
    /// Engine for the chunks.
    pub cipher: Rc<dyn BulkCipher>,
}

/// Seals one source and puts it into the bucket.
pub async fn upload(
    world: &TransferWorld,
    job: &UploadJob,
    source: &dyn Source,
    signer: &dyn Signer,
    progress: &dyn Fn(u64),
) -> Result<Uploaded, TransferError> {
    let _ = (world, job, source, signer, progress);
    todo!()
}

/// Brings one object back, verified before it is written.
pub async fn download(
    world: &TransferWorld,
    job: &DownloadJob,
    sink: &mut dyn Sink,
    signer: &dyn Signer,
    progress: &dyn Fn(u64),
) -> Result<(), TransferError> {
    let _ = (world, job, sink, signer, progress);
    todo!()
}

impl UploadJob {
    /// Bytes for `postMessage`; they hold a key.
    #[must_use]
    pub fn to_message(&self) -> Zeroizing<Vec<u8>> {
        todo!()
    }

    /// The job that [`UploadJob::to_message`] wrote.
    #[must_use]
    pub fn from_message(bytes: &[u8]) -> Option<Self> {
        let _ = bytes;
        todo!()
    }
}

impl DownloadJob {
    /// Bytes for `postMessage`; they hold a key.
    #[must_use]
    pub fn to_message(&self) -> Zeroizing<Vec<u8>> {
        todo!()
    }

    /// The job that [`DownloadJob::to_message`] wrote.
    #[must_use]
    pub fn from_message(bytes: &[u8]) -> Option<Self> {
        let _ = bytes;
        todo!()
    }
}

impl Uploaded {
    /// Bytes for `postMessage`.
    #[must_use]
    pub fn to_message(&self) -> Vec<u8> {
        todo!()
    }

    /// What [`Uploaded::to_message`] wrote.
    #[must_use]
    pub fn from_message(bytes: &[u8]) -> Option<Self> {
        let _ = bytes;
        todo!()
    }
}

impl TransferError {
    /// Stable name, for `postMessage`.
    #[must_use]
    pub fn code(self) -> &'static str {
        todo!()
    }

    /// The error of that name.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        let _ = code;
        todo!()
    }
}

/// What a Worker must know to upload one file.
pub struct UploadJob {
    /// Fresh object id.
    pub id: ObjectId,
    /// Its key.
    pub file_key: FileKey,
    /// What the header says.
    pub meta: Meta,
}

/// What an upload left in the bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uploaded {
    /// Length of the stored object in bytes.
    pub stored: u64,
    /// Length of its header in bytes.
    pub header: u32,
    /// Its seal.
    pub seal: Seal,
}

/// What a Worker must know to download one file.
pub struct DownloadJob {
    /// Object id.
    pub id: ObjectId,
    /// Opens the content.
    pub content_key: ContentKey,
    /// Size of the content in bytes.
    pub size: u64,
    /// Header length in bytes.
    pub header: u32,
    /// The seal that the catalog pins.
    pub seal: Seal,
    /// Name to save it under (already made safe).
    pub name: String,
    /// Media type.
    pub media_type: String,
}

/// Why a transfer waits or stopped. Nothing is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransferError {
    /// The endpoint does not answer.
    #[error("the endpoint does not answer")]
    EndpointDown,
    /// The store does not answer, or asks to slow down.
    #[error("the store does not answer")]
    StoreDown,
    /// The endpoint refuses this login.
    #[error("the endpoint refused")]
    Refused,
    /// The store refuses what the endpoint signed.
    #[error("the store refused")]
    StoreRefused,
    /// The file is larger than this deployment takes.
    #[error("the file is too large")]
    TooLarge,
    /// The source cannot be read, or changed while it was read.
    #[error("the source cannot be read")]
    Source,
    /// The name is too long for the header.
    #[error("the name is too long")]
    Name,
    /// The bucket has no such object.
    #[error("the object is missing")]
    Missing,
    /// The stored object is shorter than it was saved.
    #[error("the object was cut")]
    Truncated,
    /// The stored object is not what was saved.
    #[error("the object was changed")]
    Changed,
    /// The disk is full, or the target went away.
    #[error("the target cannot be written")]
    Target,
    /// No randomness, no cipher engine, no Worker.
    #[error("this browser cannot do it")]
    Engine,
    /// The clock is off by more than store or endpoint accept.
    #[error("the clock is wrong")]
    ClockWrong,
    /// The store answered something that cannot be.
    #[error("the store's answer makes no sense")]
    Nonsense,
}
