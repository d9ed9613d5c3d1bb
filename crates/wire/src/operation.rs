//! The request language of presigning: a verb and the name that it acts on.
//!
//! ```json
//! {"op": "put-object", "object": "<object_id>", "length": 123}
//! ```
//! `op` is `<verb>-<kind of name>`. The endpoint composes the key from the ids, so a client never
//! sends a path; members that an operation does not define are refused.

mod members;

use serde::{Deserialize, Serialize};

use crate::{Checksum, Listing, Name, ObjectId, Part, UploadId};
use members::Members;

/// One S3 request to be signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Members", try_from = "Members")]
pub enum Operation {
    /// PUT of a new object; `If-None-Match: *`.
    Put {
        /// What to write.
        name: Name,
        /// Exact length of the body in bytes.
        length: u64,
        /// Checksum of the body, for objects only: becomes a signed header, which the store
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
        /// The object of the upload.
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
        /// The object of the upload.
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
        /// The object of the upload.
        object: ObjectId,
        /// The upload.
        upload: UploadId,
    },
    /// AbortMultipartUpload.
    AbortUpload {
        /// The object of the upload.
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

    /// HTTP method of the resulting S3 request.
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
