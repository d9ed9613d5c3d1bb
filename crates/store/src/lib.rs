//! The embedded default store: S3 on a loopback port, one bucket, one folder, one access key.
//!
//! It is there so that Frond runs with no configuration at all, and so that the tests have a store
//! that keeps its word. `s3s` speaks the protocol (signatures, XML, ranges); what is behind it is
//! ours and small:
//!
//! ```text
//! <data>/store/index.redb         which key is which bytes: one redb database, one durable transaction a change
//! <data>/store/blobs/ab/ab12…     bytes, received whole, named by 128 random bits, never by key
//! ```
//!
//! **How a write becomes true.** The body goes to a blob; length and digests are checked; file and
//! folder are synced; then one transaction checks the precondition (again) and names the blob.
//! Before that commit nobody can see it, after it nothing can lose it. An object of many parts is
//! the list of its parts: completing copies nothing.
//!
//! **How bytes go away.** First the index stops naming a blob, then its file is removed. What a
//! crash leaves behind is a blob that nobody names; those are swept at the next start, before the
//! first request is answered. Unfinished uploads expire after [`UPLOAD_DAYS`] days.
//!
//! **What it does not do.** No second bucket, no versions, no ACLs, no encryption of its own. What
//! a client asks for and the store cannot keep is refused, never ignored.

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

/// Life of an upload that is neither completed nor aborted, in days.
pub const UPLOAD_DAYS: u64 = 7;

/// Directive for the log filter: `s3s` reports each refused request as an error, and what it prints
/// may hold a signature. What matters is logged here, without queries.
pub const LOG_FILTER: &str = "s3s=off";

/// What the store needs to know.
pub struct Options {
    /// Address to listen on; port 0 takes a free one.
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
    /// Origins of pages that may call, such as `http://localhost:8080`.
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
    /// The name of the bucket is not one that S3 allows.
    #[error("`{0}` cannot be the name of a bucket")]
    Bucket(String),
    /// An allowed origin is not one.
    #[error("`{0}` cannot be the origin of a page")]
    Origin(String),
    /// Another process has the folder.
    #[error("{} is in use by another process", .0.display())]
    InUse(PathBuf),
    /// The folder cannot be made or read.
    #[error("the folder {} cannot be used: {source}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The index cannot be opened or read.
    #[error("the index {} cannot be used: {reason}", file.display())]
    Index {
        /// The file.
        file: PathBuf,
        /// What the database says.
        reason: String,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {listen}: {source}")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
}

/// Opens the store in its folder, sweeps it, and serves it until [`Running::shutdown`].
///
/// # Errors
/// See [`Error`]; a folder that another process holds is [`Error::InUse`].
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
