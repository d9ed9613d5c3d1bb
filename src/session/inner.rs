//! What all clones of a session share.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::pin::pin;
use std::rc::Rc;

use frond_wire::PublicConfig;
use futures_util::future;

use super::World;
use super::history::History;
use super::queue::Queue;
use super::records::Records;
use super::upload::Upload;
use super::view::{ChangeError, Trouble};
use crate::account::{DeviceId, Username};
use crate::client::{Endpoint, SessionClient};
use crate::notify::{Broadcast, Notify};
use crate::port::StoreFailed;
use crate::secret::VaultKey;
use crate::transfer::{Bucket, Signer, TransferError, Uploaded};

/// Pause between two looks at what other devices did, in milliseconds: a person who changes
/// something on one device and turns to the other finds it there, and an idle tab asks three times
/// a minute.
const POLL_MS: u64 = 20_000;
/// After an own change the list is read again too, unless that was so many milliseconds ago.
const FRESH_MS: u64 = 3_000;

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
    /// The session at the endpoint by which this one outlives a reload.
    pub(super) kept: RefCell<Option<Rc<SessionClient>>>,
    /// This device keeps nothing: not tried again.
    pub(super) unkeepable: Cell<bool>,
    /// When it was last renewed, and for which activity; milliseconds since the Unix epoch.
    pub(super) renewed: Cell<(u64, u64)>,
    /// The endpoint ended it.
    pub(super) ended: Cell<bool>,
    /// The note by which all tabs know that this vault is open; none where they share no notes.
    pub(super) open_note: Option<String>,
    pub(super) idle_minutes: Cell<u32>,
    /// When somebody was last here in this tab, milliseconds since the Unix epoch.
    pub(super) active: Cell<u64>,
    /// When the list was last read, and whether somebody wants it now.
    pub(super) refreshed: Cell<Option<u64>>,
    pub(super) wanted: Cell<bool>,
    /// Somebody goes on with the list as it was last seen, though it could not be read in this
    /// session.
    pub(super) offline: Cell<bool>,
    /// Devices whose whole log was compared with what is known of it, in this session.
    pub(super) compared: RefCell<BTreeSet<DeviceId>>,
    /// This browser's device id, when this tab last looked.
    pub(super) device: Cell<Option<DeviceId>>,
    pub(super) listener: RefCell<Option<Rc<dyn Fn()>>>,
    pub(super) wake_log: Notify,
    pub(super) wake_queue: Notify,
    pub(super) wake_finish: Notify,
    pub(super) wake_over: Broadcast,
    pub(super) locked: Notify,
}

impl Inner {
    /// The secrets, until locked, here or in another tab.
    pub(super) fn keys(&self) -> Option<Rc<Keys>> {
        if self.is_over_elsewhere() { None } else { self.keys.borrow().clone() }
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
        Bucket {
            http: &**http,
            clock: &**clock,
            entropy: &**entropy,
            signer,
            limit: None,
            checksum: self.config.checksum,
        }
    }

    /// Keeps bucket and device in step, until dropped: saves what waits, reads what is new, and
    /// tries again by itself.
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
            self.live_on().await;
            let sleep = self.world.clock.sleep(pause);
            future::select(sleep, pin!(self.wake_log.notified())).await;
        }
    }

    /// Uploads whose events are in the bucket are done, whoever brought them there: this tab,
    /// another one, or this one before it could read its own records.
    fn settle_transfers(&self) {
        let mut queue = self.queue.borrow_mut();
        for event in queue.events() {
            if self.history.borrow().confirmed.contains(&event) {
                queue.saved(&event);
            }
        }
    }

    /// One round. A device whose storage fails still shows the list, and says that nothing can be
    /// changed.
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
            Trouble::StoreRefused => Self::StoreRefused,
            Trouble::ClockWrong => Self::ClockWrong,
            Trouble::DeviceStorage => Self::Storage,
            Trouble::Engine => Self::Engine,
            Trouble::ReadOnly => Self::ReadOnly,
            Trouble::ListTooLong => Self::ListTooLong,
            Trouble::InvalidResponse => Self::InvalidResponse,
        }
    }
}

/// What becomes of a call for the list or the outbox. Such a call carries no file, so that what is
/// said of one cannot be its answer.
impl From<TransferError> for Trouble {
    fn from(error: TransferError) -> Self {
        match error {
            TransferError::EndpointDown => Self::EndpointDown,
            TransferError::StoreDown => Self::StoreDown,
            TransferError::NotAdmitted => Self::NotAdmitted,
            TransferError::Refused => Self::Refused,
            TransferError::StoreRefused => Self::StoreRefused,
            TransferError::ClockWrong => Self::ClockWrong,
            TransferError::ListTooLong => Self::ListTooLong,
            TransferError::Storage | TransferError::Full => Self::DeviceStorage,
            TransferError::Engine => Self::Engine,
            TransferError::ReadOnly => Self::ReadOnly,
            TransferError::TooLarge
            | TransferError::Source
            | TransferError::SourceChanged
            | TransferError::UploadGone
            | TransferError::Name
            | TransferError::Missing
            | TransferError::Truncated
            | TransferError::Changed
            | TransferError::Damaged
            | TransferError::Target
            | TransferError::TargetFull
            | TransferError::TargetDenied
            | TransferError::TargetExists
            | TransferError::NoTarget
            | TransferError::Dismissed
            | TransferError::InvalidResponse => Self::InvalidResponse,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::append::AppendError;
    use super::{ChangeError, StoreFailed, TransferError, Trouble};

    #[test]
    fn a_trouble_is_the_same_trouble_of_a_transfer() {
        for trouble in [
            Trouble::EndpointDown,
            Trouble::StoreDown,
            Trouble::Refused,
            Trouble::StoreRefused,
            Trouble::ClockWrong,
            Trouble::DeviceStorage,
            Trouble::Engine,
            Trouble::ReadOnly,
            Trouble::InvalidResponse,
        ] {
            assert_eq!(Trouble::from(TransferError::from(trouble)), trouble);
            assert_eq!(ChangeError::from(trouble), ChangeError::Waits(trouble));
            assert_eq!(
                ChangeError::from(TransferError::from(trouble)),
                ChangeError::Waits(trouble)
            );
        }
    }

    #[test]
    fn a_vault_that_is_read_only_says_so_of_a_transfer() {
        assert_eq!(TransferError::from(AppendError::ReadOnly), TransferError::ReadOnly);
        assert_eq!(ChangeError::from(AppendError::ReadOnly), ChangeError::ReadOnly);
    }

    #[test]
    fn storage_that_fails_says_so_of_list_transfer_and_change() {
        assert_eq!(TransferError::from(StoreFailed), TransferError::Storage);
        assert_eq!(TransferError::from(AppendError::from(StoreFailed)), TransferError::Storage);
        assert_eq!(Trouble::from(StoreFailed), Trouble::DeviceStorage);
        assert_eq!(Trouble::from(TransferError::Storage), Trouble::DeviceStorage);
        assert_eq!(ChangeError::from(AppendError::from(StoreFailed)), ChangeError::Device);
    }
}
