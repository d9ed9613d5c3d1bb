//! What the tab and the endpoint say to each other: serde types only, one definition for both
//! sides.
//!
//! Requests are authorised by a JWT (RFC 7519) that the tab signs itself; see [`Header`] and
//! [`Claims`]. Every body is JSON; unknown members are refused. Errors are [`Problem`] (RFC 9457).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// `format` of every [`LoginRecord`].
pub const LOGIN_FORMAT: &str = "frond/1 login";
/// `alg` of every request's JWT (RFC 9864).
pub const JWT_ALGORITHM: &str = "Ed25519";
/// `typ` of every request's JWT.
pub const JWT_TYPE: &str = "frond+jwt";
/// Longest life of a request's JWT, `exp − iat`, in seconds.
pub const JWT_SECONDS: u64 = 60;
/// Most operations that one [`PresignRequest`] may hold.
pub const MAX_OPERATIONS: usize = 1_000;
/// Longest request body the endpoint reads, in bytes.
pub const MAX_BODY: usize = 256 * 1024;

/// Who may make an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Registration {
    /// Nobody; the owner adds logins to the allow-list.
    Closed,
    /// Whoever has an unused invite code.
    Invite,
    /// Everybody who reaches the endpoint.
    Open,
}

/// `GET /config.json`: all that a tab has to know, public.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicConfig {
    /// The deployment's name, fixed for the life of its bucket.
    pub deployment: String,
    /// Origin of the endpoint, without a trailing slash; empty where it is the page's own.
    pub endpoint: String,
    /// Origin that presigned URLs point to.
    pub store: String,
    /// Who may make an account.
    pub registration: Registration,
    /// Largest stored object, in bytes.
    pub max_object_bytes: u64,
    /// Life of a presigned URL, in seconds, at most 900.
    pub presign_seconds: u64,
    /// What the store verifies of a body. An exported `config.json` of an older endpoint does not
    /// say: MD5, then.
    #[serde(default)]
    pub checksum: ChecksumAlgorithm,
}

/// A checksum that stores verify on PUT and UploadPart. They refuse a body that does not match
/// (`BadDigest`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChecksumAlgorithm {
    /// `x-amz-checksum-crc32c`: the fastest.
    Crc32c,
    /// `x-amz-checksum-sha256`.
    Sha256,
    /// `Content-MD5`: the one that every store verifies.
    #[default]
    Md5,
}

/// The checksum of one body: standard base64 with padding of 4, 32 or 16 bytes (RFC 4648 §4,
/// canonical).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Checksum {
    /// CRC-32C (RFC 3720), big-endian.
    Crc32c(String),
    /// SHA-256 (FIPS 180-4).
    Sha256(String),
    /// MD5 (RFC 1321).
    Md5(String),
}

/// Kind of a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LoginKind {
    /// A password.
    Password,
    /// Recovery words.
    Recovery,
}

/// One way into an account, as stored under `logins/<login_id>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginRecord {
    /// [`LOGIN_FORMAT`].
    pub format: String,
    /// Login id: 26 characters of base32.
    pub login: String,
    /// Ed25519 public key, base64url without padding.
    pub public_key: String,
    /// Account id: base32 of 16 random bytes.
    pub account: String,
    /// Kind of the login.
    pub kind: LoginKind,
    /// When it was made, in Unix seconds.
    pub created: u64,
    /// The keyring: a Fernet token as text, which only the login's unlock key opens.
    pub keyring: String,
}

/// Body of `POST /v1/accounts`: the first login of an account, whose own key signs the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewLogin {
    /// The record to store.
    pub record: LoginRecord,
    /// Invite code, where registration asks for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invite: Option<String>,
}

/// Body of `POST /v1/logins`: another login of the caller's account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddedLogin {
    /// The record to store.
    pub record: LoginRecord,
    /// Ed25519 signature of [`added_login_message`] by the new login's key, base64url without
    /// padding.
    pub proof: String,
}

/// What the key of a new login signs so that the login `by` may add it: nobody can occupy a login
/// whose key they do not hold.
///
/// ```text
/// "frond/1 new login" ‖ 0x00 ‖ deployment ‖ 0x00 ‖ login_id of the adding login ‖ 0x00 ‖ record
/// ```
/// `record` is the [`LoginRecord`] as JSON: its members in their order, no white space. None of the
/// texts before it can hold a zero byte.
#[must_use]
pub fn added_login_message(deployment: &str, by: &str, record: &[u8]) -> Vec<u8> {
    [b"frond/1 new login", deployment.as_bytes(), by.as_bytes(), record].join(&0)
}

/// One S3 request to be signed. The endpoint composes the key from ids that it checks; a client
/// never sends a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Operation {
    /// PUT of a whole object; `If-None-Match: *`.
    PutObject {
        /// Object id.
        object: String,
        /// Exact length of the body in bytes.
        length: u64,
        /// Checksum of the body: becomes a signed header, which the store verifies.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        checksum: Option<Checksum>,
    },
    /// CreateMultipartUpload.
    CreateUpload {
        /// Object id.
        object: String,
    },
    /// UploadPart.
    UploadPart {
        /// Object id.
        object: String,
        /// Upload id.
        upload: String,
        /// Part number, 1 to 10 000.
        part: u32,
        /// Exact length of the body in bytes.
        length: u64,
        /// Checksum of the body: becomes a signed header, which the store verifies.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        checksum: Option<Checksum>,
    },
    /// ListParts.
    ListParts {
        /// Object id.
        object: String,
        /// Upload id.
        upload: String,
        /// Only parts after this number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<u32>,
    },
    /// ListMultipartUploads of the caller's account.
    ListUploads {
        /// Only uploads of this object.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        object: Option<String>,
    },
    /// CompleteMultipartUpload.
    CompleteUpload {
        /// Object id.
        object: String,
        /// Upload id.
        upload: String,
    },
    /// AbortMultipartUpload.
    AbortUpload {
        /// Object id.
        object: String,
        /// Upload id.
        upload: String,
    },
    /// GET of an object; `Range` is not signed, so one URL serves every range.
    GetObject {
        /// Object id.
        object: String,
    },
    /// HEAD of an object.
    HeadObject {
        /// Object id.
        object: String,
    },
    /// DELETE of an object.
    DeleteObject {
        /// Object id.
        object: String,
    },
    /// ListObjectsV2 of the caller's objects.
    ListObjects {
        /// Only what sorts after this object id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<String>,
    },
    /// PUT of an event; `If-None-Match: *`.
    PutEvent {
        /// Device id: base32 of 16 bytes.
        device: String,
        /// Sequence number of the event on its device.
        seq: u64,
        /// Event id: UUIDv7.
        event: String,
        /// Exact length of the body in bytes.
        length: u64,
    },
    /// GET of an event.
    GetEvent {
        /// Device id.
        device: String,
        /// Sequence number.
        seq: u64,
        /// Event id.
        event: String,
    },
    /// ListObjectsV2: without `device` the devices (common prefixes), with it the events of that
    /// device.
    ListEvents {
        /// Device whose events are listed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        device: Option<String>,
        /// Only what sorts after this: a device id, or with `device` a sequence number as 16 hex
        /// digits.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<String>,
    },
    /// DELETE of an event.
    DeleteEvent {
        /// Device id.
        device: String,
        /// Sequence number.
        seq: u64,
        /// Event id.
        event: String,
    },
    /// PUT of a snapshot; `If-None-Match: *`.
    PutSnapshot {
        /// Snapshot id: UUIDv7.
        snapshot: String,
        /// Exact length of the body in bytes.
        length: u64,
    },
    /// GET of a snapshot.
    GetSnapshot {
        /// Snapshot id.
        snapshot: String,
    },
    /// ListObjectsV2 of the snapshots.
    ListSnapshots {
        /// Only what sorts after this snapshot id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<String>,
    },
    /// DELETE of a snapshot.
    DeleteSnapshot {
        /// Snapshot id.
        snapshot: String,
    },
    /// PUT of a page of an upload's journal; `If-None-Match: *`.
    PutJournal {
        /// Object id.
        object: String,
        /// First part that this page speaks of, 1 to 10 000.
        part: u32,
        /// Exact length of the body in bytes.
        length: u64,
    },
    /// GET of a page of an upload's journal.
    GetJournal {
        /// Object id.
        object: String,
        /// First part of the page.
        part: u32,
    },
    /// ListObjectsV2 of the journals: of one object, or of the whole account.
    ListJournals {
        /// Object id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        object: Option<String>,
        /// Only what sorts after this: an object id, or with `object` the first part of a page as 5
        /// digits.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<String>,
    },
    /// DELETE of a page of an upload's journal.
    DeleteJournal {
        /// Object id.
        object: String,
        /// First part of the page.
        part: u32,
    },
}

impl Operation {
    /// HTTP method of the S3 request that it becomes.
    #[must_use]
    pub const fn method(&self) -> &'static str {
        match self {
            Self::PutObject { .. }
            | Self::UploadPart { .. }
            | Self::PutEvent { .. }
            | Self::PutSnapshot { .. }
            | Self::PutJournal { .. } => "PUT",
            Self::CreateUpload { .. } | Self::CompleteUpload { .. } => "POST",
            Self::HeadObject { .. } => "HEAD",
            Self::ListParts { .. }
            | Self::ListUploads { .. }
            | Self::GetObject { .. }
            | Self::ListObjects { .. }
            | Self::GetEvent { .. }
            | Self::ListEvents { .. }
            | Self::GetSnapshot { .. }
            | Self::ListSnapshots { .. }
            | Self::GetJournal { .. }
            | Self::ListJournals { .. } => "GET",
            Self::AbortUpload { .. }
            | Self::DeleteObject { .. }
            | Self::DeleteEvent { .. }
            | Self::DeleteSnapshot { .. }
            | Self::DeleteJournal { .. } => "DELETE",
        }
    }
}

/// Body of `POST /v1/presign`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PresignRequest {
    /// What to sign, 1 to [`MAX_OPERATIONS`].
    pub operations: Vec<Operation>,
}

/// A request that the store accepts as it stands, until it expires.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Presigned {
    /// HTTP method.
    pub method: String,
    /// URL with signature. It is a secret: never logged.
    pub url: String,
    /// Headers that are signed and must be sent as they stand. `content-length` is the body's own.
    pub headers: BTreeMap<String, String>,
}

impl std::fmt::Debug for Presigned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { method, url: _, headers: _ } = self;
        f.debug_struct("Presigned").field("method", method).finish_non_exhaustive()
    }
}

/// Answer to `POST /v1/presign`: the URLs in the order of the operations, all or nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PresignResponse {
    /// Life of the URLs in seconds from now.
    pub expires: u64,
    /// One for each operation.
    pub urls: Vec<Presigned>,
}

/// `format` of the record that the endpoint keeps of a session.
pub const SESSION_FORMAT: &str = "frond/1 session";
/// Scheme of `Authorization` for requests about one session, followed by its secret: 32 bytes,
/// base64url without padding.
pub const SESSION_SCHEME: &str = "Session";
/// Shortest and longest time without use after which a session ends, in seconds: a minute, 31 days.
pub const SESSION_SECONDS: std::ops::RangeInclusive<u64> = 60..=31 * 86_400;

/// Body of `POST /v1/sessions`, signed by the login that begins the session.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewSession {
    /// Session id: base32 of 16 random bytes.
    pub session: String,
    /// SHA-256 of the session's secret, base64url without padding.
    pub secret_hash: String,
    /// The share: 32 random bytes, base64url without padding.
    pub share: String,
    /// The session ends when it was not renewed for so many seconds, within [`SESSION_SECONDS`].
    pub idle_seconds: u64,
}

impl std::fmt::Debug for NewSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { session, secret_hash: _, share: _, idle_seconds } = self;
        let mut debug = f.debug_struct("NewSession");
        debug.field("session", session).field("idle_seconds", idle_seconds).finish_non_exhaustive()
    }
}

/// Body of `POST /v1/sessions/<account>/<session>`, which renews a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Renewal {
    /// As [`NewSession::idle_seconds`], counted from now.
    pub idle_seconds: u64,
}

/// Answer to `GET /v1/sessions/<account>/<session>`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// As [`NewSession::share`].
    pub share: String,
}

impl std::fmt::Debug for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Share(…)")
    }
}

/// RFC 9457 problem details. `kind` is stable; see the endpoint's `error.rs` for the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Stable name of the problem, a relative URI such as `/problems/login-exists`.
    #[serde(rename = "type")]
    pub kind: String,
    /// One sentence, the same for every occurrence.
    pub title: String,
    /// HTTP status.
    pub status: u16,
}

/// JOSE header of a request's JWT.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// [`JWT_ALGORITHM`].
    pub alg: String,
    /// [`JWT_TYPE`].
    pub typ: String,
}

/// Claims of a request's JWT (RFC 7519; names of DPoP, RFC 9449).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// Login id.
    pub iss: String,
    /// Ed25519 public key, base64url without padding; its hash is `iss`.
    #[serde(rename = "pub")]
    pub public_key: String,
    /// Deployment.
    pub aud: String,
    /// Issued at, Unix seconds.
    pub iat: u64,
    /// Expires, Unix seconds, at most [`JWT_SECONDS`] after `iat`.
    pub exp: u64,
    /// HTTP method.
    pub htm: String,
    /// Full URL with scheme, authority, path and query.
    pub htu: String,
    /// SHA-256 of the body (of nothing, if there is none), base64url without padding.
    pub bh: String,
}
