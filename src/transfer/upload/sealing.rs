//! Seals a source part by part: parts that the journal knows only for comparison, all others to be
//! sent.

use std::pin::Pin;
use std::rc::Rc;

use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};

use super::work::Work;
use crate::bytes::Bytes;
use crate::object::{Seal, Sealed, Sealer};
use crate::port::Source;
use crate::secret::ContentKey;
use crate::transfer::TransferError;
use crate::transfer::journal::{JournalEntry, Slot};

/// Chunks per read request to the source, sealed concurrently: a browser reads 2 MiB in little more
/// time than a quarter of it.
pub const AHEAD: usize = 4;
/// Concurrent read requests to the source, so that disk and ciphers do not wait for each other.
const READS: usize = 2;

/// A sealed part.
pub(super) struct SealedPart {
    pub(super) slots: Vec<Slot>,
    /// The body to send; `None` if the part matches the journal's.
    pub(super) body: Option<Bytes>,
}

/// How parts were sealed before, part 1 first: the same chunks are resealed with the same IVs,
/// locally only, and must give the same HMACs.
pub(super) type Earlier<'a> = Vec<Option<&'a JournalEntry>>;

/// Slots with their sealed tokens, in order.
type Chunks<'a> = Pin<Box<dyn Stream<Item = Result<(Slot, Bytes), TransferError>> + 'a>>;

/// Seals one source from beginning to end.
pub(super) struct Sealing<'a> {
    work: &'a Work<'a>,
    known: Earlier<'a>,
    sealer: Rc<Sealer>,
    /// The results for all chunks, in order.
    chunks: Chunks<'a>,
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
        // A part that holds a piece of the table is kept only if all parts are known, and so the
        // table.
        if known.iter().any(Option::is_none) {
            let all = (1_u64..).zip(&mut known);
            all.filter(|(number, _)| with_table(work, *number))
                .for_each(|(_, known)| *known = None);
        }
        let slots = |(number, entry): (u64, &Option<&'a JournalEntry>)| {
            let (entry, slots) = (*entry, work.layout.part_slots(number));
            slots
                .enumerate()
                .map(move |(at, chunk)| (chunk, entry.map(|entry| entry.slots.get(at).copied())))
        };
        let slots: Vec<_> = (1_u64..).zip(&known).flat_map(slots).collect();
        let reads = (0..slots.len())
            .step_by(AHEAD)
            .map(move |at| slots.iter().skip(at).take(AHEAD).copied().collect());
        let read = stream::iter(reads).map(move |slots| read(work, source, slots)).buffered(READS);
        let seals = Rc::clone(&sealer);
        let chunks = read.map_ok(stream::iter).try_flatten().map(move |read| {
            let sealer = Rc::clone(&seals);
            async move {
                let (to_seal, content) = read?;
                seal(work, &sealer, to_seal, content).await
            }
        });
        Ok(Self {
            work,
            known,
            sealer,
            chunks: Box::pin(chunks.buffered(AHEAD)),
            table: Vec::new(),
        })
    }

    /// Table and seal, after all parts were sealed.
    pub(super) fn end(self) -> Option<(Vec<u8>, Seal)> {
        let seal = self.sealer.finish(&self.table).ok()?;
        Some((self.table, seal))
    }

    /// Seals part `number`, which must be the next one.
    pub(super) async fn part(&mut self, number: u32) -> Result<SealedPart, TransferError> {
        let layout = &self.work.layout;
        let known = index(number.saturating_sub(1).into())?;
        let known = self.known.get(known).ok_or(TransferError::Source)?.is_some();
        let (mut slots, mut body) = (Vec::new(), Bytes::default());
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
        Ok(SealedPart { slots, body: (!known).then_some(body) })
    }
}

/// Whether a part holds a piece of the table.
fn with_table(work: &Work<'_>, number: u64) -> bool {
    work.layout.part(number).end > work.layout.table().start
}

/// A chunk, and how it was sealed before, if it was: `Some(None)` if the part's entry lacks the
/// slot, because it describes another part.
type ToSeal = (u64, Option<Option<Slot>>);

/// Reads the content of consecutive chunks.
async fn read(
    work: &Work<'_>,
    source: &dyn Source,
    slots: Vec<ToSeal>,
) -> Result<Vec<Result<(ToSeal, Bytes), TransferError>>, TransferError> {
    let content = |slot: Option<&ToSeal>| {
        slot.map(|(chunk, _)| work.layout.content(*chunk)).unwrap_or_default()
    };
    let (start, end) = (content(slots.first()).start, content(slots.last()).end);
    let bytes = source.read(start, index(end.saturating_sub(start))?).await?;
    let cut = |to_seal: ToSeal| {
        let content = work.layout.content(to_seal.0);
        let (from, to) = (content.start.saturating_sub(start), content.end.saturating_sub(start));
        Ok((to_seal, bytes.cut(index(from)?..index(to)?).ok_or(TransferError::Source)?))
    };
    Ok(slots.into_iter().map(cut).collect())
}

/// Seals one chunk; a known chunk is only compared, and its token discarded.
async fn seal(
    work: &Work<'_>,
    sealer: &Sealer,
    (chunk, known): ToSeal,
    content: Bytes,
) -> Result<(Slot, Bytes), TransferError> {
    let known = known.map(|slot| slot.ok_or(TransferError::SourceChanged)).transpose()?;
    let iv = known.map_or_else(|| work.world.iv(), |slot| Ok(slot.iv))?;
    let Sealed { slot: token, hmac } = sealer.seal(&*work.world.cipher, chunk, iv, content).await?;
    let slot = Slot { iv, hmac };
    match known {
        Some(known) if known == slot => Ok((slot, Bytes::default())),
        Some(_) => Err(TransferError::SourceChanged),
        None => Ok((slot, token)),
    }
}

fn index(length: u64) -> Result<usize, TransferError> {
    usize::try_from(length).map_err(|_| TransferError::TooLarge)
}
