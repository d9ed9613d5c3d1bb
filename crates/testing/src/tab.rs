//! A tab, natively: HTTP and randomness as the command line has them, memory for the device's
//! storage, transfers in this process.

mod files;
mod line;
mod storage;

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;
use files::InProcess;
pub use files::{Folder, MemorySource};
use frond::bytes::Bytes;
use frond::fernet::{InvalidToken, Opened};
use frond::object::Geometry;
use frond::port::{BulkCipher, Clock, EngineFailed, KeyDerivation, SearchProgram};
use frond::secret::{FernetKey, Root};
use frond::session::{LockedVault, SnapshotLimits, World};
use frond::software::Software;
use frond::transfer::TransferWorld;
use frond_cli::native::entropy::SystemEntropy;
use frond_cli::native::meter::Zxcvbn;
use frond_cli::native::search::NativeSearch;
pub use line::{Fate, Line};
pub use storage::{Kept, Storage};

use crate::clock;

/// Pauses are this much shorter than asked for: the clock itself is the real one.
const HASTE: u64 = 40;

struct RealClock;

#[async_trait(?Send)]
impl Clock for RealClock {
    fn now_ms(&self) -> u64 {
        u64::try_from(clock::since_epoch().as_millis()).unwrap()
    }

    async fn sleep(&self, ms: u64) {
        tokio::time::sleep(Duration::from_millis(ms / HASTE + 1)).await;
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

/// The software engine, which counts how often it was asked for keys.
#[derive(Default)]
pub struct Derivation {
    /// How often.
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

#[async_trait(?Send)]
impl BulkCipher for Derivation {
    async fn seal(
        &self,
        key: &FernetKey,
        time: u64,
        iv: [u8; 16],
        plaintext: &Bytes,
    ) -> Result<Bytes, EngineFailed> {
        Software.seal(key, time, iv, plaintext).await
    }

    async fn open(&self, key: &FernetKey, token: &Bytes) -> Result<Opened<Bytes>, InvalidToken> {
        Software.open(key, token).await
    }
}

/// One tab.
pub struct Tab {
    /// Signs in, restores and creates.
    pub locked: LockedVault,
    /// What its passwords become keys by.
    pub derivation: Rc<Derivation>,
    /// Its line to endpoint and store.
    pub line: Rc<Line>,
    /// The storage of its browser.
    pub storage: Rc<Storage>,
    /// What its browser keeps of the session.
    pub kept: Rc<Kept>,
    /// Where its downloads go.
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

    /// A tab of a browser with this storage, that searches in contents.
    pub fn with_search(base_url: &str, storage: Rc<Storage>) -> Self {
        let search: Option<Rc<dyn SearchProgram>> = Some(Rc::new(NativeSearch));
        Self::made(base_url, storage, Rc::default(), None, SnapshotLimits::DEFAULT, search)
    }

    /// A tab whose page was built for this deployment.
    pub fn with(
        base_url: &str,
        storage: Rc<Storage>,
        kept: Rc<Kept>,
        deployment: Option<&str>,
        snapshots: SnapshotLimits,
    ) -> Self {
        Self::made(base_url, storage, kept, deployment, snapshots, None)
    }

    fn made(
        base_url: &str,
        storage: Rc<Storage>,
        kept: Rc<Kept>,
        deployment: Option<&str>,
        snapshots: SnapshotLimits,
        search: Option<Rc<dyn SearchProgram>>,
    ) -> Self {
        let (line, folder) = (Rc::<Line>::default(), Rc::<Folder>::default());
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
            search,
            meter: Rc::new(Zxcvbn),
            base_url: base_url.to_owned(),
            deployment: deployment.map(str::to_owned),
        };
        Self { locked: LockedVault::new(Rc::new(world)), derivation, line, storage, kept, folder }
    }
}
