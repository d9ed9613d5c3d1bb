//! Fetches ranges of one stored object, retrying until they are complete.

use std::cell::Cell;
use std::ops::Range;
use std::rc::Rc;

use frond_wire::{ChecksumAlgorithm, Name, Operation};

use super::index;
use crate::bytes::Bytes;
use crate::object::{Layout, ObjectId, SLOT};
use crate::transfer::bucket::{Answer, Bucket, Call, Signed, content_range};
use crate::transfer::scheduler::RequestScheduler;
use crate::transfer::{DownloadJob, Signer, TransferError, TransferWorld};

/// Smallest, largest and initial length of the range of one request, in bytes.
const LEAST: u64 = 64 * 1024;
const MOST: u64 = 4 * SLOT;
const FIRST: u64 = MOST / 2;
/// A range received within the first of these times, in milliseconds, doubles the length of the
/// next; one that took longer than the second halves it. A request thus ends long before the
/// network's next failure, and other requests do not wait for it until it appears stalled.
const QUICK_MS: u64 = 1_000;
const SLOW_MS: u64 = 4_000;

pub(super) struct Ranges<'a> {
    world: &'a TransferWorld,
    signer: &'a dyn Signer,
    scheduler: Rc<RequestScheduler<'a>>,
    id: ObjectId,
    layout: Layout,
    signed: Signed,
    /// Bytes received, including those of requests that are in flight and have not failed.
    came: Cell<u64>,
    /// The largest number of bytes of content that was reported.
    told: Cell<u64>,
    /// Whether the stored length has been verified.
    judged: Cell<bool>,
    /// Maximum number of bytes that the next request asks for.
    stride: Cell<u64>,
}

impl<'a> Ranges<'a> {
    /// Ranges of this job's object, fetched as `scheduler` permits.
    pub(super) fn new(
        world: &'a TransferWorld,
        job: &DownloadJob,
        layout: Layout,
        signer: &'a dyn Signer,
        scheduler: Rc<RequestScheduler<'a>>,
    ) -> Self {
        Self {
            world,
            signer,
            scheduler,
            id: job.id,
            layout,
            signed: Signed::default(),
            came: Cell::new(0),
            told: Cell::new(0),
            judged: Cell::new(false),
            stride: Cell::new(FIRST),
        }
    }

    fn bucket(&self) -> Bucket<'_> {
        Bucket {
            http: &*self.world.http,
            clock: &*self.world.clock,
            entropy: &*self.world.entropy,
            signer: self.signer,
            limit: Some(&self.scheduler.limit),
            checksum: ChecksumAlgorithm::default(),
        }
    }

    /// Exactly these bytes of an object that must have exactly the expected length, however many
    /// requests that takes. Bytes received are kept if a later request fails.
    pub(super) async fn bytes(&self, range: Range<u64>) -> Result<Bytes, TransferError> {
        let mut bytes = Bytes::default();
        let mut start = range.start;
        while start < range.end {
            let came = self.scheduler.persist(async || self.stride(start..range.end).await).await?;
            start = start.saturating_add(u64::try_from(came.len()).unwrap_or(u64::MAX));
            bytes.append(came);
        }
        Ok(bytes)
    }

    /// Counts so many bytes as received that no request will bring.
    pub(super) fn skip(&self, bytes: u64) {
        self.came.set(self.came.get().saturating_add(bytes));
        self.tell();
    }

    /// Reports the bytes of content received.
    fn tell(&self) {
        let done = self.layout.share(self.came.get());
        let more = done.saturating_sub(self.told.get());
        self.told.set(done.max(self.told.get()));
        self.scheduler.more(more);
    }

    /// The first bytes of this range, as many as the current stride allows.
    async fn stride(&self, range: Range<u64>) -> Result<Bytes, TransferError> {
        let begun = self.world.clock.now_ms();
        let asked = range.start..range.end.min(range.start.saturating_add(self.stride.get()));
        let counted = Cell::new(0);
        let count = |bytes| {
            let others = self.came.get().saturating_sub(counted.replace(bytes));
            self.came.set(others.saturating_add(bytes));
            self.tell();
        };
        let came = self.range(asked.clone(), &count).await;
        if came.is_err() {
            count(0);
        }
        let took = self.world.clock.now_ms().saturating_sub(begun);
        let asked = asked.end.saturating_sub(asked.start);
        if came.is_err() || took > SLOW_MS {
            self.stride.set((asked / 2).max(LEAST));
        } else if took < QUICK_MS && asked == self.stride.get() {
            self.stride.set(asked.saturating_mul(2).min(MOST));
        }
        came
    }

    async fn range(
        &self,
        range: Range<u64>,
        received: &dyn Fn(u64),
    ) -> Result<Bytes, TransferError> {
        let length = index(range.end.saturating_sub(range.start))?;
        let mut call = Call::new(Operation::Get(Name::Object(self.id)), length);
        call.range = Some(range);
        let (answer, content) =
            self.bucket().receive(&call, index(SLOT)?, &self.signed, received).await?;
        match answer {
            Answer::Success(response) => {
                match content_range(&response) {
                    Some((_, _, total)) => self.layout.check(total)?,
                    None => self.head().await?,
                }
                if content.len() < length { Err(TransferError::Truncated) } else { Ok(content) }
            }
            Answer::NotFound => Err(TransferError::Missing),
            Answer::OutOfRange => Err(TransferError::Truncated),
            Answer::Exists | Answer::NoSuchUpload | Answer::InvalidPart => {
                Err(TransferError::InvalidResponse)
            }
        }
    }

    /// Checks the stored length, once, if CORS hides `Content-Range`.
    async fn head(&self) -> Result<(), TransferError> {
        if self.judged.get() {
            return Ok(());
        }
        let call = Call::new(Operation::Head(self.id), 0);
        match self.bucket().call(&call).await? {
            Answer::Success(response) => {
                let stored =
                    response.header("content-length").and_then(|length| length.parse().ok());
                self.layout.check(stored.ok_or(TransferError::InvalidResponse)?)?;
                self.judged.set(true);
                Ok(())
            }
            Answer::NotFound => Err(TransferError::Missing),
            _ => Err(TransferError::InvalidResponse),
        }
    }
}
