//! Uploads a file of several parts, in rounds over all parts until the object exists.
//!
//! A round lists the upload's parts in the store, keeps those sealed as the journal says, sends the
//! others, and completes the upload. One round is enough unless the store lost something, or the
//! network failed for a source that cannot be read again later: then the rest is stored on this
//! device, and another round sends it from there.

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

/// Maximum number of rounds, for a store that keeps losing parts.
const ROUNDS: u32 = 8;

/// The state of an upload in the bucket.
struct EarlierUpload {
    /// The parts that the store has; `None` if the upload is gone.
    listed: Option<BTreeMap<u32, ListedPart>>,
    ledger: Ledger,
}

impl EarlierUpload {
    /// An upload of which nothing has been sent.
    fn new() -> Self {
        Self { listed: Some(BTreeMap::new()), ledger: Ledger::default() }
    }
}

/// What a round may reuse.
struct Reusable<'a> {
    listed: BTreeMap<u32, ListedPart>,
    ledger: &'a Ledger,
}

impl Reusable<'_> {
    /// How a part that the store has was sealed, and its ETag there.
    fn part(&self, number: u32) -> Option<(&JournalEntry, String)> {
        let etag = &self.listed.get(&number)?.etag;
        let known = self.ledger.of(number, etag)?;
        Some((known, if known.is_sure() { etag.clone() } else { journal::weak(etag) }))
    }
}

/// The result of a round for all parts, in order.
struct Round {
    entries: Vec<JournalEntry>,
    /// The checksums that the store verified.
    checksums: BTreeMap<u32, Checksum>,
    end: (Vec<u8>, Seal),
}

/// Sends the file; returns the seal of the stored object.
pub(super) async fn send(
    work: &Work<'_>,
    source: Option<&dyn Source>,
) -> Result<Seal, TransferError> {
    let Work { world, job, layout, .. } = work;
    let mut kept = None;
    if job.resumed {
        kept = spool::get_pages(world, &job.id, &job.journal_key, layout).await;
        if kept.is_none() {
            // Incomplete spool data is useless: its other parts were never sealed.
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
            found: Reusable { listed, ledger: &found.ledger },
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
        // The journal is written concurrently, and that future never completes by itself.
        let round = match future::select(pin!(round), pin!(journal.keep())).await {
            Either::Left((round, _)) => round,
            Either::Right((Err(error), _)) => return Err(error),
            Either::Right((Ok(never), _)) => match never {},
        };
        if matches!(round, Err(TransferError::Source)) && kept.is_some() && source.is_some() {
            // The stored data is damaged, and the source is available.
            kept = None;
            spool::forget(world, &job.id).await;
            found = find(work, &[]).await?;
            continue;
        }
        let round = round?;
        spools = parts.spools.get();
        let (gone, unsent) = (parts.gone.get(), !parts.unsent.borrow().is_empty());
        if unsent {
            if spools && let Err(full) = spool::put_pages(world, job, &round.entries).await {
                spools = false;
                work.control.tell(Progress::Waiting(full));
            }
            if spools {
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
        // Another device may be sending the same parts: one of the two finishes first.
        let pause = Backoff::OUTAGE.jittered(tried, random(&*world.entropy)?);
        work.control.pause(&*world.clock, pause).await;
        found = find(work, &round.entries).await?;
    }
    Err(TransferError::InvalidResponse)
}

/// The state of the upload in the bucket; how its parts were sealed comes from the journal and
/// `own`.
async fn find(work: &Work<'_>, own: &[JournalEntry]) -> Result<EarlierUpload, TransferError> {
    let mut ledger = pages::read(work).await?;
    ledger.add(own.iter().cloned(), &work.layout);
    Ok(EarlierUpload { listed: work.list_parts().await?, ledger })
}

/// Handles an upload that no longer exists, perhaps because the object is complete. The object is
/// ours, whichever device completed it, if it matches what this device stored, or if resealing the
/// source with the object's IVs gives the object's table.
async fn finished(
    work: &Work<'_>,
    source: Option<&dyn Source>,
    kept: Option<&[JournalEntry]>,
    ledger: &Ledger,
) -> Result<Seal, TransferError> {
    let signed = Signed::default();
    let looked = work.scheduler.persist(async || match work.stored().table(&signed).await {
        Err(TransferError::Missing) => Ok(None),
        table => table.map(Some),
    });
    let there = match looked.await {
        Ok(there) => there.ok_or(TransferError::UploadGone)?,
        // Another upload's object.
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
    // A different table: our object, but of another source; nothing is mixed, and nothing is lost.
    if table == there {
        is_of(work, &entries).await.map(|()| seal)
    } else {
        Err(TransferError::SourceChanged)
    }
}

/// Verifies that each part of the stored object is sealed so, and not replaced by another device's.
async fn is_of(work: &Work<'_>, entries: &[JournalEntry]) -> Result<(), TransferError> {
    match work.look_at_parts(entries).await {
        Err(TransferError::Changed) => Err(TransferError::SourceChanged),
        looked => looked,
    }
}

/// Completes the upload until the object exists; false if the parts must be listed again first.
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
        // A different object exists. If the upload is gone, another device was faster, and its
        // object may be equivalent to ours.
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
    found: Reusable<'a>,
    pages: &'a Pages<'a>,
    /// Whether parts are stored on this device when the network fails.
    spools: Cell<bool>,
    /// The upload is gone; the rest of the round is useless.
    gone: Cell<bool>,
    /// Parts that the store does not have, because the network failed.
    unsent: RefCell<Vec<u32>>,
    /// The checksums that the store verified for the parts that it has.
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

    /// Sends what is stored on this device and missing in the store.
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
                            // The part then waits in memory: this is reported, and lasts only as
                            // long as this tab.
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

    /// The store already has the part, unchanged.
    fn keeps(&self, number: u32, etag: Option<String>, slots: Vec<Slot>) -> JournalEntry {
        let range = self.work.layout.part(number.into());
        self.work.sent.part(number, range.end.saturating_sub(range.start));
        JournalEntry { number, etag, slots }
    }
}

fn numbers(work: &Work<'_>) -> impl Iterator<Item = u32> + use<> {
    (1..=work.layout.parts()).map_while(|number| u32::try_from(number).ok())
}

/// Table and seal of an object with these parts.
fn end(work: &Work<'_>, entries: &[JournalEntry]) -> (Vec<u8>, Seal) {
    let table: Vec<u8> =
        entries.iter().flat_map(|entry| &entry.slots).flat_map(|slot| slot.hmac).collect();
    let seal = Seal::of(&work.header, &table);
    (table, seal)
}
