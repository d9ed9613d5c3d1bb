//! What an upload stores on this device during an outage, using the port `Spool`.
//!
//! ```text
//! <object_id>/00001 …         parts of the object that the store does not have yet; of a small
//!                             file, all of it
//! <object_id>/journal/00001 … pages of the journal for all parts: with them the source is not
//!                             needed any more
//! ```
//!
//! Parts are written first, pages last. Everything is ciphertext or sealed under the journal's key.

use super::journal::{JournalEntry, JournalPage, Ledger, PAGE_PARTS};
use super::{TransferError, TransferWorld, UploadJob};
use crate::bytes::Bytes;
use crate::object::{Layout, ObjectId};
use crate::port::SpoolError;
use crate::secret::FernetKey;

/// Prefix of everything that the spool stores for this object.
#[must_use]
pub fn kept_below(id: &ObjectId) -> String {
    format!("{id}/")
}

fn part(id: &ObjectId, number: u32) -> String {
    format!("{id}/{number:05}")
}

fn journal(id: &ObjectId) -> String {
    format!("{id}/journal/")
}

impl From<SpoolError> for TransferError {
    fn from(error: SpoolError) -> Self {
        match error {
            SpoolError::Full => Self::Full,
            SpoolError::Failed => Self::Storage,
        }
    }
}

/// Stores a part.
pub(super) async fn put_part(
    world: &TransferWorld,
    id: &ObjectId,
    number: u32,
    body: &Bytes,
) -> Result<(), SpoolError> {
    world.spool.put(&part(id, number), body).await
}

/// Loads a stored part.
pub(super) async fn get_part(world: &TransferWorld, id: &ObjectId, number: u32) -> Option<Bytes> {
    world.spool.get(&part(id, number)).await.ok().flatten()
}

/// Deletes everything of an object.
pub(super) async fn forget(world: &TransferWorld, id: &ObjectId) {
    // What cannot be removed now is found when its upload ends.
    let _ = world.spool.remove(&kept_below(id)).await;
}

/// Stores the pages after sealing the whole source: from them and the parts, the upload can be sent
/// without the source. If they do not fit, the parts are useless, and are deleted.
pub(super) async fn put_pages(
    world: &TransferWorld,
    job: &UploadJob,
    entries: &[JournalEntry],
) -> Result<(), TransferError> {
    let put = put_each_page(world, job, entries).await;
    if put.is_err() {
        forget(world, &job.id).await;
    }
    put
}

async fn put_each_page(
    world: &TransferWorld,
    job: &UploadJob,
    entries: &[JournalEntry],
) -> Result<(), TransferError> {
    for (at, entries) in (1_usize..).step_by(PAGE_PARTS).zip(entries.chunks(PAGE_PARTS)) {
        let page = JournalPage { upload: job.upload.clone(), entries: entries.to_vec() };
        let token = page.seal(&job.journal_key, &job.id, world.iv()?);
        world.spool.put(&format!("{}{at:05}", journal(&job.id)), &token.into()).await?;
    }
    Ok(())
}

/// How all parts were sealed, if the pages are complete.
pub(super) async fn get_pages(
    world: &TransferWorld,
    id: &ObjectId,
    key: &FernetKey,
    layout: &Layout,
) -> Option<Vec<JournalEntry>> {
    let mut ledger = Ledger::default();
    for name in world.spool.list(&journal(id)).await.ok()? {
        let token = world.spool.get(&name).await.ok().flatten()?;
        ledger.add(JournalPage::open(key, id, &token.bytes())?.entries, layout);
    }
    ledger.whole(layout)
}
