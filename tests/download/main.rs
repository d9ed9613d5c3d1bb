//! Downloads from a store that fails as it is told.

#![cfg(test)]
#![cfg(not(target_arch = "wasm32"))]

mod damage;
mod every_byte;
mod pace;

use std::cell::{Cell, OnceCell, RefCell};
use std::future::Future;
use std::rc::Rc;

use async_trait::async_trait;
use frond::bytes::Bytes;
use frond::object::{Geometry, Meta, ObjectId, Seal};
use frond::port::{Http, HttpError, Request, Response, Sink, Unwritable};
use frond::secret::FileKey;
use frond::software::Software;
use frond::transfer::{
    DownloadJob, OperationText, Progress, Signer, TransferControl, TransferError, TransferWorld,
    download,
};
use frond_testing::fake_device::{FakeDevice, MemorySink};
use frond_testing::fake_store::{FakeStore, Fault};
use frond_testing::objects;
use frond_wire::Presigned;

const SLOT: usize = 524_361;
/// Comes whole.
const SMALL: u64 = 700_000;
/// Five pieces.
const LARGE: u64 = 17_000_000;
/// Nine pieces: more than are under way at one time.
const LARGER: u64 = 36_000_000;
/// Pieces that may be in memory, of eight slots each.
const IN_HAND: usize = 7 * 8 * SLOT;

fn run<T>(story: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(story)
}

fn key() -> FileKey {
    FileKey::copied(&[5; 32])
}

fn id() -> ObjectId {
    ObjectId::parse("019d3c71-5555-7555-8555-555555555555").unwrap()
}

fn job(size: u64, seals: Vec<Seal>) -> DownloadJob {
    DownloadJob {
        id: id(),
        content_key: key().content_key(),
        meta_key: Some(key().meta_key()),
        size,
        header: 512,
        seals,
        name: "file".to_owned(),
        media_type: String::new(),
    }
}

/// A file that lies in a store of its own.
struct Stored {
    fake: FakeDevice,
    content: Vec<u8>,
    job: DownloadJob,
}

impl Stored {
    fn new(size: u64) -> Self {
        Self::laid_out(Geometry::FORMAT_1, size)
    }

    /// Like [`Stored::new`], for any geometry.
    fn laid_out(geometry: Geometry, size: u64) -> Self {
        let mut fake = FakeDevice::new();
        fake.world.geometry = geometry;
        let (id, key) = (id(), key());
        let meta =
            Meta { name: "file".to_owned(), size, media_type: String::new(), modified: None };
        let sealed = objects::seal_laid_out(&Software, geometry, &key, &id, &meta, 1);
        let (stored, seal) = run(sealed);
        fake.store.objects.borrow_mut().insert(id.to_string(), stored);
        Self { fake, content: objects::content(1, size), job: job(size, vec![seal]) }
    }

    fn name(&self) -> String {
        self.job.id.to_string()
    }

    fn object(&self) -> Vec<u8> {
        self.fake.store.objects.borrow()[&self.name()].clone()
    }

    fn replace(&self, object: Vec<u8>) {
        self.fake.store.objects.borrow_mut().insert(self.name(), object);
    }

    fn fetch(&self) -> (Result<(), TransferError>, MemorySink) {
        self.fetch_on(&TransferControl::new(|_| {}))
    }

    fn fetch_on(&self, control: &TransferControl) -> (Result<(), TransferError>, MemorySink) {
        let mut sink = MemorySink::default();
        let result =
            run(download(&self.fake.world, &self.job, &mut sink, &*self.fake.store, control));
        (result, sink)
    }

    fn is_whole(&self, result: Result<(), TransferError>, sink: &MemorySink, what: &str) {
        assert_eq!(result, Ok(()), "{what}");
        assert!(sink.finished && sink.bytes == self.content, "{what}");
    }
}

/// What was told, and a control that tells it.
fn listened() -> (Rc<RefCell<Vec<Progress>>>, TransferControl) {
    let told = Rc::<RefCell<Vec<Progress>>>::default();
    let tells = Rc::clone(&told);
    (told, TransferControl::new(move |progress| tells.borrow_mut().push(progress)))
}

#[test]
fn sizes_around_chunks_and_pieces() {
    let piece = 8 * 524_288;
    for size in [0, 1, 523_776, 523_777, piece - 600, piece - 512, piece, 2 * piece, 7 * piece + 1]
    {
        let stored = Stored::new(size);
        let (told, control) = listened();
        let (result, sink) = stored.fetch_on(&control);
        stored.is_whole(result, &sink, &format!("{size} bytes"));
        let told = told.borrow();
        let done: Vec<_> = told
            .iter()
            .map(|told| if let Progress::Done(done) = told { *done } else { panic!() })
            .collect();
        assert!(
            done.is_sorted() && done.last().copied().unwrap_or_default() == size,
            "{size}: {done:?}"
        );
    }
}

#[test]
fn it_withstands_what_passes() {
    for stored in [Stored::new(SMALL), Stored::new(LARGE)] {
        for fault in [
            Fault::Lost,
            Fault::Status(500, "InternalError"),
            Fault::Status(502, ""),
            Fault::Status(503, "SlowDown"),
            Fault::Status(504, ""),
            Fault::Status(400, "RequestTimeout"),
            Fault::Status(409, "OperationAborted"),
            Fault::Status(429, ""),
            Fault::Status(403, "AccessDenied"),
            Fault::Status(403, ""),
            Fault::Status(400, "ExpiredToken"),
            Fault::Status(403, "RequestTimeTooSkewed"),
            Fault::Whole,
            Fault::Short,
            Fault::Long,
            Fault::OtherRange,
            Fault::Pretence(b"<html>Welcome</html>"),
        ] {
            stored.fake.store.fail("get-object", fault.clone());
            let (result, sink) = stored.fetch();
            stored.is_whole(result, &sink, &format!("{fault:?}"));
        }
    }
}

#[test]
fn what_is_never_right_stops_and_releases_nothing() {
    let stored = Stored::new(SMALL);
    for (fault, error) in [
        (Fault::Whole, TransferError::InvalidResponse),
        (Fault::OtherRange, TransferError::InvalidResponse),
        (Fault::Long, TransferError::InvalidResponse),
        (Fault::Pretence(b"<html>Welcome</html>"), TransferError::InvalidResponse),
        (Fault::Short, TransferError::Truncated),
        (Fault::Status(403, ""), TransferError::StoreRefused),
        (Fault::Status(403, "RequestTimeTooSkewed"), TransferError::ClockWrong),
        (Fault::Status(307, ""), TransferError::InvalidResponse),
        (Fault::Status(404, "NoSuchBucket"), TransferError::StoreRefused),
    ] {
        for _ in 0..6 {
            stored.fake.store.fail("get-object", fault.clone());
        }
        let (result, sink) = stored.fetch();
        assert_eq!(result, Err(error), "{fault:?}");
        assert!(sink.bytes.is_empty() && !sink.finished);
        stored.fake.store.faults.borrow_mut().clear();
    }
}
