//! Sealing a source part by part: parts that the journal knows only to be compared, all others to be sent.

use std::pin::Pin;
use std::rc::Rc;

use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};

use super::{Work, iv};
use crate::bulk::Bulk;
use crate::object::{Seal, Sealed, Sealer};
use crate::port::Source;
use crate::secret::ContentKey;
use crate::transfer::TransferError;
use crate::transfer::journal::{Entry, Slot};

/// Chunks that are read and sealed at one time: disk and ciphers do not wait for each other.
pub const AHEAD: usize = 4;

/// A sealed part.
pub(super) struct Piece {
    pub(super) slots: Vec<Slot>,
    /// What is to be sent; nothing where the journal's part is the same.
    pub(super) body: Option<Bulk>,
}

/// How parts were sealed before, part 1 first: the same chunks are sealed again with their IVs, here and for nobody else,
/// and their HMACs must be the same.
pub(super) type Earlier<'a> = Vec<Option<&'a Entry>>;

/// Seals one source from its beginning to its end.
pub(super) struct Sealing<'a> {
    work: &'a Work<'a>,
    known: Earlier<'a>,
    sealer: Rc<Sealer>,
    /// What comes of all chunks, in order.
    chunks: Pin<Box<dyn Stream<Item = Result<(Slot, Bulk), TransferError>> + 'a>>,
    table: Vec<u8>,
}

impl<'a> Sealing<'a> {
    pub(super) fn new(
        work: &'a Work<'a>,
        source: &'a dyn Source,
        mut known: Earlier<'a>,
    ) -> Result<Self, TransferError> {
        // EXPOSE: a copy for the sealer, wiped with it.
        let key = ContentKey::copied(work.job.content_key.expose());
        let sealer = Rc::new(Sealer::laid_out(key, work.header.clone(), work.layout)?);
        // A part that holds a piece of the table is kept only if the table is.
        if known.iter().any(Option::is_none) {
            let all = (1_u64..).zip(&mut known);
            all.filter(|(number, _)| with_table(work, *number)).for_each(|(_, known)| *known = None);
        }
        let slots = |(number, entry): (u64, &Option<&'a Entry>)| {
            let (entry, slots) = (*entry, work.layout.part_slots(number));
            slots.enumerate().map(move |(at, chunk)| (chunk, entry.map(|entry| entry.slots.get(at).copied())))
        };
        let slots: Vec<_> = (1_u64..).zip(&known).flat_map(slots).collect();
        let seals = Rc::clone(&sealer);
        let chunks = stream::iter(slots).map(move |(chunk, known)| {
            let sealer = Rc::clone(&seals);
            async move { seal(work, source, &sealer, chunk, known).await }
        });
        Ok(Self { work, known, sealer, chunks: Box::pin(chunks.buffered(AHEAD)), table: Vec::new() })
    }

    /// Table and seal, once all parts were sealed.
    pub(super) fn end(self) -> Option<(Vec<u8>, Seal)> {
        let seal = self.sealer.finish(&self.table).ok()?;
        Some((self.table, seal))
    }

    /// Part `number`, which must be the next one.
    pub(super) async fn part(&mut self, number: u32) -> Result<Piece, TransferError> {
        let layout = &self.work.layout;
        let known = index(number.saturating_sub(1).into())?;
        let known = self.known.get(known).ok_or(TransferError::Source)?.is_some();
        let (mut slots, mut body) = (Vec::new(), Bulk::default());
        for _ in layout.part_slots(number.into()) {
            let (slot, token) = self.chunks.try_next().await?.ok_or(TransferError::Source)?;
            self.table.extend_from_slice(&slot.hmac);
            slots.push(slot);
            body.append(token);
        }
        if !known && with_table(self.work, number.into()) {
            let (range, start) = (layout.part(number.into()), layout.table().start);
            let from = index(range.start.saturating_sub(start))?;
            let to = index(range.end.saturating_sub(start))?;
            body.append(self.table.get(from..to).ok_or(TransferError::Source)?);
        }
        Ok(Piece { slots, body: (!known).then_some(body) })
    }
}

/// Whether a part holds a piece of the table.
fn with_table(work: &Work<'_>, number: u64) -> bool {
    work.layout.part(number).end > work.layout.table().start
}

/// One chunk, read and sealed; of a known one nothing is left but that it is the same.
async fn seal(
    work: &Work<'_>,
    source: &dyn Source,
    sealer: &Sealer,
    chunk: u64,
    known: Option<Option<Slot>>,
) -> Result<(Slot, Bulk), TransferError> {
    let known = known.map(|slot| slot.ok_or(TransferError::SourceChanged)).transpose()?;
    let iv = known.map_or_else(|| iv(work.world), |slot| Ok(slot.iv))?;
    let content = work.layout.content(chunk);
    let length = index(content.end.saturating_sub(content.start))?;
    let plaintext = source.read(content.start, length).await?;
    let Sealed { slot: token, hmac } = sealer.seal(&*work.world.cipher, chunk, iv, plaintext).await?;
    let slot = Slot { iv, hmac };
    match known {
        Some(known) if known == slot => Ok((slot, Bulk::default())),
        Some(_) => Err(TransferError::SourceChanged),
        None => Ok((slot, token)),
    }
}

fn index(length: u64) -> Result<usize, TransferError> {
    usize::try_from(length).map_err(|_| TransferError::TooLarge)
}
