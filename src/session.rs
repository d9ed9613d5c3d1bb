//! The use cases: all that the ui may call.
//!
//! [`Door`] is the vault locked: it can create an account, sign in, or restore a session that outlived a reload.
//! [`Session`] is the vault open. `lock` takes the session by value and wipes its keys.

use std::rc::Rc;

use frond_wire::PublicConfig;

use crate::object::ObjectId;
use crate::port::{BulkCipher, Carrier, Clock, Entropy, Http, Keep, Meter, Source, Store};
use crate::secret::Password;
use crate::transfer::TransferError;

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

/// Why the vault did not open. Nothing was changed or lost.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DoorError {
    /// The username has a form that is not accepted.
    #[error("bad username")]
    Username,
    /// The password holds control characters or lone surrogates, or is empty.
    #[error("bad password")]
    Password,
    /// The password is too short or guessable.
    #[error("weak password")]
    Weak,
    /// Wrong username or password; the endpoint cannot tell which.
    #[error("wrong username or password")]
    Wrong,
    /// This username with this password exists already.
    #[error("the login exists")]
    Exists,
    /// Registration is closed.
    #[error("registration is closed")]
    Closed,
    /// The invite code is wrong or used.
    #[error("the invite was refused")]
    Invite,
    /// The endpoint does not answer.
    #[error("the endpoint does not answer")]
    NoAnswer,
    /// Too many tries; how many seconds to wait.
    #[error("too many requests")]
    TooMany(u64),
    /// The endpoint says something that cannot be: another version, a proxy's page.
    #[error("the endpoint's answer makes no sense")]
    Nonsense,
    /// This address had another deployment name before.
    #[error("the deployment changed")]
    DeploymentChanged,
    /// The login record does not belong to this login: it was changed in storage.
    #[error("the keyring is not ours")]
    Forged,
    /// This device's clock is off by more than the endpoint accepts.
    #[error("the clock is wrong")]
    ClockWrong,
    /// No randomness, or no cipher engine.
    #[error("this browser cannot seal")]
    Engine,
}

/// What the strength meter thinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strength {
    /// 0 (guessed at once) to 4 (very strong).
    pub score: u8,
    /// Long enough and not guessable: may be used.
    pub accepted: bool,
}

/// The vault, locked.
#[derive(Clone)]
pub struct Door {
    /// Adapters.
    pub(crate) world: Rc<World>,
}

impl Door {
    /// A locked vault over these adapters.
    #[must_use]
    pub fn new(world: Rc<World>) -> Self {
        Self { world }
    }

    /// The deployment's public configuration; pins its name for this origin at first use.
    pub async fn config(&self) -> Result<PublicConfig, DoorError> {
        todo!()
    }

    /// The session that a reload interrupted, unless locked, idle for too long, or not kept.
    pub async fn restore(&self) -> Option<Session> {
        todo!()
    }

    /// Opens an existing account. Never creates anything.
    pub async fn sign_in(&self, username: &str, password: &Password) -> Result<Session, DoorError> {
        todo!()
    }

    /// Makes an account and opens it.
    pub async fn create(
        &self,
        username: &str,
        password: &Password,
        invite: Option<String>,
    ) -> Result<Session, DoorError> {
        todo!()
    }

    /// How strong a password is for this user; `None` when the meter could not be loaded.
    pub async fn strength(&self, username: &str, password: &Password) -> Option<Strength> {
        todo!()
    }

    /// A generated passphrase, at least 77 bits.
    pub fn passphrase(&self) -> Result<Password, DoorError> {
        todo!()
    }
}

/// A file as the list shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct FileRow {
    /// Object id, which names the file in every call.
    pub id: ObjectId,
    /// Path with `/`, told apart from others of the same path by ` (2)` before the ending.
    pub path: String,
    /// Size in bytes.
    pub size: u64,
    /// Media type, possibly empty. Never trusted for display.
    pub media_type: String,
    /// Modification time of the file as it was added, milliseconds since the Unix epoch.
    pub modified: Option<i64>,
    /// When it was added, milliseconds since the Unix epoch, by the adding device's clock.
    pub added: u64,
    /// What is wrong with it, if anything.
    pub fault: Option<FileFault>,
}

/// What is wrong with one file. Other files are fine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileFault {
    /// Two devices recorded the same object with different seals.
    TwoSeals,
    /// The bucket has no such object.
    Missing,
    /// The stored object is not what was saved.
    Changed,
}

/// Why the vault is read-only: the bucket shows a history that cannot be. Local copies are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Doubt {
    /// An event between two others of a device is missing.
    Hole,
    /// An event builds on one that is not there.
    MissingParent,
    /// What this device has seen before is not there any more.
    Rollback,
    /// Two events claim one place in a device's history.
    Fork,
    /// An event does not open, or is not what its name says.
    BadEvent,
}

/// Direction of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Into the bucket.
    Up,
    /// Out of it.
    Down,
}

/// State of a transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferState {
    /// In the queue.
    Queued,
    /// Bytes move.
    Running,
    /// The line or a server fails; it goes on by itself.
    Waiting(TransferError),
    /// Stopped; the person can try again.
    Failed(TransferError),
    /// Whole, verified.
    Done,
}

/// A transfer as the sheet shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct TransferRow {
    /// Number of the transfer in this session.
    pub id: u64,
    /// Name of the file.
    pub name: String,
    /// Up or down.
    pub direction: Direction,
    /// Bytes done of `total`.
    pub done: u64,
    /// Bytes of the file.
    pub total: u64,
    /// Bytes a second over the last seconds.
    pub rate: u64,
    /// Seconds left, when it can be told.
    pub left: Option<u64>,
    /// State.
    pub state: TransferState,
}

/// All that the vault's screens show, at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// False until the list was read once.
    pub listed: bool,
    /// Files, in path order.
    pub files: Vec<FileRow>,
    /// Files in the trash, in path order.
    pub trash: Vec<FileRow>,
    /// Transfers of this session, oldest first.
    pub transfers: Vec<TransferRow>,
    /// Why the vault is read-only; empty when it is not.
    pub doubts: Vec<Doubt>,
    /// The list could not be refreshed or a change not saved: why. It is tried again by itself.
    pub trouble: Option<Trouble>,
    /// Changes kept on this device that the bucket does not have yet.
    pub unsaved: usize,
    /// 80 bits as four groups, to compare two devices by eye.
    pub head_code: String,
}

/// Why list or changes wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trouble {
    /// The endpoint does not answer.
    EndpointDown,
    /// The store does not answer.
    StoreDown,
    /// The endpoint no longer accepts this login.
    Refused,
    /// This device's clock is wrong.
    ClockWrong,
    /// This browser's storage failed; nothing is changed until it works.
    DeviceStorage,
}

/// Why a change was not made. Nothing was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// The vault is read-only, see [`View::doubts`].
    #[error("the vault is read-only")]
    ReadOnly,
    /// No such file (any more).
    #[error("no such file")]
    Gone,
    /// The new name is empty or too long.
    #[error("bad name")]
    Name,
    /// This browser's storage or randomness failed.
    #[error("this browser's storage failed")]
    Device,
    /// The store or endpoint does not answer; the change was not made (only deleting for ever answers this).
    #[error("no answer")]
    NoAnswer,
}

/// The vault, open. Cheap to clone; all clones are one session.
#[derive(Clone)]
pub struct Session {}

impl Session {
    /// The username, normalised.
    #[must_use]
    pub fn username(&self) -> String {
        todo!()
    }

    /// Whether the session will be there after a reload.
    #[must_use]
    pub fn kept(&self) -> bool {
        todo!()
    }

    /// What the screens show now.
    #[must_use]
    pub fn view(&self) -> View {
        todo!()
    }

    /// Calls `changed` after every change of the view; one listener, the last one set.
    pub fn on_change(&self, changed: Rc<dyn Fn()>) {
        todo!()
    }

    /// Works until the session is locked: refreshes the list, runs the queue, saves what waits. Spawned once by `main`/ui.
    pub async fn work(&self) {
        todo!()
    }

    /// Queues files for upload.
    pub fn add(&self, sources: Vec<Rc<dyn Source>>) -> Result<(), ChangeError> {
        todo!()
    }

    /// Queues a download.
    pub fn download(&self, id: ObjectId) -> Result<(), ChangeError> {
        todo!()
    }

    /// Tries a waiting or failed transfer again now.
    pub fn resume(&self, transfer: u64) {
        todo!()
    }

    /// Cancels a transfer; one that ended is taken off the list.
    pub fn cancel(&self, transfer: u64) {
        todo!()
    }

    /// Takes all ended transfers off the list.
    pub fn clear_ended(&self) {
        todo!()
    }

    /// Moves a file to the trash.
    pub async fn trash(&self, id: ObjectId) -> Result<(), ChangeError> {
        todo!()
    }

    /// Takes a file back out of the trash.
    pub async fn restore(&self, id: ObjectId) -> Result<(), ChangeError> {
        todo!()
    }

    /// Gives a file another path.
    pub async fn rename(&self, id: ObjectId, path: &str) -> Result<(), ChangeError> {
        todo!()
    }

    /// Deletes files in the trash for ever: the object leaves the bucket, then the list.
    pub async fn purge(&self, ids: Vec<ObjectId>) -> Result<(), ChangeError> {
        todo!()
    }

    /// Reads the list again now.
    pub fn refresh(&self) {
        todo!()
    }

    /// Somebody is here: the idle limit counts from now.
    pub fn touch(&self) {
        todo!()
    }

    /// Minutes without anybody after which the vault locks itself.
    #[must_use]
    pub fn idle_minutes(&self) -> u32 {
        todo!()
    }

    /// Sets the idle limit for this device, 1 to 240 minutes.
    pub async fn set_idle_minutes(&self, minutes: u32) {
        todo!()
    }

    /// True once nobody was here for the idle limit; the ui then locks.
    #[must_use]
    pub fn idle(&self) -> bool {
        todo!()
    }

    /// True while a lock, a reload or closing the tab would interrupt an upload or lose something not saved yet.
    #[must_use]
    pub fn busy(&self) -> bool {
        todo!()
    }

    /// Wipes keys and session, stops all transfers.
    pub async fn lock(self) {
        todo!()
    }
}
