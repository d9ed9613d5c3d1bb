//! The protocol between tab and endpoint, defined once for both: ids, the request language of
//! presigning, the S3 keys derived from both, and the request bodies.
//!
//! Requests are authorised by a JWT (RFC 7519) that the tab signs itself; see [`Header`] and
//! [`Claims`]. Every body is JSON; unknown members are refused. Errors are [`Problem`] (RFC 9457).
//!
//! ```text
//! id → name → key            what has a key, and its key
//!        └──→ operation      verb × name: one S3 request to be signed
//! ```

mod account;
mod checksum;
mod config;
mod id;
mod jwt;
mod key;
mod name;
mod operation;
mod presign;
mod problem;
mod quota;
mod session;

pub use account::{
    AddedLogin, LOGIN_FORMAT, ListedLogin, ListedLogins, LoginKind, LoginRecord, NewLogin,
    added_login_message,
};
pub use checksum::{Checksum, ChecksumAlgorithm};
pub use config::{PublicConfig, Registration};
pub use id::{
    AccountId, DeviceId, EventId, FolderId, InvalidId, InviteHash, LoginId, ObjectId, SegmentId,
    SessionId, ShareId, SnapshotId, UploadId, base32,
};
pub use jwt::{Claims, Header, JWT_ALGORITHM, JWT_SECONDS, JWT_TYPE};
pub use key::{Key, Vault};
pub use name::{EventKey, Listing, MAX_PART, Name, Part, parse_seq};
pub use operation::Operation;
pub use presign::{MAX_OPERATIONS, PresignRequest, PresignResponse, Presigned};
pub use problem::{Problem, ProblemKind};
pub use quota::{QuotaUse, Used};
pub use session::{NewSession, Renewal, SESSION_FORMAT, SESSION_SCHEME, SESSION_SECONDS, Share};

/// Longest request body the endpoint reads, in bytes.
pub const MAX_BODY: usize = 256 * 1024;
