//! Snapshots: read when much of the log is missing here, written when much of it is not covered.
//!
//! ```text
//! snapshot/<account>/<snapshot_id>    raw tokens of the snapshot that this device started from
//! ```
//!
//! A snapshot that is missing, does not open or contradicts itself is passed over: the log has all
//! that it covers. Failures to write are silent and retried (`write`). What removes objects that no
//! event names does not rely on a snapshot: it replays the log ([`SessionLog::replay`]).

mod stored;
mod write;

use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use frond_wire::{Name, SnapshotId};

use self::stored::{Stored, newest};
use super::SessionLog;
use super::refresh::{BATCH, Seen};
use crate::catalog::snapshot::{MAX_PAGE, Manifest, Snapshot};
use crate::catalog::{self, Doubt, Event, EventHash, EventKey, Index};
use crate::port::StoreFailed;
use crate::secret::VaultKey;
use crate::session::context::Keys;
use crate::session::stored::get_all;
use crate::transfer::{Bucket, TransferError};

/// Number of manifests that are kept; and that are tried before the log is read instead.
const KEPT: usize = 3;

/// A snapshot, compared with the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Audit {
    /// Number of events that it covers.
    pub events: usize,
    /// Whether it says what these events say.
    pub is_right: bool,
}

/// A snapshot that was read.
struct Loaded {
    manifest: Manifest,
    index: Index,
    /// The token of each page and the manifest.
    tokens: Vec<(SnapshotId, Vec<u8>)>,
}

/// What is known of the snapshots in the bucket.
#[derive(Default)]
pub(super) struct Snapshots {
    /// Number of events that the best known one covers.
    covered: Cell<usize>,
    /// Number of events that are not covered at which the next one is written.
    due_at: Cell<Option<usize>>,
    /// Those that could not be loaded.
    broken: RefCell<BTreeSet<SnapshotId>>,
}

impl SessionLog {
    /// Starts from the snapshot that covers most of the new events, if these are many: takes in
    /// what it covers, and leaves in `seen` what is still to be fetched. Whatever fails, the log
    /// has it all; only a failure of this device's storage is returned.
    pub(super) async fn start_from_snapshot(
        &self,
        bucket: &Bucket<'_>,
        seen: &mut Seen,
    ) -> Result<(), StoreFailed> {
        let few = self.context.world.snapshots.few;
        let Some(keys) = self.context.keys().filter(|_| seen.new.len() > few) else {
            return Ok(());
        };
        let covered = |(manifest, _): &Stored| {
            let covered = seen.new.iter().filter(|new| manifest.covers(&new.device, new.seq));
            covered.count()
        };
        let found = newest(bucket, &keys.vault_key).await.unwrap_or_default();
        let mut found: Vec<_> =
            found.into_iter().map(|stored| (covered(&stored), stored)).collect();
        found.retain(|(covered, _)| *covered > few);
        found.sort_by_key(|(covered, _)| Reverse(*covered));
        for (_, stored) in found {
            let id = stored.0.snapshot;
            let loaded = self.read_pages(bucket, &keys.vault_key, stored).await;
            let Some(Loaded { manifest, index, tokens }) = loaded.ok().flatten() else {
                self.snapshots.broken.borrow_mut().insert(id);
                continue;
            };
            let (before, unlisted) = {
                let history = self.history.borrow();
                let is_new = |key: EventKey| !seen.new.contains(&key) && !history.knows(&key);
                (history.snapshot().cloned(), index.log().keys().any(is_new))
            };
            if self.start_from(index, manifest.clone()) {
                // Gone, or newer than the listing: the next read takes whole logs.
                if unlisted {
                    seen.doubts.insert(Doubt::Rollback);
                }
                seen.new.retain(|place| !self.history.borrow().knows(place));
                return self.keep(before, &manifest, tokens).await;
            }
        }
        Ok(())
    }

    fn start_from(&self, index: Index, manifest: Manifest) -> bool {
        let covered = index.log().len();
        let starts = self.history.borrow_mut().start_from(index, manifest);
        if starts {
            self.snapshots.covered.set(covered);
        }
        starts
    }

    /// Fetches and opens the pages; `None` if it is not a snapshot.
    async fn read_pages(
        &self,
        bucket: &Bucket<'_>,
        key: &VaultKey,
        (manifest, token): Stored,
    ) -> Result<Option<Loaded>, TransferError> {
        let ids: Vec<_> = manifest.pages.iter().map(|page| page.page).collect();
        let names: Vec<_> = ids.iter().copied().map(Name::Snapshot).collect();
        let found = get_all(bucket, &names, MAX_PAGE).await?;
        let Some(tokens) = found.into_iter().collect::<Option<Vec<_>>>() else { return Ok(None) };
        let Some(index) = self.load_pages(key, &manifest, &tokens) else { return Ok(None) };
        let mut tokens: Vec<_> = ids.into_iter().zip(tokens).collect();
        tokens.push((manifest.snapshot, token));
        Ok(Some(Loaded { manifest, index, tokens }))
    }

    fn load_pages(&self, key: &VaultKey, manifest: &Manifest, tokens: &[Vec<u8>]) -> Option<Index> {
        let pages = manifest.pages.iter().zip(tokens);
        let records = pages.map(|(page, token)| page.open(key, token));
        let records = records.collect::<Result<Vec<_>, _>>().ok()?;
        manifest.load(&records, self.history.borrow_mut().current()).ok()
    }

    /// Keeps a snapshot's tokens on this device, in place of those of the one before.
    async fn keep(
        &self,
        before: Option<Manifest>,
        now: &Manifest,
        tokens: Vec<(SnapshotId, Vec<u8>)>,
    ) -> Result<(), StoreFailed> {
        let ids = |manifest: &Manifest| {
            let pages = manifest.pages.iter().map(|page| page.page);
            pages.chain([manifest.snapshot]).collect::<BTreeSet<_>>()
        };
        let old = before.as_ref().map(ids).unwrap_or_default();
        let gone = old.difference(&ids(now)).map(|id| (self.records.snapshot(id), None)).collect();
        let changes =
            tokens.into_iter().map(|(id, token)| (self.records.snapshot(&id), Some(token)));
        let changes: Vec<_> = changes.chain::<Vec<_>>(gone).collect();
        self.context.world.store.write(changes).await
    }

    /// Starts from the snapshot on this device, if there is one.
    pub(super) async fn load_snapshot(&self, key: &VaultKey) -> Result<(), StoreFailed> {
        let tokens: BTreeMap<_, _> = self.records.snapshots().await?.into_iter().collect();
        let manifests = tokens.iter().filter(|(id, _)| id.is_manifest());
        let opened = manifests.filter_map(|(id, token)| Manifest::open(key, id, token).ok());
        let mut opened: Vec<_> = opened.collect();
        opened.sort_by_key(|manifest| Reverse(manifest.reach()));
        for manifest in opened {
            let pages = manifest.pages.iter().map(|page| tokens.get(&page.page).cloned());
            // A record that this device lost or damaged: the log is in the bucket.
            if let Some(pages) = pages.collect::<Option<Vec<_>>>()
                && let Some(index) = self.load_pages(key, &manifest, &pages)
                && self.start_from(index, manifest)
            {
                break;
            }
        }
        Ok(())
    }

    /// Compares the snapshot that covers most with the log: fetches every event that it covers, and
    /// replays them. `None` if there is no snapshot that loads.
    pub(in crate::session) async fn audit(&self) -> Result<Option<Audit>, TransferError> {
        let Some(keys) = self.context.keys() else { return Ok(None) };
        let bucket = self.context.bucket(&*keys.endpoint);
        let mut found = newest(&bucket, &keys.vault_key).await?;
        found.sort_by_key(|(manifest, _)| Reverse(manifest.reach()));
        for stored in found {
            let loaded = self.read_pages(&bucket, &keys.vault_key, stored).await?;
            let Some(Loaded { manifest, index, .. }) = loaded else { continue };
            let covered: Vec<_> = index.log().keys().collect();
            let mut replayed = Index::default();
            replayed.extend(self.fetch_events(&bucket, &keys, &covered).await?);
            let state = Snapshot::of(&replayed).map(|snapshot| snapshot.state());
            let (events, is_right) = (covered.len(), state == Some(manifest.state));
            return Ok(Some(Audit { events, is_right }));
        }
        Ok(None)
    }

    /// Replaces what a snapshot says by the events that it covers, so that the known history is the
    /// log's own. False if one of them is not in the bucket or does not open.
    pub(in crate::session) async fn replay(&self) -> Result<bool, TransferError> {
        let Some(keys) = self.context.keys() else { return Ok(false) };
        let bucket = self.context.bucket(&*keys.endpoint);
        let covered = self.history.borrow().covered();
        if covered.is_empty() {
            return Ok(true);
        }
        let events = self.fetch_events(&bucket, &keys, &covered).await?;
        let replayed = self.history.borrow_mut().replay(events);
        self.context.changed();
        Ok(replayed)
    }

    /// Fetches events; leaves out those that are gone or do not open.
    async fn fetch_events(
        &self,
        bucket: &Bucket<'_>,
        keys: &Keys,
        places: &[EventKey],
    ) -> Result<Vec<(EventHash, Event)>, TransferError> {
        let mut events = Vec::with_capacity(places.len());
        for places in places.chunks(BATCH) {
            let tokens = self.fetch_tokens(bucket, places).await?;
            events.extend(
                tokens.into_iter().filter_map(|(place, token)| {
                    catalog::open(&keys.vault_key, &place, &token?).ok()
                }),
            );
        }
        Ok(events)
    }
}
