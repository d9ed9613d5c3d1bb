//! Shares: the record that a link opens, the owner's note of it, and the requests about them.

use serde::{Deserialize, Serialize};

use crate::{AccountId, ObjectId, Presigned, ShareId};

/// `format` of every [`ShareRecord`].
pub const SHARE_FORMAT: &str = "frond/1 share";
/// Most files of one share.
pub const MAX_SHARED: usize = 10_000;
/// Longest share record as JSON, in bytes.
pub const MAX_SHARE: usize = 4 * 1024 * 1024;
/// Longest note, in characters of token text.
pub const MAX_SHARE_NOTE: usize = 16 * 1024;
/// Most shares of one account.
pub const MAX_SHARES: usize = 500;
/// Most URLs in one answer about a share.
pub const SHARE_PAGE: usize = 500;

/// A share, as stored under `shares/<share_id>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShareRecord {
    /// [`SHARE_FORMAT`].
    pub format: String,
    /// The owner's account.
    pub account: AccountId,
    /// The files, ascending; at most [`MAX_SHARED`].
    pub objects: Vec<ObjectId>,
    /// Creation time, in Unix seconds.
    pub created: u64,
    /// When it ends, in Unix seconds; `None` for never.
    pub expires: Option<u64>,
    /// Whether a link password is part of its key.
    pub password: bool,
    /// The content: a Fernet token as text, sealed under the share's key.
    pub sealed: String,
}

/// Body of `POST /v1/shares`: makes a share of the caller's account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewShare {
    /// Share id.
    pub share: ShareId,
    /// The record to store.
    pub record: ShareRecord,
    /// The owner's note: a Fernet token as text, at most [`MAX_SHARE_NOTE`] characters.
    pub note: String,
}

/// Body of `POST /v1/shares/<share_id>`: replaces the record and the note of a share of the
/// caller's account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangedShare {
    /// The record to store. `created` and `password` are as they were.
    pub record: ShareRecord,
    /// As [`NewShare::note`].
    pub note: String,
}

/// A share as [`ListedShares`] has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedShare {
    /// Share id.
    pub share: ShareId,
    /// The owner's note.
    pub note: String,
}

/// Response to `GET /v1/shares`: the shares of the caller's account that were not revoked, in the
/// order of their ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedShares {
    /// One per share.
    pub shares: Vec<ListedShare>,
}

/// Response to `GET /v1/shares/<share_id>`: to anybody, while the share lives. With
/// `?from=<object_id>` the URLs begin at the first object that does not sort before this one, and
/// the record is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenedShare {
    /// The record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<ShareRecord>,
    /// Lifetime of the URLs in seconds from now.
    pub expires: u64,
    /// The objects that the URLs are for: at most [`SHARE_PAGE`] of the record's, in its order.
    pub objects: Vec<ObjectId>,
    /// A GET for each of them.
    pub urls: Vec<Presigned>,
}
