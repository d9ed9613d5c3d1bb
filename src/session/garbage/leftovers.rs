//! Garbage in the bucket: found and removed only at the user's request.
//!
//! An upload that was interrupted, cancelled or lost to another device can leave an object that no
//! event names, a multipart upload, or journal pages. None of that is ever shown as a file; it only
//! takes up space. It is not removed automatically: the event that names an object may still be
//! under way, on a device that went offline in the second between the two. So
//!
//! - only what is older than [`GRACE`] counts: by the store's own times and the endpoint's clock,
//!   and by the object's id and this device's clock as well, for times from the store and the
//!   endpoint are not trusted;
//! - nothing counts while the history is doubtful, incomplete, or has unsaved changes;
//! - no snapshot is trusted to name all objects: the log is replayed before anything is removed;
//! - objects with a live `begin` event are kept;
//! - a device that frees an object announces it first (`free`), waits for [`SETTLE_MS`], and then
//!   reads the log; a device that names one late announces it first (`add`), and then reads the
//!   log (`save`). So one of the two sees the other, whatever the order: either the object stays,
//!   or the naming device knows that it may not, sends the file anew, and had not yet reported it
//!   as added. Then the log records that the object is permanently gone (`purge`), and it is
//!   deleted: an entry is never without data.

use frond_wire::{Name, Operation};

use super::{Garbage, Leftovers};
use crate::catalog::{Op, State};
use crate::object::ObjectId;
use crate::session::error::ChangeError;
use crate::session::files::BATCH;
use crate::transfer::{
    Answer, Bucket, Call, Room, TransferError, UploadEntry, found_uploads, last,
};

/// Younger garbage may still be named by the device that made it, in seconds: thirty days.
const GRACE: u64 = 30 * 86_400;
/// Twice the maximum lag of a store's lists, in milliseconds. If a list lacks what is younger than
/// `S`, and `2 S` lie between `free` and reading, then the device that frees an object sees
/// everything named until `S` after its announcement; a device that names it later sees that
/// announcement.
const SETTLE_MS: u64 = 120_000;
/// Largest listing of unfinished uploads, in bytes; those beyond its first page are found by the
/// next run.
const MAX_UPLOADS: usize = 2 * 1024 * 1024;

impl Garbage {
    /// Looks for garbage in the bucket; `own` are the objects of uploads of this session.
    pub(in crate::session) async fn leftovers(
        &self,
        own: &[ObjectId],
    ) -> Result<Leftovers, ChangeError> {
        let keys = self.context.keys().ok_or(ChangeError::ReadOnly)?;
        let bucket = self.context.bucket(&*keys.endpoint);
        // Listed first: the log then shows objects named meanwhile.
        let objects = bucket.list_objects(&Room::default()).await?;
        let uploads = list_uploads(&bucket).await?;
        let pages = bucket.list_journals().await?;
        let thumbnails = bucket.list_thumbnails(&Room::default()).await?;
        let old = keys.endpoint.now().saturating_sub(GRACE);
        // Not the clock that the endpoint corrects.
        let old_here = (self.context.world.clock.now_ms() / 1000).saturating_sub(GRACE);
        self.know_all().await?;
        let history = self.log.history();
        let is_old = |object: &ObjectId, at: u64| at < old && object.stamp() < old_here;
        let mut leftovers = Leftovers::default();
        for found in objects.iter().filter(|found| is_old(&found.id, found.at)) {
            if !is_named(history.state(), &found.id) && !own.contains(&found.id) {
                leftovers.objects.push(found.id);
                leftovers.bytes = leftovers.bytes.saturating_add(found.size);
            }
        }
        for found in &uploads {
            let named = |object: &ObjectId| {
                history.state().begun.get(object).is_some_and(|begun| begun.upload == found.upload)
            };
            let object = ObjectId::parse(last(&found.key)).ok();
            let object = object.filter(|object| is_old(object, found.at) && !named(object));
            if let Some(object) = object {
                leftovers.uploads.push((object, found.upload.clone()));
            }
        }
        for found in pages.iter().filter(|found| is_old(&found.id, found.at)) {
            if !history.state().begun.contains_key(&found.id) {
                leftovers.pages.push((found.id, found.part));
            }
        }
        for found in thumbnails.iter().filter(|found| is_old(&found.id, found.at)) {
            if !is_named(history.state(), &found.id) && !own.contains(&found.id) {
                leftovers.thumbnails.push(found.id);
            }
        }
        Ok(leftovers)
    }

    /// Removes those of `found` that are still garbage.
    pub(in crate::session) async fn free(&self, found: &Leftovers) -> Result<(), ChangeError> {
        let keys = self.context.keys().ok_or(ChangeError::ReadOnly)?;
        self.replay_all().await?;
        for objects in self.unnamed(&found.objects).chunks(BATCH) {
            let ops = objects.iter().map(|object| Op::Free { object: *object }).collect();
            self.log.append(ops, &[]).await?;
        }
        self.log.save().await?;
        if !found.objects.is_empty() {
            self.context.world.clock.sleep(SETTLE_MS).await;
        }
        self.replay_all().await?;
        for objects in self.unnamed(&found.objects).chunks(BATCH) {
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
        // Whatever names their object by now, nothing is lost but a picture.
        for object in &found.thumbnails {
            let operation = Operation::Delete(Name::Thumbnail(*object));
            bucket.call(&Call::new(operation, 0)).await?;
        }
        Ok(self.log.remove_old_snapshots(&bucket, &keys).await?)
    }

    /// Those of `objects` that no event names now.
    fn unnamed(&self, objects: &[ObjectId]) -> Vec<ObjectId> {
        let history = self.log.history();
        objects.iter().filter(|object| !is_named(history.state(), object)).copied().collect()
    }

    /// Fails unless the history is complete, without doubts and saved.
    async fn know_all(&self) -> Result<(), ChangeError> {
        self.log.refresh().await?;
        let history = self.log.history();
        let sound = self.log.is_loaded() && history.doubts.is_empty() && history.unsaved.is_empty();
        if sound { Ok(()) } else { Err(ChangeError::ReadOnly) }
    }

    /// [`Self::know_all`], from the log alone.
    async fn replay_all(&self) -> Result<(), ChangeError> {
        self.know_all().await?;
        if self.log.replay().await? { Ok(()) } else { Err(ChangeError::ReadOnly) }
    }
}

/// Whether an object is a file's, or may become one's.
fn is_named(state: &State, object: &ObjectId) -> bool {
    state.files.contains_key(object) || state.begun.contains_key(object)
}

/// [ListMultipartUploads](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html)
/// of the vault.
async fn list_uploads(bucket: &Bucket<'_>) -> Result<Vec<UploadEntry>, TransferError> {
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
