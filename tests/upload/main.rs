//! Uploads that go on later: from the bucket alone, and from what this device keeps.

#![cfg(test)]
#![cfg(not(target_arch = "wasm32"))]

mod concurrency;
mod devices;
mod journal;
mod kept;
mod killed;
mod proof;

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;

use async_trait::async_trait;
use frond::bytes::Bytes;
use frond::object::{Geometry, Header, Layout, Meta, ObjectId, UploadId};
use frond::port::{Source, Unreadable};
use frond::secret::{FernetKey, FileKey};
use frond::transfer::{
    DownloadJob, Progress, TransferControl, TransferError, UploadJob, Uploaded, download, upload,
};
use frond_testing::fake_device::{FakeDevice, MemorySink};
use frond_testing::fake_store::{Fault, UPLOAD};
use frond_wire::ChecksumAlgorithm;
use futures_util::future::{Either, select};

/// Parts of an eighth of format 1's.
const GEOMETRY: Geometry = Geometry { chunk: 65_536, part_slots: 16 };
const SMALL: usize = 700_000;
/// Four parts, the last one short.
const LARGE: usize = 3_250_000;
/// Bytes of a whole part, sealed.
const PART: usize = 16 * 65_609;

struct File {
    bytes: Vec<u8>,
    reads: Cell<usize>,
}

impl File {
    fn new(length: usize, seed: usize) -> Self {
        let bytes = (0..length).map(|i| u8::try_from((i * 31 + seed) / 7 % 251).unwrap()).collect();
        Self { bytes, reads: Cell::new(0) }
    }
}

#[async_trait(?Send)]
impl Source for File {
    fn path(&self) -> String {
        "file".to_owned()
    }

    fn size(&self) -> u64 {
        u64::try_from(self.bytes.len()).unwrap()
    }

    fn media_type(&self) -> String {
        String::new()
    }

    fn modified(&self) -> Option<i64> {
        None
    }

    async fn read(&self, offset: u64, length: usize) -> Result<Bytes, Unreadable> {
        self.reads.set(self.reads.get() + 1);
        let offset = usize::try_from(offset).unwrap();
        self.bytes.get(offset..offset + length).map(Bytes::from).ok_or(Unreadable)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn run<T>(story: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(story)
}

fn device() -> FakeDevice {
    laid_out(FakeDevice::new())
}

/// Another device, with the same store.
fn beside(fake: &FakeDevice) -> FakeDevice {
    laid_out(fake.beside())
}

fn laid_out(mut fake: FakeDevice) -> FakeDevice {
    fake.world.geometry = GEOMETRY;
    fake
}

fn id() -> ObjectId {
    ObjectId::parse("019d3c71-5555-7555-8555-555555555555").unwrap()
}

fn key() -> FileKey {
    FileKey::copied(&[5; 32])
}

/// A small file's source cannot be read again later, a large one's can.
fn job(size: usize) -> UploadJob {
    let spooled = size < PART;
    let size = u64::try_from(size).unwrap();
    let meta = Meta { name: "file".to_owned(), size, media_type: String::new(), modified: None };
    UploadJob {
        id: id(),
        content_key: key().content_key(),
        journal_key: FernetKey::copied(&[6; 32]),
        header: Header::seal(&key(), &id(), &meta, [7; 16]).unwrap().bytes().to_vec(),
        size,
        upload: UploadId::parse(UPLOAD).ok(),
        resumed: false,
        offline: false,
        spooled,
        checksum: ChecksumAlgorithm::Crc32c,
    }
}

fn resumed(size: usize) -> UploadJob {
    UploadJob { resumed: true, ..job(size) }
}

/// What a control was told.
#[derive(Default)]
struct Told(RefCell<Vec<Progress>>);

impl Told {
    fn control(self: &Rc<Self>) -> TransferControl {
        let told = Rc::clone(self);
        TransferControl::new(move |progress| told.0.borrow_mut().push(progress))
    }

    fn heard(&self, progress: Progress) -> bool {
        self.0.borrow().contains(&progress)
    }
}

fn send(
    fake: &FakeDevice,
    job: &UploadJob,
    file: Option<&File>,
) -> Result<Uploaded, TransferError> {
    run(send_with(fake, job, file, &TransferControl::new(|_| {})))
}

/// Sends a file, and confirms what was sent, as a session does.
async fn send_with(
    fake: &FakeDevice,
    job: &UploadJob,
    file: Option<&File>,
    control: &TransferControl,
) -> Result<Uploaded, TransferError> {
    let source = file.map(|file| -> &dyn Source { file });
    let uploaded = upload(&fake.world, job, source, &*fake.store, control).await?;
    fake.confirm(job, &uploaded).await?;
    Ok(uploaded)
}

/// The one object is there, nothing else of it, and it opens.
fn is_whole(fake: &FakeDevice, file: &File, uploaded: &Uploaded) {
    assert_eq!(fake.store.objects.borrow().len(), 1);
    assert!(fake.store.uploads.borrow().is_empty(), "no upload is left");
    fake.store.faults.borrow_mut().clear();
    let job = DownloadJob {
        id: id(),
        content_key: key().content_key(),
        meta_key: Some(key().meta_key()),
        size: file.size(),
        header: uploaded.header,
        seals: vec![uploaded.seal],
        name: "file".to_owned(),
        media_type: String::new(),
    };
    let mut sink = MemorySink::default();
    run(download(&fake.world, &job, &mut sink, &*fake.store, &TransferControl::new(|_| {})))
        .unwrap();
    assert!(sink.finished && sink.bytes == file.bytes);
}

/// Runs until the tab is killed at request `n`; true if it was.
fn killed_at(
    fake: &FakeDevice,
    job: &UploadJob,
    file: Option<&File>,
    n: usize,
    done: bool,
) -> bool {
    fake.store.killed_after.set(Some((n, done)));
    let control = TransferControl::new(|_| {});
    let killed = run(async {
        let upload = pin!(send_with(fake, job, file, &control));
        match select(upload, pin!(fake.store.killed.notified())).await {
            Either::Left((ended, _)) => {
                ended.unwrap();
                false
            }
            Either::Right(_) => true,
        }
    });
    fake.store.killed_after.set(None);
    killed
}

/// Parts that the bucket's journal speaks of, as it can be known from outside: by its pages' names
/// and the parts there.
fn parts_there(fake: &FakeDevice) -> BTreeMap<u32, Vec<u8>> {
    fake.store.uploads.borrow().values().next().cloned().unwrap_or_default()
}

/// An upload that was cut when parts were acknowledged and journaled.
fn half_sent(file: &File) -> FakeDevice {
    let mut n = 0;
    loop {
        let fake = device();
        assert!(killed_at(&fake, &job(LARGE), Some(file), n, true));
        if !fake.store.journals.borrow().is_empty() {
            return fake;
        }
        n += 1;
    }
}
