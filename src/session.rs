//! The use cases: all that the ui may call.
//!
//! [`LockedVault`] is the vault locked: it can create an account, sign in, or restore a session
//! that outlived a reload. [`Session`] is the vault open. `lock` takes the session by value and
//! wipes its keys.
//!
//! Inside, one job a file:
//!
//! - `locked` opens; `known` is what a device remembers of a deployment; `kept` what of a session
//!   outlives a reload, `lifetime` until when, and `idle` the limit after which the vault locks
//!   itself.
//! - `history` is the log as known here, pure; `records` its names on this device; `append`
//!   writes events, `save` brings them into the bucket, `reseal` where another copy of this browser
//!   took their places, `refresh` reads those of others.
//! - `queue` is the transfers, pure; `carry` runs them, `send` one upload. `upload` is what is
//!   known of it, `waiting` its record on this device; `finish` names it in the catalog, `tidy`
//!   cleans up after it; `garbage` finds what nobody cleaned up after.
//! - `inner` is what all clones share, and the loop that keeps bucket and device in step.

mod append;
mod carry;
mod finish;
mod garbage;
mod history;
mod idle;
mod inner;
mod kept;
mod known;
mod lifetime;
mod locked;
mod passphrase;
mod queue;
mod rate;
mod records;
mod refresh;
mod reseal;
mod save;
mod send;
mod tidy;
mod unopened;
mod upload;
mod view;
mod waiting;

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;

use frond_wire::PublicConfig;
use futures_util::future;

use crate::account::{AccountId, Username};
pub use crate::catalog::Doubt;
use crate::catalog::{MAX_MERGED, Op};
use crate::client::{Endpoint, SessionClient};
use crate::notify::{Broadcast, Notify};
use crate::object::{Geometry, ObjectId};
use crate::path;
use crate::port::{
    Clock, Entropy, Handles, Http, KeyDerivation, Meter, SessionKeyStore, Source, Spool, Store,
    TabNotes,
};
use crate::secret::VaultKey;
use crate::transfer::TransferRunner;
pub use garbage::Leftovers;
use inner::{Inner, Keys};
pub use lifetime::{Ending, Over};
pub use locked::{LockedVault, Restored, Strength, UnlockError};
use queue::Load;
use records::Records;
use upload::Upload;
pub use view::{
    ChangeError, Direction, FileFault, FileRow, Merged, TransferRow, TransferState, Trouble, View,
};

/// Objects that one purge event names: its JSON stays far below the largest event.
const PURGE_BATCH: usize = 500;

/// All that the session asks of the world, built once by `main`.
pub struct World {
    /// HTTP.
    pub http: Rc<dyn Http>,
    /// Clock.
    pub clock: Rc<dyn Clock>,
    /// Randomness.
    pub entropy: Rc<dyn Entropy>,
    /// Engine for key derivation.
    pub cipher: Rc<dyn KeyDerivation>,
    /// Small records on this device.
    pub store: Rc<dyn Store>,
    /// Where the keys of an open session outlive a reload.
    pub keys: Rc<dyn SessionKeyStore>,
    /// What all tabs of this origin share at once.
    pub notes: Rc<dyn TabNotes>,
    /// How long a session lives without use, in seconds; none where the idle limit of this device
    /// says it.
    pub session_seconds: Option<u64>,
    /// The Workers that carry whole transfers.
    pub runner: Rc<dyn TransferRunner>,
    /// Where ciphertext waits for the line; the Workers write it.
    pub spool: Rc<dyn Spool>,
    /// Files that can be read again after a reload.
    pub handles: Rc<dyn Handles>,
    /// [`Geometry::FORMAT_1`] wherever objects are kept.
    pub geometry: Geometry,
    /// Strength meter.
    pub meter: Rc<dyn Meter>,
    /// URL below which `config.json` is found: the page's own, without file name, query or
    /// fragment.
    pub base_url: String,
    /// The deployment that this page was built for, where it says so: no other is spoken to.
    pub deployment: Option<String>,
}

/// The vault, open. Cheap to clone; all clones are one session.
#[derive(Clone)]
pub struct Session {
    inner: Rc<Inner>,
}

impl Session {
    /// Opens on what this device has, without asking the network.
    pub(crate) async fn open(
        world: &Rc<World>,
        username: Username,
        account: AccountId,
        vault_key: VaultKey,
        endpoint: Endpoint,
        config: PublicConfig,
        kept: Option<SessionClient>,
    ) -> Self {
        world.meter.stop();
        world.runner.prepare();
        let now = world.clock.now_ms();
        let inner = Rc::new(Inner {
            world: Rc::clone(world),
            username,
            config,
            records: Records { store: Rc::clone(&world.store), account },
            keys: RefCell::new(Some(Rc::new(Keys { vault_key, endpoint: Rc::new(endpoint) }))),
            history: RefCell::default(),
            queue: RefCell::default(),
            queue_mark: RefCell::default(),
            finished: RefCell::default(),
            cancelled: RefCell::default(),
            // What an earlier tab left is looked for.
            tidying: Cell::new(true),
            persisted: Cell::new(false),
            trouble: Cell::new(None),
            loaded: Cell::new(false),
            kept: RefCell::new(kept.map(Rc::new)),
            unkeepable: Cell::new(false),
            renewed: Cell::new((0, 0)),
            ended: Cell::new(false),
            open_note: lifetime::join(world, &account),
            idle_minutes: Cell::new(idle::minutes(&*world.store).await),
            active: Cell::new(now),
            refreshed: Cell::new(None),
            wanted: Cell::new(false),
            offline: Cell::new(false),
            compared: RefCell::default(),
            device: Cell::new(None),
            listener: RefCell::default(),
            wake_log: Notify::default(),
            wake_queue: Notify::default(),
            wake_finish: Notify::default(),
            wake_over: Broadcast::default(),
            locked: Notify::default(),
        });
        world.notes.set(lifetime::ACTIVE, Some(&now.to_string()));
        // One does not stand for the other.
        let (loaded, queue) = (inner.load().await, inner.load_queue().await);
        if loaded.and(queue).is_err() {
            inner.trouble.set(Some(Trouble::DeviceStorage));
        }
        inner.show_begun();
        Self { inner }
    }

    /// Whether both are one session.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.inner, &other.inner)
    }

    /// The username, normalised.
    #[must_use]
    pub fn username(&self) -> String {
        self.inner.username.as_str().to_owned()
    }

    /// Whether the session will be there after a reload.
    #[must_use]
    pub fn kept(&self) -> bool {
        self.inner.kept.borrow().is_some()
    }

    /// What the screens show now.
    #[must_use]
    pub fn view(&self) -> View {
        let history = self.inner.history.borrow();
        let transfers = self.inner.queue.borrow().rows(self.inner.world.clock.now_ms());
        View {
            listed: history.listed,
            files: history.files().to_vec(),
            trash: history.trash().to_vec(),
            only_here: transfers.iter().filter(|row| row.only_here).count(),
            transfers,
            doubts: history.doubts.iter().copied().collect(),
            trouble: self.inner.trouble.get(),
            unsaved: history.unsaved.len() + history.pending_deletes.len(),
            unread: self.inner.refreshed.get().is_none() && !self.inner.offline.get(),
            merges: history.merged().to_vec(),
            head_code: history.head_code().to_owned(),
        }
    }

    /// Calls `changed` after every change of the view; one listener, the last one set. Of progress
    /// alone it is told at most ten times a second.
    pub fn on_change(&self, changed: Rc<dyn Fn()>) {
        *self.inner.listener.borrow_mut() = Some(changed);
    }

    /// Works until the session is locked: refreshes the list, runs the queue, saves what waits.
    /// Spawned once by `main`/ui.
    pub async fn work(&self) {
        let Self { inner } = self;
        if inner.keys().is_none() {
            return;
        }
        let work = future::join3(inner.keep_up(), inner.carry(), inner.finish());
        future::select(pin!(inner.locked.notified()), pin!(work)).await;
    }

    /// Brings bucket and device in step once: writes the queue down, saves what waits, reads what
    /// is new, cleans up. For whoever has no use for [`Session::work`], before it or after it; not
    /// while it runs.
    pub async fn sync(&self) -> Result<(), Trouble> {
        self.inner.enlist().await;
        self.inner.wanted.set(true);
        let synced = self.inner.step().await;
        self.inner.trouble.set(synced.err());
        self.inner.live_on().await;
        synced
    }

    /// Queues files for upload. One that an unfinished upload waits for lets that go on instead.
    pub fn add(&self, sources: Vec<Rc<dyn Source>>) -> Result<(), ChangeError> {
        self.writable()?;
        let Inner { world, config, queue, .. } = &*self.inner;
        let Some(keys) = self.inner.keys() else { return Err(ChangeError::ReadOnly) };
        let mut queue = queue.borrow_mut();
        for source in sources {
            if queue.hand(&source) {
                continue;
            }
            let (name, size) = (carry::base_name(&source.path()).to_owned(), source.size());
            match Upload::new(world, &keys.vault_key, source, config.max_object_bytes) {
                Ok(upload) => queue.push_upload(upload, TransferState::Queued),
                Err(error) => queue.push(Load::Refused, name, size, TransferState::Failed(error)),
            }
        }
        drop(queue);
        self.queued();
        Ok(())
    }

    /// Queues a download.
    pub fn download(&self, id: ObjectId) -> Result<(), ChangeError> {
        let (name, size) = {
            let history = self.inner.history.borrow();
            let file = history.state.files.get(&id).ok_or(ChangeError::Gone)?;
            let path = history.shown_path(&id).unwrap_or(&file.path);
            (carry::base_name(path).to_owned(), file.size)
        };
        self.inner.queue.borrow_mut().push(Load::Down(id), name, size, TransferState::Queued);
        self.queued();
        Ok(())
    }

    /// Holds a transfer; what was sent stays sent.
    pub fn pause(&self, transfer: u64) {
        self.inner.queue.borrow_mut().pause(transfer);
        self.queued();
    }

    /// Holds all transfers.
    pub fn pause_all(&self) {
        self.unended().into_iter().for_each(|transfer| self.pause(transfer));
    }

    /// Goes on now with a transfer that is paused, waits, failed, or is unfinished. Of an
    /// unfinished one the browser may ask whether its file may be read: call it from a click.
    pub fn resume(&self, transfer: u64) {
        self.inner.queue.borrow_mut().resume(transfer);
        self.queued();
        self.inner.wake_log.notify();
    }

    /// Goes on with all transfers that have not ended.
    pub fn resume_all(&self) {
        self.unended().into_iter().for_each(|transfer| self.resume(transfer));
    }

    /// Cancels a transfer: what was sent of it leaves the bucket. One that ended is taken off the
    /// list.
    pub fn cancel(&self, transfer: u64) {
        let cancelled = self.inner.queue.borrow_mut().cancel(transfer);
        self.inner.cancelled.borrow_mut().extend(cancelled);
        self.queued();
    }

    /// Cancels all transfers that have not ended.
    pub fn cancel_all(&self) {
        self.unended().into_iter().for_each(|transfer| self.cancel(transfer));
    }

    /// The browser says that the line is back: nothing waits any longer, and the list is read
    /// again.
    pub fn online(&self) {
        self.inner.queue.borrow_mut().wake();
        self.queued();
        self.refresh();
    }

    /// Takes all ended transfers off the list.
    pub fn clear_ended(&self) {
        let cancelled = self.inner.queue.borrow_mut().clear_ended();
        self.inner.cancelled.borrow_mut().extend(cancelled);
        self.queued();
    }

    /// Moves a file to the trash.
    pub async fn trash(&self, id: ObjectId) -> Result<(), ChangeError> {
        self.has(&id)?;
        self.inner.append(vec![Op::Trash { object: id }], &[]).await?;
        Ok(())
    }

    /// Takes a file back out of the trash.
    pub async fn restore(&self, id: ObjectId) -> Result<(), ChangeError> {
        self.has(&id)?;
        self.inner.append(vec![Op::Restore { object: id }], &[]).await?;
        Ok(())
    }

    /// Gives a file another path; [`ChangeError::Name`] where a name in it is none.
    pub async fn rename(&self, id: ObjectId, path: &str) -> Result<(), ChangeError> {
        self.has(&id)?;
        path::check(path).map_err(ChangeError::Name)?;
        self.inner.append(vec![Op::Move { object: id, path: path.to_owned() }], &[]).await?;
        Ok(())
    }

    /// Deletes files in the trash for ever. First the catalog says so, for all devices and for
    /// good, then the objects leave the bucket: a crash between leaves an object without an entry,
    /// never an entry without its object. Returns when the objects are gone; [`ChangeError::Waits`]
    /// when that has to wait, which it does by itself.
    pub async fn purge(&self, ids: Vec<ObjectId>) -> Result<(), ChangeError> {
        let trashed = |id: &ObjectId| {
            self.inner.history.borrow().state.files.get(id).is_some_and(|file| file.trashed)
        };
        if !ids.iter().all(trashed) {
            return Err(ChangeError::Gone);
        }
        // Some at a time: an event has a largest size.
        for ids in ids.chunks(PURGE_BATCH) {
            let ops = ids.iter().map(|id| Op::Purge { object: *id }).collect();
            self.inner.append(ops, ids).await?;
        }
        self.inner.save().await.map_err(ChangeError::Waits)
    }

    /// Says that both histories of every fork are this account's own, and ends that doubt on all
    /// devices. Which events they are stays in the log ([`View::merges`]).
    ///
    /// [`ChangeError::ReadOnly`] where anything else is doubtful, [`ChangeError::Gone`] where there
    /// is no fork.
    pub async fn merge_forks(&self) -> Result<(), ChangeError> {
        let forks = self.inner.history.borrow().forks();
        if forks.is_empty() {
            return Err(ChangeError::Gone);
        }
        for events in forks.chunks(MAX_MERGED) {
            // One that is left over goes with one that was named before.
            let events =
                if events.len() < 2 { forks.rchunks(2).next().unwrap_or_default() } else { events };
            self.inner.append(vec![Op::Merge { events: events.to_vec() }], &[]).await?;
        }
        self.refresh();
        Ok(())
    }

    /// Goes on with the list as this device last saw it, though it could not be read in this
    /// session. What is changed waits here, and joins what others changed meanwhile once the bucket
    /// answers.
    pub fn work_offline(&self) {
        self.inner.offline.set(true);
        self.inner.wake_queue.notify();
        self.inner.changed();
    }

    /// Reads the list again now.
    pub fn refresh(&self) {
        self.inner.wanted.set(true);
        self.inner.wake_log.notify();
    }

    /// Somebody is here: the idle limit counts from now.
    pub fn touch(&self) {
        self.inner.touch();
    }

    /// Minutes without anybody after which the vault locks itself.
    #[must_use]
    pub fn idle_minutes(&self) -> u32 {
        self.inner.idle_minutes.get()
    }

    /// Sets the idle limit for this device, 1 to 240 minutes. Where this browser stores nothing,
    /// for this session.
    pub async fn set_idle_minutes(&self, minutes: u32) {
        let minutes = idle::clamped(minutes);
        self.inner.idle_minutes.set(minutes);
        let _ = idle::set(&*self.inner.world.store, minutes).await;
        // The endpoint learns it with the next renewal.
        self.inner.renewed.set((0, 0));
        self.inner.wake_log.notify();
    }

    /// Why the vault has to be locked, if it has to be; the ui then does. Transfers that run finish
    /// first, and the idle limit counts from then on.
    #[must_use]
    pub fn over(&self) -> Option<Over> {
        self.inner.over()
    }

    /// Returns once another tab or the endpoint ended the session: see [`Session::over`].
    pub async fn ends(&self) {
        self.inner.ends().await;
    }

    /// True while a lock, a reload or closing the tab would interrupt an upload or lose something
    /// not saved yet.
    #[must_use]
    pub fn busy(&self) -> bool {
        let Inner { history, queue, .. } = &*self.inner;
        let history = history.borrow();
        queue.borrow().interrupts()
            || !history.unsaved.is_empty()
            || !history.pending_deletes.is_empty()
    }

    /// Wipes keys and session, stops all transfers, here and in all other tabs. Needs no network;
    /// what is left to do is to tell the endpoint.
    pub async fn lock(self) -> Ending {
        let Self { inner } = self;
        inner.keys.borrow_mut().take();
        inner.locked.notify();
        inner.world.runner.stop();
        inner.queue.borrow_mut().clear();
        inner.finished.take();
        inner.cancelled.take();
        inner.history.take();
        inner.trouble.set(None);
        // Whoever waits for the end waits no longer.
        inner.ended.set(true);
        inner.wake_over.notify();
        let ending = inner.forget().await;
        inner.changed();
        ending
    }

    fn writable(&self) -> Result<(), ChangeError> {
        let doubtful = !self.inner.history.borrow().doubts.is_empty();
        if doubtful || self.inner.keys().is_none() { Err(ChangeError::ReadOnly) } else { Ok(()) }
    }

    /// Whether it is doubtful, `append` asks, once the list was read.
    fn has(&self, id: &ObjectId) -> Result<(), ChangeError> {
        if self.inner.history.borrow().state.files.contains_key(id) {
            Ok(())
        } else {
            Err(ChangeError::Gone)
        }
    }

    fn unended(&self) -> Vec<u64> {
        self.inner.queue.borrow().open()
    }

    fn queued(&self) {
        self.inner.wake_queue.notify();
        self.inner.changed();
    }
}
