//! A device on a fake store: a clock that jumps, counted randomness, memory for what it stores.

use std::cell::Cell;
use std::rc::Rc;

use async_trait::async_trait;
use frond::bytes::Bytes;
use frond::object::Geometry;
use frond::port::{Clock, Entropy, NoEntropy, Sink, Unwritable};
use frond::software::Software;
use frond::transfer::{
    Bucket, SentObject, TransferError, TransferWorld, UploadJob, Uploaded, confirm,
};
use frond_wire::ChecksumAlgorithm;

use crate::fake_store::FakeStore;
use crate::spool::MemorySpool;

/// The clock: time passes only where somebody waits. Milliseconds.
#[derive(Default)]
pub struct Jumps(pub Cell<u64>);

#[async_trait(?Send)]
impl Clock for Jumps {
    fn now_ms(&self) -> u64 {
        self.0.get()
    }

    async fn sleep(&self, ms: u64) {
        tokio::task::yield_now().await;
        self.0.set(self.0.get() + ms);
    }
}

/// Not random at all, but never the same twice; or broken.
#[derive(Default)]
pub struct Counter {
    next: Cell<u64>,
    /// Whether it fails.
    pub broken: Cell<bool>,
}

impl Entropy for Counter {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        if self.broken.get() {
            return Err(NoEntropy);
        }
        for chunk in bytes.chunks_mut(8) {
            let next = self.next.get() + 1;
            self.next.set(next);
            let random = next.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
            chunk.copy_from_slice(&random[..chunk.len()]);
        }
        Ok(())
    }
}

/// Where a download goes.
#[derive(Default)]
pub struct MemorySink {
    /// What was written.
    pub bytes: Vec<u8>,
    /// Whether it was finished.
    pub finished: bool,
    /// How many bytes it takes, where it fails at all.
    pub full_at: Option<usize>,
}

#[async_trait(?Send)]
impl Sink for MemorySink {
    async fn write(&mut self, bytes: Bytes) -> Result<(), Unwritable> {
        self.bytes.extend_from_slice(&bytes.bytes());
        if self.full_at.is_some_and(|full| self.bytes.len() > full) {
            Err(Unwritable::Failed)
        } else {
            Ok(())
        }
    }

    async fn finish(&mut self) -> Result<(), Unwritable> {
        self.finished = true;
        Ok(())
    }
}

/// A device, and the store that it is on.
pub struct FakeDevice {
    /// The store, shared with the devices [`FakeDevice::beside`] this one.
    pub store: Rc<FakeStore>,
    /// This device's clock.
    pub clock: Rc<Jumps>,
    /// This device's randomness.
    pub entropy: Rc<Counter>,
    /// What this device keeps of uploads.
    pub spool: Rc<MemorySpool>,
    /// All of it, as transfers take it.
    pub world: TransferWorld,
}

impl Default for FakeDevice {
    fn default() -> Self {
        Self::of(Rc::default(), Rc::default())
    }
}

impl FakeDevice {
    /// A device on an empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Another device, on the same store.
    pub fn beside(&self) -> Self {
        let entropy = Counter { next: Cell::new(1 << 32), broken: Cell::new(false) };
        Self::of(Rc::clone(&self.store), Rc::new(entropy))
    }

    /// Confirms what this job sent, as a session does.
    pub async fn confirm(&self, job: &UploadJob, sent: &Uploaded) -> Result<(), TransferError> {
        self.confirm_all(&[(job, *sent)]).await?.pop().unwrap()
    }

    /// Confirms what these jobs sent, together.
    pub async fn confirm_all(
        &self,
        sent: &[(&UploadJob, Uploaded)],
    ) -> Result<Vec<Result<(), TransferError>>, TransferError> {
        let sent = sent.iter().map(|(job, sent)| {
            let UploadJob { id, content_key, header, size, .. } = job;
            SentObject::new(self.world.geometry, *id, content_key, header, *size, sent)
        });
        let sent = sent.collect::<Result<Vec<_>, _>>()?;
        let bucket = Bucket {
            http: &*self.world.http,
            clock: &*self.world.clock,
            entropy: &*self.world.entropy,
            signer: &*self.store,
            limit: None,
            checksum: ChecksumAlgorithm::default(),
        };
        confirm(&bucket, &sent).await
    }

    fn of(store: Rc<FakeStore>, entropy: Rc<Counter>) -> Self {
        let (clock, spool) = (Rc::<Jumps>::default(), Rc::<MemorySpool>::default());
        let world = TransferWorld {
            http: store.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            cipher: Rc::new(Software),
            spool: spool.clone(),
            geometry: Geometry::FORMAT_1,
        };
        Self { store, clock, entropy, spool, world }
    }
}
