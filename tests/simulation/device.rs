//! One browser: its storage, which its tabs share and which outlives them, its clock, its line.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use async_trait::async_trait;
use frond::port::{Clock, Meter, SessionKeyStore, Store, StoreFailed, TabNotes};
use frond::secret::FernetKey;
use futures_channel::oneshot;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::executor::Executor;
use crate::net::BEGAN;
use crate::random::Random;
use crate::source::File;

/// Records, by what was or is to be there.
type Changes = Vec<(String, Option<Vec<u8>>)>;

/// Transactions that a power cut takes back at most.
const LOST: usize = 6;

/// How far off a clock may be, in milliseconds, so that the page corrects it whatever the way of an
/// answer: an hour less than a day.
const CORRECTED: u64 = 23 * 3_600_000;

pub struct Device {
    pub name: String,
    pub executor: Rc<Executor>,
    random: Random,
    /// Until then nothing outside is reached.
    pub offline: Cell<u64>,
    /// Milliseconds that its clock is ahead.
    pub ahead: Cell<i64>,
    records: RefCell<BTreeMap<String, Vec<u8>>>,
    /// What the newest transactions overwrote, newest last.
    undo: RefCell<VecDeque<Changes>>,
    locks: RefCell<BTreeMap<String, VecDeque<oneshot::Sender<Held>>>>,
    /// Until then its storage fails, in a thousand calls so many.
    pub broken: Cell<u64>,
    pub broken_rate: Cell<u64>,
    /// Records and blobs that still fit; none: no end.
    pub quota: Cell<Option<u64>>,
    key: Cell<Option<u8>>,
    kept: RefCell<Option<Vec<u8>>>,
    notes: RefCell<BTreeMap<String, String>>,
    pub blobs: RefCell<BTreeMap<String, Option<Vec<u8>>>>,
    pub ways: RefCell<BTreeMap<String, Rc<File>>>,
    /// Keys do not outlive a tab.
    pub forgets: bool,
    /// Files can be read again after a reload; only once the person has allowed it.
    pub remembers_files: bool,
    pub asks: bool,
}

impl Device {
    pub fn new(name: &str, executor: &Rc<Executor>, random: Random) -> Rc<Self> {
        Rc::new(Self {
            forgets: random.chance(100),
            remembers_files: random.chance(400),
            asks: random.chance(500),
            name: name.to_owned(),
            executor: Rc::clone(executor),
            random,
            offline: Cell::new(0),
            ahead: Cell::new(0),
            records: RefCell::default(),
            undo: RefCell::default(),
            locks: RefCell::default(),
            broken: Cell::new(0),
            broken_rate: Cell::new(1000),
            quota: Cell::new(None),
            key: Cell::new(None),
            kept: RefCell::default(),
            notes: RefCell::default(),
            blobs: RefCell::default(),
            ways: RefCell::default(),
        })
    }

    /// No more faults. A clock that the page calls wrong, its person has set.
    pub fn heal(&self) {
        if self.ahead.get().unsigned_abs() > CORRECTED {
            self.ahead.set(0);
        }
        self.offline.set(0);
        self.broken.set(0);
        self.quota.set(None);
    }

    /// Writes what can be taken back.
    fn apply(&self, changes: Changes) {
        let mut records = self.records.borrow_mut();
        let before = changes.into_iter().map(|(key, value)| {
            let before = match value {
                Some(value) => records.insert(key.clone(), value),
                None => records.remove(&key),
            };
            (key, before)
        });
        let mut undo = self.undo.borrow_mut();
        undo.push_back(before.collect());
        if undo.len() > LOST {
            undo.pop_front();
        }
    }

    /// The newest transactions were never on the disk, although their writer heard that they were.
    pub fn lose_power(&self) -> usize {
        let count = usize::try_from(self.random.between(1, u64::try_from(LOST).unwrap())).unwrap();
        let mut undo = self.undo.borrow_mut();
        let lost: Vec<_> = (0..count).map_while(|_| undo.pop_back()).collect();
        let mut records = self.records.borrow_mut();
        for (key, before) in lost.iter().flatten() {
            match before {
                Some(value) => records.insert(key.clone(), value.clone()),
                None => records.remove(key),
            };
        }
        lost.len()
    }

    /// Becomes a copy of another device: its profile was copied, or a backup of it was put here.
    pub fn become_copy(&self, other: &Self) {
        *self.records.borrow_mut() = other.records.borrow().clone();
        *self.kept.borrow_mut() = other.kept.borrow().clone();
        self.undo.take();
        self.blobs.take();
        self.ways.take();
    }

    /// Whether no upload waits here, and none is to be cleaned up after. Of a copied queue, both
    /// copies would send the same objects: docs/THREATS.md says so.
    pub fn is_idle(&self) -> bool {
        let uploads = |key: &String| key.starts_with("queue/") || key.contains("/tidy/");
        !self.records.borrow().keys().any(uploads)
    }

    /// Takes its time.
    pub async fn rest(&self) {
        self.executor.sleep(self.random.below(3)).await;
    }

    /// Takes room for so many things more, where there is any.
    pub fn has_room(&self, things: u64) -> bool {
        let left = self.quota.get().map(|left| left.checked_sub(things));
        let room = left != Some(None);
        if let Some(Some(left)) = left {
            self.quota.set(Some(left));
        }
        room
    }

    /// Takes its time, and fails where it is told to.
    pub async fn access(&self) -> Result<(), StoreFailed> {
        self.rest().await;
        let fails =
            self.executor.now() < self.broken.get() && self.random.chance(self.broken_rate.get());
        if fails { Err(StoreFailed) } else { Ok(()) }
    }
}

/// The device's clock.
pub struct Watch(pub Rc<Device>);

#[async_trait(?Send)]
impl Clock for Watch {
    fn now_ms(&self) -> u64 {
        (BEGAN * 1000 + self.0.executor.now()).saturating_add_signed(self.0.ahead.get())
    }

    async fn sleep(&self, ms: u64) {
        self.0.executor.sleep(ms).await;
    }
}

/// Its storage.
pub struct Disk(pub Rc<Device>);

#[async_trait(?Send)]
impl Store for Disk {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreFailed> {
        self.0.access().await?;
        Ok(self.0.records.borrow().get(key).cloned())
    }

    async fn write(&self, changes: Vec<(String, Option<Vec<u8>>)>) -> Result<(), StoreFailed> {
        self.0.access().await?;
        let new = changes.iter().filter(|(_, value)| value.is_some()).count();
        if !self.0.has_room(u64::try_from(new).unwrap()) {
            return Err(StoreFailed);
        }
        self.0.apply(changes);
        // Written; whoever wrote it may not live to hear of it.
        self.0.rest().await;
        Ok(())
    }

    async fn scan(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, StoreFailed> {
        self.0.access().await?;
        let records = self.0.records.borrow();
        let found =
            records.range(prefix.to_owned()..).take_while(|(key, _)| key.starts_with(prefix));
        Ok(found.map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    async fn lock(&self, name: &str) -> Result<Box<dyn Any>, StoreFailed> {
        let turn = {
            let mut locks = self.0.locks.borrow_mut();
            locks.get_mut(name).map(|queue| {
                let (turn, mine) = oneshot::channel();
                queue.push_back(turn);
                mine
            })
        };
        let held = match turn {
            Some(mine) => mine.await.map_err(|_| StoreFailed)?,
            None => {
                self.0.locks.borrow_mut().insert(name.to_owned(), VecDeque::new());
                Held { device: Rc::clone(&self.0), name: name.to_owned() }
            }
        };
        Ok(Box::new(held))
    }

    async fn try_lock(&self, name: &str) -> Result<Option<Box<dyn Any>>, StoreFailed> {
        self.0.access().await?;
        if self.0.locks.borrow().contains_key(name) {
            return Ok(None);
        }
        self.0.locks.borrow_mut().insert(name.to_owned(), VecDeque::new());
        Ok(Some(Box::new(Held { device: Rc::clone(&self.0), name: name.to_owned() })))
    }

    async fn persist(&self) {}
}

/// A lock of Web Locks; dropped, also on its way to who waits for it, it goes to who waits next.
struct Held {
    device: Rc<Device>,
    name: String,
}

impl Drop for Held {
    fn drop(&mut self) {
        let next = {
            let mut locks = self.device.locks.borrow_mut();
            let next = locks.get_mut(&self.name).and_then(VecDeque::pop_front);
            if next.is_none() {
                locks.remove(&self.name);
            }
            next
        };
        if let Some(next) = next {
            // Where nobody waits any more it comes back here, and is dropped again.
            let _ = next.send(Self { device: Rc::clone(&self.device), name: self.name.clone() });
        }
    }
}

/// What outlives a reload.
pub struct Safe(pub Rc<Device>);

#[async_trait(?Send)]
impl SessionKeyStore for Safe {
    async fn renew(&self) -> bool {
        if self.0.forgets || self.0.access().await.is_err() {
            return false;
        }
        self.0.key.set(Some(u8::try_from(self.0.random.below(256)).unwrap()));
        self.0.kept.take();
        true
    }

    async fn derive(&self, message: &[u8]) -> Option<FernetKey> {
        self.0.access().await.ok()?;
        let mac =
            Hmac::<Sha256>::new_from_slice(&[self.0.key.get()?]).unwrap().chain_update(message);
        Some(FernetKey::copied(&mac.finalize().into_bytes().into()))
    }

    async fn save(&self, record: &[u8]) -> bool {
        if self.0.access().await.is_err() {
            return false;
        }
        *self.0.kept.borrow_mut() = Some(record.to_vec());
        true
    }

    async fn load(&self) -> Option<Vec<u8>> {
        self.0.access().await.ok()?;
        self.0.kept.borrow().clone()
    }

    async fn wipe(&self) {
        self.0.key.take();
        self.0.kept.take();
    }
}

/// What its tabs share at once; they hear of a change some time later.
#[async_trait(?Send)]
impl TabNotes for Safe {
    fn get(&self, name: &str) -> Option<String> {
        self.0.notes.borrow().get(name).cloned()
    }

    fn set(&self, name: &str, text: Option<&str>) {
        match text {
            Some(text) => self.0.notes.borrow_mut().insert(name.to_owned(), text.to_owned()),
            None => self.0.notes.borrow_mut().remove(name),
        };
    }

    async fn changed(&self) {
        self.0.executor.sleep(500).await;
    }
}

/// Every password is good enough.
pub struct Pleased;

#[async_trait(?Send)]
impl Meter for Pleased {
    async fn guesses_log10(&self, _: &str, _: &[&str]) -> Option<f64> {
        Some(20.0)
    }
}
