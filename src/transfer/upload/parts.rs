//! A file of several parts: rounds over all parts, until the object stands.
//!
//! A round lists what the store has of the upload, keeps the parts that are sealed as the journal
//! says, sends the others, and completes. One round is enough unless the store lost something, or
//! the line failed for a source that cannot be read again later: then the rest of it is kept on
//! this device, and a further round sends it from there.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::pin;
use std::rc::Rc;

use futures_util::future::{self, Either};
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::kept::KeptObject;
use super::multipart::Taken;
use super::pages::Pages;
use super::sealing::Sealing;
use super::work::Work;
use super::{IN_FLIGHT, pages};
use crate::bytes::Bytes;
use crate::object::Seal;
use crate::port::{Source, SpoolError};
use crate::transfer::bucket::{Signed, random};
use crate::transfer::journal::{self, JournalEntry, Ledger, Slot};
use crate::transfer::retry::Backoff;
use crate::transfer::xml::{ListedPart, NamedPart};
use crate::transfer::{Progress, TransferError, spool};
use frond_wire::Checksum;

/// Rounds before a store that loses what it took is not believed any more.
const ROUNDS: u32 = 8;

/// What the bucket has of an upload.
struct EarlierUpload {
    /// The parts that the store has; nothing where the upload is gone.
    listed: Option<BTreeMap<u32, ListedPart>>,
    ledger: Ledger,
}

impl EarlierUpload {
    /// Of an upload that nobody sent anything of.
    fn new() -> Self {
        Self { listed: Some(BTreeMap::new()), ledger: Ledger::default() }
    }
}

/// What a round may keep.
struct Known<'a> {
    listed: BTreeMap<u32, ListedPart>,
    ledger: &'a Ledger,
}

impl Known<'_> {
    /// How a part was sealed that the store has, and its ETag there.
    fn part(&self, number: u32) -> Option<(&JournalEntry, String)> {
        let etag = &self.listed.get(&number)?.etag;
        let known = self.ledger.of(number, etag)?;
        Some((known, if known.is_sure() { etag.clone() } else { journal::weak(etag) }))
    }
}

/// What a round did with all parts, in order.
struct Round {
    entries: Vec<JournalEntry>,
    /// What the store verified of them.
    checksums: BTreeMap<u32, Checksum>,
    end: (Vec<u8>, Seal),
}

/// Sends it; the seal of what then lies there.
pub(super) async fn send(
    work: &Work<'_>,
    source: Option<&dyn Source>,
) -> Result<Seal, TransferError> {
    let Work { world, job, layout, .. } = work;
    let mut kept = None;
    if job.resumed {
        kept = spool::get_pages(world, &job.id, &job.journal_key, layout).await;
        if kept.is_none() {
            // What was not kept to its end is of no use: its other parts were never sealed.
            spool::forget(world, &job.id).await;
        }
    }
    if kept.is_some() {
        work.control.tell(Progress::Kept);
    } else if source.is_none() {
        return Err(TransferError::Source);
    }
    if job.offline {
        if let (None, Some(source)) = (&kept, source) {
            keep(work, source).await?;
        }
        return Err(TransferError::StoreDown);
    }
    let mut found = if job.resumed { find(work, &[]).await? } else { EarlierUpload::new() };
    let mut spools = job.spooled && kept.is_none();
    for tried in 0..ROUNDS {
        let Some(listed) = found.listed.take() else {
            return finished(work, source, kept.as_deref(), &found.ledger).await;
        };
        let journal = Pages::new(work);
        let verified =
            listed.iter().filter_map(|(number, part)| Some((*number, part.checksum.clone()?)));
        let parts = Parts {
            checksums: RefCell::new(verified.collect()),
            work,
            found: Known { listed, ledger: &found.ledger },
            pages: &journal,
            spools: Cell::new(spools),
            gone: Cell::new(false),
            unsent: RefCell::default(),
        };
        let round = async {
            match (&kept, source) {
                (Some(kept), _) => parts.send_kept(kept).await,
                (None, Some(source)) => parts.send_sealed(source).await,
                (None, None) => Err(TransferError::Source),
            }
        };
        // The journal is written meanwhile, and never ends by itself.
        let round = match future::select(pin!(round), pin!(journal.keep())).await {
            Either::Left((round, _)) => round,
            Either::Right((Err(error), _)) => return Err(error),
            Either::Right((Ok(never), _)) => match never {},
        };
        if matches!(round, Err(TransferError::Source)) && kept.is_some() && source.is_some() {
            // What was kept here is spoilt, and the source is at hand.
            kept = None;
            spool::forget(world, &job.id).await;
            found = find(work, &[]).await?;
            continue;
        }
        let round = round?;
        spools = parts.spools.get();
        let (gone, unsent) = (parts.gone.get(), !parts.unsent.borrow().is_empty());
        if unsent {
            if spools {
                spool::put_pages(world, job, &round.entries).await?;
                work.control.tell(Progress::Kept);
                kept = Some(round.entries.clone());
            } else {
                spool::forget(world, &job.id).await;
            }
        } else if !gone {
            journal.finish().await?;
            if complete(work, &round).await? {
                return Ok(round.end.1);
            }
        }
        // Another device may be at it too, with the same parts: one of the two is through first.
        let pause = Backoff::OUTAGE.jittered(tried, random(&*world.entropy)?);
        work.control.pause(&*world.clock, pause).await;
        found = find(work, &round.entries).await?;
    }
    Err(TransferError::InvalidResponse)
}

/// What the bucket has of the upload; how its parts were sealed is what the journal says, and
/// `own`.
async fn find(work: &Work<'_>, own: &[JournalEntry]) -> Result<EarlierUpload, TransferError> {
    let mut ledger = pages::read(work).await?;
    ledger.add(own.iter().cloned(), &work.layout);
    Ok(EarlierUpload { listed: work.list_parts().await?, ledger })
}

/// There is no upload any more: perhaps because the object stands already. It is ours, whichever
/// device completed it, if it is what was kept on this device, or if the source sealed again with
/// its IVs gives its table.
async fn finished(
    work: &Work<'_>,
    source: Option<&dyn Source>,
    kept: Option<&[JournalEntry]>,
    ledger: &Ledger,
) -> Result<Seal, TransferError> {
    let signed = Signed::default();
    let looked = work.scheduler.persist(async || match work.table(&signed).await {
        Err(TransferError::Missing) => Ok(None),
        table => table.map(Some),
    });
    let there = match looked.await {
        Ok(there) => there.ok_or(TransferError::UploadGone)?,
        // Somebody else's.
        Err(TransferError::Changed) => return Err(TransferError::SourceChanged),
        Err(error) => return Err(error),
    };
    if let Some(kept) = kept {
        let (table, seal) = end(work, kept);
        if table == there {
            return is_of(work, kept).await.map(|()| seal);
        }
    }
    let Some(source) = source else { return Err(TransferError::Source) };
    let mut entries = Vec::new();
    for number in numbers(work) {
        entries.push(match ledger.sealed_as(number, &there, &work.layout) {
            Some(known) => known.clone(),
            None => work.sealed(number, &there).await?,
        });
    }
    let mut sealing = Sealing::new(work, source, entries.iter().map(Some).collect())?;
    for number in numbers(work) {
        sealing.part(number).await?;
    }
    let (table, seal) = sealing.end().ok_or(TransferError::SourceChanged)?;
    // Our own of another source: nothing is mixed, and nothing is lost.
    if table == there {
        is_of(work, &entries).await.map(|()| seal)
    } else {
        Err(TransferError::SourceChanged)
    }
}

/// That each part of what stands there is sealed so, and not another device's in the place of ours.
async fn is_of(work: &Work<'_>, entries: &[JournalEntry]) -> Result<(), TransferError> {
    match work.look_at_parts(entries).await {
        Err(TransferError::Changed) => Err(TransferError::SourceChanged),
        looked => looked,
    }
}

/// Completes the upload, until the object stands; false where that has to begin with a look at the
/// parts.
async fn complete(work: &Work<'_>, round: &Round) -> Result<bool, TransferError> {
    let hidden = round.entries.iter().any(|entry| entry.etag.is_none());
    let listed =
        if hidden { work.list_parts().await?.unwrap_or_default() } else { BTreeMap::new() };
    let named = |entry: &JournalEntry| {
        let number = entry.number;
        let etag =
            entry.etag.clone().or_else(|| listed.get(&number).map(|part| part.etag.clone()))?;
        let etag = journal::plain(&etag).to_owned();
        Some(NamedPart { number, etag, checksum: round.checksums.get(&number).cloned() })
    };
    let Some(parts) = round.entries.iter().map(named).collect::<Option<Vec<_>>>() else {
        return Ok(false);
    };
    let stands = work
        .scheduler
        .persist(async || {
            let taken = work.complete_upload(&parts).await;
            match work.look(&round.end.0, &Signed::default()).await {
                Ok(()) => Ok(true),
                Err(TransferError::Missing) => match taken {
                    Ok(true) => Err(TransferError::StoreDown),
                    Ok(false) => Ok(false),
                    Err(error) => Err(error),
                },
                Err(error) => Err(error),
            }
        })
        .await;
    let stands = match stands {
        Ok(true) => work.look_at_parts(&round.entries).await.map(|()| true),
        stands => stands,
    };
    match stands {
        // Something else stands there. If the upload is gone, another device was faster, and that
        // may be ours as well.
        Err(TransferError::Changed) if work.list_parts().await?.is_none() => Ok(false),
        Err(TransferError::Changed) => Err(TransferError::SourceChanged),
        stands => stands,
    }
}

/// Seals all of a source into the spool.
async fn keep(work: &Work<'_>, source: &dyn Source) -> Result<(), TransferError> {
    let mut sealing = Sealing::new(work, source, numbers(work).map(|_| None).collect())?;
    let mut entries = Vec::new();
    for number in numbers(work) {
        work.control.gate().await;
        let piece = sealing.part(number).await?;
        let body = piece.body.ok_or(TransferError::Engine)?;
        if let Err(error) = spool::put_part(work.world, &work.job.id, number, &body).await {
            spool::forget(work.world, &work.job.id).await;
            return Err(error.into());
        }
        entries.push(JournalEntry { number, etag: None, slots: piece.slots });
    }
    spool::put_pages(work.world, work.job, &entries).await?;
    work.control.tell(Progress::Kept);
    Ok(())
}

/// The parts of one round.
struct Parts<'a> {
    work: &'a Work<'a>,
    found: Known<'a>,
    pages: &'a Pages<'a>,
    /// Whether parts are kept on this device when the line fails.
    spools: Cell<bool>,
    /// The upload is gone; what is left of the round is for nothing.
    gone: Cell<bool>,
    /// Parts that the store does not have, because the line failed.
    unsent: RefCell<Vec<u32>>,
    /// What the store verified of the parts that it has.
    checksums: RefCell<BTreeMap<u32, Checksum>>,
}

impl Parts<'_> {
    /// Seals a source to its end, and sends what the store does not have.
    async fn send_sealed(&self, source: &dyn Source) -> Result<Round, TransferError> {
        let earlier = numbers(self.work).map(|number| Some(self.found.part(number)?.0)).collect();
        let mut sealing = Sealing::new(self.work, source, earlier)?;
        let pieces = stream::try_unfold((&mut sealing, 1), async |(sealing, number)| {
            self.work.control.gate().await;
            if u64::from(number) > self.work.layout.parts() || self.gone.get() {
                return Ok(None);
            }
            let piece = sealing.part(number).await?;
            let etag = self.found.part(number).map(|(_, etag)| etag);
            Ok(Some(((number, piece, etag), (sealing, number.saturating_add(1)))))
        });
        let sending = pieces.map_ok(async |(number, piece, etag)| match piece.body {
            None => Ok(self.keeps(number, etag, piece.slots)),
            Some(body) => self.send(number, Rc::new(body), piece.slots).await,
        });
        let mut entries: Vec<_> = sending.try_buffer_unordered(IN_FLIGHT).try_collect().await?;
        entries.sort_unstable_by_key(|entry| entry.number);
        let end = sealing.end();
        match end {
            Some(end) => Ok(self.round(entries, end)),
            None if self.gone.get() => Ok(self.round(entries, (Vec::new(), Seal([0; 32])))),
            None => Err(TransferError::Source),
        }
    }

    /// Sends what was kept on this device, and is not in the store.
    async fn send_kept(&self, kept: &[JournalEntry]) -> Result<Round, TransferError> {
        let end = end(self.work, kept);
        let whole = KeptObject::new(self.work, &end.0)?;
        let sending =
            stream::iter(kept).map(Ok::<_, TransferError>).map_ok(async |entry: &JournalEntry| {
                let JournalEntry { number, slots, .. } = entry;
                let journaled = self.found.part(*number).filter(|(known, _)| known.slots == *slots);
                let there = || self.found.listed.get(number).map(|part| part.etag.clone());
                let own = || {
                    let same = |there: &String| {
                        entry.is_sure()
                            && entry
                                .etag
                                .as_deref()
                                .is_some_and(|own| journal::same_etag(own, there))
                    };
                    there().filter(same)
                };
                if let Some(etag) = journaled.map(|(_, etag)| etag).or_else(own) {
                    return Ok(self.keeps(*number, Some(etag), slots.clone()));
                }
                let sent = self.work.scheduler.persist(async || {
                    let body = spool::get_part(self.work.world, &self.work.job.id, *number).await;
                    let body = body.ok_or(TransferError::Source)?;
                    if !whole.is_whole(*number, &body).await {
                        return Err(TransferError::Source);
                    }
                    self.work.upload_part(*number, Rc::new(body)).await
                });
                Ok(self.acknowledged(*number, slots.clone(), sent.await?))
            });
        let mut entries: Vec<_> = sending.try_buffer_unordered(IN_FLIGHT).try_collect().await?;
        entries.sort_unstable_by_key(|entry| entry.number);
        drop(whole);
        Ok(self.round(entries, end))
    }

    fn round(&self, entries: Vec<JournalEntry>, end: (Vec<u8>, Seal)) -> Round {
        Round { entries, checksums: self.checksums.take(), end }
    }

    async fn send(
        &self,
        number: u32,
        body: Rc<Bytes>,
        slots: Vec<Slot>,
    ) -> Result<JournalEntry, TransferError> {
        let Work { world, job, scheduler, .. } = self.work;
        let request = async || self.work.upload_part(number, Rc::clone(&body)).await;
        if self.spools.get() {
            let sent = if self.unsent.borrow().is_empty() {
                scheduler.once(request).await
            } else {
                Err(TransferError::StoreDown)
            };
            match sent {
                Ok(sent) => return Ok(self.acknowledged(number, slots, sent)),
                Err(error) if error.is_passing() => {
                    self.unsent.borrow_mut().push(number);
                    self.work.control.tell(Progress::Waiting(error));
                    match spool::put_part(world, &job.id, number, &body).await {
                        Ok(()) => return Ok(JournalEntry { number, etag: None, slots }),
                        Err(full) => {
                            // Then it waits in memory: that is said, and it lasts as long as this
                            // tab.
                            self.spools.set(false);
                            if full == SpoolError::Full {
                                self.work.control.tell(Progress::Waiting(TransferError::Full));
                            }
                            self.unsent.borrow_mut().retain(|unsent| *unsent != number);
                        }
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(self.acknowledged(number, slots, scheduler.persist(request).await?))
    }

    fn acknowledged(&self, number: u32, slots: Vec<Slot>, sent: Option<Taken>) -> JournalEntry {
        let Some(Taken { etag, checksum }) = sent else {
            self.gone.set(true);
            return JournalEntry { number, etag: None, slots };
        };
        self.checksums.borrow_mut().extend(checksum.map(|checksum| (number, checksum)));
        let entry = JournalEntry { number, etag, slots };
        self.pages.note(entry.clone());
        entry
    }

    /// The store has it, as it has to be.
    fn keeps(&self, number: u32, etag: Option<String>, slots: Vec<Slot>) -> JournalEntry {
        let range = self.work.layout.part(number.into());
        self.work.sent.part(number, range.end.saturating_sub(range.start));
        JournalEntry { number, etag, slots }
    }
}

fn numbers(work: &Work<'_>) -> impl Iterator<Item = u32> + use<> {
    (1..=work.layout.parts()).map_while(|number| u32::try_from(number).ok())
}

/// Table and seal of an object whose parts were sealed so.
fn end(work: &Work<'_>, entries: &[JournalEntry]) -> (Vec<u8>, Seal) {
    let table: Vec<u8> =
        entries.iter().flat_map(|entry| &entry.slots).flat_map(|slot| slot.hmac).collect();
    let seal = Seal::of(&work.header, &table);
    (table, seal)
}
