//! What the catalog's index costs the page's thread: to add files, to change one among many, to
//! learn that nothing changed, and to write and load a snapshot.

use std::rc::Rc;

use frond::account::DeviceId;
use frond::catalog::snapshot::{BadSnapshot, Cut, Loader, Snapshot};
use frond::catalog::{Content, Event, EventHash, Index, NameSearch, Op};
use frond::object::{EventId, ObjectId, Seal, SnapshotId};
use frond::secret::VaultKey;
use futures_util::FutureExt;

/// Files of the vault in which one changes.
const FILES: u64 = 100_000;
/// Files of a folder.
const FOLDER: u64 = 1_000;
/// Changes of each kind; the medians are printed.
const CHANGES: u64 = 101;
/// Entries of a folder that the page draws.
const SHOWN: usize = 500;
/// Rounds of which the quickest is printed.
const ROUNDS: u32 = 3;
/// Ticks measured at once: clocks of browsers are coarse.
const TICKS: u32 = 10_000;

/// What is searched for: what few files are, and what all are.
const SEARCHES: [(&str, &str); 3] =
    [("one of them", "img_054321"), ("all of them", "photos img type:image"), ("none", "no such")];

/// The path of the file of this number.
type PathOf = fn(u64) -> String;

/// Measures all of it, and returns the lines of a table. `now` is a clock in milliseconds.
pub fn table(now: &dyn Fn() -> f64) -> Vec<String> {
    let mut lines = vec!["| catalog | ms | ratio |".to_owned(), "|---|---|---|".to_owned()];
    let vaults: [(&str, PathOf); 2] = [("folders of 1,000", in_folders), ("one folder", in_one)];
    for (vault, path) in vaults {
        let adding = |files: u64| {
            let begin = now();
            let vault = Vault::of(files, path);
            (vault, now() - begin)
        };
        // Several times: the quickest of each is the one that nothing else delayed.
        let quickest = |files| (0..ROUNDS).map(|_| adding(files).1).fold(f64::MAX, f64::min);
        let (half, whole) = (quickest(FILES / 2), quickest(FILES));
        let (mut many_files, _) = adding(FILES);
        lines.push(format!("| {vault}: add {} files, one by one | {half:.0} | |", FILES / 2));
        lines.push(format!(
            "| {vault}: add {FILES} files (ratio: to half as many; n log n gives 2.13) | \
             {whole:.0} | {:.2} |",
            whole / half
        ));
        for (what, change) in CHANGES_OF_A_FILE {
            let mut few = Vault::of(10, path);
            let few = few.median(now, change);
            let many = many_files.median(now, change);
            lines.push(format!(
                "| {vault}: {what} among {FILES} files (ratio: to 10 files) | {many:.3} | {:.1} |",
                many / few
            ));
        }
        let few = Vault::of(10, path).tick(now);
        let many = many_files.tick(now);
        lines.push(format!(
            "| {vault}: progress tick among {FILES} files (ratio: to 10 files) | \
             {many:.6} | {:.1} |",
            many / few
        ));
        for (what, query) in SEARCHES {
            let took = many_files.search(now, query);
            lines.push(format!("| {vault}: search {FILES} files for {what} | {took:.1} | |"));
        }
        if let Ok([written, loaded]) = snapshot(&many_files.index, now) {
            lines.push(format!("| {vault}: write a snapshot of {FILES} files | {written:.0} | |"));
            lines.push(format!(
                "| {vault}: index {FILES} files from a snapshot (ratio: to adding them) | \
                 {loaded:.0} | {:.2} |",
                loaded / whole
            ));
        }
    }
    lines
}

/// Milliseconds to compact and seal all events, and to open that and to index it.
fn snapshot(index: &Index, now: &dyn Fn() -> f64) -> Result<[f64; 2], BadSnapshot> {
    let key = VaultKey::copied(&[7; 32]);
    let begin = now();
    let snapshot = Snapshot::of(index).ok_or(BadSnapshot)?;
    let mut pages = Vec::new();
    let cuts = snapshot.pages(&[], async || {}).now_or_never().ok_or(BadSnapshot)?;
    for (n, cut) in (0..).zip(cuts) {
        if let Cut::New(page) = cut {
            pages.push(page.seal(&key, SnapshotId::new(n, [7; 16]), [7; 16])?);
        }
    }
    let listed = pages.iter().map(|(page, _)| page.clone()).collect();
    let manifest = snapshot.manifest(SnapshotId::manifest(0, [7; 16]), listed);
    manifest.seal(&key, [7; 16])?;
    let written = now() - begin;
    let begin = now();
    let mut loader = Loader::new(&manifest);
    for (page, token) in &pages {
        loader.page(&page.open(&key, token)?)?;
    }
    std::hint::black_box(loader.index(async || {}).now_or_never().is_some());
    Ok([written, now() - begin])
}

/// Makes the operation of the `n`th change.
type Change = fn(&Vault, u64) -> Op;

const CHANGES_OF_A_FILE: [(&str, Change); 4] = [
    ("add a file", |vault, _| add(vault.files, &(vault.path)(vault.files))),
    ("rename a file", |vault, n| Op::Move {
        object: vault.picked(n),
        path: format!("renamed/{n}"),
    }),
    ("trash a file", |vault, n| Op::Trash { object: vault.picked(n) }),
    ("restore a file", |vault, n| Op::Restore { object: vault.picked(n) }),
];

/// An index, and what its next event is made of.
struct Vault {
    index: Index,
    files: u64,
    path: fn(u64) -> String,
}

impl Vault {
    fn of(files: u64, path: fn(u64) -> String) -> Self {
        let mut vault = Self { index: Index::default(), files: 0, path };
        for n in 0..files {
            vault.make(add(n, &path(n)));
        }
        vault
    }

    /// Makes an event, as the session does: it builds on all that is known.
    fn make(&mut self, op: Op) {
        self.files += u64::from(matches!(op, Op::Add { .. }));
        let device = DeviceId::from_bytes([7; 16]);
        let seq = self.index.log().next_seq(&device);
        let Ok(id) = EventId::from_bytes(uuid(seq)) else { return };
        let parents = self.index.log().parents(&device);
        let hash = EventHash::of(&seq.to_be_bytes());
        self.index.apply(hash, Event::new(id, device, seq, parents, vec![op]));
    }

    /// The file of the `n`th change, somewhere among all.
    fn picked(&self, n: u64) -> ObjectId {
        object(n.wrapping_mul(7_919) % self.files.max(1))
    }

    /// Milliseconds of a change: the event, what is doubtful, and what the page then shows.
    fn median(&mut self, now: &dyn Fn() -> f64, change: Change) -> f64 {
        let mut times: Vec<f64> = (0..CHANGES)
            .map(|n| {
                let op = change(self, n);
                let begin = now();
                self.make(op);
                let log = self.index.log();
                let (doubts, code) = (log.doubts(), log.list_fingerprint());
                let folder = (self.path)(0);
                let folder = folder.rsplit_once('/').map_or("", |(folder, _)| folder);
                let shown = self.index.files().in_folder(folder).take(SHOWN).count();
                std::hint::black_box((doubts, code, shown));
                now() - begin
            })
            .collect();
        times.sort_by(f64::total_cmp);
        times.get(times.len() / 2).copied().unwrap_or_default()
    }

    /// Milliseconds of a search.
    fn search(&self, now: &dyn Fn() -> f64, query: &str) -> f64 {
        let round = || {
            let begin = now();
            let (mut search, mut found) = (NameSearch::new(query), Vec::new());
            while !search.step(self.index.files(), 64, &mut found) {}
            std::hint::black_box(found);
            now() - begin
        };
        (0..ROUNDS).map(|_| round()).fold(f64::MAX, f64::min)
    }

    /// Milliseconds of a progress tick: the page asks whether the folder that is open changed.
    fn tick(&self, now: &dyn Fn() -> f64) -> f64 {
        let folder = (self.path)(0);
        let folder = folder.rsplit_once('/').map_or("", |(folder, _)| folder);
        let batch = || {
            let begin = now();
            for _ in 0..TICKS {
                std::hint::black_box((
                    self.index.revision(),
                    self.index.files().changed(std::hint::black_box(folder)),
                ));
            }
            (now() - begin) / f64::from(TICKS)
        };
        (0..ROUNDS).map(|_| batch()).fold(f64::MAX, f64::min)
    }
}

fn in_folders(n: u64) -> String {
    format!("Photos/{}/IMG_{n:06}.JPG", n / FOLDER)
}

fn in_one(n: u64) -> String {
    format!("Photos/IMG_{n:06}.JPG")
}

fn add(n: u64, path: &str) -> Op {
    Op::Add {
        object: object(n),
        path: path.to_owned(),
        content: Rc::new(Content {
            size: 4_000_000,
            stored: 4_001_000,
            header: 512,
            media_type: "image/jpeg".into(),
            modified: Some(1_763_886_000_000),
            seal: Seal([7; 32]),
        }),
    }
}

#[expect(clippy::unwrap_used, reason = "a bench: the bytes are an id's")]
fn object(n: u64) -> ObjectId {
    ObjectId::from_bytes(uuid(n)).unwrap()
}

/// A UUIDv7 that grows with `n`.
fn uuid(n: u64) -> [u8; 16] {
    let [_, _, a, b, c, d, e, f] = 1_763_886_000_000_u64.saturating_add(n).to_be_bytes();
    [a, b, c, d, e, f, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0]
}
