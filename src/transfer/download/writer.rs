//! What came, in order: judged against the seal before anything, verified chunk by chunk, then
//! written.

use std::ops::Range;

use super::super::{DownloadJob, TransferError, TransferWorld};
use super::index;
use crate::bytes::Bytes;
use crate::object::{Header, Layout, MAX_HEADER, Opener, Seal};
use crate::port::Sink;
use crate::secret::ContentKey;

pub(super) struct Writer<'a> {
    world: &'a TransferWorld,
    job: &'a DownloadJob,
    layout: Layout,
    sink: &'a mut dyn Sink,
    /// Until the header came.
    table: Vec<u8>,
    /// From then on.
    opener: Option<Opener>,
    written: u64,
}

impl<'a> Writer<'a> {
    pub(super) fn new(
        world: &'a TransferWorld,
        job: &'a DownloadJob,
        layout: Layout,
        sink: &'a mut dyn Sink,
    ) -> Self {
        Self { world, job, layout, sink, table: Vec::new(), opener: None, written: 0 }
    }

    /// All of the object.
    pub(super) async fn whole(&mut self, bytes: Bytes) -> Result<(), TransferError> {
        let table = bytes.cut(index(self.layout.table().start)?..bytes.len());
        self.table(&table.ok_or(TransferError::Truncated)?);
        self.slots(0..self.layout.chunks(), bytes).await
    }

    /// The table; it comes before any slot.
    pub(super) fn table(&mut self, table: &Bytes) {
        self.table = table.to_vec();
    }

    /// The next slots.
    pub(super) async fn slots(
        &mut self,
        slots: Range<u64>,
        bytes: Bytes,
    ) -> Result<(), TransferError> {
        let begin = self.layout.slot(slots.start).start;
        let start = bytes.cut(0..bytes.len().min(MAX_HEADER)).unwrap_or_default();
        let opener = match &mut self.opener {
            Some(opener) => opener,
            none => none.insert(judged(
                self.world,
                self.job,
                &self.layout,
                &start.to_vec(),
                &std::mem::take(&mut self.table),
            )?),
        };
        for i in slots {
            let slot = self.layout.slot(i);
            let (from, to) = (slot.start.saturating_sub(begin), slot.end.saturating_sub(begin));
            let slot = bytes.cut(index(from)?..index(to)?).ok_or(TransferError::Truncated)?;
            let content = opener.open(&*self.world.cipher, i, &slot).await?;
            self.written = self.layout.content(i).end;
            self.sink.write(content).await?;
        }
        Ok(())
    }

    /// All of it was written.
    pub(super) async fn finish(self) -> Result<(), TransferError> {
        if self.written != self.job.size {
            return Err(TransferError::Truncated);
        }
        Ok(self.sink.finish().await?)
    }
}

/// Header, table and seal belong together, and to this job.
fn judged(
    world: &TransferWorld,
    job: &DownloadJob,
    layout: &Layout,
    start: &[u8],
    table: &[u8],
) -> Result<Opener, TransferError> {
    // EXPOSE: a copy for the opener, wiped with it.
    let key = ContentKey::copied(job.content_key.expose());
    // Of several seals that of what lies there. None is none of them.
    let found = Seal::of(&Header::read(&job.id, &key, start)?, table);
    let seal = job.seals.iter().find(|seal| **seal == found).or(job.seals.first());
    let seal = *seal.ok_or(TransferError::Changed)?;
    let opener =
        Opener::laid_out(&job.id, key, world.geometry, job.size, start, table, Some(seal))?;
    if opener.layout() == layout { Ok(opener) } else { Err(TransferError::Changed) }
}
