//! What the session keeps on this device, and under which names. All of it is ciphertext or public.
//!
//! ```text
//! device/<account>                                    this browser's device id for the account
//! next/<account>/<device>                             next free sequence number, for tabs to see what others did
//! log/<account>/<device>/<seq>/<event_id>             raw tokens of events that the bucket has
//! outbox/<account>/event/<device>/<seq>/<event_id>    raw tokens of events that it does not have yet
//! moved/<account>/<device>/<seq>/<event_id>           where an event of the outbox is now that was sealed anew
//! doubts/<account>                                    why the vault was read-only when the bucket was last read
//! outbox/<account>/delete/<object_id>                 purged, still to be deleted from the bucket
//! outbox/<account>/tidy/<object_id>                   ended as an upload, still to be cleaned up after
//! queue/<account>/<number>                            uploads that wait, in the order they were added, sealed
//! next-queue/<account>                                next free number of those
//! queue-mark/<account>                                another one after every change of those, for tabs to look at
//! ```
//!
//! An event is written to the outbox in the transaction that claims its number, before anything is
//! sent: a crash anywhere leaves an entry that is sent later, the same bytes under the same name.
//! Only where the bucket shows events of this device that no tab here wrote, what was not sent yet
//! is sealed anew under another device id (`save`).

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::account::{AccountId, DeviceId};
use crate::catalog::{Doubt, EventKey};
use crate::object::ObjectId;
use crate::port::{Entropy, Store, StoreFailed};

pub(super) type Change = (String, Option<Vec<u8>>);

/// Doubts that come of comparing the bucket with what was seen, and the words that stand for them
/// on this device. `Fork` and `Newer` follow from the events that are kept here.
const DOUBTS: [(Doubt, &str); 4] = [
    (Doubt::Hole, "hole"),
    (Doubt::MissingParent, "missing-parent"),
    (Doubt::Rollback, "rollback"),
    (Doubt::BadEvent, "bad-event"),
];

/// What is left to clean up after an upload.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tidy {
    /// It had a journal.
    pub(super) in_parts: bool,
    /// What was sent of it leaves the bucket, unless the vault has it as a file.
    pub(super) abandoned: bool,
}

/// The records of one account.
pub(super) struct Records {
    pub(super) store: Rc<dyn Store>,
    pub(super) account: AccountId,
}

impl Records {
    /// Name of the lock under which numbers are claimed.
    pub(super) fn log_lock(&self) -> String {
        format!("log/{}", self.account)
    }

    /// Name of the lock under which the outbox is emptied.
    pub(super) fn outbox_lock(&self) -> String {
        format!("outbox/{}", self.account)
    }

    pub(super) fn logged(&self, place: &EventKey) -> String {
        format!("log/{}/{}", self.account, place.path())
    }

    pub(super) fn waiting(&self, place: &EventKey) -> String {
        format!("outbox/{}/event/{}", self.account, place.path())
    }

    pub(super) fn pending_deletes(&self, object: &ObjectId) -> String {
        format!("outbox/{}/delete/{object}", self.account)
    }

    /// Name of the lock under which the queue's records are written.
    pub(super) fn queue_lock(&self) -> String {
        format!("queue/{}", self.account)
    }

    /// Name of the lock that the tab holds which sends an upload.
    pub(super) fn upload_lock(&self, object: &ObjectId) -> String {
        format!("upload/{object}")
    }

    /// The record of an upload. By number, so that no clock orders the queue.
    pub(super) fn queued(&self, number: u64) -> String {
        format!("queue/{}/{number:016x}", self.account)
    }

    /// The change that claims all numbers of the queue below `next`.
    pub(super) fn claim_queued(&self, next: u64) -> Change {
        (format!("next-queue/{}", self.account), Some(next.to_string().into_bytes()))
    }

    /// The change that goes with every change of the queue's records: who sees the mark it saw
    /// before, need not read them.
    pub(super) fn mark_queue(&self, entropy: &dyn Entropy) -> Result<Change, StoreFailed> {
        let mut mark = vec![0; 16];
        entropy.fill(&mut mark).map_err(|_| StoreFailed)?;
        Ok((format!("queue-mark/{}", self.account), Some(mark)))
    }

    /// What the last change of the queue's records left; nothing before the first.
    pub(super) async fn queue_mark(&self) -> Result<Option<Vec<u8>>, StoreFailed> {
        self.store.get(&format!("queue-mark/{}", self.account)).await
    }

    /// The next free number of the queue.
    pub(super) async fn next_queued(&self) -> Result<u64, StoreFailed> {
        self.number(&format!("next-queue/{}", self.account)).await
    }

    /// Uploads that wait, in order.
    pub(super) async fn all_queued(&self) -> Result<Vec<(u64, Vec<u8>)>, StoreFailed> {
        let under = format!("queue/{}/", self.account);
        let records = self.store.scan(&under).await?;
        let numbered = records.into_iter().filter_map(|(key, record)| {
            Some((u64::from_str_radix(key.strip_prefix(&under)?, 16).ok()?, record))
        });
        Ok(numbered.collect())
    }

    /// What is left to clean up after an upload.
    pub(super) fn tidied(&self, object: &ObjectId) -> String {
        format!("outbox/{}/tidy/{object}", self.account)
    }

    /// The change that has an upload cleaned up after.
    pub(super) fn tidy(&self, object: &ObjectId, in_parts: bool, abandoned: bool) -> Change {
        (self.tidied(object), Some(vec![u8::from(in_parts), u8::from(abandoned)]))
    }

    /// All that is left to clean up.
    pub(super) async fn all_tidy(&self) -> Result<Vec<(ObjectId, Tidy)>, StoreFailed> {
        let under = format!("outbox/{}/tidy/", self.account);
        let records = self.store.scan(&under).await?;
        let left = records.into_iter().filter_map(|(key, left)| {
            let object = ObjectId::parse(key.strip_prefix(&under)?).ok()?;
            // What is not known to be small and added is looked for.
            let flag = |at: usize| left.get(at) != Some(&0);
            Some((object, Tidy { in_parts: flag(0), abandoned: left.get(1) == Some(&1) }))
        });
        Ok(left.collect())
    }

    /// The change that claims all numbers below `next`.
    pub(super) fn claim(&self, device: &DeviceId, next: u64) -> Change {
        (format!("next/{}/{device}", self.account), Some(next.to_string().into_bytes()))
    }

    /// The next free number, as tabs of this browser wrote it down.
    pub(super) async fn next(&self, device: &DeviceId) -> Result<u64, StoreFailed> {
        self.number(&format!("next/{}/{device}", self.account)).await
    }

    async fn number(&self, key: &str) -> Result<u64, StoreFailed> {
        let stored = self.store.get(key).await?;
        let text = stored.and_then(|bytes| String::from_utf8(bytes).ok());
        Ok(text.and_then(|text| text.parse().ok()).unwrap_or(0))
    }

    /// This browser's device id; made at first use, under the log's lock.
    pub(super) async fn device(&self, entropy: &dyn Entropy) -> Result<DeviceId, StoreFailed> {
        let stored = self.store.get(&format!("device/{}", self.account)).await?;
        let text = stored.and_then(|bytes| String::from_utf8(bytes).ok());
        match text.and_then(|text| DeviceId::parse(&text).ok()) {
            Some(device) => Ok(device),
            None => self.new_device(entropy).await,
        }
    }

    /// Another device id, from now on.
    pub(super) async fn new_device(&self, entropy: &dyn Entropy) -> Result<DeviceId, StoreFailed> {
        let device = DeviceId::from_bytes(entropy.bytes().map_err(|_| StoreFailed)?);
        self.store.write(vec![self.named(&device)]).await?;
        Ok(device)
    }

    /// The change that makes a device id this browser's.
    pub(super) fn named(&self, device: &DeviceId) -> Change {
        (format!("device/{}", self.account), Some(device.to_string().into_bytes()))
    }

    /// The change that notes where an event of the outbox went when it was sealed anew.
    pub(super) fn moved(&self, from: &EventKey, to: &EventKey) -> Change {
        (format!("moved/{}/{}", self.account, from.path()), Some(to.path().into_bytes()))
    }

    /// All that was sealed anew: where it was, and where it went.
    pub(super) async fn all_moved(&self) -> Result<Vec<(EventKey, EventKey)>, StoreFailed> {
        let moved = self.places(&format!("moved/{}/", self.account), "").await?;
        let to = |to: Vec<u8>| EventKey::parse(&String::from_utf8(to).ok()?);
        Ok(moved.into_iter().filter_map(|(from, place)| Some((from, to(place)?))).collect())
    }

    /// The change that notes what was doubtful when the bucket was last read.
    pub(super) fn doubted(&self, doubts: &BTreeSet<Doubt>) -> Change {
        let words =
            DOUBTS.iter().filter(|(doubt, _)| doubts.contains(doubt)).map(|(_, word)| *word);
        let words = words.collect::<Vec<_>>().join(" ");
        (
            format!("doubts/{}", self.account),
            Some(words.into_bytes()).filter(|words| !words.is_empty()),
        )
    }

    /// What was doubtful when the bucket was last read.
    pub(super) async fn doubts(&self) -> Result<BTreeSet<Doubt>, StoreFailed> {
        let stored = self.store.get(&format!("doubts/{}", self.account)).await?.unwrap_or_default();
        let noted =
            |word: &str| stored.split(|byte| *byte == b' ').any(|noted| noted == word.as_bytes());
        Ok(DOUBTS.iter().filter(|(_, word)| noted(word)).map(|(doubt, _)| *doubt).collect())
    }

    /// Events that the bucket has, all or those whose place begins with `below`.
    pub(super) async fn log(&self, below: &str) -> Result<Vec<(EventKey, Vec<u8>)>, StoreFailed> {
        self.places(&format!("log/{}/", self.account), below).await
    }

    /// Events that it does not have yet, in the order they were made.
    pub(super) async fn outbox(
        &self,
        below: &str,
    ) -> Result<Vec<(EventKey, Vec<u8>)>, StoreFailed> {
        self.places(&format!("outbox/{}/event/", self.account), below).await
    }

    async fn places(
        &self,
        under: &str,
        below: &str,
    ) -> Result<Vec<(EventKey, Vec<u8>)>, StoreFailed> {
        let records = self.store.scan(&format!("{under}{below}")).await?;
        let places = records.into_iter().filter_map(|(key, token)| {
            let place = EventKey::parse(key.strip_prefix(under)?)?;
            Some((place, token))
        });
        Ok(places.collect())
    }

    /// Objects that are purged and still to be deleted.
    pub(super) async fn all_pending_deletes(&self) -> Result<Vec<ObjectId>, StoreFailed> {
        let under = format!("outbox/{}/delete/", self.account);
        let records = self.store.scan(&under).await?;
        let ids = records
            .into_iter()
            .filter_map(|(key, _)| ObjectId::parse(key.strip_prefix(&under)?).ok());
        Ok(ids.collect())
    }
}
