//! Uploads that go on later: from the bucket alone, and from what this device keeps. Rows are those of THREATS.md.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unreachable,
    missing_docs,
    reason = "tests: a failure is a panic with a place"
)]

#[allow(dead_code, reason = "shared with downloads")]
#[path = "support/fake.rs"]
mod fake;

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;

use async_trait::async_trait;
use fake::{Fake, Fault, Memory, UPLOAD};
use frond::bulk::Bulk;
use frond::object::{Header, Layout, Meta, ObjectId};
use frond::port::{Source, Unreadable};
use frond::secret::{FernetKey, FileKey};
use frond::transfer::{Course, DownloadJob, Progress, TransferError, UploadJob, Uploaded, download, upload};
use futures_util::future::{Either, select};

const SMALL: usize = 700_000;
/// Four parts, the last one short.
const LARGE: usize = 26_000_000;
/// Bytes of a whole part, sealed.
const PART: usize = 16 * 524_361;

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

    async fn read(&self, offset: u64, length: usize) -> Result<Bulk, Unreadable> {
        self.reads.set(self.reads.get() + 1);
        let offset = usize::try_from(offset).unwrap();
        self.bytes.get(offset..offset + length).map(Bulk::from).ok_or(Unreadable)
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

fn job(size: usize) -> UploadJob {
    let size = u64::try_from(size).unwrap();
    let meta = Meta { name: "file".to_owned(), size, media_type: String::new(), modified: None };
    UploadJob {
        id: id(),
        content_key: key().content_key(),
        journal_key: FernetKey::copied(&[6; 32]),
        header: Header::seal(&key(), &id(), &meta, [7; 16]).unwrap().bytes().to_vec(),
        size,
        upload: UPLOAD.to_owned(),
        resumed: false,
        offline: false,
        spooled: false,
    }
}

fn resumed(size: usize) -> UploadJob {
    UploadJob { resumed: true, ..job(size) }
}

/// What a course was told.
#[derive(Default)]
struct Told(RefCell<Vec<Progress>>);

impl Told {
    fn course(self: &Rc<Self>) -> Course {
        let told = Rc::clone(self);
        Course::new(move |progress| told.0.borrow_mut().push(progress))
    }

    fn heard(&self, progress: Progress) -> bool {
        self.0.borrow().contains(&progress)
    }
}

fn send(fake: &Fake, job: &UploadJob, file: Option<&File>) -> Result<Uploaded, TransferError> {
    let source = file.map(|file| -> &dyn Source { file });
    run(upload(&fake.world, job, source, &*fake.store, &Course::new(|_| {})))
}

/// The one object is there, nothing else of it, and it opens.
fn is_whole(fake: &Fake, file: &File, uploaded: &Uploaded) {
    assert_eq!(fake.store.objects.borrow().len(), 1);
    assert!(fake.store.uploads.borrow().is_empty(), "no upload is left");
    fake.store.faults.borrow_mut().clear();
    let job = DownloadJob {
        id: id(),
        content_key: key().content_key(),
        size: file.size(),
        header: uploaded.header,
        seal: uploaded.seal,
        name: "file".to_owned(),
        media_type: String::new(),
    };
    let mut sink = Memory::default();
    run(download(&fake.world, &job, &mut sink, &*fake.store, &Course::new(|_| {}))).unwrap();
    assert!(sink.finished && sink.bytes == file.bytes);
}

/// Runs until the tab is killed at request `n`; true if it was.
fn killed_at(fake: &Fake, job: &UploadJob, file: Option<&File>, n: usize, done: bool) -> bool {
    fake.store.killed_after.set(Some((n, done)));
    let course = Course::new(|_| {});
    let killed = run(async {
        let source = file.map(|file| -> &dyn Source { file });
        let upload = pin!(upload(&fake.world, job, source, &*fake.store, &course));
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

/// Parts that the bucket's journal speaks of, as it can be known from outside: by its pages' names and the parts there.
fn parts_there(fake: &Fake) -> BTreeMap<u32, Vec<u8>> {
    fake.store.uploads.borrow().values().next().cloned().unwrap_or_default()
}

#[test]
fn row_93_killed_at_every_request_of_a_large_file() {
    let file = File::new(LARGE, 0);
    for done in [false, true] {
        for n in 0.. {
            let fake = Fake::new();
            let killed = killed_at(&fake, &job(LARGE), Some(&file), n, done);
            if !killed {
                assert!(n > 7, "{n} requests");
                break;
            }
            let journaled = fake.store.journals.borrow().len();
            let before = parts_there(&fake);
            fake.store.seen.borrow_mut().clear();
            let uploaded = send(&fake, &resumed(LARGE), Some(&file));
            let uploaded = uploaded.unwrap_or_else(|error| panic!("killed at {n}, done {done}: {error}"));
            is_whole(&fake, &file, &uploaded);
            let sent = fake.store.count("upload-part");
            // On this clock a page is written as soon as a part is acknowledged, if it gets that far.
            assert!(
                sent + journaled.min(before.len()) <= 4,
                "killed at {n}: {sent} sent again, {journaled} pages"
            );
        }
    }
}

#[test]
fn row_93_killed_again_and_again() {
    let file = File::new(LARGE, 0);
    let fake = Fake::new();
    let mut job = job(LARGE);
    for n in 0..200 {
        // Each time a little further; every run begins with what the last one left.
        if !killed_at(&fake, &job, Some(&file), 2 + n / 2, n % 2 == 0) {
            let uploaded = send(&fake, &resumed(LARGE), Some(&file)).unwrap();
            return is_whole(&fake, &file, &uploaded);
        }
        job = resumed(LARGE);
    }
    panic!("it never ends");
}

#[test]
fn row_93_a_small_file_killed_at_every_request() {
    let file = File::new(SMALL, 0);
    for done in [false, true] {
        for n in 0.. {
            let fake = Fake::new();
            if !killed_at(&fake, &job(SMALL), Some(&file), n, done) {
                assert!(n > 1);
                break;
            }
            // The source is gone; the spool has it.
            let uploaded = send(&fake, &resumed(SMALL), None).unwrap();
            is_whole(&fake, &file, &uploaded);
        }
    }
}

#[test]
fn what_the_journal_knows_is_not_sent_again() {
    let file = File::new(LARGE, 0);
    // Complete is never reached, everything before it is.
    let mut n = 0;
    let fake = loop {
        assert!(n < 100);
        let fake = Fake::new();
        killed_at(&fake, &job(LARGE), Some(&file), n, false);
        if fake.store.count("complete-upload") > 0 {
            break fake;
        }
        n += 1;
    };
    fake.store.seen.borrow_mut().clear();
    let told = Rc::new(Told::default());
    let uploaded =
        run(upload(&fake.world, &resumed(LARGE), Some(&file), &*fake.store, &told.course())).unwrap();
    assert_eq!(fake.store.count("upload-part"), 0);
    assert!(told.heard(Progress::Done(file.size())));
    is_whole(&fake, &file, &uploaded);
}

#[test]
fn what_is_acknowledged_is_journaled_in_time_while_all_other_parts_stall() {
    let (fake, file, course, job) = (Fake::new(), File::new(LARGE, 0), Course::new(|_| {}), job(LARGE));
    fake.store.stalls_from.set(Some(2));
    // With its ETag, and where the store's list has to be asked for it.
    for hidden in [false, true] {
        if hidden {
            fake.store.fail("upload-part", Fault::NoEtag);
        }
        fake.store.journals.borrow_mut().clear();
        let began = fake.clock.0.get();
        run(async {
            let mut sending = pin!(upload(&fake.world, &job, Some(&file), &*fake.store, &course));
            for _ in 0..10_000 {
                let turn = pin!(tokio::task::yield_now());
                assert!(matches!(select(&mut sending, turn).await, Either::Right(_)));
                if !fake.store.journals.borrow().is_empty() {
                    return;
                }
            }
            panic!("the page waits for the parts");
        });
        let waited = fake.clock.0.get() - began;
        assert!(waited <= 10_000, "{waited} ms");
    }
}

/// An upload that was cut when parts were acknowledged and journaled.
fn half_sent(file: &File) -> Fake {
    for n in 0.. {
        let fake = Fake::new();
        assert!(killed_at(&fake, &job(LARGE), Some(file), n, true));
        if !fake.store.journals.borrow().is_empty() {
            return fake;
        }
    }
    unreachable!()
}

#[test]
fn row_101_another_source_is_never_mixed_in() {
    let (file, other) = (File::new(LARGE, 0), File::new(LARGE, 5));
    let fake = half_sent(&file);
    assert_eq!(send(&fake, &resumed(LARGE), Some(&other)), Err(TransferError::SourceChanged));
    assert!(fake.store.objects.borrow().is_empty());
    assert_eq!(
        send(&fake, &resumed(LARGE), Some(&File::new(LARGE - 1, 0))),
        Err(TransferError::SourceChanged),
        "another size is another source before anything is read"
    );
    // The right one still goes on.
    let uploaded = send(&fake, &resumed(LARGE), Some(&file)).unwrap();
    is_whole(&fake, &file, &uploaded);
}

#[test]
fn row_101_without_a_source_a_large_file_waits_for_it() {
    let file = File::new(LARGE, 0);
    let fake = half_sent(&file);
    fake.store.seen.borrow_mut().clear();
    assert_eq!(send(&fake, &resumed(LARGE), None), Err(TransferError::Source));
    assert!(fake.store.seen.borrow().is_empty(), "nothing is asked for");
}

#[test]
fn row_78_an_upload_that_the_store_dropped_is_said_to_be_gone() {
    let file = File::new(LARGE, 0);
    let fake = half_sent(&file);
    fake.store.abort(UPLOAD);
    assert_eq!(send(&fake, &resumed(LARGE), Some(&file)), Err(TransferError::UploadGone));
    for operation in ["upload-part", "complete-upload"] {
        let fake = Fake::new();
        fake.store.fail(operation, Fault::Aborted);
        assert_eq!(send(&fake, &job(LARGE), Some(&file)), Err(TransferError::UploadGone));
        // Its device names another one.
        let next = UploadJob { upload: "next".to_owned(), ..resumed(LARGE) };
        let uploaded = send(&fake, &next, Some(&file)).unwrap();
        is_whole(&fake, &file, &uploaded);
    }
}

/// Two devices at one upload, the second from any moment of the first on, to its end; then the first goes on. Both name
/// the same content, which opens, whether or not the store shows ETags.
#[test]
fn two_devices_at_one_upload_end_with_one_content() {
    let file = File::new(LARGE, 0);
    let mut ends = 0;
    for n in 0.. {
        let one = Fake::new();
        if !killed_at(&one, &job(LARGE), Some(&file), n, n % 2 == 0) {
            break;
        }
        // Its pages do not arrive any more: the other seals what it cannot know of anew, over the first one's parts.
        if n % 3 == 0 {
            one.store.journals.borrow_mut().clear();
        }
        let other = one.beside();
        let theirs = send(&other, &resumed(LARGE), Some(&file)).unwrap();
        is_whole(&other, &file, &theirs);
        let sent = one.store.count("upload-part");
        assert_eq!(send(&one, &resumed(LARGE), Some(&file)), Ok(theirs), "killed at {n}");
        assert_eq!(one.store.count("upload-part"), sent, "what stands is not sent again");
        ends += 1;
    }
    assert!(ends > 7);
}

/// Where ETags are hidden, the journal has them from the store's list, which may show another device's part.
#[test]
fn an_etag_that_only_a_list_showed_is_not_believed() {
    let (fake, file) = (Fake::new(), File::new(LARGE, 0));
    for _ in 0..4 {
        fake.store.fail("upload-part", Fault::NoEtag);
    }
    fake.store.fail("list-parts", Fault::OtherPart(1));
    // A second round, which knows of the first by the journal.
    fake.store.fail("complete-upload", Fault::Status(400, "InvalidPart"));
    assert_eq!(send(&fake, &job(LARGE), Some(&file)), Err(TransferError::SourceChanged));
}

/// Where ETags are hidden, a part of another device may be completed in place of ours. The table alone would not tell.
#[test]
fn what_is_mixed_of_two_devices_is_nobodys() {
    let file = File::new(LARGE, 0);
    let (one, other) = (half_sent(&file), Fake::new().beside());
    send(&other, &job(LARGE), Some(&file)).unwrap();
    let uploaded = send(&one, &resumed(LARGE), Some(&file)).unwrap();
    is_whole(&one, &file, &uploaded);
    let theirs = other.store.objects.borrow().values().next().unwrap()[..PART].to_vec();
    one.store.objects.borrow_mut().values_mut().next().unwrap()[..PART].copy_from_slice(&theirs);
    assert_eq!(send(&one, &resumed(LARGE), Some(&file)), Err(TransferError::SourceChanged));
}

#[test]
fn a_part_that_is_not_what_it_was_is_sent_again() {
    let file = File::new(LARGE, 0);
    for number in 1..=4 {
        let fake = Fake::new();
        fake.store.fail("complete-upload", Fault::OtherPart(number));
        let uploaded = send(&fake, &job(LARGE), Some(&file)).unwrap();
        is_whole(&fake, &file, &uploaded);
    }
}

#[test]
fn a_lying_bucket_costs_time_and_nothing_else() {
    let file = File::new(LARGE, 0);
    type Lie = (&'static str, fn(&Fake));
    let lies: [Lie; 5] = [
        ("pages of garbage", |fake| {
            for page in fake.store.journals.borrow_mut().values_mut() {
                page[40] ^= 1;
            }
        }),
        ("pages swapped", |fake| {
            let mut journals = fake.store.journals.borrow_mut();
            let pages: Vec<_> = journals.values().cloned().rev().collect();
            journals.values_mut().zip(pages).for_each(|(page, other)| *page = other);
        }),
        ("no pages", |fake| fake.store.journals.borrow_mut().clear()),
        ("parts changed", |fake| {
            for part in fake.store.uploads.borrow_mut().values_mut().flat_map(BTreeMap::values_mut) {
                part[1000] ^= 1;
            }
        }),
        ("a part cut", |fake| {
            for part in fake.store.uploads.borrow_mut().values_mut().flat_map(BTreeMap::values_mut) {
                part.truncate(PART - 1);
            }
        }),
    ];
    for (what, lie) in lies {
        let fake = half_sent(&file);
        lie(&fake);
        let uploaded = send(&fake, &resumed(LARGE), Some(&file));
        is_whole(&fake, &file, &uploaded.unwrap_or_else(|error| panic!("{what}: {error}")));
    }
}

#[test]
fn row_72_completed_without_our_knowing() {
    let file = File::new(LARGE, 0);
    for n in 0.. {
        let fake = Fake::new();
        assert!(killed_at(&fake, &job(LARGE), Some(&file), n, true));
        if fake.store.objects.borrow().is_empty() {
            continue;
        }
        // The object stands, the tab does not know. With the source and the journal it is recognised.
        fake.store.seen.borrow_mut().clear();
        let uploaded = send(&fake, &resumed(LARGE), Some(&file)).unwrap();
        assert_eq!(fake.store.count("upload-part"), 0);
        is_whole(&fake, &file, &uploaded);
        // Another source's is not ours.
        let other = File::new(LARGE, 5);
        assert_eq!(send(&fake, &resumed(LARGE), Some(&other)), Err(TransferError::SourceChanged));
        // Nor is another object of the same length.
        *fake.store.objects.borrow_mut().values_mut().next().unwrap().last_mut().unwrap() ^= 1;
        assert_eq!(send(&fake, &resumed(LARGE), Some(&file)), Err(TransferError::SourceChanged));
        return;
    }
}

#[test]
fn row_84_a_line_that_fails_while_the_tab_lives() {
    let file = File::new(LARGE, 0);
    for operation in ["upload-part", "complete-upload", "put-journal"] {
        let fake = Fake::new();
        for _ in 0..20 {
            fake.store.fail(operation, Fault::Lost);
        }
        let told = Rc::new(Told::default());
        let uploaded =
            run(upload(&fake.world, &job(LARGE), Some(&file), &*fake.store, &told.course())).unwrap();
        is_whole(&fake, &file, &uploaded);
        assert!(told.heard(Progress::Waiting(TransferError::StoreDown)), "{operation}");
        assert!(!told.heard(Progress::Kept), "a source that lasts needs no room");
    }
}

#[test]
fn row_84_a_source_that_does_not_last_is_kept_here_while_the_line_fails() {
    let file = File::new(LARGE, 0);
    let fake = Fake::new();
    let job = UploadJob { spooled: true, ..job(LARGE) };
    // The second part never gets through, as long as the source is there.
    let told = Rc::new(Told::default());
    let course = {
        let (told, store) = (Rc::clone(&told), Rc::clone(&fake.store));
        Course::new(move |progress| {
            told.0.borrow_mut().push(progress);
            store.down.set(store.count("upload-part") > 1 && !told.heard(Progress::Kept));
        })
    };
    let uploaded = run(upload(&fake.world, &job, Some(&file), &*fake.store, &course)).unwrap();
    is_whole(&fake, &file, &uploaded);
    assert!(told.heard(Progress::Waiting(TransferError::StoreDown)) && told.heard(Progress::Kept));
}

#[test]
fn row_84_where_the_device_says_that_it_is_offline_nothing_is_tried_before_it_is_kept() {
    let file = File::new(LARGE, 0);
    // The line goes with the first part on its way, or when it is to be signed.
    for signs in [true, false] {
        let fake = Fake::new();
        let job = UploadJob { spooled: true, ..job(LARGE) };
        let tried = Rc::new(Cell::new(None));
        let course = {
            let (store, tried) = (Rc::clone(&fake.store), Rc::clone(&tried));
            Course::new(move |progress| {
                let kept = progress == Progress::Kept;
                if kept {
                    tried.set(Some(store.count("upload-part")));
                }
                let gone = !kept && tried.get().is_none();
                store.down.set(gone);
                store.offline.set(gone);
                store.endpoint_down.set(gone && !signs);
            })
        };
        let uploaded = run(upload(&fake.world, &job, Some(&file), &*fake.store, &course)).unwrap();
        is_whole(&fake, &file, &uploaded);
        let tried = tried.get().expect("it was kept");
        assert!(tried <= 4, "four parts, {tried} tries");
    }
}

#[test]
fn row_84_added_offline_and_sent_by_another_run() {
    let file = File::new(LARGE, 0);
    let fake = Fake::new();
    fake.store.down.set(true);
    let offline = UploadJob { offline: true, spooled: true, ..job(LARGE) };
    assert_eq!(send(&fake, &offline, Some(&file)), Err(TransferError::StoreDown));
    assert!(fake.store.seen.borrow().is_empty(), "nothing is asked for");
    fake.store.down.set(false);
    // Killed anywhere while it is sent; the source is never needed again.
    for n in (0..14).chain([1_000]) {
        if !killed_at(&fake, &resumed(LARGE), None, n, n % 2 == 0) {
            let uploaded = send(&fake, &resumed(LARGE), None).unwrap();
            return is_whole(&fake, &file, &uploaded);
        }
    }
    panic!("it never ends");
}

#[test]
fn row_94_no_room_is_said_and_harms_nothing() {
    let file = File::new(LARGE, 0);
    // Room for nothing, for one part, for all parts but the pages.
    for room in [10, PART + 10, LARGE + 40_000] {
        let fake = Fake::new();
        fake.spool.room.set(room);
        fake.spool.blobs.borrow_mut().insert("other/00001".to_owned(), vec![7; 10]);
        let offline = UploadJob { offline: true, spooled: true, ..job(LARGE) };
        assert_eq!(send(&fake, &offline, Some(&file)), Err(TransferError::Full));
        assert_eq!(fake.spool.blobs.borrow().keys().collect::<Vec<_>>(), ["other/00001"], "room {room}");

        let told = Rc::new(Told::default());
        for _ in 0..40 {
            fake.store.fail("upload-part", Fault::Lost);
        }
        let job = UploadJob { spooled: true, ..job(LARGE) };
        let uploaded = run(upload(&fake.world, &job, Some(&file), &*fake.store, &told.course())).unwrap();
        assert!(told.heard(Progress::Waiting(TransferError::Full)), "room {room}");
        is_whole(&fake, &file, &uploaded);
    }
    let (file, fake) = (File::new(SMALL, 0), Fake::new());
    fake.spool.room.set(10);
    let uploaded = send(&fake, &job(SMALL), Some(&file)).unwrap();
    is_whole(&fake, &file, &uploaded);
}

#[test]
fn row_98_a_torn_or_missing_spool() {
    let file = File::new(LARGE, 0);
    let offline = || UploadJob { offline: true, spooled: true, ..job(LARGE) };
    // A part is lost: without the source it waits for it, with the source it goes on.
    let fake = Fake::new();
    assert_eq!(send(&fake, &offline(), Some(&file)), Err(TransferError::StoreDown));
    fake.spool.blobs.borrow_mut().remove(&format!("{}/00002", id()));
    assert_eq!(send(&fake, &resumed(LARGE), None), Err(TransferError::Source));
    // A page is lost: what else there is was never sealed to its end.
    let fake = Fake::new();
    assert_eq!(send(&fake, &offline(), Some(&file)), Err(TransferError::StoreDown));
    fake.spool.blobs.borrow_mut().remove(&format!("{}/journal/00001", id()));
    assert_eq!(send(&fake, &resumed(LARGE), None), Err(TransferError::Source));
    let uploaded = send(&fake, &resumed(LARGE), Some(&file)).unwrap();
    is_whole(&fake, &file, &uploaded);
    // No spool at all.
    let fake = Fake::new();
    fake.spool.broken.set(true);
    for file in [&File::new(SMALL, 0), &file] {
        let fake = Fake::new();
        fake.spool.broken.set(true);
        let uploaded =
            send(&fake, &UploadJob { spooled: true, ..job(file.bytes.len()) }, Some(file)).unwrap();
        is_whole(&fake, file, &uploaded);
    }
}

#[test]
fn a_small_file_whose_seal_nobody_kept_begins_anew() {
    let (fake, file) = (Fake::new(), File::new(SMALL, 0));
    assert_eq!(send(&fake, &resumed(SMALL), Some(&file)), Err(TransferError::SourceChanged));
    assert_eq!(send(&fake, &resumed(SMALL), None), Err(TransferError::Source));
    assert!(fake.store.seen.borrow().is_empty());
}

#[test]
fn a_small_file_takes_two_requests() {
    let (fake, file) = (Fake::new(), File::new(SMALL, 0));
    let uploaded = send(&fake, &job(SMALL), Some(&file)).unwrap();
    assert_eq!(*fake.store.seen.borrow(), ["put-object", "head-object"]);
    is_whole(&fake, &file, &uploaded);
    // Where the ETag is hidden, the table decides.
    let fake = Fake::new();
    fake.store.fail("put-object", Fault::NoEtag);
    send(&fake, &job(SMALL), Some(&file)).unwrap();
    assert_eq!(fake.store.count("get-object"), 1);
}

#[test]
fn held_it_begins_no_part_and_goes_on_when_let() {
    let (fake, file) = (Fake::new(), File::new(LARGE, 0));
    let (course, job) = (Course::new(|_| {}), job(LARGE));
    let uploaded = run(async {
        course.hold(true);
        let mut sending = pin!(upload(&fake.world, &job, Some(&file), &*fake.store, &course));
        for _ in 0..200 {
            let turn = pin!(tokio::task::yield_now());
            assert!(matches!(select(&mut sending, turn).await, Either::Right(_)));
        }
        assert_eq!(fake.store.count("upload-part"), 0);
        course.hold(false);
        sending.await
    });
    is_whole(&fake, &file, &uploaded.unwrap());
}

#[test]
fn at_most_three_parts_and_fewer_when_the_store_asks() {
    let (fake, file) = (Fake::new(), File::new(LARGE, 0));
    send(&fake, &job(LARGE), Some(&file)).unwrap();
    assert!(fake.store.most.get() <= 4, "three parts and a page: {}", fake.store.most.get());
}

#[test]
fn layouts_of_the_largest_files() {
    for size in [64 << 30, 1 << 40] {
        let layout = Layout::new(size, 512).unwrap();
        let (mut slots, mut bytes) = (0, 0);
        for number in 1..=layout.parts() {
            let (part, range) = (layout.part(number), layout.part_slots(number));
            assert_eq!((part.start, range.start), (bytes, slots));
            if !range.is_empty() {
                assert_eq!(layout.slot(range.start).start, part.start);
            }
            (slots, bytes) = (range.end, part.end);
        }
        assert_eq!((slots, bytes), (layout.chunks(), layout.stored()));
        assert!(layout.parts() <= 10_000 && layout.part_size() < 5 << 30);
    }
}

/// A disk that gives what was asked for last first.
struct Backwards {
    file: File,
    under_way: Cell<usize>,
    most: Cell<usize>,
}

#[async_trait(?Send)]
impl Source for Backwards {
    fn path(&self) -> String {
        self.file.path()
    }

    fn size(&self) -> u64 {
        self.file.size()
    }

    fn media_type(&self) -> String {
        self.file.media_type()
    }

    fn modified(&self) -> Option<i64> {
        self.file.modified()
    }

    async fn read(&self, offset: u64, length: usize) -> Result<Bulk, Unreadable> {
        self.under_way.set(self.under_way.get() + 1);
        self.most.set(self.most.get().max(self.under_way.get()));
        for _ in 0..40 - 30 * (offset / 2_000_000 % 2) {
            tokio::task::yield_now().await;
        }
        self.under_way.set(self.under_way.get() - 1);
        self.file.read(offset, length).await
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[test]
fn chunks_are_read_ahead_and_come_to_lie_in_their_order() {
    let file = File::new(LARGE, 0);
    let source = Backwards { file: File::new(LARGE, 0), under_way: Cell::new(0), most: Cell::new(0) };
    let fake = Fake::new();
    let uploaded = run(upload(&fake.world, &job(LARGE), Some(&source), &*fake.store, &Course::new(|_| {})));
    let uploaded = uploaded.unwrap();
    is_whole(&fake, &file, &uploaded);
    assert_eq!(source.most.get(), 2, "as many as are said to be, and no more");
    let chunks = Layout::new(file.size(), uploaded.header).unwrap().chunks();
    assert_eq!(source.file.reads.get(), usize::try_from(chunks.div_ceil(4)).unwrap(), "each once");
}
