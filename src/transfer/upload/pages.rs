//! The journal's pages in the bucket: written as parts are acknowledged, read when an upload is
//! resumed.

use std::cell::RefCell;
use std::convert::Infallible;
use std::pin::pin;

use frond_wire::{Name, Operation, Part};
use futures_util::future;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::work::Work;
use crate::notify::Broadcast;
use crate::object::Layout;
use crate::transfer::TransferError;
use crate::transfer::bucket::{Answer, Call};
use crate::transfer::journal::{JournalEntry, JournalPage, Ledger, MAX_PAGE, PAGE_PARTS, weak};

/// Longest time until an acknowledged part's page is sent, in milliseconds. The part is to be
/// recorded within ten seconds; half of that is for sending the page.
const WAIT_MS: u64 = 5_000;
/// Pages that are read concurrently.
const AT_ONCE: usize = 4;

/// Writes the pages of one multipart upload.
pub(super) struct Pages<'a> {
    work: &'a Work<'a>,
    /// Parts not yet in a stored page, with the time of acknowledgement; oldest first.
    noted: RefCell<Vec<(u64, JournalEntry)>>,
    broadcast: Broadcast,
}

impl<'a> Pages<'a> {
    pub(super) fn new(work: &'a Work<'a>) -> Self {
        Self { work, noted: RefCell::default(), broadcast: Broadcast::default() }
    }

    /// Records an acknowledged part.
    pub(super) fn note(&self, entry: JournalEntry) {
        self.noted.borrow_mut().push((self.work.world.clock.now_ms(), entry));
        self.broadcast.notify();
    }

    /// Writes pages as they fall due, until dropped.
    pub(super) async fn keep(&self) -> Result<Infallible, TransferError> {
        loop {
            self.noted(1).await;
            let clock = &self.work.world.clock;
            // The oldest part may have waited while the previous page was being written.
            let oldest = self.noted.borrow().first().map_or(0, |(at, _)| *at);
            let waited = clock.now_ms().saturating_sub(oldest);
            let full = pin!(self.noted(PAGE_PARTS));
            future::select(clock.sleep(WAIT_MS.saturating_sub(waited)), full).await;
            self.write().await?;
        }
    }

    /// Writes all remaining parts.
    pub(super) async fn finish(&self) -> Result<(), TransferError> {
        while !self.noted.borrow().is_empty() {
            self.write().await?;
        }
        Ok(())
    }

    async fn noted(&self, enough: usize) {
        while self.noted.borrow().len() < enough {
            self.broadcast.notified().await;
        }
    }

    /// Writes one page. Its parts leave the list only when the bucket has the page: if this future
    /// is dropped, they are written again.
    async fn write(&self) -> Result<(), TransferError> {
        let mut entries: Vec<_> =
            self.noted.borrow().iter().take(PAGE_PARTS).map(|(_, entry)| entry.clone()).collect();
        let written = entries.len();
        entries.sort_by_key(|entry| entry.number);
        if entries.iter().any(|entry| entry.etag.is_none()) {
            // CORS hid these ETags: take them from the store's list of parts.
            let listed = self.work.list_parts().await?.ok_or(TransferError::StoreDown)?;
            for entry in entries.iter_mut().filter(|entry| entry.etag.is_none()) {
                entry.etag = listed.get(&entry.number).map(|part| weak(&part.etag));
            }
        }
        let Some(first) = entries.first().map(|entry| entry.number) else { return Ok(()) };
        let Work { world, job, .. } = self.work;
        let page = JournalPage { upload: job.upload.clone(), entries };
        self.put(first, page.seal(&job.journal_key, &job.id, world.iv()?)).await?;
        self.noted.borrow_mut().drain(..written);
        Ok(())
    }

    /// Outside the request limit: the parts may all stall, and acknowledged parts must be recorded
    /// regardless.
    ///
    /// A page of an earlier run that begins with the same part is obsolete, because that part was
    /// sent again.
    async fn put(&self, part: u32, token: Vec<u8>) -> Result<(), TransferError> {
        let part = Part::new(part).map_err(|_| TransferError::InvalidResponse)?;
        let name = Name::Journal(self.work.job.id, part);
        let length = u64::try_from(token.len()).unwrap_or(u64::MAX);
        let put = Call::with_body(Operation::put(name, length), token);
        let delete = Call::new(Operation::Delete(name), 0);
        let Work { scheduler, bucket, .. } = self.work;
        scheduler
            .beside(async || {
                if let Answer::Exists = bucket.call(&put).await? {
                    bucket.call(&delete).await?;
                    bucket.call(&put).await?;
                }
                Ok(())
            })
            .await
    }
}

/// How many runs' worth of pages are read: two devices, each of whose pages were written twice.
const RUNS: u64 = 4;

/// Maximum number of bytes of journal pages that are read for this object.
fn most(layout: &Layout) -> u64 {
    // IV and HMAC of each slot; number, ETag and counts of each part; framing of each page.
    let run =
        layout.chunks().saturating_mul(48).saturating_add(layout.parts().saturating_mul(1024));
    run.saturating_mul(RUNS)
}

/// Reads the pages of this multipart upload that exist and open: each number once, only those that
/// begin with the part in their name, and no more of them than a journal can have.
pub(super) async fn read(work: &Work<'_>) -> Result<Ledger, TransferError> {
    let Work { scheduler, bucket, job, layout, .. } = work;
    let last = u32::try_from(layout.parts()).unwrap_or(u32::MAX);
    let parts = scheduler.persist(async || bucket.list_journal(&job.id, last).await).await?;
    let pages = stream::iter(parts).map(async |part| {
        let get = Call::new(Operation::Get(Name::Journal(job.id, part)), MAX_PAGE);
        scheduler
            .persist(async || match bucket.call(&get).await {
                Ok(Answer::Success(response)) => {
                    let page = JournalPage::open(&job.journal_key, &job.id, &response.body);
                    let own = page
                        .filter(|page| page.upload == job.upload && page.begins_with(part.get()));
                    Ok((response.body.len(), own))
                }
                // Deleted since, or too large: ignored.
                Ok(_) | Err(TransferError::InvalidResponse) => Ok((0, None)),
                Err(error) => Err(error),
            })
            .await
    });
    let mut pages = pin!(pages.buffer_unordered(AT_ONCE));
    let (mut ledger, mut left) = (Ledger::default(), most(layout));
    while let Some((length, page)) = pages.try_next().await? {
        ledger.add(page.map(|page| page.entries).unwrap_or_default(), layout);
        left = left.saturating_sub(u64::try_from(length).unwrap_or(u64::MAX));
        if left == 0 {
            // This is more than our journal can have; parts without an entry are sent again.
            break;
        }
    }
    Ok(ledger)
}
