//! The log: the events of the vault as this session knows them, what this device keeps of them, and
//! bringing both in step with the bucket.
//!
//! `history` is what is known and what follows from it, pure; `records` its names on this device.
//! `append` writes events, `save` brings them into the bucket, `reseal` where another copy of this
//! browser took their places; `refresh` reads those of others, `unopened` what of them does not
//! open.

mod append;
mod history;
mod records;
mod refresh;
mod reseal;
mod save;
mod unopened;

use std::cell::{Cell, OnceCell, Ref, RefCell};
use std::collections::BTreeSet;
use std::rc::{Rc, Weak};

use async_trait::async_trait;

use self::history::History;
use self::records::LogRecords;
use super::context::Context;
use crate::account::DeviceId;
use crate::catalog::{EventKey, FileFault, Op};
use crate::object::ObjectId;
use crate::port::StoreFailed;
use crate::transfer::TransferError;

/// After an own change the list is read again too, unless that was so many milliseconds ago.
const FRESH_MS: u64 = 3_000;

/// What becomes of events after they were appended: told to whoever named files in them.
#[async_trait(?Send)]
pub(super) trait LogObserver {
    /// The bucket has this event.
    fn event_saved(&self, event: &EventKey);
    /// An event was sealed anew: it has another key now.
    fn event_resealed(&self, from: &EventKey, to: &EventKey);
    /// The bucket has an event with these [`Op::Add`]s, the log was read after that, and the event
    /// is still in the outbox: whoever frees an object says so first, then reads the log; whoever
    /// names one does likewise (`garbage`). An error leaves the event in the outbox.
    async fn files_named(&self, event: &EventKey, adds: Vec<Op>) -> Result<(), TransferError>;
}

/// The log of an open session.
pub(super) struct Log {
    context: Rc<Context>,
    records: LogRecords,
    history: RefCell<History>,
    observer: OnceCell<Weak<dyn LogObserver>>,
    /// Whether this device's records were read.
    loaded: Cell<bool>,
    /// Why the list could not be refreshed, or a change not saved.
    trouble: Cell<Option<TransferError>>,
    /// When the list was last read, milliseconds since the Unix epoch.
    refreshed: Cell<Option<u64>>,
    /// Somebody wants it read now.
    wanted: Cell<bool>,
    /// The person goes on with the list as it was last seen, though it could not be read in this
    /// session.
    offline: Cell<bool>,
    /// Devices whose whole log was compared with what is known of it, in this session.
    compared: RefCell<BTreeSet<DeviceId>>,
    /// This browser's device id, when this tab last looked.
    device: Cell<Option<DeviceId>>,
}

impl Log {
    pub(super) fn new(context: &Rc<Context>) -> Self {
        let (store, account) = (Rc::clone(&context.world.store), context.account);
        Self {
            context: Rc::clone(context),
            records: LogRecords { store, account },
            history: RefCell::default(),
            observer: OnceCell::new(),
            loaded: Cell::new(false),
            trouble: Cell::new(None),
            refreshed: Cell::new(None),
            wanted: Cell::new(false),
            offline: Cell::new(false),
            compared: RefCell::default(),
            device: Cell::new(None),
        }
    }

    /// Sets who is told what becomes of events; the first one stays.
    pub(super) fn observe(&self, observer: &Rc<dyn LogObserver>) {
        let _ = self.observer.set(Rc::downgrade(observer));
    }

    fn observer(&self) -> Option<Rc<dyn LogObserver>> {
        self.observer.get().and_then(Weak::upgrade)
    }

    /// What is known now. Not to be held over an `await`.
    pub(super) fn history(&self) -> Ref<'_, History> {
        self.history.borrow()
    }

    /// Why the list could not be refreshed, or a change not saved.
    pub(super) fn trouble(&self) -> Option<TransferError> {
        self.trouble.get()
    }

    pub(super) fn set_trouble(&self, trouble: Option<TransferError>) {
        self.trouble.set(trouble);
    }

    /// Whether this device's records were read.
    pub(super) fn is_loaded(&self) -> bool {
        self.loaded.get()
    }

    /// Whether the list was read from the bucket in this session.
    pub(super) fn was_read(&self) -> bool {
        self.refreshed.get().is_some()
    }

    /// Whether changes wait for the first reading of the list.
    pub(super) fn is_unread(&self) -> bool {
        !self.was_read() && !self.offline.get()
    }

    /// Goes on with the list as it was last seen.
    pub(super) fn work_offline(&self) {
        self.offline.set(true);
    }

    /// Has the next round read the list, and begin now.
    pub(super) fn want(&self) {
        self.wanted.set(true);
        self.context.sync_soon();
    }

    /// Whether the list is to be read in this round: somebody wants it, or it was not read for a
    /// while.
    pub(super) fn is_due(&self) -> bool {
        let now = self.context.world.clock.now_ms();
        // Either way: a clock that was set back must not make the list fresh for a year.
        let fresh = self.refreshed.get().is_some_and(|at| now.abs_diff(at) < FRESH_MS);
        self.wanted.take() || !fresh
    }

    /// Whether this browser has that device id.
    pub(super) async fn is_own(&self, device: DeviceId) -> Result<bool, StoreFailed> {
        Ok(self.records.device(&*self.context.world.entropy).await? == device)
    }

    /// Notes what a download found out about a file.
    pub(super) fn note_fault(&self, file: ObjectId, fault: Option<FileFault>) {
        self.history.borrow_mut().note_fault(file, fault);
    }

    /// Forgets everything.
    pub(super) fn clear(&self) {
        self.history.take();
        self.trouble.set(None);
    }
}
