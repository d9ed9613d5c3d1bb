//! Several objects as one zip archive, which other tools read.

#![cfg(test)]
#![cfg(not(target_arch = "wasm32"))]

use std::cell::RefCell;
use std::future::Future;
use std::io::Write;
use std::process::Command;
use std::rc::Rc;

use frond::bytes::Bytes;
use frond::object::{Geometry, Header, Meta, ObjectId, Sealer};
use frond::secret::FileKey;
use frond::software::Software;
use frond::transfer::{
    ArchiveJob, ArchivedFile, DownloadJob, Progress, TransferControl, TransferError, TransferWorld,
    archive,
};
use frond_testing::fake_device::{FakeDevice, MemorySink};
use frond_testing::fake_store::Fault;
use frond_testing::objects;
use proptest::prelude::*;
use rawzip::ZipArchive;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

/// Small chunks, in pieces of four: what matters of a large file happens in 100 KB.
const GEOMETRY: Geometry = Geometry { chunk: 8192, part_slots: 16 };
/// Needs more than one piece.
const LARGE: u64 = 200_000;
/// Small files that are fetched at a time.
const AT_ONCE: usize = 24;
/// 3 May 2026, 14:05:06 UTC.
const MODIFIED: i64 = 1_777_817_106_789;

fn run<T>(story: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(story)
}

/// Files that lie in a store of their own.
struct Stored {
    fake: FakeDevice,
    world: TransferWorld,
    job: ArchiveJob,
    content: Vec<Vec<u8>>,
}

impl Stored {
    fn new(files: &[(&str, u64)]) -> Self {
        let fake = FakeDevice::new();
        let (mut content, mut archived) = (Vec::new(), Vec::new());
        for (n, (path, size)) in (1..).zip(files) {
            let bytes = objects::content(1000 * n, *size);
            let (file, object) = seal(n, path, &bytes);
            fake.store.objects.borrow_mut().insert(file.id.to_string(), object);
            archived.push(ArchivedFile { file, modified: MODIFIED });
            content.push(bytes);
        }
        let world = TransferWorld { geometry: GEOMETRY, ..fake.world.clone() };
        let job = ArchiveJob { name: "all.zip".to_owned(), files: archived };
        Self { fake, world, job, content }
    }

    fn fetch(&self) -> Fetched {
        self.fetch_into(MemorySink::default())
    }

    fn fetch_into(&self, mut sink: MemorySink) -> Fetched {
        let told = Rc::<RefCell<Vec<Progress>>>::default();
        let tells = Rc::clone(&told);
        let control = TransferControl::new(move |progress| tells.borrow_mut().push(progress));
        let store = &*self.fake.store;
        let ended = run(archive(&self.world, &self.job, &mut sink, store, &control));
        Fetched { ended, sink, told: told.take() }
    }

    /// Changes the stored object of a file.
    fn change(&self, file: usize, change: impl FnOnce(&mut Vec<u8>)) {
        let id = self.job.files[file].file.id.to_string();
        change(self.fake.store.objects.borrow_mut().get_mut(&id).unwrap());
    }

    fn is_whole(&self, fetched: &Fetched, what: &str) {
        assert_eq!(fetched.ended, Ok(()), "{what}");
        assert!(fetched.sink.finished, "{what}");
        let length = u64::try_from(fetched.sink.bytes.len()).unwrap();
        assert_eq!(self.job.length(), length, "{what}");
        let archive = ZipArchive::from_slice(&fetched.sink.bytes).unwrap();
        let mut entries = archive.entries();
        for (ArchivedFile { file, .. }, content) in self.job.files.iter().zip(&self.content) {
            let entry = entries.next_entry().unwrap().unwrap();
            assert_eq!(entry.file_path().as_bytes(), file.name.as_bytes());
            let entry = archive.get_entry(entry.wayfinder()).unwrap();
            assert!(entry.data() == content, "{what}: {}", file.name);
        }
        assert!(entries.next_entry().unwrap().is_none(), "{what}");
    }
}

struct Fetched {
    ended: Result<(), TransferError>,
    sink: MemorySink,
    told: Vec<Progress>,
}

impl Fetched {
    /// The file that ended it.
    fn faulty(&self) -> Option<ObjectId> {
        self.told.iter().find_map(|told| match told {
            Progress::Faulty(file) => Some(*file),
            _ => None,
        })
    }
}

fn seal(n: u64, path: &str, content: &[u8]) -> (DownloadJob, Vec<u8>) {
    let (key, size) = (FileKey::copied(&[5; 32]), u64::try_from(content.len()).unwrap());
    let id = ObjectId::parse(&format!("019d3c71-5555-7555-8555-{n:012}")).unwrap();
    let meta = Meta { name: "file".to_owned(), size, media_type: String::new(), modified: None };
    let header = Header::seal(&key, &id, &meta, objects::iv(1000 * n)).unwrap();
    let layout = GEOMETRY.layout(size, header.length()).unwrap();
    let sealer = Sealer::laid_out(key.content_key(), header, layout).unwrap();
    let (mut stored, mut table) = (Vec::new(), Vec::new());
    for i in 0..layout.chunks() {
        let part = Bytes::from(objects::slice(content, layout.content(i)));
        let sealed = run(sealer.seal(&Software, i, objects::iv(1000 * n + i + 1), part)).unwrap();
        stored.extend_from_slice(&sealed.slot.bytes());
        table.extend_from_slice(&sealed.hmac);
    }
    let seal = sealer.finish(&table).unwrap();
    stored.extend(table);
    let job = DownloadJob {
        id,
        content_key: key.content_key(),
        meta_key: Some(key.meta_key()),
        size,
        header: 512,
        seals: vec![seal],
        name: path.to_owned(),
        media_type: String::new(),
    };
    (job, stored)
}

fn on_disk(bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::with_suffix(".zip").unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn python(program: &str, archive: &NamedTempFile) -> String {
    let program = format!("import hashlib, sys, zipfile; path = sys.argv[1]; {program}");
    let output =
        Command::new("python3").args(["-c", &program]).arg(archive.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn mixed() -> Stored {
    Stored::new(&[
        ("album/empty", 0),
        ("album/Zoë's \"photo\" 絵.jpg", 1),
        ("album/deep/er/a.bin", 30_000),
        ("album/large.bin", LARGE),
        ("album/larger.bin", 2 * LARGE + 7),
        ("b~.txt", 8_000),
        ("z", 100),
    ])
}

#[test]
fn other_tools_read_every_byte() {
    let stored = mixed();
    let fetched = stored.fetch();
    stored.is_whole(&fetched, "all");
    let archive = on_disk(&fetched.sink.bytes);

    let program = "z = zipfile.ZipFile(path); print(z.testzip()); \
        [print(i.filename, i.date_time, hashlib.sha256(z.read(i)).hexdigest(), i.compress_type) \
        for i in z.infolist()]";
    let said = python(program, &archive);
    let mut lines = said.lines();
    assert_eq!(lines.next(), Some("None"), "all checksums are right");
    for (ArchivedFile { file, .. }, content) in stored.job.files.iter().zip(&stored.content) {
        let hash = hex::encode(Sha256::digest(content));
        let line = format!("{} (2026, 5, 3, 14, 5, 6) {hash} 0", file.name);
        assert_eq!(lines.next(), Some(line.as_str()));
    }

    // Info-ZIP reads the time, in UTC, from the header.
    let folder = tempfile::tempdir().unwrap();
    let unzip = Command::new("unzip").arg("-q").arg(archive.path()).current_dir(&folder).status();
    match unzip {
        Ok(status) => {
            assert!(status.success());
            let path = folder.path().join("album/large.bin");
            assert!(std::fs::read(&path).unwrap() == stored.content[3]);
            let modified = path.metadata().unwrap().modified().unwrap();
            let seconds = modified.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
            assert_eq!(i64::try_from(seconds).unwrap(), MODIFIED / 1000);
        }
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "unzip is optional"),
    }
}

#[test]
fn progress_is_that_of_all_files_together() {
    let stored = mixed();
    let fetched = stored.fetch();
    let done: Vec<_> = fetched
        .told
        .iter()
        .map(|told| if let Progress::Done(done) = told { *done } else { panic!("{told:?}") })
        .collect();
    let total: u64 = stored.job.files.iter().map(|archived| archived.file.size).sum();
    assert!(done.is_sorted() && done.last() == Some(&total), "{done:?} of {total}");
}

#[test]
fn many_small_files_are_fetched_several_at_a_time() {
    let names: Vec<_> = (0..100).map(|n| format!("folder/{n}")).collect();
    let files: Vec<_> = names.iter().map(|name| (name.as_str(), 3_000)).collect();
    let stored = Stored::new(&files);
    stored.is_whole(&stored.fetch(), "small files");
    assert_eq!(stored.fake.store.most.get(), AT_ONCE);
    assert_eq!(stored.fake.store.seen.borrow().len(), files.len(), "one request each");
    assert_eq!(stored.fake.store.signed.get(), 1, "and one for all their URLs");
}

#[test]
fn no_archive_ends_before_all_was_verified() {
    for at in 0..mixed().job.files.len() {
        let stored = mixed();
        stored.change(at, |object| *object.last_mut().unwrap() ^= 1);
        let fetched = stored.fetch();
        assert_eq!(fetched.ended, Err(TransferError::Changed), "file {at}");
        assert_eq!(fetched.faulty(), Some(stored.job.files[at].file.id));
        assert!(!fetched.sink.finished && ZipArchive::from_slice(&fetched.sink.bytes).is_err());
        assert_eq!(
            python("print(zipfile.is_zipfile(path))", &on_disk(&fetched.sink.bytes)),
            "False"
        );
    }
}

#[test]
fn a_chunk_that_was_changed_ends_it_in_the_middle_of_a_file() {
    let stored = mixed();
    stored.change(4, |object| {
        let middle = object.len() / 2;
        object[middle] ^= 1;
    });
    let fetched = stored.fetch();
    assert_eq!(fetched.ended, Err(TransferError::Changed));
    assert_eq!(fetched.faulty(), Some(stored.job.files[4].file.id));
    let first = &stored.content[4][..20_000];
    let written = fetched.sink.bytes.windows(first.len()).any(|window| window == first);
    assert!(!fetched.sink.finished && !written, "less than a batch is written");
}

#[test]
fn a_file_that_is_gone_is_named() {
    let stored = mixed();
    let gone = stored.job.files[2].file.id;
    stored.fake.store.objects.borrow_mut().remove(&gone.to_string());
    let fetched = stored.fetch();
    assert_eq!((fetched.ended, fetched.faulty()), (Err(TransferError::Missing), Some(gone)));
    assert!(!fetched.sink.finished);
}

#[test]
fn a_full_disk_is_no_files_fault() {
    let stored = mixed();
    let fetched = stored.fetch_into(MemorySink { full_at: Some(0), ..MemorySink::default() });
    assert_eq!((fetched.ended, fetched.faulty()), (Err(TransferError::Target), None));
    assert!(!fetched.sink.finished);
}

#[test]
fn what_passes_is_withstood() {
    for fault in [Fault::Lost, Fault::Status(503, "SlowDown"), Fault::Status(500, "InternalError")]
    {
        let stored = mixed();
        for _ in 0..8 {
            stored.fake.store.fail("get-object", fault.clone());
        }
        stored.is_whole(&stored.fetch(), &format!("{fault:?}"));
    }
}

#[test]
fn no_cut_of_an_archive_is_one() {
    let stored = Stored::new(&[("a", 10), ("b/c", 20_000), ("d", 0)]);
    let bytes = stored.fetch().sink.bytes;
    assert!(ZipArchive::from_slice(&bytes).is_ok());
    for end in (0..bytes.len()).rev().take(300).chain((0..bytes.len()).step_by(61)) {
        assert!(ZipArchive::from_slice(&bytes[..end]).is_err(), "cut at {end}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_files_come_back_as_they_were(
        sizes in prop::collection::vec(prop_oneof![3 => 0..40_000_u64, 1 => 0..150_000_u64], 0..12),
    ) {
        let names: Vec<_> = (0..sizes.len()).map(|n| format!("f{n}")).collect();
        let files: Vec<_> = names.iter().map(String::as_str).zip(sizes).collect();
        let stored = Stored::new(&files);
        stored.is_whole(&stored.fetch(), "any");
    }
}
