//! What all clones of a session share.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;

use frond_wire::PublicConfig;
use futures_util::future;

use super::history::History;
use super::queue::Queue;
use super::records::Records;
use super::upload::Upload;
use super::view::{ChangeError, Trouble};
use super::{World, kept};
use crate::account::Username;
use crate::client::Endpoint;
use crate::port::{Signer, StoreFailed};
use crate::secret::VaultKey;
use crate::signal::Signal;
use crate::transfer::{Bucket, TransferError, Uploaded};

/// Pause between two looks at what other devices did, in milliseconds: a person who changes something on one device
/// and turns to the other finds it there, and an idle tab asks three times a minute.
const POLL_MS: u64 = 20_000;
/// After an own change the list is read again too, unless that was so many milliseconds ago.
const FRESH_MS: u64 = 3_000;
/// The record that outlives a reload is written again when its time is so many milliseconds old.
const KEEP_MS: u64 = 60_000;

/// The secrets of an open session.
pub(super) struct Keys {
    pub(super) vault_key: VaultKey,
    pub(super) endpoint: Rc<Endpoint>,
}

/// A session.
pub(super) struct Inner {
    pub(super) world: Rc<World>,
    pub(super) username: Username,
    pub(super) config: PublicConfig,
    pub(super) records: Records,
    /// None once locked.
    pub(super) keys: RefCell<Option<Rc<Keys>>>,
    pub(super) history: RefCell<History>,
    pub(super) queue: RefCell<Queue>,
    /// What the queue's records were like when they were last read.
    pub(super) queue_mark: RefCell<Option<Vec<u8>>>,
    /// Uploads that are in the bucket, and that no event names yet.
    pub(super) finished: RefCell<Vec<(u64, Rc<Upload>, Uploaded)>>,
    /// Uploads that were cancelled, to be let go of on this device.
    pub(super) cancelled: RefCell<Vec<Rc<Upload>>>,
    /// Whether there is something to clean up after uploads.
    pub(super) tidying: Cell<bool>,
    /// Whether the browser was asked not to evict what is stored.
    pub(super) persisted: Cell<bool>,
    pub(super) trouble: Cell<Option<Trouble>>,
    /// Whether this device's records were read.
    pub(super) loaded: Cell<bool>,
    /// Whether the session outlives a reload.
    pub(super) kept: Cell<bool>,
    pub(super) idle_minutes: Cell<u32>,
    /// When somebody was last here, and what of that was written down; milliseconds since the Unix epoch.
    pub(super) active: Cell<u64>,
    pub(super) active_kept: Cell<u64>,
    /// When the list was last read, and whether somebody wants it now.
    pub(super) refreshed: Cell<Option<u64>>,
    pub(super) wanted: Cell<bool>,
    pub(super) listener: RefCell<Option<Rc<dyn Fn()>>>,
    pub(super) wake_log: Signal,
    pub(super) wake_queue: Signal,
    pub(super) wake_finish: Signal,
    pub(super) locked: Signal,
}

impl Inner {
    /// The secrets, until locked.
    pub(super) fn keys(&self) -> Option<Rc<Keys>> {
        self.keys.borrow().clone()
    }

    /// Tells the listener that the view changed.
    pub(super) fn changed(&self) {
        let listener = self.listener.borrow().clone();
        if let Some(listener) = listener {
            listener();
        }
    }

    pub(super) fn bucket<'a>(&'a self, signer: &'a dyn Signer) -> Bucket<'a> {
        let World { http, clock, entropy, .. } = &*self.world;
        Bucket { http: &**http, clock: &**clock, entropy: &**entropy, signer, pace: None }
    }

    /// Keeps bucket and device in step, until dropped: saves what waits, reads what is new, and tries again by itself.
    pub(super) async fn keep_up(&self) {
        let mut failed: u32 = 0;
        loop {
            let result = self.step().await;
            self.trouble.set(result.err());
            let pause = match result {
                Ok(()) => {
                    failed = 0;
                    POLL_MS
                }
                Err(trouble) => {
                    self.queue.borrow_mut().unsaved(trouble.into());
                    let longest = TransferError::from(trouble).longest_pause();
                    let pause = 1_000_u64.saturating_mul(1 << failed.min(9)).min(longest);
                    failed = failed.saturating_add(1);
                    pause
                }
            };
            self.settle_transfers();
            self.changed();
            self.keep_active().await;
            let sleep = self.world.clock.sleep(pause);
            future::select(sleep, pin!(self.wake_log.heard())).await;
        }
    }

    /// Uploads whose events are in the bucket are done, whoever brought them there: this tab, another one, or this one
    /// before it could read its own records.
    fn settle_transfers(&self) {
        let mut queue = self.queue.borrow_mut();
        for event in queue.events() {
            if self.history.borrow().confirmed.contains(&event) {
                queue.saved(&event);
            }
        }
    }

    /// One round. A device whose storage fails still shows the list, and says that nothing can be changed.
    pub(super) async fn step(&self) -> Result<(), Trouble> {
        let loaded = if self.loaded.get() { Ok(()) } else { self.load().await };
        let wanted = self.wanted.take();
        // What other tabs left or ended; where it fails, saying so is what `saved` below is for.
        let _ = self.load_queue().await;
        let saved = match loaded {
            Ok(()) => self.save().await,
            Err(failed) => Err(failed.into()),
        };
        if let Err(trouble) = saved
            && trouble != Trouble::DeviceStorage
        {
            return saved;
        }
        let now = self.world.clock.now_ms();
        // Either way: a clock that was set back must not make the list fresh for a year.
        let fresh = self.refreshed.get().is_some_and(|at| now.abs_diff(at) < FRESH_MS);
        if wanted || !fresh {
            self.refresh().await?;
        }
        self.show_begun();
        if saved.is_ok() {
            self.tidy().await?;
        }
        saved
    }

    /// Writes down for a reload that somebody was here, not more often than needed.
    async fn keep_active(&self) {
        if self.kept.get() && self.active.get().saturating_sub(self.active_kept.get()) >= KEEP_MS {
            self.keep().await;
        }
    }

    /// Keeps the session for a reload, where this browser can.
    pub(super) async fn keep(&self) {
        let active = self.active.get();
        let record = self.keys().and_then(|keys| {
            let login_seed = keys.endpoint.login().seed();
            let account = &self.records.account;
            kept::write(login_seed, &keys.vault_key, self.username.as_str(), account, &self.config, active)
        });
        let Some(record) = record else { return };
        self.kept.set(self.world.keep.save(record).await);
        self.active_kept.set(active);
        // Locked while it was written: what was wiped stays wiped.
        if self.keys().is_none() {
            self.world.keep.wipe().await;
        }
    }
}

impl From<StoreFailed> for ChangeError {
    fn from(_: StoreFailed) -> Self {
        Self::Device
    }
}

impl From<StoreFailed> for Trouble {
    fn from(_: StoreFailed) -> Self {
        Self::DeviceStorage
    }
}

impl From<Trouble> for TransferError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::EndpointDown => Self::EndpointDown,
            Trouble::StoreDown => Self::StoreDown,
            Trouble::NotAdmitted => Self::NotAdmitted,
            Trouble::Refused => Self::Refused,
            Trouble::ClockWrong => Self::ClockWrong,
            Trouble::DeviceStorage => Self::Engine,
            Trouble::Nonsense => Self::Nonsense,
        }
    }
}

impl From<TransferError> for Trouble {
    fn from(error: TransferError) -> Self {
        match error {
            TransferError::EndpointDown => Self::EndpointDown,
            TransferError::StoreDown => Self::StoreDown,
            TransferError::NotAdmitted => Self::NotAdmitted,
            TransferError::Refused | TransferError::StoreRefused => Self::Refused,
            TransferError::ClockWrong => Self::ClockWrong,
            _ => Self::Nonsense,
        }
    }
}
