//! Any range of an object, against a store that damages what it stores.

#![cfg(test)]
#![cfg(not(target_arch = "wasm32"))]

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::ops::Range;
use std::rc::Rc;

use async_trait::async_trait;
use frond::bytes::Bytes;
use frond::object::{Geometry, Header, Layout, Meta, ObjectId, Seal, Sealer};
use frond::port::{Http, HttpError, RangeRequest, Request, Response, Sink, Unwritable};
use frond::secret::FileKey;
use frond::software::Software;
use frond::transfer::{
    DownloadJob, ObjectReader, ReadAhead, TransferControl, TransferError, TransferWorld, serve,
};
use frond_testing::fake_device::FakeDevice;
use frond_testing::fake_store::{FakeStore, Fault};
use frond_testing::objects;
use futures_channel::{mpsc, oneshot};
use futures_util::future::{join, pending};
use futures_util::{FutureExt, stream};
use proptest::prelude::*;

/// Small chunks, in pieces of four: what matters of a large object happens in 100 KB.
const GEOMETRY: Geometry = Geometry { chunk: 8192, part_slots: 16 };
const CHUNK: u64 = 8192;
const PIECE: u64 = 4;
const HEADER: u64 = 512;
const ID: &str = "019d3c71-5555-7555-8555-555555555555";
/// 25 chunks of content, the last one padded.
const SIZE: u64 = 199_990;
const ALONE: ReadAhead = ReadAhead { pieces: 0, cache: 0 };

fn run<T>(story: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(story)
}

/// An object in a store of its own, and what was asked of it.
struct Stored {
    store: Rc<FakeStore>,
    log: Rc<Log>,
    world: TransferWorld,
    content: Vec<u8>,
    layout: Layout,
    job: DownloadJob,
}

/// Ranges that were asked for, and the bytes that came.
struct Log {
    store: Rc<FakeStore>,
    asked: RefCell<Vec<Range<u64>>>,
    came: Cell<u64>,
    /// Whether nothing is answered any more.
    stalls: Cell<bool>,
}

#[async_trait(?Send)]
impl Http for Log {
    async fn send(&self, request: Request, sent: &dyn Fn(u64)) -> Result<Response, HttpError> {
        let range = request.headers.iter().find(|(name, _)| name == "range");
        if let Some((_, range)) = range {
            let (first, last) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
            self.asked.borrow_mut().push(first.parse().unwrap()..last.parse::<u64>().unwrap() + 1);
        }
        if self.stalls.get() {
            return pending().await;
        }
        let response = self.store.send(request, sent).await?;
        self.came.set(self.came.get() + number(response.body.len()));
        Ok(response)
    }
}

impl Stored {
    fn new(size: u64) -> Self {
        let fake = FakeDevice::new();
        let content = objects::content(1, size);
        let (object, seal, layout) = seal(&FileKey::copied(&[5; 32]), &content, 1);
        fake.store.objects.borrow_mut().insert(ID.to_owned(), object);
        let log = Rc::new(Log {
            store: Rc::clone(&fake.store),
            asked: RefCell::default(),
            came: Cell::new(0),
            stalls: Cell::new(false),
        });
        let job = DownloadJob {
            id: ObjectId::parse(ID).unwrap(),
            content_key: FileKey::copied(&[5; 32]).content_key(),
            meta_key: Some(FileKey::copied(&[5; 32]).meta_key()),
            size,
            header: 512,
            seals: vec![seal],
            name: "file".to_owned(),
            media_type: String::new(),
        };
        let world = TransferWorld { http: log.clone(), geometry: GEOMETRY, ..fake.world };
        Self { store: fake.store, log, world, content, layout, job }
    }

    fn reader<'a>(&'a self, control: &'a TransferControl, ahead: ReadAhead) -> ObjectReader<'a> {
        ObjectReader::new(&self.world, &self.job, &*self.store, control, ahead).unwrap()
    }

    fn part(&self, range: Range<u64>) -> &[u8] {
        let at = |at: u64| usize::try_from(at).unwrap().min(self.content.len());
        &self.content[at(range.start)..at(range.end).max(at(range.start))]
    }

    fn object(&self) -> Vec<u8> {
        self.store.objects.borrow()[ID].clone()
    }

    fn replace(&self, object: Vec<u8>) {
        self.store.objects.borrow_mut().insert(ID.to_owned(), object);
    }

    /// Where these slots lie.
    fn slots(&self, slots: Range<u64>) -> Range<u64> {
        self.layout.slot(slots.start).start..self.layout.slot(slots.end - 1).end
    }

    fn asked(&self) -> Vec<Range<u64>> {
        self.log.asked.take()
    }
}

fn seal(key: &FileKey, content: &[u8], first: u64) -> (Vec<u8>, Seal, Layout) {
    let (name, size, media_type) = ("file".to_owned(), number(content.len()), String::new());
    let meta = Meta { name, size, media_type, modified: None };
    let id = ObjectId::parse(ID).unwrap();
    let header = Header::seal(key, &id, &meta, objects::iv(first)).unwrap();
    let layout = GEOMETRY.layout(size, header.length()).unwrap();
    let sealer = Sealer::laid_out(key.content_key(), header, layout).unwrap();
    let (mut stored, mut table) = (Vec::new(), Vec::new());
    for i in 0..layout.chunks() {
        let part = Bytes::from(objects::slice(content, layout.content(i)));
        let sealed = sealer.seal(&Software, i, objects::iv(first + i + 1), part);
        let sealed = sealed.now_or_never().unwrap().unwrap();
        stored.extend_from_slice(&sealed.slot.bytes());
        table.extend_from_slice(&sealed.hmac);
    }
    let seal = sealer.finish(&table).unwrap();
    stored.extend(table);
    (stored, seal, layout)
}

fn number(length: usize) -> u64 {
    u64::try_from(length).unwrap()
}

fn silent() -> TransferControl {
    TransferControl::new(|_| {})
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_ranges_in_any_order_are_the_plaintext(
        size in prop_oneof![
            Just(0), Just(1), Just(CHUNK - HEADER), Just(CHUNK - HEADER + 1),
            Just(PIECE * CHUNK - HEADER), Just(PIECE * CHUNK + 1), Just(SIZE), 0..250_000_u64
        ],
        reads in proptest::collection::vec((0..260_000_u64, 0..40_000_u64), 1..12),
        pieces in 0..4_usize,
        cache in 0..40_000_usize,
    ) {
        let (stored, control) = (Stored::new(size), silent());
        let mut reader = stored.reader(&control, ReadAhead { pieces, cache });
        run(async {
            for (start, length) in reads {
                let range = start..start + length;
                let read = reader.read(range.clone()).await.unwrap();
                prop_assert!(*read.bytes() == *stored.part(range.clone()), "{range:?} of {size}");
            }
            Ok(())
        })?;
    }
}

#[test]
fn ranges_at_the_edges() {
    run(async {
        let (stored, control) = (Stored::new(SIZE), silent());
        let mut reader = stored.reader(&control, ReadAhead::SEEKING);
        let first = CHUNK - HEADER;
        let last = stored.layout.content(stored.layout.chunk_of(SIZE - 1));
        for range in [
            0..SIZE,
            first - 1..first + 1,
            first..first + CHUNK,
            last.start - 1..SIZE,
            SIZE - 1..SIZE,
            SIZE - 1..u64::MAX,
        ] {
            let read = reader.read(range.clone()).await.unwrap();
            assert!(*read.bytes() == *stored.part(range.clone()), "{range:?}");
        }
        stored.asked();
        for empty in [0..0, 5..5, SIZE..SIZE, SIZE..SIZE + 9, u64::MAX - 1..u64::MAX] {
            assert!(reader.read(empty).await.unwrap().is_empty());
        }
        assert_eq!(stored.asked(), [], "nothing is asked for to read nothing");
    });
}

#[test]
fn of_a_damaged_chunk_nothing_is_given_out_and_the_others_are() {
    run(async {
        for ahead in [ALONE, ReadAhead::SEEKING] {
            let (stored, control) = (Stored::new(SIZE), silent());
            let mut reader = stored.reader(&control, ahead);
            let (whole, mut object) = (stored.object(), stored.object());
            let at = usize::try_from(stored.layout.slot(9).start).unwrap();
            object[at + 4000] ^= 1;
            stored.replace(object);
            let damaged = stored.layout.content(9);
            for range in [
                damaged.clone(),
                damaged.start..damaged.start + 1,
                damaged.start - 1..damaged.start + 1,
                damaged.end - 1..damaged.end + 1,
                0..SIZE,
            ] {
                assert_eq!(reader.read(range).await, Err(TransferError::Changed));
            }
            for range in [0..damaged.start, damaged.end..SIZE, damaged.start - 1..damaged.start] {
                assert!(*reader.read(range.clone()).await.unwrap().bytes() == *stored.part(range));
            }
            stored.replace(whole);
            assert!(*reader.read(damaged.clone()).await.unwrap().bytes() == *stored.part(damaged));
        }
    });
}

#[test]
fn a_chunk_in_another_place_is_refused() {
    run(async {
        let (stored, control) = (Stored::new(SIZE), silent());
        let (whole, mut object) = (stored.object(), stored.object());
        let place = |i: u64| {
            let slot = stored.layout.slot(i);
            usize::try_from(slot.start).unwrap()..usize::try_from(slot.end).unwrap()
        };
        object[place(4)].copy_from_slice(&whole[place(5)]);
        object[place(5)].copy_from_slice(&whole[place(4)]);
        stored.replace(object);
        let mut reader = stored.reader(&control, ReadAhead::SEEKING);
        for i in [4, 5] {
            let range = stored.layout.content(i);
            assert_eq!(reader.read(range).await, Err(TransferError::Changed));
        }
    });
}

#[test]
fn another_object_or_another_table_is_refused_wherever_one_reads() {
    run(async {
        for start in [0, SIZE / 2, SIZE - 1] {
            for size in [SIZE, 9_000] {
                let (stored, control) = (Stored::new(size), silent());
                let range = start.min(size - 1)..start + 1_000;
                let whole = stored.object();
                let (other, ..) = seal(&FileKey::copied(&[6; 32]), &stored.content, 1);
                // The same content under the same key, sealed once more: its seal is another.
                let (again, ..) = seal(&FileKey::copied(&[5; 32]), &stored.content, 70);
                let mut table = whole.clone();
                *table.last_mut().unwrap() ^= 1;
                for object in [other, again, table] {
                    stored.replace(object);
                    let mut reader = stored.reader(&control, ReadAhead::SEEKING);
                    let read = reader.read(range.clone()).await;
                    assert_eq!(read, Err(TransferError::Changed), "{start} of {size}");
                    // Nor later, and what is right is read once it lies there.
                    assert_eq!(reader.read(range.clone()).await, Err(TransferError::Changed));
                    stored.replace(whole.clone());
                    assert!(reader.read(range.clone()).await.is_ok());
                }
                stored.replace(whole[..whole.len() - 1].to_vec());
                let mut reader = stored.reader(&control, ReadAhead::SEEKING);
                assert_eq!(reader.read(range.clone()).await, Err(TransferError::Truncated));
                stored.store.objects.borrow_mut().clear();
                assert_eq!(reader.read(range).await, Err(TransferError::Missing));
            }
        }
    });
}

#[test]
fn header_and_table_come_once_and_then_only_what_is_read() {
    run(async {
        let (stored, control) = (Stored::new(SIZE), silent());
        let mut reader = stored.reader(&control, ALONE);
        let at = stored.layout.content(12).start;
        reader.read(at..at + 1).await.unwrap();
        assert_eq!(stored.asked(), [0..HEADER, stored.layout.table(), stored.slots(12..13)]);
        reader.read(at + 5 * CHUNK..at + 7 * CHUNK).await.unwrap();
        assert_eq!(stored.asked(), [stored.slots(17..19)]);

        let mut reader = stored.reader(&control, ALONE);
        reader.read(0..1).await.unwrap();
        assert_eq!(stored.asked(), [stored.layout.table(), stored.slots(0..1)], "slot 0 has both");

        let (small, control) = (Stored::new(20_000), silent());
        let mut reader = small.reader(&control, ReadAhead::SEEKING);
        reader.read(15_000..15_001).await.unwrap();
        reader.read(0..20_000).await.unwrap();
        let whole = 0..small.layout.stored();
        assert_eq!(small.asked(), std::slice::from_ref(&whole), "a small object comes whole");
    });
}

#[test]
fn what_is_kept_is_not_asked_for_again() {
    run(async {
        let (stored, control) = (Stored::new(SIZE), silent());
        let ahead = ReadAhead { pieces: 0, cache: 3 * 8192 };
        let mut reader = stored.reader(&control, ahead);
        let byte = |i: u64| stored.layout.content(i).start..stored.layout.content(i).start + 1;
        for i in [10, 3, 20] {
            reader.read(byte(i)).await.unwrap();
        }
        stored.asked();
        for i in [10, 3, 20, 10] {
            assert!(*reader.read(byte(i)).await.unwrap().bytes() == *stored.part(byte(i)));
        }
        assert_eq!(stored.asked(), []);
        // A fourth takes the place of the one that was used longest ago.
        reader.read(byte(15)).await.unwrap();
        reader.read(byte(10)).await.unwrap();
        assert_eq!(stored.asked(), [stored.slots(15..16)]);
        reader.read(byte(3)).await.unwrap();
        assert_eq!(stored.asked(), [stored.slots(3..4)]);
    });
}

#[test]
fn the_next_pieces_come_before_they_are_read() {
    run(async {
        let (stored, control) = (Stored::new(SIZE), silent());
        let mut reader = stored.reader(&control, ReadAhead { pieces: 2, cache: 0 });
        reader.read(0..1).await.unwrap();
        let begun = [stored.layout.table(), stored.slots(0..1), stored.slots(1..5)];
        assert_eq!(stored.asked()[..3], begun, "what is read, and what comes next");
        stored.store.most.set(0);
        let mut at = 1;
        while at < SIZE {
            let range = at..at + 5_000;
            assert!(*reader.read(range.clone()).await.unwrap().bytes() == *stored.part(range));
            at += 5_000;
        }
        let rest = stored.asked();
        assert!(!rest.contains(&stored.slots(1..5)), "it was on its way already");
        assert!(rest.windows(2).all(|pair| pair[0].end == pair[1].start), "each once: {rest:?}");
        assert_eq!(stored.store.most.get(), 2, "requests at one time");
        let object = stored.layout.stored();
        assert_eq!(stored.log.came.get(), object, "no byte came twice");
    });
}

#[test]
fn what_is_ahead_is_bounded() {
    run(async {
        let (stored, control) = (Stored::new(SIZE), silent());
        let table = 32 * stored.layout.chunks();
        for pieces in [1, 2, 5] {
            stored.log.came.set(0);
            let mut reader = stored.reader(&control, ReadAhead { pieces, cache: 0 });
            // A piece that is read and those beyond it, each of four slots; a slot is 73 bytes
            // longer than its content.
            let most =
                (number(pieces) + 1) * PIECE * (CHUNK + 73) + SIZE / CHUNK * 73 + HEADER + table;
            let mut ahead = 0;
            for at in (0..SIZE).step_by(1_000) {
                reader.read(at..at + 1_000).await.unwrap();
                ahead = ahead.max(stored.log.came.get() - at);
            }
            assert!(ahead <= most, "{ahead} bytes ahead with {pieces} pieces");
            assert!(ahead > PIECE * CHUNK, "it runs ahead, or the bound proves nothing: {ahead}");
        }
    });
}

#[test]
fn it_goes_on_after_what_passes_and_after_a_read_that_was_dropped() {
    run(async {
        let (stored, control) = (Stored::new(SIZE), silent());
        let mut reader = stored.reader(&control, ReadAhead::SEEKING);
        for fault in [Fault::Lost, Fault::Short, Fault::Status(503, "SlowDown")] {
            (0..8).for_each(|_| stored.store.fail("get-object", fault.clone()));
            let range = SIZE / 3..SIZE / 2;
            assert!(*reader.read(range.clone()).await.unwrap().bytes() == *stored.part(range));
            stored.store.faults.borrow_mut().clear();
        }
        for polls in 0..40 {
            let mut reader = stored.reader(&control, ReadAhead::SEEKING);
            {
                let dropped = async {
                    for _ in 0..polls {
                        tokio::task::yield_now().await;
                    }
                };
                let read = std::pin::pin!(reader.read(0..60_000));
                futures_util::future::select(read, std::pin::pin!(dropped)).await;
            }
            for range in [70_000..80_000, 0..30_000, SIZE - 10..SIZE] {
                let read = reader.read(range.clone()).await.unwrap();
                assert!(*read.bytes() == *stored.part(range.clone()), "{polls} polls, {range:?}");
            }
        }
    });
}

/// What a player was given of one range.
#[derive(Default)]
struct Given {
    bytes: RefCell<Vec<u8>>,
    finished: Cell<bool>,
}

/// The player's end of a request.
struct Taker {
    given: Rc<Given>,
    /// Pieces that it takes.
    most: usize,
    gone: Option<oneshot::Receiver<()>>,
}

#[async_trait(?Send)]
impl Sink for Taker {
    async fn write(&mut self, bytes: Bytes) -> Result<(), Unwritable> {
        self.most = self.most.checked_sub(1).ok_or(Unwritable::Failed)?;
        self.given.bytes.borrow_mut().extend_from_slice(&bytes.bytes());
        // Others run meanwhile.
        tokio::task::yield_now().await;
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), Unwritable> {
        self.given.finished.set(true);
        Ok(())
    }

    async fn gone(&mut self) {
        match &mut self.gone {
            Some(gone) => drop(gone.await),
            None => pending().await,
        }
    }
}

/// A request for this range, from somebody who takes so many pieces.
fn request(range: Range<u64>, most: usize) -> (RangeRequest, Rc<Given>) {
    let given = Rc::<Given>::default();
    let sink = Box::new(Taker { given: Rc::clone(&given), most, gone: None });
    (RangeRequest { range, sink }, given)
}

#[test]
fn requests_at_once_are_answered_each_with_its_range() {
    let (stored, control) = (Stored::new(SIZE), silent());
    let ranges = [0..SIZE, 100_000..SIZE, SIZE - 1..SIZE, 5_000..60_000, 5_000..60_000];
    let (requests, given): (Vec<_>, Vec<_>) =
        ranges.iter().map(|range| request(range.clone(), usize::MAX)).unzip();
    let served =
        run(serve(&stored.world, &stored.job, &*stored.store, &control, stream::iter(requests)));
    assert_eq!(served, Ok(()));
    for (range, given) in ranges.into_iter().zip(given) {
        assert!(given.finished.get() && *given.bytes.borrow() == stored.part(range));
    }
    let asked = stored.asked();
    for once in [0..HEADER, stored.layout.table()] {
        assert_eq!(asked.iter().filter(|asked| **asked == once).count(), 1, "{once:?}");
    }
}

#[test]
fn little_is_fetched_for_somebody_who_takes_little() {
    let (stored, control) = (Stored::new(SIZE), silent());
    let (first, taken) = request(0..SIZE, 1);
    let (second, whole) = request(150_000..151_000, usize::MAX);
    let requests = stream::iter([first, second]);
    let served = run(serve(&stored.world, &stored.job, &*stored.store, &control, requests));
    assert_eq!(served, Ok(()));
    assert!(!taken.finished.get() && *taken.bytes.borrow() == stored.part(0..CHUNK - HEADER));
    assert!(whole.finished.get() && *whole.bytes.borrow() == stored.part(150_000..151_000));
    let asked: u64 = stored.asked().iter().map(|range| range.end - range.start).sum();
    assert!(asked < SIZE * 2 / 3, "{asked}: the chunks, and a piece or two ahead of each");
}

#[test]
fn a_request_ends_with_its_player_while_the_store_is_silent() {
    let (stored, control) = (Stored::new(SIZE), silent());
    let (ask, requests) = mpsc::unbounded();
    let (before, given) = request(0..1, 1);
    ask.unbounded_send(before).unwrap();
    run(async {
        let served = serve(&stored.world, &stored.job, &*stored.store, &control, requests);
        let player = async {
            while !given.finished.get() {
                tokio::task::yield_now().await;
            }
            stored.log.stalls.set(true);
            let (leave, gone) = oneshot::channel();
            let (range, given) = (100_000..SIZE, Rc::<Given>::default());
            let sink = Taker { given: Rc::clone(&given), most: usize::MAX, gone: Some(gone) };
            ask.unbounded_send(RangeRequest { range, sink: Box::new(sink) }).unwrap();
            tokio::task::yield_now().await;
            leave.send(()).unwrap();
            drop(ask);
            given
        };
        let (served, given) = join(served, player).await;
        assert_eq!(served, Ok(()));
        assert!(given.bytes.borrow().is_empty());
    });
}

#[test]
fn players_are_given_nothing_of_a_damaged_chunk_or_after_it() {
    let (stored, control) = (Stored::new(SIZE), silent());
    let mut object = stored.object();
    let damaged = stored.layout.content(9);
    object[usize::try_from(stored.layout.slot(9).start).unwrap() + 4000] ^= 1;
    stored.replace(object);
    let (across, before) = request(damaged.start - 100..SIZE, usize::MAX);
    let (within, nothing) = request(damaged.end - 1..SIZE, usize::MAX);
    for (requests, given, range) in [
        (across, before, damaged.start - 100..damaged.start),
        (within, nothing, damaged.end..damaged.end),
    ] {
        let requests = stream::iter([requests]);
        let served = run(serve(&stored.world, &stored.job, &*stored.store, &control, requests));
        assert_eq!(served, Err(TransferError::Changed));
        assert!(!given.finished.get() && *given.bytes.borrow() == stored.part(range));
    }
}
