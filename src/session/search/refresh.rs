//! Fetching the segments that the bucket has, and forgetting those that it no longer has.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use frond_wire::{Listing, Name, SegmentId};

use super::{LoadedSegment, POLL_MS, Search};
use crate::port::StoreFailed;
use crate::secret::VaultKey;
use crate::segment::{MAX_SEGMENT, Segment};
use crate::session::records::Change;
use crate::session::stored::{delete, get_all};
use crate::transfer::{Bucket, Room, TransferError, last};

/// Segments that are fetched before they are taken in.
const BATCH: usize = 16;

impl Search {
    /// Reads this device's records, once.
    pub(super) async fn load(&self) -> Result<(), StoreFailed> {
        let Some(keys) = self.context.keys().filter(|_| !self.loaded.get()) else { return Ok(()) };
        let is_on = self.records.is_on().await?;
        self.on.set(is_on && self.context.world.search.is_some());
        if self.on.get() {
            for (id, token) in self.records.all_segments().await? {
                self.take(&keys.vault_key, id, &token, false);
            }
            let unindexed = self.records.all_unindexed().await?;
            self.count(unindexed.len());
            self.unindexed.borrow_mut().extend(unindexed);
        }
        self.loaded.set(true);
        Ok(())
    }

    /// Takes a segment in; false if it does not open.
    pub(super) fn take(&self, key: &VaultKey, id: SegmentId, token: &[u8], own: bool) -> bool {
        let Ok(segment) = Segment::open(key, &id, token) else {
            self.damaged.borrow_mut().insert(id);
            return false;
        };
        let known = LoadedSegment { segment, length: token.len(), own, open: RefCell::default() };
        self.segments.borrow_mut().insert(id, Rc::new(known));
        true
    }

    /// Fetches new segments, if they were not listed lately. A segment that another replaces is
    /// left out, and deleted if this tab may write: its replacement was read.
    pub(super) async fn refresh(&self, may_write: bool) -> Result<(), TransferError> {
        let now = self.context.world.clock.now_ms();
        if self.listed.get().is_some_and(|at| now.abs_diff(at) < POLL_MS) {
            return Ok(());
        }
        let Some(keys) = self.context.keys() else { return Ok(()) };
        let bucket = self.context.bucket(&*keys.endpoint);
        let listed = list(&bucket).await?;
        let gone: Vec<_> = {
            let segments = self.segments.borrow();
            let gone = segments.iter().filter(|(id, known)| !known.own && !listed.contains(id));
            gone.map(|(id, _)| *id).collect()
        };
        self.leave_out(&gone).await?;
        self.damaged.borrow_mut().retain(|id| listed.contains(id));
        let new: Vec<_> = {
            let (segments, damaged) = (self.segments.borrow(), self.damaged.borrow());
            let new =
                listed.iter().filter(|id| !segments.contains_key(id) && !damaged.contains(id));
            new.copied().collect()
        };
        for ids in new.chunks(BATCH) {
            let names = ids.iter().copied().map(Name::Segment).collect();
            let tokens = get_all(&bucket, names, MAX_SEGMENT).await?;
            // Switched off meanwhile?
            if !self.on.get() {
                return Ok(());
            }
            let mut changes: Vec<Change> = Vec::new();
            for (id, token) in ids.iter().zip(tokens) {
                match token {
                    Some(token) if self.take(&keys.vault_key, *id, &token, false) => {
                        changes.push((self.records.segment(id), Some(token)));
                    }
                    Some(_) => {}
                    // Too large; or deleted meanwhile, and not listed the next time.
                    None => self.damaged.borrow_mut().extend([*id]),
                }
            }
            // What is not stored here is fetched again in the next session.
            let _ = self.records.store.write(changes).await;
            self.context.changed();
        }
        let replaced: BTreeSet<_> = {
            let segments = self.segments.borrow();
            segments.values().flat_map(|known| known.segment.replaced.clone()).collect()
        };
        let replaced: Vec<_> = replaced.intersection(&listed).copied().collect();
        self.leave_out(&replaced).await?;
        if may_write {
            for id in replaced {
                delete(&bucket, Name::Segment(id)).await?;
            }
        }
        self.listed.set(Some(now));
        Ok(())
    }

    /// Forgets segments, here and on this device.
    pub(super) async fn leave_out(&self, ids: &[SegmentId]) -> Result<(), StoreFailed> {
        for id in ids {
            self.segments.borrow_mut().remove(id);
        }
        if ids.is_empty() {
            return Ok(());
        }
        let changes = ids.iter().map(|id| (self.records.segment(id), None));
        self.records.store.write(changes.collect()).await
    }
}

/// The ids of all segments.
async fn list(bucket: &Bucket<'_>) -> Result<BTreeSet<SegmentId>, TransferError> {
    let mut ids = BTreeSet::new();
    let mut take = |key: &String| {
        ids.extend(SegmentId::parse(last(key)));
        Ok(())
    };
    let name = |key: &String| Some(last(key).to_owned());
    let listing = |from: Option<&str>| {
        Ok(Listing::Segments { after: from.map(SegmentId::parse).transpose()? })
    };
    bucket.list(&listing, &name, &Room::default(), &mut take).await?;
    Ok(ids)
}
