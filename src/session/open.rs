//! The vault, open: the session, composed of its owners.

use std::pin::pin;
use std::rc::Rc;

use frond_wire::PublicConfig;
use futures_util::future;

use super::cleanups::Cleanups;
use super::context::{Context, Keys};
use super::error::ChangeError;
use super::files::Files;
use super::garbage::{Garbage, Leftovers};
use super::lifetime::{Ending, Lifetime, Over};
use super::log::{Log, LogObserver};
use super::transfers::Transfers;
use super::view::View;
use super::world::World;
use crate::account::{AccountId, Username};
use crate::catalog::{MAX_MERGED, Op};
use crate::client::{Endpoint, SessionClient};
use crate::notify::Notify;
use crate::secret::VaultKey;
use crate::transfer::TransferError;

/// The vault, open. Cheap to clone; all clones are one session.
#[derive(Clone)]
pub struct Session {
    owners: Rc<Owners>,
}

/// What a session is composed of. Each owns its own state.
struct Owners {
    context: Rc<Context>,
    log: Rc<Log>,
    files: Files,
    transfers: Rc<Transfers>,
    garbage: Garbage,
    lifetime: Lifetime,
    locked: Notify,
}

impl Session {
    /// Opens on what this device has, without asking the network.
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
        world.runner.prepare();
        let keys = Keys { vault_key, endpoint: Rc::new(endpoint) };
        let context = Rc::new(Context::new(world, account, config, keys));
        let log = Rc::new(Log::new(&context));
        let cleanups = Rc::new(Cleanups::new(&context));
        let transfers = Rc::new(Transfers::new(&context, &log, &cleanups));
        let observer: Rc<dyn LogObserver> = transfers.clone();
        log.observe(&observer);
        let lifetime = Lifetime::new(Rc::clone(&context), username, kept).await;
        // One does not stand for the other.
        let (loaded, queue) = (log.load().await, transfers.load().await);
        if loaded.and(queue).is_err() {
            log.set_trouble(Some(TransferError::Storage));
        }
        transfers.show_begun();
        let files = Files::new(&log);
        let garbage = Garbage::new(&context, &log, &cleanups);
        let locked = Notify::default();
        let owners = Owners { context, log, files, transfers, garbage, lifetime, locked };
        Self { owners: Rc::new(owners) }
    }

    /// The files: renaming, trash, deleting.
    #[must_use]
    pub fn files(&self) -> &Files {
        &self.owners.files
    }

    /// The transfers: adding files, downloading them, pausing and cancelling.
    #[must_use]
    pub fn transfers(&self) -> &Transfers {
        &self.owners.transfers
    }

    pub(super) fn context(&self) -> &Context {
        &self.owners.context
    }

    pub(super) fn log(&self) -> &Log {
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
        self.lifetime().username().to_owned()
    }

    /// Whether the session will be there after a reload.
    #[must_use]
    pub fn kept(&self) -> bool {
        self.lifetime().is_kept()
    }

    /// What the screens show now.
    #[must_use]
    pub fn view(&self) -> View {
        let history = self.log().history();
        let transfers = self.transfers().rows();
        View {
            listed: history.listed,
            files: history.files().to_vec(),
            trash: history.trash().to_vec(),
            only_here: transfers.iter().filter(|row| row.only_here).count(),
            transfers,
            doubts: history.doubts.iter().copied().collect(),
            trouble: self.log().trouble(),
            unsaved: history.unsaved.len() + history.pending_deletes.len(),
            unread: self.log().is_unread(),
            merges: history.merged().to_vec(),
            head_code: history.head_code().to_owned(),
        }
    }

    /// Calls `changed` after every change of the view; one listener, the last one set. Of progress
    /// alone it is told at most ten times a second.
    pub fn on_change(&self, changed: Rc<dyn Fn()>) {
        self.context().on_change(changed);
    }

    /// Works until the session is locked: refreshes the list, runs the queue, saves what waits.
    /// Spawned once by `main`/ui.
    pub async fn work(&self) {
        if self.context().keys().is_none() {
            return;
        }
        let transfers = &self.owners.transfers;
        let work = future::join3(self.keep_in_step(), transfers.run(), transfers.finish());
        future::select(pin!(self.owners.locked.notified()), pin!(work)).await;
    }

    /// The browser says that the network is back: nothing waits any longer, and the list is read
    /// again.
    pub fn online(&self) {
        self.transfers().wake();
        self.refresh();
    }

    /// Says that both histories of every fork are this account's own, and ends that doubt on all
    /// devices. Which events they are stays in the log ([`View::merges`]).
    ///
    /// [`ChangeError::ReadOnly`] where anything else is doubtful, [`ChangeError::Gone`] where there
    /// is no fork.
    pub async fn merge_forks(&self) -> Result<(), ChangeError> {
        let forks = self.log().history().forks();
        if forks.is_empty() {
            return Err(ChangeError::Gone);
        }
        for events in forks.chunks(MAX_MERGED) {
            // One that is left over goes with one that was named before.
            let events =
                if events.len() < 2 { forks.rchunks(2).next().unwrap_or_default() } else { events };
            self.log().append(vec![Op::Merge { events: events.to_vec() }], &[]).await?;
        }
        self.refresh();
        Ok(())
    }

    /// Looks for what lies in the bucket and belongs to nothing.
    ///
    /// [`ChangeError::ReadOnly`] while the history is doubtful or waits to be saved,
    /// [`ChangeError::Waits`] where endpoint or store do not answer.
    pub async fn leftovers(&self) -> Result<Leftovers, ChangeError> {
        // What is queued meanwhile is younger than what counts.
        self.garbage().leftovers(&self.transfers().objects()).await
    }

    /// Removes of `found` what still belongs to nothing; with objects it takes two minutes, in
    /// which other devices are heard. A cut leaves the rest for the next look.
    pub async fn free(&self, found: &Leftovers) -> Result<(), ChangeError> {
        self.garbage().free(found).await
    }

    /// Goes on with the list as this device last saw it, though it could not be read in this
    /// session. What is changed waits here, and joins what others changed meanwhile once the bucket
    /// answers.
    pub fn work_offline(&self) {
        self.log().work_offline();
        self.transfers().queued();
    }

    /// Reads the list again now.
    pub fn refresh(&self) {
        self.log().want();
    }

    /// Somebody is here: the idle limit counts from now.
    pub fn touch(&self) {
        self.context().tabs.touch();
    }

    /// Minutes without activity after which the vault locks itself.
    #[must_use]
    pub fn idle_minutes(&self) -> u32 {
        self.lifetime().idle_minutes()
    }

    /// Sets the idle limit for this device, 1 to 240 minutes. Where this browser stores nothing,
    /// for this session.
    pub async fn set_idle_minutes(&self, minutes: u32) {
        self.lifetime().set_idle_minutes(minutes).await;
    }

    /// Why the vault has to be locked, if it has to be; the ui then does. Transfers that run finish
    /// first, and the idle limit counts from then on.
    #[must_use]
    pub fn over(&self) -> Option<Over> {
        self.lifetime().over(self.transfers().are_running())
    }

    /// Returns once another tab or the endpoint ended the session: see [`Session::over`].
    pub async fn ends(&self) {
        self.lifetime().ends().await;
    }

    /// Keeps the session for a reload, where this device can and the endpoint answers.
    pub(super) async fn keep(&self) {
        self.lifetime().keep().await;
    }

    /// True while a lock, a reload or closing the tab would interrupt an upload or lose something
    /// not saved yet.
    #[must_use]
    pub fn busy(&self) -> bool {
        self.transfers().interrupts() || self.log().history().waits()
    }

    /// Wipes keys and session, stops all transfers, here and in all other tabs. Needs no network;
    /// what is left to do is to tell the endpoint.
    pub async fn lock(self) -> Ending {
        let Owners { context, log, transfers, lifetime, locked, .. } = &*self.owners;
        context.drop_keys();
        locked.notify();
        context.world.runner.stop();
        transfers.clear();
        log.clear();
        let ending = lifetime.end().await;
        context.changed();
        ending
    }
}
