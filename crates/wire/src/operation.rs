//! The request language of presigning: a verb and the name that it is about.
//!
//! ```json
//! {"op": "put-object", "object": "<object_id>", "length": 123}
//! ```
//! `op` is `<verb>-<kind of name>`. The endpoint composes the key from the ids, so a client never
//! sends a path; members that an operation does not have are refused.

mod members;

use serde::{Deserialize, Serialize};

use crate::{Checksum, Listing, Name, ObjectId, Part, UploadId};
use members::Members;

/// One S3 request to be signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Members", try_from = "Members")]
pub enum Operation {
    /// PUT of something new; `If-None-Match: *`.
    Put {
        /// What is written.
        name: Name,
        /// Exact length of the body in bytes.
        length: u64,
        /// Checksum of the body, of objects only: becomes a signed header, which the store
        /// verifies.
        checksum: Option<Checksum>,
    },
    /// GET; `Range` is not signed, so one URL serves every range.
    Get(Name),
    /// HEAD of an object.
    Head(ObjectId),
    /// DELETE.
    Delete(Name),
    /// ListObjectsV2.
    List(Listing),
    /// CreateMultipartUpload.
    CreateUpload(ObjectId),
    /// UploadPart.
    UploadPart {
        /// The object that the upload makes.
        object: ObjectId,
        /// The upload.
        upload: UploadId,
        /// The part.
        part: Part,
        /// Exact length of the body in bytes.
        length: u64,
        /// Checksum of the body: becomes a signed header, which the store verifies.
        checksum: Option<Checksum>,
    },
    /// ListParts.
    ListParts {
        /// The object that the upload makes.
        object: ObjectId,
        /// The upload.
        upload: UploadId,
        /// Only parts after this one.
        after: Option<Part>,
    },
    /// ListMultipartUploads of the caller's account.
    ListUploads {
        /// Only uploads of this object.
        object: Option<ObjectId>,
    },
    /// CompleteMultipartUpload.
    CompleteUpload {
        /// The object that the upload makes.
        object: ObjectId,
        /// The upload.
        upload: UploadId,
    },
    /// AbortMultipartUpload.
    AbortUpload {
        /// The object that the upload makes.
        object: ObjectId,
        /// The upload.
        upload: UploadId,
    },
}

impl Operation {
    /// PUT of a body of `length` bytes, without a checksum.
    #[must_use]
    pub const fn put(name: Name, length: u64) -> Self {
        Self::Put { name, length, checksum: None }
    }

    /// HTTP method of the S3 request that it becomes.
    #[must_use]
    pub const fn method(&self) -> &'static str {
        match self {
            Self::Put { .. } | Self::UploadPart { .. } => "PUT",
            Self::CreateUpload(_) | Self::CompleteUpload { .. } => "POST",
            Self::Head(_) => "HEAD",
            Self::Get(_) | Self::List(_) | Self::ListParts { .. } | Self::ListUploads { .. } => {
                "GET"
            }
            Self::Delete(_) | Self::AbortUpload { .. } => "DELETE",
        }
    }
}

#[cfg(test)]
mod tests;
