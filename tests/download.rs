//! Downloads against a store that fails as it is told (THREATS.md, rows 65 to 92, for GET).

#![cfg(test)]
#![cfg(not(target_arch = "wasm32"))]

use std::cell::{Cell, OnceCell, RefCell};
use std::future::Future;
use std::rc::Rc;

use async_trait::async_trait;
use frond::bytes::Bytes;
use frond::object::{Meta, ObjectId, Seal};
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

/// A file that lies in a store of its own.
struct Stored {
    fake: FakeDevice,
    content: Vec<u8>,
    job: DownloadJob,
}

impl Stored {
    fn new(size: u64) -> Self {
        let (fake, key) = (FakeDevice::new(), FileKey::copied(&[5; 32]));
        let id = ObjectId::parse("019d3c71-5555-7555-8555-555555555555").unwrap();
        let meta =
            Meta { name: "file".to_owned(), size, media_type: String::new(), modified: None };
        let (stored, seal) = run(objects::seal(&Software, &key, &id, &meta, 1));
        fake.store.objects.borrow_mut().insert(id.to_string(), stored);
        let (name, media_type) = (meta.name, meta.media_type);
        let job = DownloadJob {
            id,
            content_key: key.content_key(),
            size,
            header: 512,
            seals: vec![seal],
            name,
            media_type,
        };
        Self { fake, content: objects::content(1, size), job }
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

/// Counts what the store sends, beside what the sink has of it, and can make signatures expire.
struct Watched {
    store: Rc<FakeStore>,
    sent: Cell<usize>,
    /// Of its signatures only those count.
    generation: Cell<u32>,
    signed: Cell<usize>,
}

impl Watched {
    fn new(fake: &FakeDevice) -> (Rc<Self>, TransferWorld) {
        let (sent, generation, signed) = <(Cell<usize>, Cell<u32>, Cell<usize>)>::default();
        let watched = Rc::new(Self { store: Rc::clone(&fake.store), sent, generation, signed });
        let world = TransferWorld { http: watched.clone(), ..fake.world.clone() };
        (watched, world)
    }
}

#[async_trait(?Send)]
impl Http for Watched {
    async fn send(&self, request: Request, sent: &dyn Fn(u64)) -> Result<Response, HttpError> {
        let (generation, url) = request.url.split_once(' ').unwrap();
        if generation != self.generation.get().to_string() {
            return Ok(Response { status: 403, headers: Vec::new(), body: Vec::new() });
        }
        let request = Request { url: url.to_owned(), ..request };
        let response = self.store.send(request, sent).await?;
        self.sent.set(self.sent.get() + response.body.len());
        Ok(response)
    }
}

#[async_trait(?Send)]
impl Signer for Watched {
    async fn presign(
        &self,
        operations: Vec<OperationText>,
    ) -> Result<Vec<Presigned>, TransferError> {
        self.signed.set(self.signed.get() + 1);
        let mut signed = self.store.presign(operations).await?;
        for presigned in &mut signed {
            presigned.url = format!("{} {}", self.generation.get(), presigned.url);
        }
        Ok(signed)
    }
}

/// Takes its time for every write, and looks how much was fetched meanwhile.
struct Slow<'a> {
    watched: &'a Watched,
    written: usize,
    most: usize,
}

#[async_trait(?Send)]
impl Sink for Slow<'_> {
    async fn write(&mut self, bytes: Bytes) -> Result<(), Unwritable> {
        for _ in 0..200 {
            tokio::task::yield_now().await;
        }
        self.most = self.most.max(self.watched.sent.get() - self.written);
        self.written += bytes.len();
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), Unwritable> {
        Ok(())
    }
}

#[test]
fn a_slow_sink_stops_the_fetching() {
    let stored = Stored::new(LARGER);
    let (watched, world) = Watched::new(&stored.fake);
    let mut sink = Slow { watched: &watched, written: 0, most: 0 };
    run(download(&world, &stored.job, &mut sink, &*watched, &TransferControl::new(|_| {})))
        .unwrap();
    assert_eq!(sink.written, stored.content.len());
    assert!(sink.most <= IN_HAND, "{} bytes in hand", sink.most);
    assert!(
        sink.most > 8 * SLOT,
        "several pieces at a time, or the bound proves nothing: {}",
        sink.most
    );
}

#[test]
fn an_outage_of_any_length_is_waited_for_and_nothing_is_fetched_twice() {
    let stored = Stored::new(LARGER);
    let store = Rc::clone(&stored.fake.store);
    let (watched, world) = Watched::new(&stored.fake);
    let (told, fails) = (Rc::<RefCell<Vec<Progress>>>::default(), Cell::new(true));
    let tells = Rc::clone(&told);
    let control = TransferControl::new(move |progress| {
        tells.borrow_mut().push(progress);
        if matches!(progress, Progress::Done(done) if done > 6_000_000) && fails.take() {
            (0..500).for_each(|_| store.fail("get-object", Fault::Lost));
        }
    });
    let mut sink = MemorySink::default();
    let result = run(download(&world, &stored.job, &mut sink, &*watched, &control));
    stored.is_whole(result, &sink, "after an outage");
    let told = told.borrow();
    let waiting = Progress::Waiting(TransferError::StoreDown);
    assert!(told.iter().filter(|told| **told == waiting).count() > 10);
    assert_eq!(told.last(), Some(&Progress::Done(LARGER)), "the last word is that it went on");
    assert_eq!(watched.sent.get(), stored.object().len(), "what had come was not asked for again");
    assert!(
        stored.fake.clock.0.get() > 60_000,
        "it did not hammer: {} ms",
        stored.fake.clock.0.get()
    );
}

#[test]
fn a_line_that_breaks_early_is_asked_for_less() {
    /// Never gets further than this.
    const BREAKS: usize = 300_000;
    struct Breaking(Rc<FakeStore>);
    #[async_trait(?Send)]
    impl Http for Breaking {
        async fn send(&self, request: Request, sent: &dyn Fn(u64)) -> Result<Response, HttpError> {
            let response = self.0.send(request, sent).await?;
            if response.body.len() > BREAKS { Err(HttpError::NoAnswer) } else { Ok(response) }
        }
    }
    for stored in [Stored::new(SMALL), Stored::new(LARGE)] {
        let http = Rc::new(Breaking(Rc::clone(&stored.fake.store)));
        let world = TransferWorld { http, ..stored.fake.world.clone() };
        let mut sink = MemorySink::default();
        let control = TransferControl::new(|_| {});
        let result = run(download(&world, &stored.job, &mut sink, &*stored.fake.store, &control));
        stored.is_whole(result, &sink, "through a line that breaks");
    }
}

#[test]
fn after_a_long_sleep_all_urls_are_dead_and_signed_anew() {
    let stored = Stored::new(LARGER);
    let (watched, world) = Watched::new(&stored.fake);
    let (wakes, clock, slept) =
        (Rc::clone(&watched), Rc::clone(&stored.fake.clock), Cell::new(false));
    let control = TransferControl::new(move |progress| {
        if matches!(progress, Progress::Done(done) if done > 6_000_000) && !slept.replace(true) {
            clock.0.set(clock.0.get() + 8 * 3_600_000);
            wakes.generation.set(1);
        }
    });
    let mut sink = MemorySink::default();
    let result = run(download(&world, &stored.job, &mut sink, &*watched, &control));
    stored.is_whole(result, &sink, "after 8 hours");
    assert!(
        (2..=7).contains(&watched.signed.get()),
        "at most once for each request: {}",
        watched.signed.get()
    );
}

#[test]
fn an_endpoint_that_is_down_is_waited_for_too() {
    let stored = Stored::new(LARGE);
    stored.fake.store.endpoint_down.set(true);
    let (store, told) = (Rc::clone(&stored.fake.store), Rc::<RefCell<Vec<Progress>>>::default());
    let tells = Rc::clone(&told);
    let control = TransferControl::new(move |progress| {
        tells.borrow_mut().push(progress);
        store.endpoint_down.set(tells.borrow().len() < 5);
    });
    let (result, sink) = stored.fetch_on(&control);
    stored.is_whole(result, &sink, "after the endpoint came back");
    assert_eq!(told.borrow()[..5], [Progress::Waiting(TransferError::EndpointDown); 5]);
}

#[test]
fn a_store_that_asks_to_slow_down_sees_fewer_requests() {
    let stored = Stored::new(LARGER);
    let (result, sink) = stored.fetch();
    stored.is_whole(result, &sink, "at full pace");
    assert_eq!(stored.fake.store.most.replace(0), 6);
    (0..3).for_each(|_| stored.fake.store.fail("get-object", Fault::Status(503, "SlowDown")));
    let (result, sink) = stored.fetch();
    stored.is_whole(result, &sink, "slowed down");
    assert!(stored.fake.store.most.get() <= 4, "{}", stored.fake.store.most.get());
}

#[test]
fn held_it_asks_for_nothing_more_and_goes_on_when_let() {
    let stored = Stored::new(LARGER);
    let (told, holds) = (Rc::new(Cell::new(0)), Rc::<OnceCell<Rc<TransferControl>>>::default());
    let (tells, held) = (Rc::clone(&told), Rc::clone(&holds));
    // Held while the first piece is written.
    let control = Rc::new(TransferControl::new(move |_| {
        tells.set(tells.get() + 1);
        if tells.get() == 3 {
            held.get().unwrap().hold(true);
        }
    }));
    assert!(holds.set(Rc::clone(&control)).is_ok());
    let mut sink = MemorySink::default();
    run(async {
        let transfer =
            download(&stored.fake.world, &stored.job, &mut sink, &*stored.fake.store, &control);
        let owner = async {
            while !control.held() {
                tokio::task::yield_now().await;
            }
            for _ in 0..500 {
                tokio::task::yield_now().await;
            }
            let (seen, written) = (stored.fake.store.count("get-object"), told.get());
            assert!(seen <= 1 + 2 * 6, "the table, and what was under way: {seen} requests");
            for _ in 0..2_000 {
                tokio::task::yield_now().await;
            }
            assert_eq!((stored.fake.store.count("get-object"), told.get()), (seen, written));
            control.hold(false);
        };
        futures_util::future::join(transfer, owner).await.0.unwrap();
    });
    stored.is_whole(Ok(()), &sink, "held and let go");
    assert!(stored.fake.store.count("get-object") > 13, "there was something to hold back");
}

#[test]
fn an_object_of_another_length_is_named_with_and_without_content_range() {
    for hides in [false, true] {
        for stored in [Stored::new(SMALL), Stored::new(LARGE)] {
            stored.fake.store.hides_ranges.set(hides);
            assert_eq!(stored.fetch().0, Ok(()));
            let whole = stored.object();
            for (object, error) in [
                ([&whole[..], b"x"].concat(), TransferError::Changed),
                (whole[..whole.len() - 1].to_vec(), TransferError::Truncated),
                (whole[..SLOT].to_vec(), TransferError::Truncated),
                (whole[..100].to_vec(), TransferError::Truncated),
            ] {
                let length = object.len();
                stored.replace(object);
                let (result, sink) = stored.fetch();
                assert_eq!(
                    result,
                    Err(error),
                    "{length} bytes of {}, hidden: {hides}",
                    whole.len()
                );
                assert!(sink.bytes.is_empty());
            }
        }
    }
}

/// Two devices gave the object different seals: the one that is right for what lies there opens it.
#[test]
fn of_two_seals_the_one_that_matches_opens() {
    for size in [SMALL, LARGE] {
        let mut stored = Stored::new(size);
        stored.job.seals.insert(0, Seal([1; 32]));
        let (result, sink) = stored.fetch();
        assert_eq!(result, Ok(()));
        assert!(sink.finished && sink.bytes == stored.content);
        stored.job.seals = vec![Seal([1; 32]), Seal([2; 32])];
        let (result, sink) = stored.fetch();
        assert_eq!((result, sink.bytes.len()), (Err(TransferError::Changed), 0));
    }
}

#[test]
fn nothing_is_released_before_table_and_seal_are_right() {
    for size in [SMALL, LARGE] {
        let mut stored = Stored::new(size);
        let (right, whole) = (stored.job.seals.clone(), stored.object());
        stored.job.seals = vec![Seal([1; 32])];
        let (result, sink) = stored.fetch();
        assert_eq!(result, Err(TransferError::Changed));
        assert!(sink.bytes.is_empty());
        stored.job.seals = right;
        // Header, the HMAC of the meta token, first slot, table: each of them is judged before a
        // byte leaves.
        for at in [0, 10, 30, 504, 600, whole.len() - 1] {
            let mut object = whole.clone();
            object[at] ^= 1;
            stored.replace(object);
            let (result, sink) = stored.fetch();
            assert_eq!(result, Err(TransferError::Changed), "bit at {at}");
            assert!(sink.bytes.is_empty(), "bit at {at}");
        }
        stored.fake.store.objects.borrow_mut().clear();
        assert_eq!(stored.fetch().0, Err(TransferError::Missing));
    }
}

#[test]
fn a_flipped_bit_stops_before_its_chunk() {
    let stored = Stored::new(LARGER);
    let chunks = LARGER.div_ceil(524_288);
    for chunk in [1, 7, 8, 9, chunks * 2 / 3, chunks - 1] {
        let chunk = usize::try_from(chunk).unwrap();
        let sound = stored.object();
        let mut object = sound.clone();
        object[chunk * SLOT + 1000] ^= 1;
        stored.replace(object);
        let (result, sink) = stored.fetch();
        assert_eq!(result, Err(TransferError::Changed), "chunk {chunk}");
        assert_eq!(sink.bytes.len(), chunk * 524_288 - 512, "chunk {chunk}");
        assert!(sink.bytes == stored.content[..sink.bytes.len()] && !sink.finished);
        stored.replace(sound);
    }
}

#[test]
fn one_signature_serves_a_whole_download() {
    let stored = Stored::new(LARGE);
    stored.fetch().0.unwrap();
    assert_eq!(stored.fake.store.signed.replace(0), 1);
    // Refused once, which may be its age: one more.
    stored.fake.store.fail("get-object", Fault::Status(403, "AccessDenied"));
    stored.fetch().0.unwrap();
    assert_eq!(stored.fake.store.signed.get(), 2);
}

#[test]
fn a_full_disk_is_the_targets_fault() {
    let stored = Stored::new(LARGE);
    let mut sink = MemorySink { full_at: Some(1_000_000), ..MemorySink::default() };
    let control = TransferControl::new(|_| {});
    let result =
        run(download(&stored.fake.world, &stored.job, &mut sink, &*stored.fake.store, &control));
    assert_eq!(result, Err(TransferError::Target));
    assert!(!sink.finished);
}
