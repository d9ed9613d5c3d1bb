//! Writing a snapshot when one is due, and removing old ones.

use std::cell::Ref;
use std::cmp::Reverse;
use std::collections::BTreeSet;

use frond_wire::{Name, SnapshotId};

use super::KEPT;
use super::stored::{self, list, manifests};
use crate::catalog::snapshot::{Cut, Manifest, NewPage, Page, Snapshot};
use crate::session::context::Keys;
use crate::session::log::SessionLog;
use crate::session::log::history::History;
use crate::session::stored::{delete, put};
use crate::transfer::{Backoff, Bucket, TransferError};

/// Most manifests that are read to decide which of them stay.
const MANY: usize = 16;

impl SessionLog {
    /// Writes a snapshot whenever one is due and nothing else is going on, until dropped.
    pub(in crate::session) async fn write_snapshots(&self, is_busy: &dyn Fn() -> bool) {
        let (clock, pause) = (&self.context.world.clock, self.context.world.snapshots.pause_ms);
        let mut failed = 0;
        loop {
            clock.sleep(pause).await;
            if is_busy() {
                continue;
            }
            match self.write_snapshot().await {
                Ok(()) => failed = 0,
                Err(_) => {
                    clock.sleep(Backoff::BACKGROUND.pause(failed)).await;
                    failed = failed.saturating_add(1);
                }
            }
        }
    }

    /// Writes a snapshot if one is due. One tab of this browser at a time.
    pub(in crate::session) async fn write_snapshot(&self) -> Result<(), TransferError> {
        let Some(keys) = self.context.keys().filter(|_| self.is_snapshot_due()) else {
            return Ok(());
        };
        let lock = self.context.world.store.try_lock(&self.records.snapshot_lock()).await?;
        let Some(_lock) = lock else { return Ok(()) };
        let bucket = self.context.bucket(&*keys.endpoint);
        let listed = list(&bucket).await?;
        let newest: Vec<_> = manifests(&listed).take(KEPT).collect();
        let read = stored::read(&bucket, &keys.vault_key, &newest).await?;
        let found = read.into_iter().flatten().map(|(manifest, _)| manifest);
        let broken = self.snapshots.broken.borrow().clone();
        let found = found.filter(|manifest| !broken.contains(&manifest.snapshot));
        // By what it covers, not by when it was made: clocks are not trusted.
        let older = found.max_by_key(Manifest::reach);
        let covered = {
            let history = self.history.borrow();
            let covered = |older: &Manifest| {
                let keys = history.index().log().keys();
                keys.filter(|key| older.covers(&key.device, key.seq)).count()
            };
            older.as_ref().map_or(0, covered)
        };
        self.snapshots.covered.set(covered);
        if !self.is_snapshot_due() {
            return Ok(());
        }
        let slices = self.slices();
        let step = async || slices.long_step().await;
        let index = || Ref::map(self.history.borrow(), History::index);
        let events = index().log().len();
        let snapshot = Snapshot::in_steps(index, step).await;
        if index().log().len() != events {
            return Ok(());
        }
        let Some(snapshot) = snapshot else {
            // Not before there are as many more events.
            self.snapshots.covered.set(events);
            return Ok(());
        };
        let mut share = older.map(|older| older.pages).unwrap_or_default();
        share.retain(|page| listed.contains(&page.page));
        let mut pages = Vec::new();
        for cut in snapshot.pages(&share, step).await {
            pages.push(match cut {
                Cut::Shared(page) => page,
                Cut::New(new) => self.write_page(&bucket, &keys, &new).await?,
            });
        }
        let (now, random, iv) = self.fresh()?;
        let manifest = snapshot.manifest(SnapshotId::manifest(now, random), pages);
        let token = manifest.seal(&keys.vault_key, iv).map_err(|_| TransferError::TooLarge)?;
        put(&bucket, Name::Snapshot(manifest.snapshot), token).await?;
        self.snapshots.covered.set(events);
        self.snapshots.due_at.set(None);
        self.remove_old_snapshots(&bucket, &keys).await
    }

    /// Whether enough events are not covered by a known snapshot, and all of them are read, saved
    /// and without doubt.
    fn is_snapshot_due(&self) -> bool {
        let history = self.history.borrow();
        let uncovered = history.index().log().len().saturating_sub(self.snapshots.covered.get());
        let due_at = self.snapshots.due_at.get().unwrap_or_else(|| {
            let least = self.context.world.snapshots.uncovered;
            let [random] = self.context.world.entropy.bytes().unwrap_or([0]);
            let at = least.saturating_add(least.saturating_mul(random.into()) / 256);
            self.snapshots.due_at.set(Some(at));
            at
        });
        uncovered >= due_at && self.was_read() && history.doubts.is_empty() && !history.waits()
    }

    async fn write_page(
        &self,
        bucket: &Bucket<'_>,
        keys: &Keys,
        new: &NewPage,
    ) -> Result<Page, TransferError> {
        let (now, random, iv) = self.fresh()?;
        let sealed = new.seal(&keys.vault_key, SnapshotId::new(now, random), iv);
        let (page, token) = sealed.map_err(|_| TransferError::TooLarge)?;
        put(bucket, Name::Snapshot(page.page), token).await?;
        Ok(page)
    }

    /// The time in milliseconds since the Unix epoch, and random bytes for an id and for an IV.
    fn fresh(&self) -> Result<(u64, [u8; 16], [u8; 16]), TransferError> {
        let world = &self.context.world;
        Ok((world.clock.now_ms(), world.entropy.bytes()?, world.entropy.bytes()?))
    }

    /// Removes all manifests but those that cover most, and the pages that none of these lists.
    /// Young pages stay: another device may be about to write a manifest.
    pub(in crate::session) async fn remove_old_snapshots(
        &self,
        bucket: &Bucket<'_>,
        keys: &Keys,
    ) -> Result<(), TransferError> {
        let listed = list(bucket).await?;
        let world = &self.context.world;
        let old = world.clock.now_ms().saturating_sub(world.snapshots.grace_ms);
        let ids: Vec<_> = manifests(&listed).take(MANY).collect();
        let read = stored::read(bucket, &keys.vault_key, &ids).await?;
        let mut gone = Vec::new();
        let mut kept = Vec::new();
        for (id, read) in ids.into_iter().zip(read) {
            match read {
                Some((manifest, _)) => kept.push(manifest),
                None if id.made_ms() < old => gone.push(id),
                // Which pages it lists is not known.
                None => return Ok(()),
            }
        }
        kept.sort_by_key(|manifest| Reverse(manifest.reach()));
        gone.extend(kept.drain(KEPT.min(kept.len())..).map(|manifest| manifest.snapshot));
        let named: BTreeSet<_> =
            kept.iter().flat_map(|manifest| &manifest.pages).map(|page| page.page).collect();
        let pages = listed.into_iter().filter(|id| !id.is_manifest());
        gone.extend(pages.filter(|page| !named.contains(page) && page.made_ms() < old));
        for id in gone {
            delete(bucket, Name::Snapshot(id)).await?;
        }
        Ok(())
    }
}
