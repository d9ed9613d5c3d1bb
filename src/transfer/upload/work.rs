//! State that all steps of one upload share.

use super::sent::Sent;
use crate::bytes::Bytes;
use crate::object::{Header, Layout};
use crate::transfer::bucket::Bucket;
use crate::transfer::scheduler::RequestScheduler;
use crate::transfer::stored::StoredObject;
use crate::transfer::{TransferControl, TransferWorld, UploadJob};

/// The context of all steps of one upload.
pub(super) struct Work<'a> {
    pub(super) world: &'a TransferWorld,
    pub(super) job: &'a UploadJob,
    pub(super) control: &'a TransferControl,
    pub(super) scheduler: &'a RequestScheduler<'a>,
    pub(super) bucket: Bucket<'a>,
    pub(super) header: Header,
    pub(super) layout: Layout,
    pub(super) sent: Sent<'a>,
}

impl<'a> Work<'a> {
    /// The object in the bucket.
    pub(super) fn stored(&self) -> StoredObject<'a> {
        StoredObject { bucket: self.bucket, id: self.job.id, layout: self.layout }
    }
}

/// The length of a body in bytes.
pub(super) fn length(body: &Bytes) -> u64 {
    u64::try_from(body.len()).unwrap_or(u64::MAX)
}
