//! The embedded default store: S3 on a loopback port, one bucket, one folder, one access key.
//!
//! It lets Frond run without configuration, and gives the tests a store with exact semantics. `s3s`
//! implements the protocol (signatures, XML, ranges); the storage behind it is our own and small:
//!
//! ```text
//! <data>/store/index.redb         which key is which bytes: one redb database,
//!                                 one durable transaction a change
//! <data>/store/blobs/ab/ab12…     bytes, received whole, named by 128 random bits, never by key
//! ```
//!
//! **Writes.** The body is written to a blob; length and digests are checked; file and folder are
//! synced; then one transaction checks the precondition (again) and references the blob. Before
//! that commit the object is invisible, after it durable. A multipart object is the list of its
//! parts: completing copies nothing.
//!
//! **Deletes.** First the index drops its reference to a blob, then the file is removed. A crash
//! can leave unreferenced blobs; they are removed at the next start, before the first request is
//! answered. Unfinished uploads expire after [`UPLOAD_DAYS`] days.
//!
//! **Limits.** One bucket, no versions, no ACLs, no encryption of its own. Requests for unsupported
//! features are refused, never ignored.

mod access;
mod blobs;
mod checksums;
mod clock;
mod cors;
mod digest;
mod drain;
mod failure;
mod index;
pub mod private;
mod read;
mod receive;
mod server;
mod store;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

pub use server::Running;

/// Lifetime of an upload that is neither completed nor aborted, in days.
pub const UPLOAD_DAYS: u64 = 7;

/// Directive for the log filter: `s3s` logs each refused request as an error, and its output may
/// contain a signature. The store logs what matters itself, without queries.
pub const LOG_FILTER: &str = "s3s=off";

/// Configuration of the store.
pub struct Options {
    /// Address to listen on; port 0 picks a free one.
    pub listen: SocketAddr,
    /// Folder of all data; the store lives in its subfolder `store`.
    pub data: PathBuf,
    /// Region that signatures name, such as `garage` or `eu-central-1`.
    pub region: String,
    /// The one bucket: 3 to 63 lower case letters, digits, dots and hyphens.
    pub bucket: String,
    /// The one access key.
    pub access_key: String,
    /// Its secret.
    pub secret_key: String,
    /// Origins of pages that may call the store, such as `http://localhost:8080`.
    pub allowed_origins: Vec<String>,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { listen, data, region, bucket, access_key, secret_key: _, allowed_origins } =
            self;
        f.debug_struct("Options")
            .field("listen", listen)
            .field("data", data)
            .field("region", region)
            .field("bucket", bucket)
            .field("access_key", access_key)
            .field("allowed_origins", allowed_origins)
            .finish_non_exhaustive()
    }
}

/// Why the store did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bucket name is not valid in S3.
    #[error("`{0}` cannot be the name of a bucket")]
    Bucket(String),
    /// An allowed origin is invalid.
    #[error("`{0}` cannot be the origin of a page")]
    Origin(String),
    /// Another process uses the folder.
    #[error("{} is in use by another process", .0.display())]
    InUse(PathBuf),
    /// The folder cannot be created or read.
    #[error("the folder {} cannot be used: {source}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The system error.
        source: std::io::Error,
    },
    /// The index cannot be opened or read.
    #[error("the index {} cannot be used: {reason}", file.display())]
    Index {
        /// The file.
        file: PathBuf,
        /// The database error.
        reason: String,
    },
    /// Listening on the address failed.
    #[error("cannot listen on {listen}: {source}")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// The system error.
        source: std::io::Error,
    },
}

/// Opens the store in its folder, removes unreferenced blobs, and serves it until
/// [`Running::shutdown`].
///
/// # Errors
/// See [`Error`]; a folder in use by another process is [`Error::InUse`].
pub async fn serve(options: Options) -> Result<Running, Error> {
    server::start(options).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let options = Options {
            listen: ([127, 0, 0, 1], 0).into(),
            data: PathBuf::from("data"),
            region: "local".to_owned(),
            bucket: "frond".to_owned(),
            access_key: "AKID".to_owned(),
            secret_key: "MARKER".to_owned(),
            allowed_origins: Vec::new(),
        };
        let shown = format!("{options:?} {options:#?}");
        assert!(shown.contains("AKID"));
        assert!(!shown.contains("MARKER"));
    }
}
