//! Transfers: from a source into the bucket, from the bucket into a sink.
//!
//! [`upload`] and [`download`] carry one file each, chunk by chunk, through the ports alone: they
//! run in a Worker and in a test alike. What a job needs crosses to a Worker as a message
//! ([`UploadJob::to_message`]).
//!
//! - `bucket` sends one signed request until it has a definite answer; `retry` is its judgement,
//!   pure.
//! - `patience` makes what fails in passing again, for as long as it takes; `pace` is how many
//!   requests at once, pure.
//! - `control` is what a transfer and its owner share while it runs.
//! - `listing` lists to the end.
//! - `xml` reads what S3 answers, with caps.
//! - `filename` makes a name safe for any disk.
//!
//! What they promise: an upload returns only after the store has shown the object back (its length,
//! and its table of HMACs byte for byte), so what the catalog then names is there. A download
//! releases no byte before the table was checked against the seal and the byte's own token against
//! the table.

mod bucket;
mod concurrency;
mod control;
mod download;
mod error;
mod filename;
mod journal;
mod listing;
mod message;
mod retry;
mod scheduler;
mod spool;
mod upload;
mod xml;

use std::rc::Rc;

use frond_wire::ChecksumAlgorithm;

pub use bucket::{Answer, Bucket, Call, Signed};
pub use concurrency::ConcurrencyLimit;
pub use control::{Progress, TransferControl};
pub use download::download;
pub use error::TransferError;
pub use filename::safe_name;
#[doc(hidden)]
pub use journal::is_journal_page;
pub(crate) use listing::last;
pub use listing::{ListedObject, Room};
pub use retry::{Verdict, judge, pause};
pub use spool::kept_below;
pub use upload::upload;
pub(crate) use xml::{FoundUpload, found_uploads, listed_uploads, upload_id};
pub use xml::{KeyPage, NotXml};

use crate::object::{Geometry, ObjectId, Seal};
use crate::port::{BulkCipher, Clock, Entropy, Http, Spool};
use crate::secret::{ContentKey, FernetKey};

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
    /// Where ciphertext waits for the scheduler.
    pub spool: Rc<dyn Spool>,
    /// [`Geometry::FORMAT_1`] wherever objects are kept.
    pub geometry: Geometry,
}

/// What a Worker must know to upload one file.
pub struct UploadJob {
    /// Object id.
    pub id: ObjectId,
    /// Seals the content.
    pub content_key: ContentKey,
    /// Seals the journal: `HKDF(vault_key, object_id, "frond/1 upload")`.
    pub journal_key: FernetKey,
    /// The object's header, whole.
    pub header: Vec<u8>,
    /// Size of the content in bytes.
    pub size: u64,
    /// The one multipart upload that may become the object, as its `begin` names it. Empty for an
    /// object of one part, and where nothing is sent.
    pub upload: String,
    /// Whether an earlier run may have left something of it, here or in the bucket.
    pub resumed: bool,
    /// The line is down: keep all of it on this device and stop, with [`TransferError::StoreDown`].
    pub offline: bool,
    /// Whether a source of several parts is kept on this device when the line fails, because it
    /// cannot be read again later. A source of one part always is.
    pub spooled: bool,
    /// What the store verifies of a body.
    pub checksum: ChecksumAlgorithm,
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
    /// The seal that the catalog pins; more than one where two devices gave the object different
    /// ones.
    pub seals: Vec<Seal>,
    /// Name to save it under (already made safe).
    pub name: String,
    /// Media type.
    pub media_type: String,
}
