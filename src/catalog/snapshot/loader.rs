//! Loading a snapshot: page after page, then all together.

use std::collections::BTreeSet;

use sha2::Digest;

use super::manifest::{Manifest, Reached};
use super::record::Records;
use super::{BadSnapshot, end_of_state, start_of_state};
use crate::catalog::index::Index;
use crate::catalog::log::Log;

/// Takes in the pages of a snapshot, in order.
pub struct Loader<'a> {
    manifest: &'a Manifest,
    records: Records,
    /// Number of pages taken in.
    pages: usize,
}

impl<'a> Loader<'a> {
    /// For the pages of this manifest.
    #[must_use]
    pub fn new(manifest: &'a Manifest) -> Self {
        Self { manifest, records: Records::new(start_of_state()), pages: 0 }
    }

    /// Takes in the records of the next page ([`Page::open`](super::Page::open)); some milliseconds
    /// of work.
    pub fn page(&mut self, records: &[u8]) -> Result<(), BadSnapshot> {
        let page = self.manifest.pages.get(self.pages).ok_or(BadSnapshot)?;
        self.pages = self.pages.saturating_add(1);
        self.records.read(page.first(), records)
    }

    /// The index of the covered events, once all pages are taken in. `step` is awaited every few
    /// microseconds of work, and decides when to let others go on.
    pub async fn index(self, mut step: impl AsyncFnMut()) -> Result<Index, BadSnapshot> {
        let Self { manifest, records, pages } = self;
        if pages != manifest.pages.len() {
            return Err(BadSnapshot);
        }
        let (events, sum) = records.place(&mut step).await?;
        let state: [u8; 32] = end_of_state(sum, &manifest.heads).finalize().into();
        let heads: BTreeSet<_> = manifest.heads.iter().copied().collect();
        let mut log = Log::covered(heads);
        for event in events {
            log.cover(event);
            step().await;
        }
        let is_sound = state == manifest.state
            && Reached::all(&log) == manifest.devices
            && manifest.heads.iter().all(|head| log.get(head).is_some())
            && log.doubts().is_empty();
        if is_sound { Ok(Index::covered(log, &mut step).await) } else { Err(BadSnapshot) }
    }
}
