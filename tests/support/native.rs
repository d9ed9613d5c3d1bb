//! The world of a tab, natively: HTTP by reqwest, memory for the device's storage, transfers in
//! this process.

#[path = "spool.rs"]
mod spool;

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use frond::bytes::Bytes;
use frond::object::Geometry;
use frond::port::{
    BulkCipher, Clock, EngineFailed, Entropy, Handles, Http, HttpError, KeyDerivation, Meter,
    NoEntropy, Request, Response, SessionKeyStore, Sink, Source, Store, StoreFailed, TabNotes,
    Unreadable, Unwritable,
};
use frond::secret::{FernetKey, Root};
use frond::session::{LockedVault, SnapshotLimits, World};
use frond::software::Software;
use frond::transfer::{
    self, DownloadJob, Job, JobIo, Outcome, Signer, ToPage, ToWorker, TransferControl,
    TransferError, TransferRunner, TransferWorld,
};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::{HeaderName, HeaderValue};
use sha2::Sha256;
pub use spool::MemorySpool;

/// Pauses are this much shorter than asked for: the clock itself is the real one.
const HASTE: u64 = 40;
/// A request fails after this long without progress.
const STALL: Duration = Duration::from_secs(30);

pub struct RealClock;

#[async_trait(?Send)]
impl Clock for RealClock {
    fn now_ms(&self) -> u64 {
        #[expect(clippy::disallowed_methods, reason = "an adapter")]
        let now = std::time::SystemTime::now();
        u64::try_from(now.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis()).unwrap()
    }

    async fn sleep(&self, ms: u64) {
        tokio::time::sleep(Duration::from_millis(ms / HASTE + 1)).await;
    }
}

pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        getrandom::fill(bytes).map_err(|_| NoEntropy)
    }
}

struct Zxcvbn;

#[async_trait(?Send)]
impl Meter for Zxcvbn {
    async fn guesses_log10(&self, password: &str, inputs: &[&str]) -> Option<f64> {
        Some(zxcvbn::zxcvbn(password, inputs).guesses_log10())
    }
}

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Answered,
    /// It never arrives.
    Lost,
    /// It is carried out; its answer never arrives.
    AnswerLost,
    /// Nothing comes of it, and nobody gives it up.
    Stalled,
}

type Fates = dyn Fn(&Request) -> Fate;
/// Puts other words into the mouth of what has this URL.
type Words = dyn Fn(&str, &mut serde_json::Value);

/// An HTTP client whose line can be cut where a test says so.
pub struct Line {
    client: reqwest::Client,
    fate: RefCell<Rc<Fates>>,
    words: RefCell<Option<Rc<Words>>>,
}

impl Line {
    pub fn new() -> Self {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(STALL)
            .read_timeout(STALL)
            .build()
            .unwrap();
        Self { client, fate: RefCell::new(Rc::new(|_| Fate::Answered)), words: RefCell::default() }
    }

    /// From now on whoever answers in JSON says something else.
    pub fn lies(&self, words: impl Fn(&str, &mut serde_json::Value) + 'static) {
        *self.words.borrow_mut() = Some(Rc::new(words));
    }

    pub fn fate(&self, fate: impl Fn(&Request) -> Fate + 'static) {
        *self.fate.borrow_mut() = Rc::new(fate);
    }

    async fn exchange(&self, request: &Request) -> Result<Response, HttpError> {
        let no_answer = |_| HttpError::NoAnswer;
        let mut builder = self.client.request(request.method.parse().unwrap(), &request.url);
        let own = |name: &str| ["content-length", "host"].contains(&name);
        for (name, value) in request.headers.iter().filter(|(name, _)| !own(name)) {
            builder = builder.header(name, value);
        }
        if !request.body.is_empty() {
            builder = builder.body(request.body.to_vec());
        }
        let answer = builder.send().await.map_err(no_answer)?;
        let status = answer.status().as_u16();
        let header = |(name, value): (&HeaderName, &HeaderValue)| {
            Some((name.to_string(), value.to_str().ok()?.to_owned()))
        };
        let headers = answer.headers().iter().filter_map(header).collect();
        let body = answer.bytes().await.map_err(no_answer)?.to_vec();
        let fits = body.len() <= request.most(status);
        if fits { Ok(Response { status, headers, body }) } else { Err(HttpError::TooLarge) }
    }
}

#[async_trait(?Send)]
impl Http for Line {
    async fn send(&self, request: Request, sent: &dyn Fn(u64)) -> Result<Response, HttpError> {
        let rule = self.fate.borrow().clone();
        let fate = rule(&request);
        if fate == Fate::Lost {
            return Err(HttpError::NoAnswer);
        }
        if fate == Fate::Stalled {
            return std::future::pending().await;
        }
        let mut answer = self.exchange(&request).await?;
        sent(u64::try_from(request.body.len()).unwrap());
        let words = self.words.borrow().clone();
        if let (Some(words), Ok(mut value)) = (words, serde_json::from_slice(&answer.body)) {
            words(&request.url, &mut value);
            answer.body = serde_json::to_vec(&value).unwrap();
        }
        if fate == Fate::AnswerLost { Err(HttpError::NoAnswer) } else { Ok(answer) }
    }
}

/// The clock of a browser.
struct Watch(Rc<Storage>);

#[async_trait(?Send)]
impl Clock for Watch {
    fn now_ms(&self) -> u64 {
        RealClock.now_ms() + self.0.ahead.get()
    }

    async fn sleep(&self, ms: u64) {
        RealClock.sleep(ms).await;
    }
}

/// One browser's storage, shared by its tabs.
#[derive(Default)]
pub struct Storage {
    pub records: RefCell<BTreeMap<String, Vec<u8>>>,
    locks: RefCell<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>,
    pub broken: Cell<bool>,
    /// Locks of names that begin so cannot be had, as where a browser has no Web Locks.
    pub lockless: Cell<Option<&'static str>>,
    /// There is no storage at all.
    pub absent: Cell<bool>,
    /// Milliseconds that this browser's clock is ahead.
    pub ahead: Cell<u64>,
    /// How long each answer takes.
    pub late: Cell<Duration>,
    pub spool: Rc<MemorySpool>,
    /// Files that this browser can read again, and whether it keeps any.
    pub handles: RefCell<BTreeMap<String, Rc<dyn Source>>>,
    pub keeps_handles: Cell<bool>,
    /// Whether a person has to allow it first.
    pub asks: Cell<bool>,
    /// Whether anybody asked to keep what is stored.
    pub persisted: Cell<bool>,
}

impl Storage {
    /// Tabs died: whatever they held is let go of.
    pub fn release(&self) {
        self.locks.borrow_mut().clear();
    }

    fn locks(&self, name: &str) -> Result<(), StoreFailed> {
        let fails = self.lockless.get().is_some_and(|prefix| name.starts_with(prefix));
        if fails { Err(StoreFailed) } else { Ok(()) }
    }

    async fn works(&self) -> Result<(), StoreFailed> {
        tokio::task::yield_now().await;
        if !self.late.get().is_zero() {
            tokio::time::sleep(self.late.get()).await;
        }
        if self.broken.get() || self.absent.get() { Err(StoreFailed) } else { Ok(()) }
    }
}

#[async_trait(?Send)]
impl Store for Storage {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreFailed> {
        self.works().await?;
        Ok(self.records.borrow().get(key).cloned())
    }

    async fn write(&self, changes: Vec<(String, Option<Vec<u8>>)>) -> Result<(), StoreFailed> {
        self.works().await?;
        for (key, value) in changes {
            match value {
                Some(value) => self.records.borrow_mut().insert(key, value),
                None => self.records.borrow_mut().remove(&key),
            };
        }
        Ok(())
    }

    async fn scan(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, StoreFailed> {
        self.works().await?;
        let records = self.records.borrow();
        let found = records.iter().filter(|(key, _)| key.starts_with(prefix));
        Ok(found.map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    async fn lock(&self, name: &str) -> Result<Box<dyn Any>, StoreFailed> {
        self.locks(name)?;
        let lock = self.locks.borrow_mut().entry(name.to_owned()).or_default().clone();
        Ok(Box::new(lock.lock_owned().await))
    }

    async fn try_lock(&self, name: &str) -> Result<Option<Box<dyn Any>>, StoreFailed> {
        self.works().await?;
        self.locks(name)?;
        let lock = self.locks.borrow_mut().entry(name.to_owned()).or_default().clone();
        Ok(lock.try_lock_owned().ok().map(|guard| -> Box<dyn Any> { Box::new(guard) }))
    }

    async fn persist(&self) {
        self.persisted.set(true);
    }

    fn is_absent(&self) -> bool {
        self.absent.get()
    }
}

#[async_trait(?Send)]
impl Handles for Storage {
    async fn keep(&self, name: &str, source: &dyn Source) -> bool {
        if self.keeps_handles.get()
            && let Some(file) = source.as_any().downcast_ref::<MemorySource>()
        {
            self.handles.borrow_mut().insert(name.to_owned(), Rc::new(file.clone()));
        }
        self.keeps_handles.get()
    }

    async fn find(&self, name: &str, ask: bool) -> Option<Rc<dyn Source>> {
        if self.asks.get() && !ask {
            return None;
        }
        self.handles.borrow().get(name).cloned()
    }

    async fn forget(&self, name: &str) {
        self.handles.borrow_mut().remove(name);
    }
}

/// What the tabs of a browser keep over a reload, and what they tell each other: all of it as who
/// copies the disk has it.
#[derive(Default)]
pub struct Kept {
    pub key: Cell<Option<[u8; 32]>>,
    pub record: RefCell<Option<Vec<u8>>>,
    pub notes: RefCell<BTreeMap<String, String>>,
    changed: tokio::sync::Notify,
}

impl Kept {
    /// A copy of the disk.
    pub fn copied(&self) -> Rc<Self> {
        Rc::new(Self {
            key: self.key.clone(),
            record: self.record.clone(),
            notes: self.notes.clone(),
            changed: tokio::sync::Notify::new(),
        })
    }
}

#[async_trait(?Send)]
impl SessionKeyStore for Kept {
    async fn renew(&self) -> bool {
        let mut key = [0; 32];
        SystemEntropy.fill(&mut key).unwrap();
        self.key.set(Some(key));
        self.record.take();
        true
    }

    async fn derive(&self, message: &[u8]) -> Option<FernetKey> {
        let mac = Hmac::<Sha256>::new_from_slice(&self.key.get()?).unwrap().chain_update(message);
        Some(FernetKey::copied(&mac.finalize().into_bytes().into()))
    }

    async fn save(&self, record: &[u8]) -> bool {
        *self.record.borrow_mut() = Some(record.to_vec());
        true
    }

    async fn load(&self) -> Option<Vec<u8>> {
        tokio::task::yield_now().await;
        self.record.borrow().clone()
    }

    async fn wipe(&self) {
        self.key.take();
        self.record.take();
    }
}

#[async_trait(?Send)]
impl TabNotes for Kept {
    fn get(&self, name: &str) -> Option<String> {
        self.notes.borrow().get(name).cloned()
    }

    fn set(&self, name: &str, text: Option<&str>) {
        match text {
            Some(text) => self.notes.borrow_mut().insert(name.to_owned(), text.to_owned()),
            None => self.notes.borrow_mut().remove(name),
        };
        self.changed.notify_waiters();
    }

    async fn changed(&self) {
        self.changed.notified().await;
    }
}

/// A file to add.
#[derive(Clone)]
pub struct MemorySource {
    pub path: String,
    pub bytes: Vec<u8>,
}

#[async_trait(?Send)]
impl Source for MemorySource {
    fn path(&self) -> String {
        self.path.clone()
    }

    fn size(&self) -> u64 {
        u64::try_from(self.bytes.len()).unwrap()
    }

    fn media_type(&self) -> String {
        "application/x-test".to_owned()
    }

    fn modified(&self) -> Option<i64> {
        Some(1_700_000_000_123)
    }

    async fn read(&self, offset: u64, length: usize) -> Result<Bytes, Unreadable> {
        let offset = usize::try_from(offset).unwrap();
        self.bytes.get(offset..offset + length).map(Bytes::from).ok_or(Unreadable)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Where downloads go: what was written, and whether it was finished.
#[derive(Default)]
pub struct Folder(pub RefCell<BTreeMap<String, (Vec<u8>, bool)>>);

struct Saving {
    folder: Rc<Folder>,
    name: String,
}

#[async_trait(?Send)]
impl Sink for Saving {
    async fn write(&mut self, bytes: Bytes) -> Result<(), Unwritable> {
        self.folder
            .0
            .borrow_mut()
            .entry(self.name.clone())
            .or_default()
            .0
            .extend_from_slice(&bytes.bytes());
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), Unwritable> {
        self.folder.0.borrow_mut().entry(self.name.clone()).or_default().1 = true;
        Ok(())
    }
}

/// Transfers in this process; jobs cross as the messages that they cross to a Worker as.
struct InProcess {
    world: TransferWorld,
    folder: Rc<Folder>,
}

#[async_trait(?Send)]
impl TransferRunner for InProcess {
    async fn run(
        &self,
        job: Job,
        source: Option<Rc<dyn Source>>,
        signer: Rc<dyn Signer>,
        control: Rc<TransferControl>,
    ) -> Result<Outcome, TransferError> {
        let Some(ToWorker::Begin(job)) = ToWorker::from_message(&ToWorker::begin(&job)) else {
            panic!("the job does not cross");
        };
        let mut io = Io { folder: self.folder.clone(), source, sink: None };
        let ended = transfer::run(&self.world, &job, &mut io, &*signer, &control).await;
        match ToPage::from_message(&ToPage::Ended(ended).to_message()) {
            Some(ToPage::Ended(ended)) => ended,
            _ => panic!("the end does not cross"),
        }
    }

    fn stop(&self) {}
}

struct Io {
    folder: Rc<Folder>,
    source: Option<Rc<dyn Source>>,
    sink: Option<Saving>,
}

impl JobIo for Io {
    fn source(&self) -> Option<&dyn Source> {
        self.source.as_deref()
    }

    fn sink(&mut self, job: &DownloadJob) -> Result<&mut dyn Sink, TransferError> {
        self.folder.0.borrow_mut().remove(&job.name);
        Ok(self.sink.insert(Saving { folder: self.folder.clone(), name: job.name.clone() }))
    }
}

/// The software engine, which counts how often it was asked for keys.
#[derive(Default)]
pub struct Derivation {
    pub begun: Cell<u32>,
}

#[async_trait(?Send)]
impl KeyDerivation for Derivation {
    async fn derive(
        &self,
        password: &[u8],
        salt: &[u8; 32],
        iterations: u32,
    ) -> Result<Root, EngineFailed> {
        self.begun.set(self.begun.get() + 1);
        Software.derive(password, salt, iterations).await
    }
}

/// One tab.
pub struct Tab {
    pub door: LockedVault,
    pub derivation: Rc<Derivation>,
    pub line: Rc<Line>,
    pub storage: Rc<Storage>,
    pub kept: Rc<Kept>,
    pub folder: Rc<Folder>,
}

impl Tab {
    /// A tab of a browser that was never here.
    pub fn new(base_url: &str) -> Self {
        Self::of(base_url, Rc::default(), Rc::default())
    }

    /// A tab of a browser with this storage.
    pub fn of(base_url: &str, storage: Rc<Storage>, kept: Rc<Kept>) -> Self {
        Self::with(base_url, storage, kept, None, SnapshotLimits::DEFAULT)
    }

    /// A tab of a browser that was never here, with snapshots of a few events.
    pub fn with_snapshots(base_url: &str, snapshots: SnapshotLimits) -> Self {
        Self::with(base_url, Rc::default(), Rc::default(), None, snapshots)
    }

    /// A tab whose page was built for this deployment.
    pub fn with(
        base_url: &str,
        storage: Rc<Storage>,
        kept: Rc<Kept>,
        deployment: Option<&str>,
        snapshots: SnapshotLimits,
    ) -> Self {
        let (line, folder) = (Rc::new(Line::new()), Rc::new(Folder::default()));
        let derivation = Rc::<Derivation>::default();
        let world = TransferWorld {
            http: line.clone(),
            clock: Rc::new(RealClock),
            entropy: Rc::new(SystemEntropy),
            cipher: Rc::new(Software),
            geometry: Geometry::FORMAT_1,
            spool: storage.spool.clone(),
        };
        let world = World {
            http: line.clone(),
            clock: Rc::new(Watch(storage.clone())),
            entropy: Rc::new(SystemEntropy),
            cipher: derivation.clone(),
            store: storage.clone(),
            keys: kept.clone(),
            notes: kept.clone(),
            session_seconds: None,
            runner: Rc::new(InProcess { world, folder: folder.clone() }),
            spool: storage.spool.clone(),
            handles: storage.clone(),
            geometry: Geometry::FORMAT_1,
            snapshots,
            meter: Rc::new(Zxcvbn),
            base_url: base_url.to_owned(),
            deployment: deployment.map(str::to_owned),
        };
        Self { door: LockedVault::new(Rc::new(world)), derivation, line, storage, kept, folder }
    }
}
