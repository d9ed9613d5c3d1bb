//! State shared by all owners of a session: the account, its keys until it is locked, the ports,
//! and the two signals "the view changed" and "sync soon".

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;

use frond_wire::PublicConfig;
use futures_util::future;

use super::tabs::Tabs;
use super::world::World;
use crate::account::AccountId;
use crate::client::Endpoint;
use crate::notify::{Broadcast, Notify};
use crate::secret::VaultKey;
use crate::transfer::Bucket;
use crate::transfer::Signer;

/// The secrets of an open session.
pub(super) struct Keys {
    pub(super) vault_key: VaultKey,
    pub(super) endpoint: Rc<Endpoint>,
}

/// The context of one session.
pub(super) struct Context {
    pub(super) world: Rc<World>,
    pub(super) account: AccountId,
    pub(super) config: PublicConfig,
    pub(super) tabs: Tabs,
    /// None once locked.
    keys: RefCell<Option<Rc<Keys>>>,
    listener: RefCell<Option<Rc<dyn Fn()>>>,
    sync_soon: Notify,
    locked: Broadcast,
}

impl Context {
    pub(super) fn new(
        world: &Rc<World>,
        account: AccountId,
        config: PublicConfig,
        keys: Keys,
    ) -> Self {
        Self {
            world: Rc::clone(world),
            account,
            config,
            tabs: Tabs::join(world, &account),
            keys: RefCell::new(Some(Rc::new(keys))),
            listener: RefCell::default(),
            sync_soon: Notify::default(),
            locked: Broadcast::default(),
        }
    }

    /// The secrets, until the vault is locked, here or in another tab.
    pub(super) fn keys(&self) -> Option<Rc<Keys>> {
        if self.tabs.is_over_elsewhere() { None } else { self.keys.borrow().clone() }
    }

    /// Drops the secrets; they are wiped when the last task that uses them ends.
    pub(super) fn drop_keys(&self) {
        self.keys.borrow_mut().take();
        self.locked.notify();
    }

    /// Returns once the secrets are dropped.
    pub(super) async fn locked(&self) {
        while self.keys.borrow().is_some() {
            self.locked.notified().await;
        }
    }

    /// Sets the one listener that [`Context::changed`] calls.
    pub(super) fn on_change(&self, listener: Rc<dyn Fn()>) {
        *self.listener.borrow_mut() = Some(listener);
    }

    /// Tells the listener that the view changed.
    pub(super) fn changed(&self) {
        let listener = self.listener.borrow().clone();
        if let Some(listener) = listener {
            listener();
        }
    }

    /// Makes the sync loop start its next round now.
    pub(super) fn sync_soon(&self) {
        self.sync_soon.notify();
    }

    /// Returns after `pause_ms`, or as soon as [`Context::sync_soon`] is called.
    pub(super) async fn sync_due(&self, pause_ms: u64) {
        let sleep = self.world.clock.sleep(pause_ms);
        future::select(sleep, pin!(self.sync_soon.notified())).await;
    }

    /// The bucket, through URLs that `signer` signs.
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
}
