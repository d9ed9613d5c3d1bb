//! Snapshots: read when much of the log is missing here, written when much of it is not covered.
//!
//! ```text
//! snapshot/<account>/<snapshot_id>    raw tokens of the snapshot that this device started from
//! ```
//!
//! A snapshot that is missing, does not open or contradicts itself is passed over: the log has all
//! that it covers. Failures to write are silent and retried.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use frond_wire::{Listing, Name, Operation, SnapshotId};
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::SessionLog;
use super::refresh::{AT_ONCE, BATCH, Seen};
use crate::catalog::snapshot::{Cut, MAX_MANIFEST, MAX_PAGE, Manifest, NewPage, Page, Snapshot};
use crate::catalog::{self, Doubt, EventKey, Index};
use crate::port::StoreFailed;
use crate::secret::VaultKey;
use crate::session::context::Keys;
use crate::transfer::{Answer, Bucket, Call, Room, TransferError, last};

/// Number of manifests that are kept; and that are tried before the log is read instead.
const KEPT: usize = 3;
/// Pages that no kept manifest lists are deleted once they are this old, in milliseconds: younger
/// ones may belong to a manifest that is about to be written.
const GRACE_MS: u64 = 86_400_000;
/// Pause between two looks at whether a snapshot is due, in milliseconds.
const LOOK_MS: u64 = 60_000;
/// Pause after a failure, in milliseconds.
const FAILED_MS: u64 = 600_000;

/// The newest snapshot, compared with the log.
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
    /// Number of events that the newest known one covers.
    covered: Cell<usize>,
    /// Number of events that are not covered at which the next one is written.
    due_at: Cell<Option<usize>>,
    /// Those that could not be loaded.
    broken: RefCell<BTreeSet<SnapshotId>>,
}

impl SessionLog {
    /// Starts from the newest snapshot, if many of the new events are covered: takes in what it
    /// covers, and leaves in `seen` what is still to be fetched. Whatever fails, the log has it
    /// all; only a failure of this device's storage is returned.
    pub(super) async fn start_from_snapshot(
        &self,
        bucket: &Bucket<'_>,
        seen: &mut Seen,
    ) -> Result<(), StoreFailed> {
        let few = self.context.world.snapshots.few;
        let Some(keys) = self.context.keys().filter(|_| seen.new.len() > few) else {
            return Ok(());
        };
        let listed = list(bucket, Some(SnapshotId::AFTER_PAGES)).await.unwrap_or_default();
        for id in listed.into_iter().filter(SnapshotId::is_manifest).take(KEPT) {
            let read = read_manifest(bucket, &keys.vault_key, id).await.ok().flatten();
            if let Some((manifest, _)) = &read {
                let covered = seen.new.iter().filter(|new| manifest.covers(&new.device, new.seq));
                if covered.count() <= few {
                    return Ok(());
                }
            }
            let loaded = match read {
                Some((manifest, token)) => {
                    self.read_pages(bucket, &keys.vault_key, manifest, token).await.ok().flatten()
                }
                None => None,
            };
            let Some(Loaded { manifest, index, tokens }) = loaded else {
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
        manifest: Manifest,
        token: Vec<u8>,
    ) -> Result<Option<Loaded>, TransferError> {
        let mut tokens = Vec::with_capacity(manifest.pages.len());
        for pages in manifest.pages.chunks(BATCH) {
            let signed = bucket.sign(pages.iter().map(|page| get(page.page)).collect()).await?;
            let gets = pages.iter().zip(&signed).map(|(page, signed)| async move {
                let call = Call::new(get(page.page), MAX_PAGE);
                found(bucket.call_signed(&call, signed, &|_| {}).await?)
            });
            let gets: Vec<_> = gets.collect();
            let found: Vec<_> = stream::iter(gets).buffered(AT_ONCE).try_collect().await?;
            let Some(found) = found.into_iter().collect::<Option<Vec<_>>>() else {
                return Ok(None);
            };
            tokens.extend(found);
        }
        let Some(index) = self.load_pages(key, &manifest, &tokens) else { return Ok(None) };
        let ids = manifest.pages.iter().map(|page| page.page);
        let mut tokens: Vec<_> = ids.zip(tokens).collect();
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
        let mut tokens: BTreeMap<_, _> = self.records.snapshots().await?.into_iter().collect();
        let manifests = tokens.iter().filter(|(id, _)| id.is_manifest());
        let opened = manifests.filter_map(|(id, token)| Manifest::open(key, id, token).ok());
        for manifest in opened.collect::<Vec<_>>() {
            let pages: Vec<_> =
                manifest.pages.iter().filter_map(|page| tokens.remove(&page.page)).collect();
            // A record that this device damaged: the log is in the bucket.
            if let Some(index) = self.load_pages(key, &manifest, &pages)
                && self.start_from(index, manifest)
            {
                break;
            }
        }
        Ok(())
    }

    /// Writes a snapshot whenever one is due, until dropped.
    pub(in crate::session) async fn write_snapshots(&self) {
        let clock = &self.context.world.clock;
        loop {
            clock.sleep(LOOK_MS).await;
            if self.write_snapshot().await.is_err() {
                clock.sleep(FAILED_MS).await;
            }
        }
    }

    /// Compares the newest snapshot with the log: fetches every event that it covers, and replays
    /// them. `None` if there is no snapshot that loads.
    pub(in crate::session) async fn audit(&self) -> Result<Option<Audit>, TransferError> {
        let Some(keys) = self.context.keys() else { return Ok(None) };
        let bucket = self.context.bucket(&*keys.endpoint);
        for id in list(&bucket, Some(SnapshotId::AFTER_PAGES)).await? {
            let read = read_manifest(&bucket, &keys.vault_key, id).await?;
            let Some((manifest, token)) = read else { continue };
            let loaded = self.read_pages(&bucket, &keys.vault_key, manifest, token).await?;
            let Some(Loaded { manifest, index, .. }) = loaded else { continue };
            let covered: Vec<_> = index.log().keys().collect();
            let mut replayed = Index::default();
            for places in covered.chunks(BATCH) {
                let tokens = self.fetch_tokens(&bucket, places).await?;
                let opened = tokens.into_iter().filter_map(|(place, token)| {
                    catalog::open(&keys.vault_key, &place, &token?).ok()
                });
                replayed.extend(opened);
            }
            let state = Snapshot::of(&replayed).map(|snapshot| snapshot.state());
            let (events, is_right) = (covered.len(), state == Some(manifest.state));
            return Ok(Some(Audit { events, is_right }));
        }
        Ok(None)
    }

    /// Writes a snapshot if one is due. One tab of this browser at a time.
    pub(in crate::session) async fn write_snapshot(&self) -> Result<(), TransferError> {
        let Some(keys) = self.context.keys().filter(|_| self.is_snapshot_due(None)) else {
            return Ok(());
        };
        let lock = self.context.world.store.try_lock(&self.records.snapshot_lock()).await?;
        let Some(_lock) = lock else { return Ok(()) };
        let bucket = self.context.bucket(&*keys.endpoint);
        let listed = list(&bucket, None).await?;
        // The newest manifest that opens: what it covers, and the pages to share.
        let mut older = None;
        for id in listed.iter().filter(|id| id.is_manifest()).take(KEPT) {
            let broken = self.snapshots.broken.borrow().contains(id);
            if !broken
                && let Some((found, _)) = read_manifest(&bucket, &keys.vault_key, *id).await?
            {
                older = Some(found);
                break;
            }
        }
        if !self.is_snapshot_due(older.as_ref()) {
            return Ok(());
        }
        let snapshot = Snapshot::of(self.history.borrow().index());
        let Some(snapshot) = snapshot else { return Ok(()) };
        let mut share = older.map(|older| older.pages).unwrap_or_default();
        share.retain(|page| listed.contains(&page.page));
        let mut pages = Vec::new();
        for cut in snapshot.pages(&share) {
            pages.push(match cut {
                Cut::Shared(page) => page,
                Cut::New(new) => self.write_page(&bucket, &keys, &new).await?,
            });
        }
        let (now, random, iv) = self.fresh()?;
        let manifest = snapshot.manifest(SnapshotId::manifest(now, random), pages);
        let token = manifest.seal(&keys.vault_key, iv).map_err(|_| TransferError::TooLarge)?;
        put(&bucket, manifest.snapshot, token).await?;
        self.snapshots.covered.set(self.history.borrow().index().log().len());
        self.snapshots.due_at.set(None);
        self.remove_old(&bucket, &keys, listed, &manifest).await
    }

    /// Whether enough events are not covered by a snapshot, `newest` or the one known, and all of
    /// them are read, saved and without doubt.
    fn is_snapshot_due(&self, newest: Option<&Manifest>) -> bool {
        let history = self.history.borrow();
        let log = history.index().log();
        let uncovered = match newest {
            Some(newest) => log.keys().filter(|key| !newest.covers(&key.device, key.seq)).count(),
            None => log.len().saturating_sub(self.snapshots.covered.get()),
        };
        if newest.is_some() {
            self.snapshots.covered.set(log.len().saturating_sub(uncovered));
        }
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
        put(bucket, page.page, token).await?;
        Ok(page)
    }

    /// The time in milliseconds since the Unix epoch, and random bytes for an id and for an IV.
    fn fresh(&self) -> Result<(u64, [u8; 16], [u8; 16]), TransferError> {
        let world = &self.context.world;
        Ok((world.clock.now_ms(), world.entropy.bytes()?, world.entropy.bytes()?))
    }

    /// Removes all but the newest manifests, and the old pages that none of those lists.
    async fn remove_old(
        &self,
        bucket: &Bucket<'_>,
        keys: &Keys,
        listed: BTreeSet<SnapshotId>,
        written: &Manifest,
    ) -> Result<(), TransferError> {
        let (mut manifests, pages): (BTreeSet<_>, BTreeSet<_>) =
            listed.into_iter().partition(SnapshotId::is_manifest);
        manifests.insert(written.snapshot);
        let mut named: BTreeSet<_> = written.pages.iter().map(|page| page.page).collect();
        for id in manifests.iter().take(KEPT).filter(|id| **id != written.snapshot) {
            // Of one that does not open, a newer Frond may know the pages.
            let Some((kept, _)) = read_manifest(bucket, &keys.vault_key, *id).await? else {
                return Ok(());
            };
            named.extend(kept.pages.iter().map(|page| page.page));
        }
        let old = self.context.world.clock.now_ms().saturating_sub(GRACE_MS);
        let unnamed =
            pages.into_iter().filter(|page| !named.contains(page) && page.made_ms() < old);
        for id in manifests.into_iter().skip(KEPT).chain(unnamed) {
            bucket.call(&Call::new(Operation::Delete(Name::Snapshot(id)), 0)).await?;
        }
        Ok(())
    }
}

/// All snapshot ids that sort after one: pages, then manifests, newest first.
async fn list(
    bucket: &Bucket<'_>,
    after: Option<SnapshotId>,
) -> Result<BTreeSet<SnapshotId>, TransferError> {
    let mut ids = BTreeSet::new();
    let mut take = |key: &String| {
        ids.extend(SnapshotId::parse(last(key)));
        Ok(())
    };
    let name = |key: &String| Some(last(key).to_owned());
    let listing = |from: Option<&str>| {
        Ok(Listing::Snapshots { after: from.map(SnapshotId::parse).transpose()?.or(after) })
    };
    bucket.list(&listing, &name, &Room::default(), &mut take).await?;
    Ok(ids)
}

fn get(id: SnapshotId) -> Operation {
    Operation::Get(Name::Snapshot(id))
}

/// A manifest with its token; `None` if it is gone or not a manifest.
async fn read_manifest(
    bucket: &Bucket<'_>,
    key: &VaultKey,
    id: SnapshotId,
) -> Result<Option<(Manifest, Vec<u8>)>, TransferError> {
    let token = found(bucket.call(&Call::new(get(id), MAX_MANIFEST)).await?)?;
    Ok(token.and_then(|token| Some((Manifest::open(key, &id, &token).ok()?, token))))
}

fn found(answer: Answer) -> Result<Option<Vec<u8>>, TransferError> {
    match answer {
        Answer::Success(response) => Ok(Some(response.body)),
        Answer::NotFound => Ok(None),
        Answer::Exists | Answer::NoSuchUpload | Answer::InvalidPart | Answer::OutOfRange => {
            Err(TransferError::InvalidResponse)
        }
    }
}

/// Puts a page or a manifest, and reads it back: only what the bucket returns counts as written.
async fn put(bucket: &Bucket<'_>, id: SnapshotId, token: Vec<u8>) -> Result<(), TransferError> {
    let length = u64::try_from(token.len()).map_err(|_| TransferError::TooLarge)?;
    let operation = Operation::put(Name::Snapshot(id), length);
    bucket.call(&Call::with_body(operation, token.clone())).await?;
    match found(bucket.call(&Call::new(get(id), token.len())).await?)? {
        Some(stored) if stored == token => Ok(()),
        _ => Err(TransferError::StoreDown),
    }
}
