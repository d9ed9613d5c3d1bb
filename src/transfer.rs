//! Transfers: uploads from a source to the bucket, downloads from the bucket to a sink.
//!
//! [`run`] executes one [`Job`] using only the ports, so it runs in a Worker and in tests alike:
//! [`upload`] and [`download`] each transfer one file, chunk by chunk, [`archive`] several as one
//! zip archive. [`ObjectReader`] reads any byte range of an object; a download is a loop over it,
//! [`serve`] answers the Range requests of players with it. Jobs, and the reports of a Worker, are
//! sent as messages ([`ToWorker`], [`ToPage`]).
//!
//! - `bucket` sends one signed request until it has a definite response; `retry` classifies
//!   responses, pure.
//! - `scheduler` retries transient failures without limit; `concurrency` bounds the number of
//!   concurrent requests, pure.
//! - `control` is the state that a running transfer and its owner share.
//! - `ahead` signs the downloads that will be asked for in batches.
//! - [`TransferRunner`] and [`Signer`] are interfaces for other modules to implement: running
//!   transfers, signing requests.
//! - `listing` lists to the end.
//! - `xml` parses S3 responses, with limits.
//! - `range` reads the header of a Range request, pure.
//! - `filename` makes a name safe for any file system.
//!
//! An object may be named in the catalog only once it was asked for: one of several parts by its
//! upload (its length, and its table of HMACs byte for byte), smaller ones together ([`confirm`]: a
//! listing with their lengths and MD5s). So the object that the catalog then names exists. A reader
//! returns no byte before the table has been verified against the seal, and the byte's own token
//! against the table.

mod ahead;
mod archive;
mod bucket;
mod concurrency;
mod confirm;
mod control;
mod download;
mod error;
mod filename;
mod in_flight;
mod job;
mod journal;
mod listing;
mod message;
mod range;
mod reader;
mod retry;
mod scheduler;
mod serve;
mod signer;
mod spool;
mod stored;
mod upload;
mod world;
mod xml;

pub(crate) use ahead::{Ahead, SignedAhead};
pub use archive::{ArchiveJob, ArchivedFile, archive};
pub use bucket::{Answer, Bucket, Call, Signed};
pub use concurrency::ConcurrencyLimit;
pub use confirm::{SentObject, confirm};
pub use control::{Progress, TransferControl};
pub use download::{DownloadJob, download, verify};
pub use error::TransferError;
pub use filename::{safe_name, safe_path};
pub use job::{Job, JobIo, Outcome, TransferRunner, run};
#[doc(hidden)]
pub use journal::is_journal_page;
pub(crate) use listing::last;
pub use listing::{ListedName, ListedObject, Room};
pub use message::{ToPage, ToWorker};
pub use range::RangeAnswer;
pub use reader::{ObjectReader, ReadAhead};
pub use retry::{Backoff, MAX_PAUSE_MS, Retry, Verdict, judge};
pub use serve::serve;
pub use signer::{OperationText, Signer};
pub use spool::kept_below;
pub use upload::{UploadJob, Uploaded, upload};
pub use world::TransferWorld;
pub use xml::{KeyPage, NotXml};
pub(crate) use xml::{UploadEntry, found_uploads, listed_uploads, upload_id};
