//! Transfers: from a source into the bucket, from the bucket into a sink.
//!
//! [`run`] carries out one [`Job`] through the ports alone, in a Worker and in a test alike:
//! [`upload`] and [`download`] carry one file each, chunk by chunk. [`ObjectReader`] reads any
//! bytes of an object; a download is a loop over it. Jobs cross to a Worker, and its reports come
//! back, as messages ([`ToWorker`], [`ToPage`]).
//!
//! - `bucket` sends one signed request until it has a definite answer; `retry` judges answers,
//!   pure.
//! - `scheduler` repeats what fails in passing, for as long as it takes; `concurrency` is how many
//!   requests run at once, pure.
//! - `control` is what a transfer and its owner share while it runs.
//! - `runner` and `signer` are what others implement: who runs transfers, who signs requests.
//! - `listing` lists to the end.
//! - `xml` reads what S3 answers, with caps.
//! - `filename` makes a name safe for any disk.
//!
//! An upload returns only after the store has shown the object back (its length, and its table of
//! HMACs byte for byte), so what the catalog then names is there. A reader gives out no byte before
//! the table was checked against the seal and the byte's own token against the table.

mod bucket;
mod concurrency;
mod control;
mod download;
mod error;
mod filename;
mod job;
mod journal;
mod listing;
mod message;
mod reader;
mod retry;
mod runner;
mod scheduler;
mod signer;
mod spool;
mod upload;
mod world;
mod xml;

pub use bucket::{Answer, Bucket, Call, Signed};
pub use concurrency::ConcurrencyLimit;
pub use control::{Progress, TransferControl};
pub use download::{DownloadJob, download};
pub use error::TransferError;
pub use filename::safe_name;
pub use job::{Job, JobIo, Outcome, run};
#[doc(hidden)]
pub use journal::is_journal_page;
pub(crate) use listing::last;
pub use listing::{ListedObject, Room};
pub use message::{ToPage, ToWorker};
pub use reader::{ObjectReader, ReadAhead};
pub use retry::{Backoff, MAX_PAUSE_MS, Retry, Verdict, judge};
pub use runner::TransferRunner;
pub use signer::{OperationText, Signer};
pub use spool::kept_below;
pub use upload::{UploadJob, Uploaded, upload};
pub use world::TransferWorld;
pub(crate) use xml::{FoundUpload, found_uploads, listed_uploads, upload_id};
pub use xml::{KeyPage, NotXml};
