//! What lies in the bucket and belongs to no file: found and removed only when the person asks.
//!
//! An upload that was cut, cancelled or lost to another device can leave an object that no event
//! names, a multipart upload, pages of a journal. None of that is ever shown as a file; it only
//! takes up room. It is offered, not removed by itself: what no event names may be what an event is
//! on its way for, on a device that went offline in the second between the two. So
//!
//! - only what is older than [`GRACE`] counts: by the store's own times and the endpoint's clock,
//!   and by the object's id and this device's clock as well, for the store and the endpoint say of
//!   times what they like;
//! - nothing counts while the history is doubtful, not read to its end, or has changes that wait
//!   to be saved;
//! - what a `begin` still stands for stays;
//! - who frees an object says so first (`free`), waits for [`SETTLE_MS`], and then reads the log;
//!   who names one late says so first (`add`), and then reads the log (`save`). So one of the two
//!   sees the other, whatever the order: either the object stays, or whoever named it knows that it
//!   may not, sends the file anew, and had not said before that it was added. Then the log says
//!   that the object is gone for ever (`purge`), and it is deleted: an entry is never without data.

use frond_wire::{Name, Operation};

use super::{Garbage, Leftovers};
use crate::catalog::{Op, State};
use crate::object::ObjectId;
use crate::session::error::ChangeError;
use crate::session::files::PURGE_BATCH;
use crate::transfer::{
    Answer, Bucket, Call, FoundUpload, Room, TransferError, found_uploads, last,
};

/// What is younger may still be named by the device that made it, in seconds: thirty days.
const GRACE: u64 = 30 * 86_400;
/// Twice as long as a store's lists may run behind, in milliseconds. If a list lacks what is
/// younger than `S`, and `2 S` lie between `free` and reading, then who frees an object sees all
/// that was named until `S` after it said so; and who names it later than that sees that it did.
const SETTLE_MS: u64 = 120_000;
/// Largest listing of unfinished uploads, in bytes; those beyond its first page are found by the
/// next look.
const MAX_UPLOADS: usize = 2 * 1024 * 1024;

impl Garbage {
    /// Looks for what lies in the bucket and belongs to nothing; `own` are the objects of uploads
    /// of this session.
    pub(in crate::session) async fn leftovers(
        &self,
        own: &[ObjectId],
    ) -> Result<Leftovers, ChangeError> {
        let keys = self.context.keys().ok_or(ChangeError::ReadOnly)?;
        let bucket = self.context.bucket(&*keys.endpoint);
        // Listed first: what is named meanwhile, the log then shows.
        let objects = bucket.list_objects(&Room::default()).await?;
        let uploads = list_uploads(&bucket).await?;
        let pages = bucket.list_journals().await?;
        let old = keys.endpoint.now().saturating_sub(GRACE);
        // Not the clock that the endpoint corrects.
        let old_here = (self.context.world.clock.now_ms() / 1000).saturating_sub(GRACE);
        self.know_all().await?;
        let history = self.log.history();
        let is_old = |object: &ObjectId, at: u64| at < old && object.stamp() < old_here;
        let mut leftovers = Leftovers::default();
        for found in objects.iter().filter(|found| is_old(&found.id, found.at)) {
            if !is_named(&history.state, &found.id) && !own.contains(&found.id) {
                leftovers.objects.push(found.id);
                leftovers.bytes = leftovers.bytes.saturating_add(found.size);
            }
        }
        for found in &uploads {
            let named = |object: &ObjectId| {
                history
                    .state
                    .begun
                    .get(object)
                    .is_some_and(|begun| begun.upload == found.upload.as_str())
            };
            let object = ObjectId::parse(last(&found.key)).ok();
            let object = object.filter(|object| is_old(object, found.at) && !named(object));
            if let Some(object) = object {
                leftovers.uploads.push((object, found.upload.clone()));
            }
        }
        for found in pages.iter().filter(|found| is_old(&found.id, found.at)) {
            if !history.state.begun.contains_key(&found.id) {
                leftovers.pages.push((found.id, found.part));
            }
        }
        Ok(leftovers)
    }

    /// Removes of `found` what still belongs to nothing.
    pub(in crate::session) async fn free(&self, found: &Leftovers) -> Result<(), ChangeError> {
        let keys = self.context.keys().ok_or(ChangeError::ReadOnly)?;
        self.know_all().await?;
        for objects in self.unnamed(&found.objects).chunks(PURGE_BATCH) {
            let ops = objects.iter().map(|object| Op::Free { object: *object }).collect();
            self.log.append(ops, &[]).await?;
        }
        self.log.save().await?;
        if !found.objects.is_empty() {
            self.context.world.clock.sleep(SETTLE_MS).await;
        }
        self.know_all().await?;
        for objects in self.unnamed(&found.objects).chunks(PURGE_BATCH) {
            let ops = objects.iter().map(|object| Op::Purge { object: *object }).collect();
            self.log.append(ops, objects).await?;
        }
        self.log.save().await?;
        let bucket = self.context.bucket(&*keys.endpoint);
        for (object, upload) in &found.uploads {
            let operation = Operation::AbortUpload { object: *object, upload: upload.clone() };
            bucket.call(&Call::new(operation, 0)).await?;
        }
        for (object, part) in &found.pages {
            let operation = Operation::Delete(Name::Journal(*object, *part));
            bucket.call(&Call::new(operation, 0)).await?;
        }
        Ok(())
    }

    /// Those of them that no event names now.
    fn unnamed(&self, objects: &[ObjectId]) -> Vec<ObjectId> {
        let history = self.log.history();
        objects.iter().filter(|object| !is_named(&history.state, object)).copied().collect()
    }

    /// The history is read to its end, and nothing about it is doubtful or waits.
    async fn know_all(&self) -> Result<(), ChangeError> {
        self.log.refresh().await?;
        let history = self.log.history();
        let sound = self.log.is_loaded() && history.doubts.is_empty() && history.unsaved.is_empty();
        if sound { Ok(()) } else { Err(ChangeError::ReadOnly) }
    }
}

/// Whether an object is a file's, or may become one's.
fn is_named(state: &State, object: &ObjectId) -> bool {
    state.files.contains_key(object) || state.begun.contains_key(object)
}

/// [ListMultipartUploads](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html)
/// of the vault.
async fn list_uploads(bucket: &Bucket<'_>) -> Result<Vec<FoundUpload>, TransferError> {
    match bucket.call(&Call::new(Operation::ListUploads { object: None }, MAX_UPLOADS)).await? {
        Answer::Success(response) => {
            found_uploads(&response.body).map_err(|_| TransferError::InvalidResponse)
        }
        Answer::NotFound
        | Answer::Exists
        | Answer::NoSuchUpload
        | Answer::InvalidPart
        | Answer::OutOfRange => Err(TransferError::InvalidResponse),
    }
}
