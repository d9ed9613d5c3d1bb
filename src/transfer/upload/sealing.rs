//! Sealing a source part by part: parts that the journal knows only to be compared, all others to be sent.

use super::{Work, iv};
use crate::bulk::Bulk;
use crate::object::{Seal, Sealer};
use crate::port::Source;
use crate::secret::ContentKey;
use crate::transfer::TransferError;
use crate::transfer::journal::{Entry, Slot};

/// A sealed part.
pub(super) struct Piece {
    pub(super) slots: Vec<Slot>,
    /// What is to be sent; nothing where the journal's part is the same.
    pub(super) body: Option<Bulk>,
}

/// Seals one source from its beginning to its end.
pub(super) struct Sealing<'a> {
    work: &'a Work<'a>,
    source: &'a dyn Source,
    /// Until all chunks are sealed.
    sealer: Option<Sealer>,
    /// From then on.
    end: Option<(Vec<u8>, Seal)>,
    /// Whether a part was sealed to be sent, so that the table is a new one.
    fresh: bool,
}

impl<'a> Sealing<'a> {
    pub(super) fn new(work: &'a Work<'a>, source: &'a dyn Source) -> Result<Self, TransferError> {
        // EXPOSE: a copy for the sealer, wiped with it.
        let key = ContentKey::copied(work.job.content_key.expose());
        let sealer = Some(Sealer::laid_out(key, work.header.clone(), work.layout)?);
        Ok(Self { work, source, sealer, end: None, fresh: false })
    }

    /// Table and seal, once all parts were sealed.
    pub(super) fn end(self) -> Option<(Vec<u8>, Seal)> {
        self.end
    }

    /// Part `number`, which must be the next one.
    ///
    /// `known` is how it was sealed before: the same chunks are sealed again with its IVs, here and for nobody else,
    /// and their HMACs must be the same. A part that holds a piece of the table is kept only if the table is.
    pub(super) async fn part(&mut self, number: u32, known: Option<&Entry>) -> Result<Piece, TransferError> {
        let layout = &self.work.layout;
        let range = layout.part(number.into());
        let with_table = range.end > layout.table().start;
        let known = known.filter(|_| !(with_table && self.fresh));
        let mut piece = Piece { slots: Vec::new(), body: None };
        let mut body = Bulk::default();
        self.fresh |= known.is_none();
        for (at, chunk) in layout.part_slots(number.into()).enumerate() {
            let known =
                known.map(|entry| entry.slots.get(at).ok_or(TransferError::SourceChanged)).transpose()?;
            let iv = known.map_or_else(|| iv(self.work.world), |slot| Ok(slot.iv))?;
            let content = layout.content(chunk);
            let length = index(content.end.saturating_sub(content.start))?;
            let plaintext = self.source.read(content.start, length).await?;
            let sealer = self.sealer.as_mut().ok_or(TransferError::Source)?;
            let token = sealer.seal_next(&*self.work.world.cipher, iv, plaintext).await?;
            let slot = Slot {
                iv,
                hmac: token
                    .len()
                    .checked_sub(32)
                    .and_then(|at| token.array(at))
                    .ok_or(TransferError::Engine)?,
            };
            match known {
                Some(known) if *known == slot => {}
                Some(_) => return Err(TransferError::SourceChanged),
                None => body.append(token),
            }
            piece.slots.push(slot);
        }
        if let Some(sealer) = self.sealer.take_if(|sealer| sealer.next() == layout.chunks()) {
            self.end = Some(sealer.finish()?);
        }
        if known.is_none() {
            if with_table {
                let (table, _) = self.end.as_ref().ok_or(TransferError::Source)?;
                let start = layout.table().start;
                let from = index(range.start.saturating_sub(start))?;
                let to = index(range.end.saturating_sub(start))?;
                body.append(table.get(from..to).ok_or(TransferError::Source)?);
            }
            piece.body = Some(body);
        }
        Ok(piece)
    }
}

fn index(length: u64) -> Result<usize, TransferError> {
    usize::try_from(length).map_err(|_| TransferError::TooLarge)
}
