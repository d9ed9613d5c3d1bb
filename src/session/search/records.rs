//! The records of the search on this device (`session::records` lists all names).

use std::collections::BTreeSet;
use std::rc::Rc;

use frond_wire::SegmentId;

use crate::account::AccountId;
use crate::object::ObjectId;
use crate::port::{Store, StoreFailed};
use crate::session::records::Change;

/// The names of one account's records.
pub(super) struct SearchRecords {
    pub(super) store: Rc<dyn Store>,
    pub(super) account: AccountId,
}

impl SearchRecords {
    /// Name of the lock under which segments are written.
    pub(super) fn lock(&self) -> String {
        format!("search/{}", self.account)
    }

    pub(super) fn segment(&self, id: &SegmentId) -> String {
        format!("segment/{}/{id}", self.account)
    }

    /// All segments on this device.
    pub(super) async fn all_segments(&self) -> Result<Vec<(SegmentId, Vec<u8>)>, StoreFailed> {
        let under = format!("segment/{}/", self.account);
        let records = self.store.scan(&under).await?;
        let ids = records.into_iter().filter_map(|(key, token)| {
            Some((SegmentId::parse(key.strip_prefix(&under)?).ok()?, token))
        });
        Ok(ids.collect())
    }

    pub(super) fn unindexed(&self, file: &ObjectId) -> String {
        format!("unindexed/{}/{file}", self.account)
    }

    /// All files that this device has still to index.
    pub(super) async fn all_unindexed(&self) -> Result<BTreeSet<ObjectId>, StoreFailed> {
        let under = format!("unindexed/{}/", self.account);
        let records = self.store.scan(&under).await?;
        let ids =
            records.iter().filter_map(|(key, _)| ObjectId::parse(key.strip_prefix(&under)?).ok());
        Ok(ids.collect())
    }

    pub(super) fn switched(&self, on: bool) -> Change {
        (format!("search/{}", self.account), (!on).then(|| b"off".to_vec()))
    }

    /// Whether contents are searched on this device.
    pub(super) async fn is_on(&self) -> Result<bool, StoreFailed> {
        Ok(self.store.get(&format!("search/{}", self.account)).await?.is_none())
    }
}
