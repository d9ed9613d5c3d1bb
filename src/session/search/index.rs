//! Indexing files that are unindexed: their texts, then a segment of them.

use frond_wire::{Name, SegmentId};

use super::Search;
use crate::object::ObjectId;
use crate::port::{SearchFault, StoreFailed};
use crate::segment::{MAX_SEGMENT, Segment};
use crate::session::stored::put;
use crate::transfer::TransferError;

/// Bytes of text at which a segment is written.
const TEXT: usize = 16 * 1024 * 1024;
/// Most files of one new segment.
const FILES: usize = 5_000;

impl Search {
    /// Reads unindexed files and writes a segment of them; stops early once the session is busy or
    /// paused.
    pub(super) async fn index_some(&self, is_busy: &dyn Fn() -> bool) -> Result<(), TransferError> {
        let (mut files, mut texts, mut size) = (Vec::new(), Vec::new(), 0_usize);
        let unindexed: Vec<_> = self.unindexed.borrow().iter().copied().collect();
        let mut dropped = Vec::new();
        let covered = self.covered();
        for file in unindexed {
            if size >= TEXT || files.len() >= FILES || is_busy() || self.paused.get() {
                break;
            }
            // Deleted or indexed meanwhile?
            if covered.contains(&file) || !self.is_indexable(&file) {
                dropped.push(file);
                continue;
            }
            match self.read(file).await {
                Ok(text) => {
                    let text = text.as_deref().unwrap_or_default().to_owned();
                    size = size.saturating_add(text.len());
                    texts.push(text);
                    files.push(file);
                }
                // What is not as it was saved cannot be indexed.
                Err(TransferError::Missing | TransferError::Truncated | TransferError::Changed) => {
                    dropped.push(file)
                }
                // What was read so far has to be read again.
                Err(error) => return Err(error),
            }
            self.done.set(self.done.get().saturating_add(1));
            self.context.tabs.touch();
            self.context.changed();
        }
        self.indexed(&dropped).await?;
        self.write_texts(files, texts).await
    }

    /// Writes a segment of texts, or two if one would be too large.
    async fn write_texts(
        &self,
        mut files: Vec<ObjectId>,
        mut texts: Vec<String>,
    ) -> Result<(), TransferError> {
        while !files.is_empty() {
            let mut count = files.len();
            loop {
                let some = texts.get(..count).unwrap_or_default();
                let index = self.index_of(some).await?;
                if index.len() < MAX_SEGMENT / 2 || count == 1 {
                    let indexed = files.get(..count).unwrap_or_default().to_vec();
                    // One file alone whose index does not fit is covered, and not found.
                    let index = if index.len() < MAX_SEGMENT / 2 { index } else { vec![0] };
                    let segment = Segment { replaced: Vec::new(), files: indexed.clone(), index };
                    self.write(segment).await?;
                    self.indexed(&indexed).await?;
                    break;
                }
                count = count.div_ceil(2);
            }
            files.drain(..count);
            texts.drain(..count);
        }
        Ok(())
    }

    async fn index_of(&self, texts: &[String]) -> Result<Vec<u8>, TransferError> {
        let program = self.program().map_err(|_| TransferError::Engine)?;
        program.index(texts).await.map_err(|fault| match fault {
            SearchFault::NotLoaded => TransferError::EndpointDown,
            SearchFault::Failed => TransferError::Engine,
        })
    }

    /// Seals a segment, writes it to the bucket and takes it in.
    pub(super) async fn write(&self, segment: Segment) -> Result<(), TransferError> {
        let Some(keys) = self.context.keys().filter(|_| self.on.get()) else { return Ok(()) };
        let world = &self.context.world;
        let id = SegmentId::new(world.clock.now_ms(), world.entropy.bytes()?);
        let token = segment.seal(&keys.vault_key, &id, world.entropy.bytes()?);
        let token = token.map_err(|_| TransferError::TooLarge)?;
        put(&self.context.bucket(&*keys.endpoint), Name::Segment(id), token.clone()).await?;
        self.take(&keys.vault_key, id, &token, true);
        // What is not stored here is fetched again in the next session.
        let _ = world.store.write(vec![(self.records.segment(&id), Some(token))]).await;
        self.context.changed();
        Ok(())
    }

    /// These files need not be indexed any more.
    async fn indexed(&self, files: &[ObjectId]) -> Result<(), StoreFailed> {
        let is_last = {
            let mut unindexed = self.unindexed.borrow_mut();
            unindexed.retain(|file| !files.contains(file));
            unindexed.is_empty()
        };
        if is_last {
            self.done.set(0);
            self.of.set(0);
        }
        let changes = files.iter().map(|file| (self.records.unindexed(file), None));
        self.records.store.write(changes.collect()).await
    }
}
