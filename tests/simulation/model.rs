//! What must hold, and what was seen. The first thing that is wrong ends the schedule.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use frond::object::{Geometry, ObjectId};
use frond::session::{Direction, FileRow, TransferState};

use crate::bucket::Bucket;
use crate::source::{File, base_name, content, number};
use frond_testing::seen::Seen;

/// Objects of the simulation: thousands of times smaller than format 1's, with as many parts.
pub const GEOMETRY: Geometry = Geometry { chunk: 8192, part_slots: 2 };
/// Bytes of one chunk, as it is and sealed; of one part.
const CHUNK: usize = 8192;
const SLOT: usize = CHUNK + 73;
const PART: usize = 2 * SLOT;
/// As `transfer::upload` says: three parts on their way; three times four chunks that are read or
/// being sealed, and four that come of that. The largest file here is of fifteen: as a whole, it
/// and its sealed bytes are half as much again.
const UPLOAD: usize = 3 * PART + 3 * 4 * CHUNK + 4 * SLOT;
/// As `transfer::download` says: seven pieces, here of one slot each, and one chunk that was
/// opened.
const DOWNLOAD: usize = 7 * SLOT + CHUNK;
/// An upload of one part: its content and its sealed bytes.
const SMALL: usize = PART + 2 * CHUNK;
/// As `session::transfers::queue` says: three large transfers and nine small ones move, and one
/// more is kept on the device.
const TAB: usize = 3 * UPLOAD + 9 * SMALL + UPLOAD;

/// Who holds bytes of files.
#[derive(Clone, Copy, Debug)]
pub enum Whose {
    Upload,
    Download,
    /// All transfers of a tab.
    Tab,
}

impl Whose {
    /// Bytes that it may hold at one time.
    fn most(self) -> usize {
        match self {
            Self::Upload => UPLOAD,
            Self::Download => DOWNLOAD,
            Self::Tab => TAB,
        }
    }
}

pub struct Added {
    pub file: Rc<File>,
    /// Devices on which it was picked.
    pub hands: BTreeSet<String>,
    /// How often it was picked for an upload that another device may be at as well.
    pub rivals: usize,
    /// The page said that it is done.
    pub acknowledged: bool,
    /// Somebody wanted it deleted for ever.
    pub unwanted: bool,
}

/// The passwords of the account, by numbers that no two have.
pub struct Passwords {
    /// Those of which one or more open the vault, the newest first.
    pub valid: RefCell<Vec<u64>>,
    /// Those that open nothing any more.
    pub former: RefCell<BTreeSet<u64>>,
    last: Cell<u64>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { valid: RefCell::new(vec![0]), former: RefCell::default(), last: Cell::new(0) }
    }
}

impl Passwords {
    /// Somebody is about to make a new one valid.
    pub fn next(&self) -> u64 {
        self.last.set(self.last.get() + 1);
        self.valid.borrow_mut().insert(0, self.last.get());
        self.last.get()
    }

    /// The page said that it is the only one now. Those that somebody began to make valid later may
    /// still become so.
    pub fn changed(&self, new: u64) {
        let (valid, former): (Vec<_>, Vec<_>) =
            self.valid.take().into_iter().partition(|one| *one >= new);
        self.valid.replace(valid);
        self.former.borrow_mut().extend(former);
    }
}

pub struct Model {
    bucket: Rc<Bucket>,
    pub added: RefCell<BTreeMap<u64, Added>>,
    /// Whole downloads, by object.
    pub fetched: RefCell<BTreeSet<ObjectId>>,
    /// Forks that people merged.
    pub merges: Cell<u64>,
    pub passwords: Passwords,
    /// By an upload, by a download, by a tab.
    pub most_held: Cell<[usize; 3]>,
    /// Objects that people freed meanwhile, or were about to when somebody named them.
    pub collected: RefCell<BTreeSet<ObjectId>>,
    violation: RefCell<Option<String>>,
}

impl Model {
    pub fn new(bucket: &Rc<Bucket>) -> Rc<Self> {
        Rc::new(Self {
            bucket: Rc::clone(bucket),
            added: RefCell::default(),
            fetched: RefCell::default(),
            merges: Cell::default(),
            passwords: Passwords::default(),
            most_held: Cell::default(),
            collected: RefCell::default(),
            violation: RefCell::default(),
        })
    }

    pub fn violated(&self) -> Option<String> {
        self.violation.borrow().clone()
    }

    /// Something is wrong.
    pub fn object(&self, what: String) {
        self.violation.borrow_mut().get_or_insert(what);
    }

    fn holds(&self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.object(what());
        }
    }

    /// Somebody holds so many bytes of files.
    pub fn weigh(&self, whose: Whose, bytes: usize) {
        let mut most = self.most_held.get();
        let kind = match whose {
            Whose::Upload => &mut most[0],
            Whose::Download => &mut most[1],
            Whose::Tab => &mut most[2],
        };
        *kind = bytes.max(*kind);
        self.most_held.set(most);
        self.holds(bytes <= whose.most(), || {
            format!("memory: {whose:?} holds {bytes} bytes of files")
        });
    }

    /// A page shows this.
    pub fn seen(&self, who: &str, view: &Seen) {
        for row in view.transfers.iter().filter(|row| row.state == TransferState::Done) {
            let mut added = self.added.borrow_mut();
            if row.direction == Direction::Up
                && let Some(one) =
                    added.values_mut().find(|one| base_name(one.file.number) == row.name)
            {
                one.acknowledged = true;
            }
        }
        self.once(who, view.files.iter().chain(&view.trash));
        for row in view.files.iter().chain(&view.trash) {
            let stored = self.bucket.object(&row.id.to_string());
            let unwanted =
                self.added.borrow().get(&number(&row.media_type)).is_some_and(|one| one.unwanted);
            // Whoever named it late, hears of it with the next look, and says nothing of "done"
            // before.
            let excused = unwanted || self.collected.borrow().contains(&row.id);
            self.holds(stored.is_some() || excused, || {
                format!("{who} lists {} without data", row.path)
            });
        }
    }

    /// One add is at most one file; of a source that was written to meanwhile, one for each
    /// version, and of one that was picked on several devices before they met, one for each of
    /// them. Rivals for one upload may each have to begin anew: one for each time that they picked
    /// it.
    ///
    /// What was named so late that somebody may be about to free it is sent anew. If it has several
    /// parts the first object stays beside the second (`session::log::save`): another device may
    /// have named it as well, and to purge it before the second one stands could lose what that
    /// device had said is done. So the first is not counted: two are better than none.
    fn once<'a>(&self, who: &str, rows: impl Iterator<Item = &'a FileRow>) {
        let mut seen: BTreeMap<u64, usize> = BTreeMap::new();
        for row in rows.filter(|row| !self.collected.borrow().contains(&row.id)) {
            let number = number(&row.media_type);
            let count = seen.entry(number).or_default();
            *count += 1;
            let most = self.versions(number).len() * self.hands(number);
            self.holds(*count <= most, || format!("duplicate: {who} lists {} twice", row.path));
        }
    }

    fn hands(&self, number: u64) -> usize {
        let one = |one: &Added| one.hands.len() + one.rivals;
        self.added.borrow().get(&number).map_or(0, one)
    }

    /// Whether a file was picked on this device.
    pub fn was_picked(&self, number: u64, device: &str) -> bool {
        self.added.borrow().get(&number).is_some_and(|one| one.hands.contains(device))
    }

    /// A file is picked.
    pub fn picked(&self, number: u64, device: &str, rivals: bool) {
        if let Some(one) = self.added.borrow_mut().get_mut(&number) {
            one.rivals += usize::from(rivals);
            one.hands.insert(device.to_owned());
        }
    }

    /// A browser with so many tabs is about to take another device id: it is a stranger to the
    /// uploads that it began. Where the store has dropped one, only its device names another, so
    /// each of these tabs begins anew.
    pub fn leaves(&self, device: &str, tabs: usize) {
        for one in self.added.borrow_mut().values_mut().filter(|one| one.hands.contains(device)) {
            one.rivals += tabs;
        }
    }

    /// The file of that name.
    pub fn file(&self, name: &str) -> Option<Rc<File>> {
        let added = self.added.borrow();
        added.values().map(|one| &one.file).find(|file| base_name(file.number) == name).cloned()
    }

    /// The versions that a file has had.
    pub fn versions(&self, number: u64) -> Vec<u64> {
        let added = self.added.borrow();
        added.get(&number).map_or(Vec::new(), |one| (0..=one.file.version.get()).collect())
    }

    /// Verified bytes of file `number` arrive at `offset`; they are of one of these versions.
    pub fn released(&self, number: u64, versions: &mut Vec<u64>, offset: u64, bytes: &[u8]) {
        let end = offset + u64::try_from(bytes.len()).unwrap();
        versions.retain(|version| {
            end <= self.size(number, *version)
                && content(number, *version, offset, bytes.len()) == bytes
        });
        self.holds(!versions.is_empty(), || format!("wrong bytes of file {number} at {offset}"));
    }

    /// A download says that it is whole.
    pub fn finished(&self, number: u64, versions: &[u64], id: ObjectId, length: u64) {
        let whole = versions.iter().any(|version| self.size(number, *version) == length);
        self.holds(whole, || format!("file {number} ended after {length} bytes"));
        self.fetched.borrow_mut().insert(id);
    }

    fn size(&self, number: u64, version: u64) -> u64 {
        self.added.borrow().get(&number).map_or(0, |one| one.file.size_of(version))
    }

    /// At the end, on each device: nothing acknowledged is missing.
    pub fn complete(&self, who: &str, view: &Seen) {
        let listed: BTreeSet<_> =
            view.files.iter().chain(&view.trash).map(|row| number(&row.media_type)).collect();
        for (number, one) in &*self.added.borrow() {
            let there = listed.contains(number) || !one.acknowledged || one.unwanted;
            self.holds(there, || {
                format!(
                    "lost: {who} does not list file {number}, which was acknowledged, only \
                     {listed:?}"
                )
            });
        }
        for row in view.files.iter().chain(&view.trash) {
            let there = self.bucket.object(&row.id.to_string()).is_some();
            self.holds(there, || format!("lost: {} has no data at the end", row.path));
            self.holds(row.fault.is_none(), || {
                format!("{who} blames {}: {:?}", row.path, row.fault)
            });
        }
    }

    /// Nothing is left that belongs to nothing, long after all was at rest: what still lies there
    /// is of an upload that the page offers to go on with.
    pub fn tidy(&self, view: &Seen) {
        let offered =
            view.transfers.iter().filter(|row| row.state == TransferState::Unfinished).count();
        let mut journals: Vec<_> = self
            .bucket
            .keys("uploads/")
            .iter()
            .map(|key| key.split('/').next().unwrap().to_owned())
            .collect();
        journals.dedup();
        let left = [self.orphans(view), self.bucket.unfinished().len(), journals.len()];
        self.holds(left.iter().all(|left| *left <= offered), || {
            format!(
                "orphans: objects, uploads, journals {left:?} are left, {offered} uploads are \
                 offered"
            )
        });
    }

    /// Objects that no file of this view names.
    pub fn orphans(&self, view: &Seen) -> usize {
        let named: BTreeSet<_> =
            view.files.iter().chain(&view.trash).map(|row| row.id.to_string()).collect();
        self.bucket.keys("objects/").iter().filter(|id| !named.contains(*id)).count()
    }
}
