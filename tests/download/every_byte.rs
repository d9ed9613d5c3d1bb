//! Every byte of an object is under some check: whoever reads a whole file refuses the object with
//! any of them changed, and whoever reads a part refuses it if the byte vouches for that part.

use std::ops::Range;

use frond::object::{Geometry, Layout};
use frond::port::RangeRequest;
use frond::transfer::{ArchiveJob, ArchivedFile, ObjectReader, ReadAhead, archive, serve, verify};
use futures_util::stream;

use super::*;

/// Small chunks, in pieces of one: an object of three chunks is a large one.
const GEOMETRY: Geometry = Geometry { chunk: 4608, part_slots: 4 };
const HEADER: u64 = 512;
/// Fills one chunk.
const ONE_CHUNK: u64 = 4608 - HEADER;
/// Five chunks, the last one of padding only.
const SEVERAL: u64 = 17_900;
const SIZES: [u64; 5] = [0, 1, 7, ONE_CHUNK, SEVERAL];

fn small_chunks(size: u64) -> (Stored, Layout) {
    (Stored::laid_out(GEOMETRY, size), GEOMETRY.layout(size, 512).unwrap())
}

/// How each way to read the whole file ends, and what it gave out.
fn every_way(stored: &Stored) -> Vec<(&'static str, Result<(), TransferError>, MemorySink)> {
    let (world, job, signer) = (&stored.fake.world, &stored.job, &*stored.fake.store);
    let control = TransferControl::new(|_| {});
    let mut ways = Vec::new();
    let mut sink = MemorySink::default();
    let ended = run(download(world, job, &mut sink, signer, &control));
    ways.push(("download", ended, sink));
    ways.push(("verify", run(verify(world, job, signer, &control)), MemorySink::default()));
    let mut reader = ObjectReader::new(world, job, signer, &control, ReadAhead::WHOLE).unwrap();
    let mut sink = MemorySink::default();
    let ended = run(reader.whole()).map(|read| sink.bytes = read.to_vec());
    ways.push(("read", ended, sink));
    let file = ArchivedFile { file: super::job(job.size, job.seals.clone()), modified: 0 };
    let archived = ArchiveJob { name: "all.zip".to_owned(), files: vec![file] };
    let mut sink = MemorySink::default();
    let ended = run(archive(world, &archived, &mut sink, signer, &control));
    sink.bytes.clear();
    ways.push(("archive", ended, sink));
    ways
}

/// Bytes to change: all of a small object; of a larger one all of header and table, and samples of
/// the tokens.
fn places(layout: &Layout) -> Vec<u64> {
    let step = if layout.chunks() > 1 { 7 } else { 1 };
    let tokens = layout.header()..layout.table().start;
    let ends = (0..layout.header()).chain(layout.table());
    ends.chain(tokens.step_by(step)).collect()
}

fn flip(object: &[u8], at: u64) -> Vec<u8> {
    let mut object = object.to_vec();
    object[usize::try_from(at).unwrap()] ^= 1 << (at % 8);
    object
}

/// A length in the header that was changed may lie beyond the object.
fn is_refused(ended: &Result<(), TransferError>) -> bool {
    matches!(ended, Err(TransferError::Changed | TransferError::Truncated))
}

#[test]
fn a_whole_file_is_refused_with_any_byte_of_its_object_changed() {
    for size in SIZES {
        let (stored, layout) = small_chunks(size);
        let sound = stored.object();
        for (way, ended, _) in every_way(&stored) {
            assert_eq!(ended, Ok(()), "{way} of {size} bytes");
        }
        for at in places(&layout) {
            stored.replace(flip(&sound, at));
            for (way, ended, sink) in every_way(&stored) {
                assert!(is_refused(&ended), "{way} of {size} bytes, byte {at}: {ended:?}");
                assert!(!sink.finished && stored.content.starts_with(&sink.bytes));
                let before = at < layout.header() || at >= layout.table().start;
                assert!(!before || sink.bytes.is_empty(), "{way} of {size} bytes, byte {at}");
            }
        }
    }
}

#[test]
fn a_part_of_a_file_is_refused_with_any_byte_changed_that_vouches_for_it() {
    for size in SIZES.into_iter().filter(|size| *size > 0) {
        let (stored, layout) = small_chunks(size);
        let sound = stored.object();
        for range in [0..1, size / 2..size / 2 + 1, size - 1..size] {
            let slot = layout.slot(layout.chunk_of(range.start));
            let tokens = layout.header()..layout.table().start;
            let vouches = |at: &u64| slot.contains(at) || !tokens.contains(at);
            for at in places(&layout).into_iter().filter(vouches) {
                stored.replace(flip(&sound, at));
                let control = TransferControl::new(|_| {});
                let (world, signer) = (&stored.fake.world, &*stored.fake.store);
                let reader =
                    ObjectReader::new(world, &stored.job, signer, &control, ReadAhead::NONE);
                let read = run(reader.unwrap().read(range.clone())).map(drop);
                assert!(is_refused(&read), "{range:?} of {size}, byte {at}: {read:?}");
                let (served, given) = served(&stored, range.clone());
                assert!(is_refused(&served), "{range:?} of {size}, byte {at}: {served:?}");
                assert!(given.borrow().is_empty());
            }
        }
    }
}

/// Two devices could read different content out of one object, if the size that the list has were
/// not the one that was sealed.
#[test]
fn a_file_that_has_another_size_in_the_list_than_in_its_object_is_refused() {
    // Both are padded to 104 bytes.
    let (mut stored, _) = small_chunks(100);
    stored.job.size = 101;
    for (way, ended, sink) in every_way(&stored) {
        assert_eq!(ended, Err(TransferError::Changed), "{way}");
        assert!(sink.bytes.is_empty());
    }
}

/// What a player is given of this range.
fn served(stored: &Stored, range: Range<u64>) -> (Result<(), TransferError>, Rc<RefCell<Vec<u8>>>) {
    let given = Rc::<RefCell<Vec<u8>>>::default();
    let request = RangeRequest { range, sink: Box::new(Player(Rc::clone(&given))) };
    let (world, job, signer) = (&stored.fake.world, &stored.job, &*stored.fake.store);
    let control = TransferControl::new(|_| {});
    let ended = run(serve(world, job, signer, &control, stream::iter([request])));
    (ended, given)
}

struct Player(Rc<RefCell<Vec<u8>>>);

#[async_trait(?Send)]
impl Sink for Player {
    async fn write(&mut self, bytes: Bytes) -> Result<(), Unwritable> {
        self.0.borrow_mut().extend_from_slice(&bytes.bytes());
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), Unwritable> {
        Ok(())
    }
}
