//! Cleaning up after uploads: their files on this device, their journal, and what abandoned uploads
//! sent.
//!
//! Runs only once the bucket has every event of this device, and the list was read: by then no
//! device needs what is removed here. An object of several parts is never deleted here: another
//! device may have resumed it and be about to name it. A single-part upload is exclusively this
//! browser's, so under its lock no other tab can be about to name it.

use frond_wire::{Name, Operation};

use super::Garbage;
use crate::object::ObjectId;
use crate::session::cleanups::Cleanup;
use crate::transfer::{Answer, Bucket, Call, TransferError, kept_below, listed_uploads};

/// Largest listing, in bytes.
const MAX_LISTING: usize = 2 * 1024 * 1024;

impl Garbage {
    /// Runs all pending cleanups, and removes the records of those that are done.
    pub(in crate::session) async fn clean_up(&self) -> Result<(), TransferError> {
        let Some(keys) = self.context.keys().filter(|_| self.cleanups.are_pending()) else {
            return Ok(());
        };
        let bucket = self.context.bucket(&*keys.endpoint);
        let (mut done, mut handles) = (Vec::new(), Vec::new());
        let mut result = Ok(());
        for (object, left) in self.cleanups.all().await? {
            match self.clean_up_after(&bucket, &object, left).await {
                Ok(cleaned) => handles.extend(cleaned.then(|| object.to_string())),
                Err(error) => {
                    result = Err(error);
                    break;
                }
            }
            done.push((self.cleanups.key(&object), None));
        }
        if !handles.is_empty() {
            self.context.world.handles.forget(&handles).await;
        }
        if !done.is_empty() {
            self.context.world.store.write(done).await?;
        }
        self.cleanups.set_pending(result.is_err());
        result
    }

    /// Whether this tab cleaned up; another one that sends the upload does that itself.
    async fn clean_up_after(
        &self,
        bucket: &Bucket<'_>,
        object: &ObjectId,
        left: Cleanup,
    ) -> Result<bool, TransferError> {
        // A file of one part that the vault has leaves nothing that another tab could be sending.
        let _lock = if left.in_parts || left.abandoned {
            let Some(lock) = self.cleanups.locks.acquire(&left.lock).await? else {
                return Ok(false);
            };
            Some(lock)
        } else {
            None
        };
        if left.abandoned {
            self.log.know_own().await?;
        }
        // Best effort: there is no further recourse if this fails.
        let _ = self.context.world.spool.remove(&kept_below(object)).await;
        let added = self.log.history().state().has_ended(object);
        // After added uploads too: a lost response may have left a multipart upload that no event
        // names.
        if left.in_parts {
            let operation = Operation::ListUploads { object: Some(*object) };
            let listed = self.listed(bucket, operation).await?;
            for upload in listed_uploads(&listed).map_err(|_| TransferError::InvalidResponse)? {
                let operation = Operation::AbortUpload { object: *object, upload };
                bucket.call(&Call::new(operation, 0)).await?;
            }
        }
        if left.in_parts {
            for part in bucket.list_journal(object, u32::MAX).await? {
                let operation = Operation::Delete(Name::Journal(*object, part));
                bucket.call(&Call::new(operation, 0)).await?;
            }
        }
        if left.abandoned && !added && !left.in_parts {
            let operation = Operation::Delete(Name::Object(*object));
            bucket.call(&Call::new(operation, 0)).await?;
        }
        Ok(true)
    }

    async fn listed(
        &self,
        bucket: &Bucket<'_>,
        operation: Operation,
    ) -> Result<Vec<u8>, TransferError> {
        match bucket.call(&Call::new(operation, MAX_LISTING)).await? {
            Answer::Success(response) => Ok(response.body),
            Answer::NotFound
            | Answer::Exists
            | Answer::NoSuchUpload
            | Answer::InvalidPart
            | Answer::OutOfRange => Err(TransferError::InvalidResponse),
        }
    }
}
