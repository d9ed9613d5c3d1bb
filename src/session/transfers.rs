//! The transfers of a session: the queue, its records on this device, and running it.
//!
//! This file has what the screens ask for, and the loop that runs the queue: `queue` tracks which
//! transfers wait, run or ended, pure; `upload` is the state of one upload. `send` runs one upload,
//! `download` one download, of a file or of several as an archive; `together` has small uploads
//! signed in batches; `finish` confirms uploads and names them in the catalog, `freed` sends one
//! anew if another device freed its object; `persist` stores the queue on this device under the
//! names of `records`.

mod download;
mod finish;
mod freed;
mod persist;
mod queue;
mod rate;
mod records;
mod send;
mod together;
mod upload;

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;
use std::pin::pin;
use std::rc::Rc;

use futures_util::future::{self, AbortHandle, Abortable};
use futures_util::stream::{FuturesUnordered, StreamExt};

use self::queue::{Listed, Load, Queue, Start};
use self::records::TransferRecords;
use self::together::Together;
use self::upload::{Upload, base_name};
use super::cleanups::Cleanups;
use super::context::Context;
use super::error::ChangeError;
use super::log::SessionLog;
use super::thumbnails::Thumbnails;
use super::view::TransferRow;
use crate::notify::Notify;
use crate::object::ObjectId;
use crate::port::Source;
use crate::transfer::{Ahead, MAX_PAUSE_MS, Progress, TransferControl, TransferError, Uploaded};

/// Shortest pause before the queue is checked again, in milliseconds.
const SOON_MS: u64 = 10;

/// Most files that become uploads in one go, so that the page stays responsive: a browser may take
/// half a millisecond to say how large one is.
const SLICE: usize = 32;

/// An upload that was sent but is not named by an event yet, with its number in the queue.
type Finished = (u64, Rc<Upload>, Uploaded);

/// Receives files that were added to the catalog in this tab, with where their bytes can be read.
type OnAdded = Rc<dyn Fn(ObjectId, Option<Rc<dyn Source>>)>;

/// The transfers of an open session.
pub struct Transfers {
    context: Rc<Context>,
    log: Rc<SessionLog>,
    cleanups: Rc<Cleanups>,
    thumbnails: Rc<Thumbnails>,
    records: TransferRecords,
    queue: RefCell<Queue>,
    /// Files that are not in the queue yet, and whether they are new versions.
    incoming: RefCell<VecDeque<(Rc<dyn Source>, bool)>>,
    /// Signs small uploads in batches.
    together: Rc<Together>,
    /// Signs downloads in batches.
    ahead: Rc<Ahead>,
    /// The mark of the queue's records when they were last read.
    mark: RefCell<Option<Vec<u8>>>,
    finished: RefCell<Vec<Finished>>,
    /// Cancelled uploads whose records are still to be released on this device.
    cancelled: RefCell<Vec<Rc<Upload>>>,
    /// Whether the browser was asked not to evict stored data.
    persisted: Cell<bool>,
    added: OnceCell<OnAdded>,
    queue_changed: Notify,
    upload_finished: Notify,
}

impl Transfers {
    pub(super) fn new(
        context: &Rc<Context>,
        log: &Rc<SessionLog>,
        cleanups: &Rc<Cleanups>,
        thumbnails: &Rc<Thumbnails>,
    ) -> Self {
        let (store, account) = (Rc::clone(&context.world.store), context.account);
        Self {
            context: Rc::clone(context),
            log: Rc::clone(log),
            cleanups: Rc::clone(cleanups),
            thumbnails: Rc::clone(thumbnails),
            records: TransferRecords { store, account },
            queue: RefCell::default(),
            incoming: RefCell::default(),
            together: Rc::default(),
            ahead: Rc::default(),
            mark: RefCell::default(),
            finished: RefCell::default(),
            cancelled: RefCell::default(),
            persisted: Cell::new(false),
            added: OnceCell::new(),
            queue_changed: Notify::default(),
            upload_finished: Notify::default(),
        }
    }

    /// Sets who receives added files; later calls have no effect.
    pub(super) fn on_added(&self, added: OnAdded) {
        let _ = self.added.set(added);
    }

    /// Queues files for upload. A file that an unfinished upload waits for resumes that upload
    /// instead.
    pub fn add(&self, sources: Vec<Rc<dyn Source>>) -> Result<(), ChangeError> {
        self.queue_up(sources, false)
    }

    /// Like [`Transfers::add`]; a file that then has the same path becomes an older version.
    pub fn add_versions(&self, sources: Vec<Rc<dyn Source>>) -> Result<(), ChangeError> {
        self.queue_up(sources, true)
    }

    fn queue_up(&self, sources: Vec<Rc<dyn Source>>, version: bool) -> Result<(), ChangeError> {
        if self.context.keys().is_none() || !self.log.history().doubts.is_empty() {
            return Err(ChangeError::ReadOnly);
        }
        self.incoming.borrow_mut().extend(sources.into_iter().map(|source| (source, version)));
        self.take_in();
        self.queued();
        Ok(())
    }

    /// Makes uploads of the next files, and says whether there are more.
    fn take_in(&self) -> bool {
        let Some(keys) = self.context.keys() else { return false };
        let Context { world, config, .. } = &*self.context;
        let (mut queue, mut incoming) = (self.queue.borrow_mut(), self.incoming.borrow_mut());
        let waits = queue.waits_for_source();
        let mut taken = 0;
        while taken < SLICE
            && let Some((source, version)) = incoming.pop_front()
        {
            taken += 1;
            if waits && queue.give_source(&source) {
                continue;
            }
            let (path, size) = (source.path(), source.size());
            match Upload::new(world, &keys.vault_key, source, config.max_object_bytes) {
                Ok(upload) => {
                    upload.version.set(version);
                    queue.push_upload(upload, Listed::Queued);
                }
                // So that no slice has refused files alone.
                Err(error) => {
                    taken -= 1;
                    queue.push_refused(&path, size, error);
                }
            }
        }
        !incoming.is_empty()
    }

    /// Queues a download.
    pub fn download(&self, id: ObjectId) -> Result<(), ChangeError> {
        let (name, size) = {
            let history = self.log.history();
            let row = history.index().row(&id).ok_or(ChangeError::Gone)?;
            (base_name(&row.path).to_owned(), row.size)
        };
        self.queue.borrow_mut().push_download(id, name, size);
        self.ahead.push(id);
        self.queued();
        Ok(())
    }

    /// Pauses a transfer; what was sent stays sent.
    pub fn pause(&self, transfer: u64) {
        self.queue.borrow_mut().pause(transfer);
        self.queued();
    }

    /// Pauses all transfers.
    pub fn pause_all(&self) {
        while self.take_in() {}
        self.unended().into_iter().for_each(|transfer| self.pause(transfer));
    }

    /// Resumes a transfer that is paused, waiting, failed or unfinished. For an unfinished one the
    /// browser may prompt for permission to read its file: call it from a click handler.
    pub fn resume(&self, transfer: u64) {
        self.queue.borrow_mut().resume(transfer);
        self.queued();
        self.context.sync_soon();
    }

    /// Resumes all transfers that have not ended.
    pub fn resume_all(&self) {
        self.unended().into_iter().for_each(|transfer| self.resume(transfer));
    }

    /// Cancels a transfer: what it sent is removed from the bucket. One that ended is removed from
    /// the list.
    pub fn cancel(&self, transfer: u64) {
        let cancelled = self.queue.borrow_mut().cancel(transfer);
        self.cancelled.borrow_mut().extend(cancelled);
        self.queued();
    }

    /// Cancels all transfers that have not ended.
    pub fn cancel_all(&self) {
        self.incoming.take();
        self.unended().into_iter().for_each(|transfer| self.cancel(transfer));
    }

    /// Removes all ended transfers from the list.
    pub fn clear_ended(&self) {
        let cancelled = self.queue.borrow_mut().clear_ended();
        self.cancelled.borrow_mut().extend(cancelled);
        self.queued();
    }

    /// The network is back: retries all waiting transfers now.
    pub(super) fn wake(&self) {
        self.queue.borrow_mut().wake();
        self.upload_finished.notify();
        self.queued();
    }

    /// The rows that the screens show, oldest first.
    pub(super) fn rows(&self) -> Vec<TransferRow> {
        self.queue.borrow().rows(self.context.world.clock.now_ms())
    }

    /// The objects of all listed uploads.
    pub(super) fn objects(&self) -> Vec<ObjectId> {
        self.queue.borrow().uploads().iter().map(|(_, upload)| upload.object).collect()
    }

    /// Whether a transfer runs, up or down. One that waits for the network does not count.
    pub(super) fn are_running(&self) -> bool {
        self.queue.borrow().is_running()
    }

    /// Whether closing the tab would interrupt an upload or lose its bytes.
    pub(super) fn interrupts(&self) -> bool {
        !self.incoming.borrow().is_empty() || self.queue.borrow().interrupts()
    }

    /// Marks uploads whose events are in the bucket as done, whether this tab saved them, another
    /// one, or this one before it could read its own records.
    pub(super) fn settle(&self) {
        let mut queue = self.queue.borrow_mut();
        for event in queue.events() {
            if self.log.history().confirmed.contains(&event) {
                queue.saved(&event);
            }
        }
    }

    /// Events cannot be saved now: marks the uploads that wait for theirs.
    pub(super) fn unsaved(&self, error: TransferError) {
        self.queue.borrow_mut().unsaved(error);
    }

    /// Stops and forgets all transfers.
    pub(super) fn clear(&self) {
        self.queue.borrow_mut().clear();
        self.incoming.take();
        self.ahead.clear();
        self.finished.take();
        self.cancelled.take();
    }

    /// Runs transfers as they are queued, until dropped.
    pub(super) async fn run(self: &Rc<Self>) {
        let mut running = FuturesUnordered::new();
        loop {
            {
                // Transfers continue meanwhile: one of them may hold the lock that this waits for.
                let going_on = async {
                    while running.next().await.is_some() {}
                    future::pending::<()>().await;
                };
                future::select(pin!(self.enlist()), pin!(going_on)).await;
            }
            if self.queue.borrow().waits_for_network() && !self.persisted.replace(true) {
                self.context.world.store.persist().await;
            }
            while let Some((start, registration)) = self.next() {
                self.context.changed();
                running.push(Abortable::new(self.transfer(start), registration));
            }
            let next_at = self.queue.borrow().next_at(self.context.world.clock.now_ms());
            let pause = async {
                match next_at {
                    Some(at) => {
                        let left = at.saturating_sub(self.context.world.clock.now_ms());
                        self.context.world.clock.sleep(left.clamp(SOON_MS, MAX_PAUSE_MS)).await;
                        // Show transfers that stand still now.
                        self.context.changed();
                    }
                    None => future::pending().await,
                }
            };
            let ended = async {
                if running.next().await.is_none() {
                    future::pending::<()>().await;
                }
            };
            let broadcast = self.queue_changed.notified();
            future::select(pin!(ended), future::select(pin!(pause), pin!(broadcast))).await;
        }
    }

    /// The next transfer that may run.
    fn next(self: &Rc<Self>) -> Option<(Start, future::AbortRegistration)> {
        let (handle, registration) = AbortHandle::new_pair();
        let (now, down) = (self.context.world.clock.now_ms(), self.is_down());
        let start = self.queue.borrow_mut().start(now, down, |id| (handle, self.control(id)))?;
        Some((start, registration))
    }

    /// The objects of uploads that ended, and may have left something on this device.
    pub(super) async fn ended_objects(&self) -> Vec<ObjectId> {
        let left = self.cleanups.all().await.unwrap_or_default();
        left.into_iter().map(|(object, _)| object).collect()
    }

    /// Whether the network, the endpoint or the store is known to fail.
    fn is_down(&self) -> bool {
        let waits = self.log.error().is_some_and(TransferError::is_passing);
        waits || self.queue.borrow().waits_for_network()
    }

    /// Runs one transfer to its end.
    async fn transfer(self: &Rc<Self>, start: Start) {
        let Some(keys) = self.context.keys() else { return };
        match &start.load {
            Load::Up(upload) => self.send(&start, &keys, upload).await,
            Load::Down(file) => self.fetch(&start, &keys, *file).await,
            Load::Archive(archive) => self.fetch_archive(&start, &keys, archive).await,
            Load::Refused => {}
        }
        // The idle limit counts from the end of the last transfer.
        self.context.tabs.touch();
        self.context.changed();
    }

    /// A control that tells the queue of a transfer's progress.
    fn control(self: &Rc<Self>, id: u64) -> Rc<TransferControl> {
        let transfers = Rc::downgrade(self);
        Rc::new(TransferControl::new(move |told| {
            let Some(transfers) = transfers.upgrade() else { return };
            let now = transfers.context.world.clock.now_ms();
            transfers.queue.borrow_mut().told(id, now, told);
            // A moving transfer counts as activity.
            transfers.context.tabs.touch();
            if !matches!(told, Progress::Done(_)) {
                // Which transfers should be spooled may have changed.
                transfers.queue_changed.notify();
            }
            transfers.context.changed();
        }))
    }

    /// The queue changed: starts what may run, and updates the screens.
    pub(super) fn queued(&self) {
        self.queue_changed.notify();
        self.context.changed();
    }

    fn unended(&self) -> Vec<u64> {
        self.queue.borrow().open()
    }
}
