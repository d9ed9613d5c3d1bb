//! The use cases: all that the ui may call.
//!
//! [`Door`] is the vault locked: it can create an account, sign in, or restore a session that outlived a reload.
//! [`Session`] is the vault open. `lock` takes the session by value and wipes its keys.
//!
//! Inside, one job a file:
//!
//! - `door` opens; `kept` is what outlives a reload; `idle` the limit after which the vault locks itself.
//! - `history` is the log as known here, pure; `records` its names on this device; `append` writes events, `save`
//!   brings them into the bucket, `refresh` reads those of others.
//! - `queue` is the transfers, pure; `carry` runs them.
//! - `inner` is what all clones share, and the loop that keeps bucket and device in step.

mod append;
mod carry;
mod door;
mod history;
mod idle;
mod inner;
mod kept;
mod passphrase;
mod queue;
mod rate;
mod records;
mod refresh;
mod save;
mod view;

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;

use frond_wire::PublicConfig;
use futures_util::future;

use crate::account::{AccountId, Username};
pub use crate::catalog::Doubt;
use crate::catalog::{MAX_PATH, Op};
use crate::client::Endpoint;
use crate::object::ObjectId;
use crate::port::{BulkCipher, Carrier, Clock, Entropy, Http, Keep, Meter, Source, Store};
use crate::secret::VaultKey;
use crate::signal::Signal;
pub use door::{Door, DoorError, Strength};
use inner::{Inner, Keys};
use queue::Load;
use records::Records;
pub use view::{ChangeError, Direction, FileFault, FileRow, TransferRow, TransferState, Trouble, View};

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
    pub cipher: Rc<dyn BulkCipher>,
    /// Small records on this device.
    pub store: Rc<dyn Store>,
    /// Where the session outlives a reload.
    pub keep: Rc<dyn Keep>,
    /// The Workers that carry whole transfers.
    pub carrier: Rc<dyn Carrier>,
    /// Strength meter.
    pub meter: Rc<dyn Meter>,
    /// URL below which `config.json` is found: the page's own, without file name, query or fragment.
    pub base_url: String,
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
    ) -> Self {
        world.carrier.prepare();
        let now = world.clock.now_ms();
        let inner = Rc::new(Inner {
            world: Rc::clone(world),
            username,
            config,
            records: Records { store: Rc::clone(&world.store), account },
            keys: RefCell::new(Some(Rc::new(Keys { vault_key, endpoint: Rc::new(endpoint) }))),
            history: RefCell::default(),
            queue: RefCell::default(),
            trouble: Cell::new(None),
            loaded: Cell::new(false),
            kept: Cell::new(false),
            idle_minutes: Cell::new(idle::minutes(&*world.store).await),
            active: Cell::new(now),
            active_kept: Cell::new(now),
            progressed: Cell::new(0),
            refreshed: Cell::new(None),
            wanted: Cell::new(false),
            listener: RefCell::default(),
            wake_log: Signal::default(),
            wake_queue: Signal::default(),
            locked: Signal::default(),
        });
        if inner.load().await.is_err() {
            inner.trouble.set(Some(Trouble::DeviceStorage));
        }
        inner.keep().await;
        Self { inner }
    }

    /// The username, normalised.
    #[must_use]
    pub fn username(&self) -> String {
        self.inner.username.as_str().to_owned()
    }

    /// Whether the session will be there after a reload.
    #[must_use]
    pub fn kept(&self) -> bool {
        self.inner.kept.get()
    }

    /// What the screens show now.
    #[must_use]
    pub fn view(&self) -> View {
        let history = self.inner.history.borrow();
        View {
            listed: history.listed,
            files: history.files().to_vec(),
            trash: history.trash().to_vec(),
            transfers: self.inner.queue.borrow().rows(),
            doubts: history.doubts.iter().copied().collect(),
            trouble: self.inner.trouble.get(),
            unsaved: history.unsaved.len() + history.doomed.len(),
            head_code: history.head_code().to_owned(),
        }
    }

    /// Calls `changed` after every change of the view; one listener, the last one set. Of progress alone it is told
    /// at most ten times a second.
    pub fn on_change(&self, changed: Rc<dyn Fn()>) {
        *self.inner.listener.borrow_mut() = Some(changed);
    }

    /// Works until the session is locked: refreshes the list, runs the queue, saves what waits. Spawned once by
    /// `main`/ui.
    pub async fn work(&self) {
        let Self { inner } = self;
        if inner.keys().is_none() {
            return;
        }
        let work = future::join(inner.keep_up(), inner.carry());
        future::select(pin!(inner.locked.heard()), pin!(work)).await;
    }

    /// Queues files for upload.
    pub fn add(&self, sources: Vec<Rc<dyn Source>>) -> Result<(), ChangeError> {
        self.writable()?;
        for source in sources {
            let (path, size) = (source.path(), source.size());
            self.inner.queue.borrow_mut().push(Load::Up(source), carry::base_name(&path).to_owned(), size);
        }
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
        self.inner.queue.borrow_mut().push(Load::Down(id), name, size);
        self.queued();
        Ok(())
    }

    /// Tries a waiting or failed transfer again now.
    pub fn resume(&self, transfer: u64) {
        self.inner.queue.borrow_mut().resume(transfer);
        self.queued();
        self.inner.wake_log.ring();
    }

    /// Cancels a transfer; one that ended is taken off the list.
    pub fn cancel(&self, transfer: u64) {
        self.inner.queue.borrow_mut().cancel(transfer);
        self.queued();
    }

    /// Takes all ended transfers off the list.
    pub fn clear_ended(&self) {
        self.inner.queue.borrow_mut().clear_ended();
        self.inner.changed();
    }

    /// Moves a file to the trash.
    pub async fn trash(&self, id: ObjectId) -> Result<(), ChangeError> {
        self.has(&id)?;
        self.inner.append(vec![Op::Trash { object: id }], &[]).await.map(drop)
    }

    /// Takes a file back out of the trash.
    pub async fn restore(&self, id: ObjectId) -> Result<(), ChangeError> {
        self.has(&id)?;
        self.inner.append(vec![Op::Restore { object: id }], &[]).await.map(drop)
    }

    /// Gives a file another path.
    pub async fn rename(&self, id: ObjectId, path: &str) -> Result<(), ChangeError> {
        self.has(&id)?;
        if path.is_empty() || path.len() > MAX_PATH {
            return Err(ChangeError::Name);
        }
        self.inner.append(vec![Op::Move { object: id, path: path.to_owned() }], &[]).await.map(drop)
    }

    /// Deletes files in the trash for ever. First the catalog says so, for all devices and for good, then the objects
    /// leave the bucket: a crash between leaves an object without an entry, never an entry without its object.
    /// Returns when the objects are gone; [`ChangeError::NoAnswer`] when that has to wait, which it does by itself.
    pub async fn purge(&self, ids: Vec<ObjectId>) -> Result<(), ChangeError> {
        let trashed =
            |id: &ObjectId| self.inner.history.borrow().state.files.get(id).is_some_and(|file| file.trashed);
        if !ids.iter().all(trashed) {
            return Err(ChangeError::Gone);
        }
        // Some at a time: an event has a largest size.
        for ids in ids.chunks(PURGE_BATCH) {
            let ops = ids.iter().map(|id| Op::Purge { object: *id }).collect();
            self.inner.append(ops, ids).await?;
        }
        self.inner.save().await.map_err(|trouble| match trouble {
            Trouble::DeviceStorage => ChangeError::Device,
            _ => ChangeError::NoAnswer,
        })
    }

    /// Reads the list again now.
    pub fn refresh(&self) {
        self.inner.wanted.set(true);
        self.inner.wake_log.ring();
    }

    /// Somebody is here: the idle limit counts from now.
    pub fn touch(&self) {
        self.inner.active.set(self.inner.world.clock.now_ms());
    }

    /// Minutes without anybody after which the vault locks itself.
    #[must_use]
    pub fn idle_minutes(&self) -> u32 {
        self.inner.idle_minutes.get()
    }

    /// Sets the idle limit for this device, 1 to 240 minutes. Where this browser stores nothing, for this session.
    pub async fn set_idle_minutes(&self, minutes: u32) {
        let minutes = idle::clamped(minutes);
        self.inner.idle_minutes.set(minutes);
        let _ = idle::set(&*self.inner.world.store, minutes).await;
    }

    /// True once nobody was here for the idle limit; the ui then locks. Not while an upload runs: it would be lost.
    #[must_use]
    pub fn idle(&self) -> bool {
        let Inner { world, active, idle_minutes, queue, .. } = &*self.inner;
        let away = world.clock.now_ms().saturating_sub(active.get());
        away >= idle::limit(idle_minutes.get()) && !queue.borrow().uploading()
    }

    /// True while a lock, a reload or closing the tab would interrupt an upload or lose something not saved yet.
    #[must_use]
    pub fn busy(&self) -> bool {
        let Inner { history, queue, .. } = &*self.inner;
        let history = history.borrow();
        queue.borrow().uploads() || !history.unsaved.is_empty() || !history.doomed.is_empty()
    }

    /// Wipes keys and session, stops all transfers.
    pub async fn lock(self) {
        let Self { inner } = self;
        inner.keys.borrow_mut().take();
        inner.locked.ring();
        inner.world.carrier.stop();
        inner.queue.borrow_mut().clear();
        inner.history.take();
        inner.trouble.set(None);
        inner.kept.set(false);
        inner.world.keep.wipe().await;
        inner.changed();
    }

    fn writable(&self) -> Result<(), ChangeError> {
        let doubtful = !self.inner.history.borrow().doubts.is_empty();
        if doubtful || self.inner.keys().is_none() { Err(ChangeError::ReadOnly) } else { Ok(()) }
    }

    fn has(&self, id: &ObjectId) -> Result<(), ChangeError> {
        self.writable()?;
        if self.inner.history.borrow().state.files.contains_key(id) { Ok(()) } else { Err(ChangeError::Gone) }
    }

    fn queued(&self) {
        self.inner.wake_queue.ring();
        self.inner.changed();
    }
}
