//! The tokens of a snapshot that are kept on this device: pages as they come, and the manifest once
//! all are there.

use frond_wire::SnapshotId;

use crate::catalog::snapshot::Manifest;
use crate::port::StoreFailed;
use crate::session::log::SessionLog;
use crate::session::records::Change;

/// Pages that are written together: some megabytes.
const TOGETHER: usize = 16;

/// A snapshot that is being stored on this device.
pub(super) struct LocalCopy<'a> {
    log: &'a SessionLog,
    waiting: Vec<Change>,
    /// Whether all writes succeeded.
    written: Result<(), StoreFailed>,
}

impl<'a> LocalCopy<'a> {
    pub(super) fn new(log: &'a SessionLog) -> Self {
        Self { log, waiting: Vec::new(), written: Ok(()) }
    }

    /// Keeps the token of a page.
    pub(super) async fn add(&mut self, page: SnapshotId, token: Vec<u8>) {
        if self.written.is_err() {
            return;
        }
        self.waiting.push((self.log.records.snapshot(&page), Some(token)));
        if self.waiting.len() >= TOGETHER {
            let pages = std::mem::take(&mut self.waiting);
            self.written = self.log.context.world.store.write(pages).await;
        }
    }

    /// Keeps the last pages and the manifest, and removes everything else: the snapshot before, and
    /// pages of one that was never whole.
    pub(super) async fn finish(
        self,
        manifest: &Manifest,
        token: Vec<u8>,
    ) -> Result<(), StoreFailed> {
        let Self { log, mut waiting, written } = self;
        written?;
        let is_listed = |id: &SnapshotId| manifest.pages.iter().any(|page| page.page == *id);
        let old = log.records.snapshots().await?.into_iter();
        let gone = old.filter(|id| *id != manifest.snapshot && !is_listed(id));
        waiting.extend(gone.map(|id| (log.records.snapshot(&id), None)));
        waiting.push((log.records.snapshot(&manifest.snapshot), Some(token)));
        log.context.world.store.write(waiting).await
    }
}
