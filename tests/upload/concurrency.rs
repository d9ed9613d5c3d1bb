//! How much is under way at once: requests, parts, chunks read ahead.

use super::*;

#[test]
fn a_small_file_takes_two_requests() {
    let (fake, file) = (device(), File::new(SMALL, 0));
    let uploaded = send(&fake, &job(SMALL), Some(&file)).unwrap();
    assert_eq!(*fake.store.seen.borrow(), ["put-object", "list-objects"]);
    is_whole(&fake, &file, &uploaded);
    // Where ETags are not MD5s, the table is read; where the range does not tell the object's
    // length, HEAD does.
    let fake = device();
    fake.store.encrypts.set(true);
    fake.store.hides_ranges.set(true);
    send(&fake, &job(SMALL), Some(&file)).unwrap();
    let seen = ["put-object", "list-objects", "get-object", "head-object"];
    assert_eq!(*fake.store.seen.borrow(), seen);
}

#[test]
fn held_it_begins_no_part_and_goes_on_when_let() {
    let (fake, file) = (device(), File::new(LARGE, 0));
    let (control, job) = (TransferControl::new(|_| {}), job(LARGE));
    let uploaded = run(async {
        control.hold(true);
        let mut sending = pin!(upload(&fake.world, &job, Some(&file), &*fake.store, &control));
        for _ in 0..200 {
            let turn = pin!(tokio::task::yield_now());
            assert!(matches!(select(&mut sending, turn).await, Either::Right(_)));
        }
        assert_eq!(fake.store.count("upload-part"), 0);
        control.hold(false);
        sending.await
    });
    is_whole(&fake, &file, &uploaded.unwrap());
}

#[test]
fn at_most_three_parts_and_fewer_when_the_store_asks() {
    let (fake, file) = (device(), File::new(LARGE, 0));
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

    async fn read(&self, offset: u64, length: usize) -> Result<Bytes, Unreadable> {
        self.under_way.set(self.under_way.get() + 1);
        self.most.set(self.most.get().max(self.under_way.get()));
        for _ in 0..40 - 30 * (offset / 250_000 % 2) {
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
    let source =
        Backwards { file: File::new(LARGE, 0), under_way: Cell::new(0), most: Cell::new(0) };
    let fake = device();
    let uploaded = run(upload(
        &fake.world,
        &job(LARGE),
        Some(&source),
        &*fake.store,
        &TransferControl::new(|_| {}),
    ));
    let uploaded = uploaded.unwrap();
    is_whole(&fake, &file, &uploaded);
    assert_eq!(source.most.get(), 2, "as many as are said to be, and no more");
    let chunks = GEOMETRY.layout(file.size(), uploaded.header).unwrap().chunks();
    assert_eq!(source.file.reads.get(), usize::try_from(chunks.div_ceil(4)).unwrap(), "each once");
}
