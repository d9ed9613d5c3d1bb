//! Verifies data stored on this device before it is sent, so that disk damage never becomes an
//! object.

use super::work::Work;
use crate::bytes::Bytes;
use crate::object::{Opener, Seal};
use crate::secret::ContentKey;
use crate::transfer::TransferError;

/// An object stored on this device, verified part by part.
pub(super) struct KeptObject<'a> {
    work: &'a Work<'a>,
    opener: Opener,
    table: &'a [u8],
}

impl<'a> KeptObject<'a> {
    /// Takes the table from the stored pages or, for a small file, from the end of the object.
    pub(super) fn new(work: &'a Work<'a>, table: &'a [u8]) -> Result<Self, TransferError> {
        let Work { world, job, .. } = work;
        // EXPOSE: a copy for the opener, wiped with it.
        let key = ContentKey::copied(job.content_key.expose());
        let seal = Seal::of(&work.header, table);
        let opener = Opener::laid_out(
            &job.id,
            key,
            world.geometry,
            job.size,
            &job.header,
            table,
            Some(seal),
        )?;
        Ok(Self { work, opener, table })
    }

    /// Whether part `number` is as sealed: each of its tokens opens, and its piece of the table
    /// matches the table.
    pub(super) async fn is_whole(&self, number: u32, body: &Bytes) -> bool {
        let layout = &self.work.layout;
        let part = layout.part(number.into());
        let at =
            |offset: u64| usize::try_from(offset.saturating_sub(part.start)).unwrap_or(usize::MAX);
        if body.len() != at(part.end) {
            return false;
        }
        for i in layout.part_slots(number.into()) {
            let slot = layout.slot(i);
            let Some(slot) = body.cut(at(slot.start)..at(slot.end)) else { return false };
            if self.opener.open(&*self.work.world.cipher, i, &slot).await.is_err() {
                return false;
            }
        }
        let from = part.start.max(layout.table().start);
        let Some(piece) = body.cut(at(from).min(body.len())..body.len()) else { return false };
        let start = from.saturating_sub(layout.table().start);
        let rest = usize::try_from(start).ok().and_then(|start| self.table.get(start..));
        rest.is_some_and(|rest| rest.starts_with(&piece.bytes()))
    }
}
