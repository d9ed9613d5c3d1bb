//! The open vault: the session, composed of its owners.

use std::future::Future;
use std::pin::pin;
use std::rc::Rc;

use base64ct::{Base64UrlUnpadded, Encoding};
use frond_wire::{PublicConfig, QuotaUse};
use futures_util::future;
use zeroize::Zeroizing;

use super::cleanups::Cleanups;
use super::context::{Context, Keys};
use super::error::ChangeError;
use super::files::Files;
use super::garbage::{Garbage, Leftovers};
use super::inventory::{self, Inventory};
use super::lifetime::{Ending, Lifetime, Over};
use super::log::{Audit, LogObserver, SessionLog};
use super::search::Search;
use super::thumbnails::Thumbnails;
use super::transfers::Transfers;
use super::verification::Verification;
use super::view::View;
use super::world::World;
use crate::account::{AccountId, Username};
use crate::catalog::{MAX_MERGED, Op};
use crate::client::{Endpoint, SentRequest, SessionClient};
use crate::notify::Broadcast;
use crate::object::ObjectId;
use crate::port::PickedFolder;
use crate::secret::VaultKey;
use crate::transfer::TransferError;

/// The open vault. Cheap to clone; all clones are one session.
#[derive(Clone)]
pub struct Session {
    owners: Rc<Owners>,
}

/// The parts of a session. Each owns its own state.
struct Owners {
    context: Rc<Context>,
    log: Rc<SessionLog>,
    files: Files,
    thumbnails: Rc<Thumbnails>,
    transfers: Rc<Transfers>,
    garbage: Garbage,
    search: Rc<Search>,
    lifetime: Lifetime,
    locked: Broadcast,
}

impl Session {
    /// Opens the session from this device's records, without using the network.
    pub(super) async fn open(
        world: &Rc<World>,
        username: Username,
        account: AccountId,
        vault_key: VaultKey,
        endpoint: Endpoint,
        config: PublicConfig,
        kept: Option<SessionClient>,
    ) -> Self {
        world.meter.stop();
        let keys = Keys { vault_key, endpoint: Rc::new(endpoint) };
        let context = Rc::new(Context::new(world, account, config, keys));
        let log = Rc::new(SessionLog::new(&context));
        let cleanups = Rc::new(Cleanups::new(&context));
        let thumbnails = Rc::new(Thumbnails::new(&context, &log));
        let transfers = Rc::new(Transfers::new(&context, &log, &cleanups, &thumbnails));
        let observer: Rc<dyn LogObserver> = transfers.clone();
        log.observe(&observer);
        let lifetime = Lifetime::new(Rc::clone(&context), username, kept).await;
        // Load both even if one fails.
        let (loaded, queue) = (log.load().await, transfers.load().await);
        if loaded.and(queue).is_err() {
            log.set_error(Some(TransferError::Storage));
        }
        transfers.show_begun();
        let files = Files::new(&context, &log);
        let garbage = Garbage::new(&context, &log, &cleanups);
        let search = Rc::new(Search::new(&context, &log));
        let added = Rc::clone(&search);
        transfers.on_added(Rc::new(move |file, source| added.added(file, source)));
        let locked = Broadcast::default();
        let owners = Owners {
            context,
            log,
            files,
            thumbnails,
            transfers,
            garbage,
            search,
            lifetime,
            locked,
        };
        Self { owners: Rc::new(owners) }
    }

    /// The files and folders: renaming, trash, deleting.
    #[must_use]
    pub fn files(&self) -> &Files {
        &self.owners.files
    }

    /// The transfers: adding files, downloading them, pausing and cancelling.
    #[must_use]
    pub fn transfers(&self) -> &Transfers {
        &self.owners.transfers
    }

    /// The search in the contents of files.
    #[must_use]
    pub fn search(&self) -> &Search {
        &self.owners.search
    }

    /// The thumbnails: making and fetching them.
    #[must_use]
    pub fn thumbnails(&self) -> &Thumbnails {
        &self.owners.thumbnails
    }

    pub(super) fn context(&self) -> &Context {
        &self.owners.context
    }

    pub(super) fn log(&self) -> &SessionLog {
        &self.owners.log
    }

    pub(super) fn garbage(&self) -> &Garbage {
        &self.owners.garbage
    }

    pub(super) fn lifetime(&self) -> &Lifetime {
        &self.owners.lifetime
    }

    /// Whether both are one session.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.owners, &other.owners)
    }

    /// The username, normalised.
    #[must_use]
    pub fn username(&self) -> String {
        self.lifetime().username().as_str().to_owned()
    }

    /// Whether the session survives a reload.
    #[must_use]
    pub fn kept(&self) -> bool {
        self.lifetime().is_kept()
    }

    /// The current contents of the screens except the files, which [`Files::index`] has.
    #[must_use]
    pub fn view(&self) -> View {
        let history = self.log().history();
        let transfers = self.transfers().rows();
        View {
            // Whoever sees the list may reload the page.
            listed: history.listed && self.lifetime().is_settled(),
            revision: history.index().revision(),
            only_here: transfers.iter().filter(|row| row.only_here).count(),
            transfers,
            doubts: history.doubts.iter().copied().collect(),
            list_error: self.log().error(),
            unsaved: history.unsaved.len() + history.pending_deletes.len(),
            unread: self.log().is_unread(),
            merges: history.merged().to_vec(),
            list_fingerprint: history.list_fingerprint().to_owned(),
        }
    }

    /// Calls `changed` after every change of the view; only the last listener set is kept. Changes
    /// of progress alone are reported at most ten times a second.
    pub fn on_change(&self, changed: Rc<dyn Fn()>) {
        self.context().on_change(changed);
    }

    /// Runs until the session is locked: [`Session::keep_in_step`] and
    /// [`Session::work_in_background`].
    pub async fn work(&self) {
        future::join(self.keep_in_step(), self.work_in_background()).await;
    }

    /// Runs until the session is locked: saves pending changes, and refreshes the list.
    pub async fn keep_in_step(&self) {
        self.until_locked(self.step_repeatedly()).await;
    }

    /// Runs until the session is locked: moves the files of the queue, writes snapshots, deletes
    /// what is not to be kept any longer, and indexes contents. Nothing that the list needs, so a
    /// page may begin with it later.
    pub async fn work_in_background(&self) {
        let transfers = &self.owners.transfers;
        self.context().world.runner.prepare();
        let is_busy = || transfers.interrupts();
        let snapshots = self.log().write_snapshots(&is_busy);
        let retention = self.files().keep_retention(&is_busy);
        let search = self.owners.search.work(&is_busy);
        let moving = future::join(transfers.run(), transfers.finish());
        self.until_locked(future::join4(moving, snapshots, retention, search)).await;
    }

    /// Runs `work` until the session is locked; not at all if it is.
    async fn until_locked<T>(&self, work: impl Future<Output = T>) {
        if self.context().keys().is_some() {
            future::select(pin!(self.owners.locked.notified()), pin!(work)).await;
        }
    }

    /// The browser reports that the network is back: retries all waiting transfers now and
    /// refreshes the list.
    pub fn online(&self) {
        self.transfers().wake();
        self.refresh();
    }

    /// Declares both histories of every fork as this account's own, and clears that doubt on all
    /// devices. The log keeps which events they are ([`View::merges`]).
    ///
    /// [`ChangeError::ReadOnly`] if there is any other doubt, [`ChangeError::Gone`] if there is no
    /// fork.
    pub async fn merge_forks(&self) -> Result<(), ChangeError> {
        let forks = self.log().history().forks();
        if forks.is_empty() {
            return Err(ChangeError::Gone);
        }
        for events in forks.chunks(MAX_MERGED) {
            // A single leftover event is paired with one already named.
            let events =
                if events.len() < 2 { forks.rchunks(2).next().unwrap_or_default() } else { events };
            self.log().append(vec![Op::Merge { events: events.to_vec() }], &[]).await?;
        }
        self.refresh();
        Ok(())
    }

    /// Prepares to verify these files; [`Verification::run`] does it. Ids of no file are left out.
    #[must_use]
    pub fn verification(&self, files: Vec<ObjectId>) -> Verification {
        Verification::new(&self.owners.context, &self.owners.log, files)
    }

    /// Prepares to save these files into a folder, under the names that an archive of them has,
    /// each once it is verified; [`Verification::run`] does it. A file that the folder has with the
    /// same name and size is left out.
    #[must_use]
    pub fn export(&self, files: Vec<ObjectId>, folder: Rc<dyn PickedFolder>) -> Verification {
        Verification::into_folder(&self.owners.context, &self.owners.log, files, folder)
    }

    /// The vault key in base64url, for a program that opens a copy of the bucket without Frond
    /// (docs/FORMAT.md); `None` once locked.
    #[must_use]
    pub fn export_vault_key(&self) -> Option<Zeroizing<String>> {
        let keys = self.context().keys()?;
        // EXPOSE: the user asked to save it in a file.
        Some(Zeroizing::new(Base64UrlUnpadded::encode_string(keys.vault_key.expose())))
    }

    /// Looks for garbage in the bucket.
    ///
    /// [`ChangeError::ReadOnly`] while the history is doubtful or has unsaved changes,
    /// [`ChangeError::Waits`] if the endpoint or store does not answer.
    pub async fn leftovers(&self) -> Result<Leftovers, ChangeError> {
        // Objects queued meanwhile are too young to count.
        self.garbage().leftovers(&self.transfers().objects()).await
    }

    /// Removes those of `found` that are still garbage. With objects it takes two minutes, to let
    /// other devices' events arrive. If interrupted, the rest stays for the next run.
    pub async fn free(&self, found: &Leftovers) -> Result<(), ChangeError> {
        self.garbage().free(found).await
    }

    /// What the account stores and may store, by the endpoint's count, at most a minute old.
    pub async fn quota(&self) -> Result<QuotaUse, ChangeError> {
        let keys = self.context().keys().ok_or(ChangeError::ReadOnly)?;
        keys.endpoint.quota().await.map_err(|error| ChangeError::Waits(error.into()))
    }

    /// Lists everything of the vault in the bucket, as its operator sees it.
    ///
    /// # Errors
    /// As returned by the requests.
    pub async fn inventory(&self) -> Result<Inventory, TransferError> {
        inventory::take(self.context()).await
    }

    /// The first `length` bytes of a file as stored, encrypted; the object is not shorter.
    ///
    /// # Errors
    /// [`TransferError::Missing`] if the bucket has no such object; others as returned by the
    /// request.
    pub async fn stored_bytes(
        &self,
        file: ObjectId,
        length: u64,
    ) -> Result<Vec<u8>, TransferError> {
        inventory::first_bytes(self.context(), file, length).await
    }

    /// The last requests of this session, oldest first, without secrets; none once locked.
    #[must_use]
    pub fn requests(&self) -> Vec<SentRequest> {
        self.context().keys().map(|keys| keys.endpoint.requests()).unwrap_or_default()
    }

    /// Writes a snapshot if one is due, for callers that do not run [`Session::work`].
    pub async fn write_snapshot(&self) -> Result<(), TransferError> {
        self.log().write_snapshot().await
    }

    /// Compares the snapshot that covers most with all events that it covers, fetched one by one;
    /// `None` if there is none.
    pub async fn audit(&self) -> Result<Option<Audit>, TransferError> {
        self.log().audit().await
    }

    /// Works with the list as this device last saw it, though it could not be read in this session.
    /// Changes wait here and merge with those of other devices once the bucket answers.
    pub fn work_offline(&self) {
        self.log().work_offline();
        self.transfers().queued();
    }

    /// Reads the list again now.
    pub fn refresh(&self) {
        self.log().want();
    }

    /// A short public note of this device, such as how lists are shown.
    #[must_use]
    pub fn note(&self, name: &str) -> Option<String> {
        self.context().world.notes.get(name)
    }

    /// Writes or removes a note of this device.
    pub fn set_note(&self, name: &str, text: Option<&str>) {
        self.context().world.notes.set(name, text);
    }

    /// Records user activity: the idle limit counts from now.
    pub fn touch(&self) {
        self.context().tabs.touch();
    }

    /// Minutes without activity after which the vault locks itself.
    #[must_use]
    pub fn idle_minutes(&self) -> u32 {
        self.lifetime().idle_minutes()
    }

    /// Sets the idle limit for this device, 1 to 240 minutes; only for this session if this browser
    /// stores nothing.
    pub async fn set_idle_minutes(&self, minutes: u32) {
        self.lifetime().set_idle_minutes(minutes).await;
    }

    /// Why the vault has to be locked, if it has to; the ui then locks it. Running transfers finish
    /// first, and the idle limit counts from then on.
    #[must_use]
    pub fn over(&self) -> Option<Over> {
        self.lifetime().over(self.transfers().are_running())
    }

    /// Returns once another tab or the endpoint ended the session: see [`Session::over`].
    pub async fn ends(&self) {
        self.lifetime().ends().await;
    }

    /// Keeps the session for a reload if this device can and the endpoint answers;
    /// [`Session::work`] begins with it.
    pub async fn keep(&self) {
        self.lifetime().keep().await;
    }

    /// True while a lock, a reload or closing the tab would interrupt an upload or lose unsaved
    /// changes.
    #[must_use]
    pub fn busy(&self) -> bool {
        self.transfers().interrupts() || self.log().history().waits()
    }

    /// Wipes keys and session and stops all transfers, here and in all other tabs. Needs no
    /// network; the returned [`Ending`] informs the endpoint.
    pub async fn lock(self) -> Ending {
        let Owners { context, log, search, lifetime, .. } = &*self.owners;
        context.drop_keys();
        self.stop();
        log.clear();
        search.forget();
        let ending = lifetime.end().await;
        context.changed();
        ending
    }

    /// Stops all transfers, and ends [`Session::work`].
    pub(super) fn stop(&self) {
        let Owners { context, thumbnails, transfers, locked, .. } = &*self.owners;
        locked.notify();
        context.world.runner.stop();
        transfers.clear();
        thumbnails.clear();
    }
}
