//! The log's records on this device (`session::records` lists all names).

use std::collections::BTreeSet;
use std::rc::Rc;

use frond_wire::SnapshotId;

use crate::account::{AccountId, DeviceId};
use crate::catalog::{Doubt, EventKey};
use crate::object::ObjectId;
use crate::port::{Entropy, Store, StoreFailed};
use crate::session::records::{Change, number};

/// Doubts found by comparing the bucket with what was seen before, and their names in this device's
/// record. `Fork` and `Newer` follow from the events stored here.
const DOUBTS: [(Doubt, &str); 4] = [
    (Doubt::Hole, "hole"),
    (Doubt::MissingParent, "missing-parent"),
    (Doubt::Rollback, "rollback"),
    (Doubt::BadEvent, "bad-event"),
];

/// The names of one account's records.
pub(super) struct LogRecords {
    pub(super) store: Rc<dyn Store>,
    pub(super) account: AccountId,
}

impl LogRecords {
    /// Name of the lock under which numbers are claimed.
    pub(super) fn log_lock(&self) -> String {
        format!("log/{}", self.account)
    }

    /// Name of the lock under which the outbox is emptied.
    pub(super) fn outbox_lock(&self) -> String {
        format!("outbox/{}", self.account)
    }

    /// Name of the lock under which a snapshot is written.
    pub(super) fn snapshot_lock(&self) -> String {
        format!("snapshot/{}", self.account)
    }

    /// A page or the manifest of the snapshot that this device started from.
    pub(super) fn snapshot(&self, id: &SnapshotId) -> String {
        format!("snapshot/{}/{id}", self.account)
    }

    /// The ids of all pages and manifests on this device, ascending.
    pub(super) async fn snapshots(&self) -> Result<Vec<SnapshotId>, StoreFailed> {
        let under = format!("snapshot/{}/", self.account);
        let keys = self.store.keys(&under).await?;
        let ids = keys.iter().filter_map(|key| SnapshotId::parse(key.strip_prefix(&under)?).ok());
        Ok(ids.collect())
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

    /// The change that claims all numbers below `next`.
    pub(super) fn claim(&self, device: &DeviceId, next: u64) -> Change {
        (format!("next/{}/{device}", self.account), Some(next.to_string().into_bytes()))
    }

    /// The next free number, as recorded by this browser's tabs.
    pub(super) async fn next(&self, device: &DeviceId) -> Result<u64, StoreFailed> {
        number(&*self.store, &format!("next/{}/{device}", self.account)).await
    }

    /// This browser's device id; created at first use. The caller holds the log's lock.
    pub(super) async fn device(&self, entropy: &dyn Entropy) -> Result<DeviceId, StoreFailed> {
        let stored = self.store.get(&format!("device/{}", self.account)).await?;
        let text = stored.and_then(|bytes| String::from_utf8(bytes).ok());
        match text.and_then(|text| DeviceId::parse(&text).ok()) {
            Some(device) => Ok(device),
            None => self.new_device(entropy).await,
        }
    }

    /// Replaces the device id by a new one.
    pub(super) async fn new_device(&self, entropy: &dyn Entropy) -> Result<DeviceId, StoreFailed> {
        let device = DeviceId::from_bytes(entropy.bytes().map_err(|_| StoreFailed)?);
        self.store.write(vec![self.named(&device)]).await?;
        Ok(device)
    }

    /// The change that sets this browser's device id.
    pub(super) fn named(&self, device: &DeviceId) -> Change {
        (format!("device/{}", self.account), Some(device.to_string().into_bytes()))
    }

    /// The change that records the new place of a resealed event of the outbox.
    pub(super) fn moved(&self, from: &EventKey, to: &EventKey) -> Change {
        (format!("moved/{}/{}", self.account, from.path()), Some(to.path().into_bytes()))
    }

    /// All resealed events: old and new place.
    pub(super) async fn all_moved(&self) -> Result<Vec<(EventKey, EventKey)>, StoreFailed> {
        let moved = self.places(&format!("moved/{}/", self.account), "").await?;
        let to = |to: Vec<u8>| EventKey::parse(&String::from_utf8(to).ok()?);
        Ok(moved.into_iter().filter_map(|(from, place)| Some((from, to(place)?))).collect())
    }

    /// The change that records the doubts of the last bucket read.
    pub(super) fn doubted(&self, doubts: &BTreeSet<Doubt>) -> Change {
        let words =
            DOUBTS.iter().filter(|(doubt, _)| doubts.contains(doubt)).map(|(_, word)| *word);
        let words = words.collect::<Vec<_>>().join(" ");
        (
            format!("doubts/{}", self.account),
            Some(words.into_bytes()).filter(|words| !words.is_empty()),
        )
    }

    /// The doubts of the last bucket read.
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

    /// Events that the bucket does not have yet, in the order they were made.
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

    /// Purged objects that are still to be deleted.
    pub(super) async fn all_pending_deletes(&self) -> Result<Vec<ObjectId>, StoreFailed> {
        let under = format!("outbox/{}/delete/", self.account);
        let records = self.store.scan(&under).await?;
        let ids = records
            .into_iter()
            .filter_map(|(key, _)| ObjectId::parse(key.strip_prefix(&under)?).ok());
        Ok(ids.collect())
    }
}
