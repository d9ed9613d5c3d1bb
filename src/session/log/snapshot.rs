//! Snapshots: read when much of the log is missing here, written when much of it is not covered.
//!
//! ```text
//! snapshot/<account>/<snapshot_id>    raw tokens of the snapshot that this device started from
//! ```
//!
//! A snapshot that is missing, does not open or contradicts itself is passed over: the log has all
//! that it covers. Failures to write are silent and retried (`write`). What removes objects that no
//! event names does not rely on a snapshot: it replays the log ([`SessionLog::replay`]).

mod kept;
mod stored;
mod write;

use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::mem;
use std::pin::pin;

use frond_wire::SnapshotId;
use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};

use self::kept::LocalCopy;
use self::stored::Stored;
pub(super) use self::stored::{SnapshotOffer, newest};
use super::refresh::{BATCH, Seen};
use super::{SessionLog, arrivals};
use crate::bytes::Bytes;
use crate::catalog::snapshot::{Loader, Manifest, Snapshot};
use crate::catalog::{self, Doubt, Event, EventHash, EventKey, Index};
use crate::fernet::Opened;
use crate::port::StoreFailed;
use crate::secret::VaultKey;
use crate::session::context::Keys;
use crate::transfer::{Bucket, TransferError};

/// Number of manifests that are kept; and that are tried before the log is read instead.
const KEPT: usize = 3;
/// Number of pages that are read and opened at the same time.
const OPENED: usize = 6;

/// A snapshot, compared with the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Audit {
    /// Number of events that it covers.
    pub events: usize,
    /// Whether it opens, and says what these events say.
    pub is_right: bool,
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
    /// Starts from the snapshot that covers most of the new events: takes in what it covers, and
    /// leaves in `seen` what is still to be fetched. `found` are the bucket's snapshots; if they
    /// are not known, they are read if the new events are many. Whatever fails, the log has it all;
    /// only a failure of this device's storage is returned.
    pub(super) async fn start_from_snapshot<'a>(
        &self,
        bucket: &'a Bucket<'_>,
        seen: &mut Seen,
        found: Option<SnapshotOffer<'a>>,
    ) -> Result<(), StoreFailed> {
        let few = seen.new.len() <= self.context.world.snapshots.few;
        let Some(keys) = self.context.keys() else { return Ok(()) };
        let found = match found {
            None if !few => newest(bucket, &keys.vault_key).await.ok(),
            found => found,
        };
        let Some(mut found) = found else { return Ok(()) };
        let covered = |(manifest, _): &Stored| {
            let covered = seen.new.iter().filter(|new| manifest.covers(&new.device, new.seq));
            covered.count()
        };
        let manifests = mem::take(&mut found.manifests).into_iter();
        let mut manifests: Vec<_> = manifests.map(|stored| (covered(&stored), stored)).collect();
        // Otherwise the events are fewer objects.
        manifests.retain(|(covered, (manifest, _))| *covered > manifest.pages.len());
        manifests.sort_by_key(|(covered, _)| Reverse(*covered));
        for (_, (manifest, token)) in manifests {
            let id = manifest.snapshot;
            let mut kept = LocalCopy::new(self);
            let keep = async |id, token| kept.add(id, token).await;
            let pages = found.pages(bucket, &manifest);
            let loaded = self.load_pages(&keys.vault_key, &manifest, pages, keep).await;
            let Some(index) = loaded.ok().flatten() else {
                self.snapshots.broken.borrow_mut().insert(id);
                continue;
            };
            let unlisted = {
                let history = self.history.borrow();
                let is_new = |key: EventKey| !seen.new.contains(&key) && !history.knows(&key);
                index.log().keys().any(is_new)
            };
            if self.start_from(index) {
                // Gone, or newer than the listing: the next read takes whole logs.
                if unlisted {
                    seen.doubts.insert(Doubt::Rollback);
                }
                seen.new.retain(|place| !self.history.borrow().knows(place));
                return kept.finish(&manifest, token).await;
            }
        }
        Ok(())
    }

    fn start_from(&self, index: Index) -> bool {
        let covered = index.log().len();
        let starts = self.history.borrow_mut().start_from(index);
        if starts {
            self.snapshots.covered.set(covered);
        }
        starts
    }

    /// Loads a snapshot from the tokens of its pages, in slices; `None` if it is not one. `opened`
    /// is called with each token.
    async fn load_pages<E>(
        &self,
        key: &VaultKey,
        manifest: &Manifest,
        tokens: impl Stream<Item = Result<Option<Vec<u8>>, E>>,
        mut opened: impl AsyncFnMut(SnapshotId, Vec<u8>),
    ) -> Result<Option<Index>, E> {
        let world = &self.context.world;
        let (mut loader, slices) = (Loader::new(manifest), self.slices());
        let pages = stream::iter(&manifest.pages).zip(tokens).map(|(page, token)| async move {
            let Some(token) = token?.map(Bytes::from) else { return Ok(None) };
            let Ok(key) = page.key(key, token.len()) else { return Ok(None) };
            let opened = world.cipher.open(&key, &token).await.ok();
            Ok(opened.map(|opened| (page, opened, token)))
        });
        let mut pages = pin!(pages.buffered(OPENED));
        while let Some(page) = pages.try_next().await? {
            let Some((page, Opened { time, plaintext }, token)) = page else { return Ok(None) };
            let plaintext = plaintext.bytes();
            let records = page.records(time, &plaintext);
            if records.and_then(|records| loader.page(records)).is_err() {
                return Ok(None);
            }
            opened(page.page, token.bytes().into_owned()).await;
            slices.long_step().await;
        }
        Ok(loader.index(async || slices.step().await).await.ok())
    }

    /// Starts from the snapshot on this device, if there is one.
    pub(super) async fn load_snapshot(&self, key: &VaultKey) -> Result<(), StoreFailed> {
        let mut manifests = Vec::new();
        for id in self.records.snapshots().await?.into_iter().filter(SnapshotId::is_manifest) {
            let token = self.context.world.store.get(&self.records.snapshot(&id)).await?;
            manifests.extend(token.and_then(|token| Manifest::open(key, &id, &token).ok()));
        }
        manifests.sort_by_key(|manifest| Reverse(manifest.reach()));
        for manifest in manifests {
            let tokens = stream::iter(&manifest.pages).map(|page| async move {
                self.context.world.store.get(&self.records.snapshot(&page.page)).await
            });
            // A record that this device lost or damaged: the log is in the bucket.
            let loaded = self.load_pages(key, &manifest, tokens.buffered(OPENED), async |_, _| ());
            if loaded.await?.is_some_and(|index| self.start_from(index)) {
                break;
            }
        }
        Ok(())
    }

    /// Compares the snapshot that covers most with the log: fetches every event that it covers, and
    /// replays them. `None` if there is no snapshot.
    pub(in crate::session) async fn audit(&self) -> Result<Option<Audit>, TransferError> {
        let Some(keys) = self.context.keys() else { return Ok(None) };
        let bucket = self.context.bucket(&*keys.endpoint);
        let mut found = newest(&bucket, &keys.vault_key).await?;
        let mut manifests = mem::take(&mut found.manifests);
        manifests.sort_by_key(|(manifest, _)| Reverse(manifest.reach()));
        let Some((manifest, _)) = manifests.into_iter().next() else { return Ok(None) };
        let pages = found.pages(&bucket, &manifest);
        let loaded = self.load_pages(&keys.vault_key, &manifest, pages, async |_, _| ());
        let Some(index) = loaded.await? else {
            let events = usize::try_from(manifest.reach()).unwrap_or(usize::MAX);
            return Ok(Some(Audit { events, is_right: false }));
        };
        let covered: Vec<_> = index.log().keys().collect();
        let events = self.fetch_events(&bucket, &keys, &covered).await?;
        let mut replayed = Index::default();
        arrivals::extend(&mut replayed, events, &self.slices()).await;
        let slices = self.slices();
        let snapshot = Snapshot::in_steps(|| &replayed, async || slices.long_step().await).await;
        let state = snapshot.map(|snapshot| snapshot.state());
        Ok(Some(Audit { events: covered.len(), is_right: state == Some(manifest.state) }))
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
        let mut index = self.history.borrow_mut().anew();
        arrivals::extend(&mut index, events, &self.slices()).await;
        let replayed = self.history.borrow_mut().replay(index);
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
        let (mut events, slices) = (Vec::with_capacity(places.len()), self.slices());
        for places in places.chunks(BATCH) {
            for (place, token) in self.fetch_tokens(bucket, places).await? {
                let opened = token.map(|token| catalog::open(&keys.vault_key, &place, &token));
                events.extend(opened.and_then(Result::ok));
                slices.long_step().await;
            }
        }
        Ok(events)
    }
}
