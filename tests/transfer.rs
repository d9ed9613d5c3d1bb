//! Transfers against a store that fails as it is told: replies that a good store does not give.

#![cfg(test)]
#![cfg(not(target_arch = "wasm32"))]

use std::any::Any;
use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;

use async_trait::async_trait;
use frond::bytes::Bytes;
use frond::object::{Header, Layout, Meta, ObjectId, UploadId};
use frond::port::{Source, Unreadable};
use frond::secret::{FernetKey, FileKey};
use frond::transfer::{
    DownloadJob, Progress, TransferControl, TransferError, UploadJob, Uploaded, download, upload,
};
use frond_testing::fake_device::{FakeDevice, MemorySink};
use frond_testing::fake_store::{Fault, UPLOAD};

const SMALL: usize = 700_000;
/// Two parts.
const LARGE: usize = 9_000_000;
/// Three and more.
const LARGER: usize = 26_000_000;

struct File {
    bytes: Vec<u8>,
    /// From here on it cannot be read.
    end: usize,
}

impl File {
    fn new(length: usize) -> Self {
        let bytes = (0..length).map(|i| u8::try_from(i * 31 / 7 % 251).unwrap()).collect();
        Self { bytes, end: length }
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
        let offset = usize::try_from(offset).unwrap();
        let end = offset + length;
        if end > self.end { Err(Unreadable) } else { Ok(self.bytes[offset..end].into()) }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn run<T>(story: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(story)
}

fn id() -> ObjectId {
    ObjectId::parse("019d3c71-5555-7555-8555-555555555555").unwrap()
}

fn key() -> FileKey {
    FileKey::copied(&[5; 32])
}

fn job(file: &File) -> UploadJob {
    let meta = Meta {
        name: "file".to_owned(),
        size: file.size(),
        media_type: String::new(),
        modified: None,
    };
    UploadJob {
        id: id(),
        content_key: key().content_key(),
        journal_key: FernetKey::copied(&[6; 32]),
        header: Header::seal(&key(), &id(), &meta, [7; 16]).unwrap().bytes().to_vec(),
        size: file.size(),
        upload: UploadId::parse(UPLOAD).ok(),
        resumed: false,
        offline: false,
        spooled: false,
        checksum: frond_wire::ChecksumAlgorithm::Md5,
    }
}

fn send(fake: &FakeDevice, file: &File) -> Result<Uploaded, TransferError> {
    run(async {
        let (job, control) = (job(file), TransferControl::new(|_| {}));
        let sent = upload(&fake.world, &job, Some(file), &*fake.store, &control).await?;
        fake.confirm(&job, &sent).await?;
        Ok(sent)
    })
}

fn fetch(
    fake: &FakeDevice,
    file: &File,
    uploaded: &Uploaded,
) -> (Result<(), TransferError>, MemorySink) {
    let mut sink = MemorySink::default();
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
    let result =
        run(download(&fake.world, &job, &mut sink, &*fake.store, &TransferControl::new(|_| {})));
    (result, sink)
}

/// The one object, and nothing else, is there, and opens.
fn is_whole(fake: &FakeDevice, file: &File, uploaded: &Uploaded) {
    assert_eq!(fake.store.objects.borrow().len(), 1);
    assert!(fake.store.uploads.borrow().is_empty());
    fake.store.faults.borrow_mut().clear();
    let (result, sink) = fetch(fake, file, uploaded);
    assert_eq!(result, Ok(()));
    assert!(sink.finished && sink.bytes == file.bytes);
}

fn passing() -> Vec<Fault> {
    vec![
        Fault::Lost,
        Fault::AnswerLost,
        Fault::Status(500, "InternalError"),
        Fault::DoneBut(500, "InternalError"),
        Fault::Status(503, "SlowDown"),
        Fault::Status(400, "RequestTimeout"),
        Fault::Status(409, "OperationAborted"),
        Fault::Status(429, ""),
        Fault::Status(403, "AccessDenied"),
        Fault::Status(400, "ExpiredToken"),
        Fault::Status(403, "RequestTimeTooSkewed"),
        Fault::Status(400, "BadDigest"),
    ]
}

#[test]
fn a_small_file_withstands_what_passes() {
    let file = File::new(SMALL);
    for operation in ["put-object", "list-objects", "get-object", "head-object"] {
        for fault in passing() {
            let fake = FakeDevice::new();
            fake.store.encrypts.set(operation != "list-objects");
            fake.store.hides_ranges.set(operation == "head-object");
            fake.store.fail(operation, fault.clone());
            let uploaded =
                send(&fake, &file).unwrap_or_else(|error| panic!("{operation} {fault:?}: {error}"));
            is_whole(&fake, &file, &uploaded);
        }
    }
}

#[test]
fn a_large_file_withstands_what_passes() {
    let file = File::new(LARGER);
    let fake = FakeDevice::new();
    // Every operation fails in every way, one after another; a part that fails three times is sent
    // a fourth.
    for fault in
        [Fault::Lost, Fault::Status(503, "SlowDown"), Fault::Status(403, ""), Fault::AnswerLost]
    {
        for operation in ["upload-part", "complete-upload", "head-object", "get-object"] {
            fake.store.fail(operation, fault.clone());
        }
    }
    let told = Rc::new(RefCell::new(vec![0]));
    let tells = Rc::clone(&told);
    let control = TransferControl::new(move |progress| {
        if let Progress::Done(done) = progress {
            tells.borrow_mut().push(done);
        }
    });
    let uploaded =
        run(upload(&fake.world, &job(&file), Some(&file), &*fake.store, &control)).unwrap();
    let most = fake.store.most.get();
    is_whole(&fake, &file, &uploaded);
    assert_eq!(uploaded.stored, Layout::new(file.size(), uploaded.header).unwrap().stored());
    let told = told.borrow();
    assert!(told.is_sorted(), "{told:?}");
    assert_eq!(told.last(), Some(&file.size()));
    assert!(most <= 3, "parts under way: {most}");
}

#[test]
fn sizes_around_chunks_and_parts() {
    let part = 16 * 524_361;
    for size in [0, 1, 523_776, 523_777, 524_288, part - 2_000, 16 * 524_288, 17 * 524_288] {
        let (fake, file) = (FakeDevice::new(), File::new(size));
        let uploaded = send(&fake, &file).unwrap();
        is_whole(&fake, &file, &uploaded);
    }
}

#[test]
fn passing_errors_are_retried_without_end() {
    let file = File::new(SMALL);
    for fault in [Fault::Lost, Fault::Status(503, "SlowDown"), Fault::DoneBut(500, "InternalError")]
    {
        let fake = FakeDevice::new();
        for _ in 0..200 {
            fake.store.fail("put-object", fault.clone());
        }
        let uploaded = send(&fake, &file).unwrap();
        is_whole(&fake, &file, &uploaded);
    }
}

#[test]
fn a_store_that_does_not_admit_the_page_is_not_called_silent_and_is_asked_less_often() {
    let file = File::new(SMALL);
    for (hidden, said) in [(true, TransferError::NotAdmitted), (false, TransferError::StoreDown)] {
        let fake = FakeDevice::new();
        fake.store.hidden.set(hidden);
        fake.store.down.set(true);
        let told = RefCell::new(Vec::new());
        let control = Rc::new(TransferControl::new({
            let (store, told) = (Rc::clone(&fake.store), Rc::new(told));
            move |progress| {
                if let Progress::Waiting(error) = progress {
                    told.borrow_mut().push(error);
                    if told.borrow().len() == 12 {
                        assert!(
                            told.borrow().iter().all(|error| *error == said),
                            "{:?}",
                            told.borrow()
                        );
                        store.hidden.set(false);
                        store.down.set(false);
                    }
                }
            }
        }));
        run(upload(&fake.world, &job(&file), Some(&file), &*fake.store, &control)).unwrap();
        let minutes = fake.clock.0.get() / 60_000;
        assert_eq!(minutes >= 10, hidden, "{said}: {minutes} minutes");
    }
}

#[test]
fn lasting_errors_stop_a_transfer() {
    let file = File::new(SMALL);
    for (fault, times, error) in [
        (Fault::Status(403, "AccessDenied"), 2, TransferError::StoreRefused),
        (Fault::Status(403, "RequestTimeTooSkewed"), 2, TransferError::ClockWrong),
        (Fault::Status(400, "BadDigest"), 3, TransferError::Damaged),
        (Fault::Status(400, "EntityTooLarge"), 1, TransferError::TooLarge),
        (Fault::Status(501, "NotImplemented"), 1, TransferError::StoreRefused),
        (Fault::Status(307, ""), 1, TransferError::InvalidResponse),
    ] {
        let fake = FakeDevice::new();
        for _ in 0..times {
            fake.store.fail("put-object", fault.clone());
        }
        assert_eq!(send(&fake, &file), Err(error), "{fault:?}");
        assert!(fake.clock.0.get() < 60_000, "{fault:?}: {} ms", fake.clock.0.get());
        assert!(fake.store.objects.borrow().is_empty());
    }
}

#[test]
fn a_signature_for_another_method_or_with_other_headers_is_not_used() {
    let file = File::new(SMALL);
    for method in ["DELETE", "GET", "put", "PATCH", ""] {
        let fake = FakeDevice::new();
        fake.store.method.set(Some(method));
        assert_eq!(send(&fake, &file), Err(TransferError::InvalidResponse), "{method}");
        assert!(fake.store.seen.borrow().is_empty(), "nothing is sent");
    }
    for (method, name) in [
        ("PUT", "authorization"),
        ("PUT", "cookie"),
        ("PUT", "range"),
        ("PUT", "x-forwarded-for"),
        ("PUT", "x-amz-acl"),
        ("PUT", "X-HTTP-Method-Override"),
        ("GET", "content-type"),
        ("GET", "if-none-match"),
    ] {
        let fake = FakeDevice::new();
        fake.store.headers.borrow_mut().push((method, name));
        assert_eq!(send(&fake, &file), Err(TransferError::InvalidResponse), "{method} {name}");
        assert!(
            fake.store.seen.borrow().iter().all(|seen| seen != "get-object" && method == "GET"),
            "{name}"
        );
    }
    let fake = FakeDevice::new();
    let described =
        ["Content-Length", "content-md5", "content-type", "if-none-match", "x-amz-checksum-sha256"];
    fake.store.headers.borrow_mut().extend(described.map(|name| ("PUT", name)));
    fake.store.headers.borrow_mut().push(("GET", "host"));
    let uploaded = send(&fake, &file).unwrap();
    is_whole(&fake, &file, &uploaded);
}

#[test]
fn another_object_of_the_same_length_is_no_success() {
    let (fake, file) = (FakeDevice::new(), File::new(SMALL));
    let stored = usize::try_from(Layout::new(file.size(), 512).unwrap().stored()).unwrap();
    fake.store.objects.borrow_mut().insert(id().to_string(), vec![7; stored]);
    assert_eq!(send(&fake, &file), Err(TransferError::Changed));
    let fake = FakeDevice::new();
    fake.store.objects.borrow_mut().insert(id().to_string(), vec![7; stored - 1]);
    assert_eq!(send(&fake, &file), Err(TransferError::Changed));
}

#[test]
fn completing_is_judged_by_what_lies_there() {
    let file = File::new(LARGE);
    let slow = b"  \n<?xml version=\"1.0\"?><Error><Code>SlowDown</Code></Error>";
    for (what, faults) in [
        ("an error under 200", vec![Fault::Pretence(slow)]),
        ("an error under 200, though done", vec![Fault::Body(slow)]),
        ("an empty 200", vec![Fault::Body(b"")]),
        ("an empty 200, not done", vec![Fault::Pretence(b"")]),
        ("a cut 200", vec![Fault::Body(b"<CompleteMultipartUploadRes")]),
        (
            "a lost answer, then NoSuchUpload",
            vec![Fault::AnswerLost, Fault::Status(404, "NoSuchUpload")],
        ),
    ] {
        let fake = FakeDevice::new();
        for fault in faults {
            fake.store.fail("complete-upload", fault);
        }
        let uploaded = send(&fake, &file).unwrap_or_else(|error| panic!("{what}: {error}"));
        is_whole(&fake, &file, &uploaded);
    }
    let fake = FakeDevice::new();
    fake.store.fail("complete-upload", Fault::Status(400, "InvalidPartOrder"));
    assert_eq!(send(&fake, &file), Err(TransferError::StoreRefused));
    assert!(fake.store.objects.borrow().is_empty());
}

#[test]
fn hidden_etags_are_listed() {
    let (fake, file) = (FakeDevice::new(), File::new(LARGE));
    fake.store.fail("upload-part", Fault::NoEtag);
    let uploaded = send(&fake, &file).unwrap();
    assert!(fake.store.count("list-parts") >= 2);
    is_whole(&fake, &file, &uploaded);
}

#[test]
fn without_randomness_nothing_is_sealed() {
    let (fake, file) = (FakeDevice::new(), File::new(SMALL));
    fake.entropy.broken.set(true);
    assert_eq!(send(&fake, &file), Err(TransferError::Engine));
    assert!(fake.store.seen.borrow().is_empty());
}
