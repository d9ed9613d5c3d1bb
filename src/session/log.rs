//! The log: the vault's events as this session knows them, their records on this device, and
//! syncing both with the bucket.
//!
//! `history` is the known events and what follows from them, pure; `records` names the records on
//! this device; `arrivals` takes in events bit by bit. `append` writes events, `save` uploads them,
//! `reseal` renumbers them if another copy of this browser took their places; `refresh` reads other
//! devices' events, `unopened` tracks those that do not open; `snapshot` reads and writes
//! snapshots, which bound what is read.

mod append;
mod arrivals;
mod history;
mod records;
mod refresh;
mod reseal;
mod save;
mod snapshot;
mod unopened;

use std::cell::{Cell, OnceCell, Ref, RefCell};
use std::collections::BTreeSet;
use std::rc::{Rc, Weak};

use async_trait::async_trait;

use self::history::History;
use self::records::LogRecords;
pub use self::snapshot::Audit;
use self::snapshot::Snapshots;
use super::context::Context;
use crate::account::DeviceId;
use crate::catalog::{EventKey, FileFault, Op};
use crate::object::ObjectId;
use crate::port::StoreFailed;
use crate::slices::Slices;
use crate::transfer::TransferError;

/// After an own change the list is read again too, unless it was read within this many
/// milliseconds.
const FRESH_MS: u64 = 3_000;

/// Receives what happens to events after they were appended; implemented by the owner that named
/// files in them.
#[async_trait(?Send)]
pub(super) trait LogObserver {
    /// The bucket has this event.
    fn event_saved(&self, event: &EventKey);
    /// An event was resealed and has a new key.
    fn event_resealed(&self, from: &EventKey, to: &EventKey);
    /// The bucket has an event with these [`Op::Add`]s, the log was read after that, and the event
    /// is still in the outbox. A device that frees an object announces it first and then reads the
    /// log; a device that names one does likewise (`garbage`). An error leaves the event in the
    /// outbox.
    async fn files_named(&self, event: &EventKey, adds: Vec<Op>) -> Result<(), TransferError>;
}

/// The log of an open session.
pub(super) struct SessionLog {
    context: Rc<Context>,
    records: LogRecords,
    history: RefCell<History>,
    observer: OnceCell<Weak<dyn LogObserver>>,
    /// Whether this device's records were read.
    loaded: Cell<bool>,
    /// Why the list could not be refreshed, or a change not saved.
    error: Cell<Option<TransferError>>,
    /// When the list was last read, milliseconds since the Unix epoch.
    refreshed: Cell<Option<u64>>,
    /// A refresh was requested.
    wanted: Cell<bool>,
    /// The user works with the list as it was last seen, though it could not be read in this
    /// session.
    offline: Cell<bool>,
    /// Devices whose whole log was compared with the known events, in this session.
    compared: RefCell<BTreeSet<DeviceId>>,
    /// This browser's device id when this tab last read it.
    device: Cell<Option<DeviceId>>,
    snapshots: Snapshots,
}

impl SessionLog {
    pub(super) fn new(context: &Rc<Context>) -> Self {
        let (store, account) = (Rc::clone(&context.world.store), context.account);
        Self {
            context: Rc::clone(context),
            records: LogRecords { store, account },
            history: RefCell::default(),
            observer: OnceCell::new(),
            loaded: Cell::new(false),
            error: Cell::new(None),
            refreshed: Cell::new(None),
            wanted: Cell::new(false),
            offline: Cell::new(false),
            compared: RefCell::default(),
            device: Cell::new(None),
            snapshots: Snapshots::default(),
        }
    }

    /// Work that begins now, in slices.
    fn slices(&self) -> Slices {
        Slices::new(Rc::clone(&self.context.world.clock))
    }

    /// Moves arrived events into the index, in slices.
    async fn take_in(&self) {
        self.history.borrow_mut().arrange_arrived();
        let slices = self.slices();
        while self.history.borrow_mut().take_in_some() {
            slices.long_step().await;
        }
    }

    /// Sets the observer; later calls have no effect.
    pub(super) fn observe(&self, observer: &Rc<dyn LogObserver>) {
        let _ = self.observer.set(Rc::downgrade(observer));
    }

    fn observer(&self) -> Option<Rc<dyn LogObserver>> {
        self.observer.get().and_then(Weak::upgrade)
    }

    /// The known history. Must not be held over an `await`.
    pub(super) fn history(&self) -> Ref<'_, History> {
        self.history.borrow()
    }

    /// Why the list could not be refreshed, or a change not saved.
    pub(super) fn error(&self) -> Option<TransferError> {
        self.error.get()
    }

    pub(super) fn set_error(&self, error: Option<TransferError>) {
        self.error.set(error);
    }

    /// Whether this device's records were read.
    pub(super) fn is_loaded(&self) -> bool {
        self.loaded.get()
    }

    /// Whether the list was read from the bucket in this session.
    pub(super) fn was_read(&self) -> bool {
        self.refreshed.get().is_some()
    }

    /// Whether changes wait for the first read of the list.
    pub(super) fn is_unread(&self) -> bool {
        !self.was_read() && !self.offline.get()
    }

    /// Works with the list as it was last seen.
    pub(super) fn work_offline(&self) {
        self.offline.set(true);
    }

    /// Makes the next sync round read the list, and starts it now.
    pub(super) fn want(&self) {
        self.wanted.set(true);
        self.context.sync_soon();
    }

    /// Whether this round has to read the list: a refresh was requested, or the last one is too
    /// old.
    pub(super) fn is_due(&self) -> bool {
        let now = self.context.world.clock.now_ms();
        // `abs_diff`, so that a clock that was set back does not keep the list fresh for a year.
        let fresh = self.refreshed.get().is_some_and(|at| now.abs_diff(at) < FRESH_MS);
        self.wanted.take() || !fresh
    }

    /// Whether this browser has that device id.
    pub(super) async fn is_own(&self, device: DeviceId) -> Result<bool, StoreFailed> {
        Ok(self.records.device(&*self.context.world.entropy).await? == device)
    }

    /// Records what a download found out about a file.
    pub(super) fn note_fault(&self, file: ObjectId, fault: Option<FileFault>) {
        self.history.borrow_mut().note_fault(file, fault);
    }

    /// Forgets everything.
    pub(super) fn clear(&self) {
        self.history.take();
        self.error.set(None);
    }
}
