//! Writing events: sealed, numbered and put into the outbox in one transaction.

use super::SessionLog;
use crate::account::DeviceId;
use crate::catalog::{self, Doubt, Event, EventKey, Op};
use crate::object::{EventId, ObjectId};
use crate::port::StoreFailed;
use crate::secret::VaultKey;
use crate::session::error::AppendError;
use crate::session::records::Change;

impl SessionLog {
    /// Appends one event with these operations; `pending_deletes` objects are to be deleted once
    /// the bucket has the event. When this returns, the change is durable on this device.
    pub(in crate::session) async fn append(
        &self,
        ops: Vec<Op>,
        pending_deletes: &[ObjectId],
    ) -> Result<EventKey, AppendError> {
        self.append_with(ops, pending_deletes, Vec::new()).await
    }

    /// Like [`SessionLog::append`], with further changes of this device's records in the same
    /// transaction.
    pub(in crate::session) async fn append_with(
        &self,
        ops: Vec<Op>,
        pending_deletes: &[ObjectId],
        also: Vec<Change>,
    ) -> Result<EventKey, AppendError> {
        let keys = self.context.keys().ok_or(AppendError::ReadOnly)?;
        self.read_once().await?;
        let world = &*self.context.world;
        let _lock = world.store.lock(&self.records.log_lock()).await?;
        let mut device = self.records.device(&*world.entropy).await?;
        self.catch_up(&keys.vault_key, &device).await?;
        // A merge is what clears this doubt.
        let merges = ops.iter().all(|op| matches!(op, Op::Merge { .. }));
        let excused = |doubt: &Doubt| merges && *doubt == Doubt::Fork;
        if !self.history.borrow().doubts.iter().all(excused) {
            return Err(AppendError::ReadOnly);
        }
        let iv = world.entropy.bytes().map_err(|_| AppendError::Device)?;
        let id = EventId::new(
            world.clock.now_ms(),
            world.entropy.bytes().map_err(|_| AppendError::Device)?,
        );
        let mut seq = self.records.next(&device).await?;
        // Another browser makes events under this id; `save` reseals those waiting under it.
        if self.history.borrow().is_shared(&device, seq) {
            device = self.records.new_device(&*world.entropy).await?;
            seq = 0;
        }
        let parents = self.history.borrow_mut().parents(&device);
        let event = Event::new(id, device, seq, parents, ops);
        let place = EventKey { device, seq, event: id };
        let token = catalog::seal(&keys.vault_key, &event, iv).map_err(|_| AppendError::TooLong)?;
        let hash = catalog::EventHash::of(&token);
        let mut changes = vec![
            (self.records.waiting(&place), Some(token)),
            self.records.claim(&device, seq.saturating_add(1)),
        ];
        changes.extend(also);
        changes.extend(
            pending_deletes
                .iter()
                .map(|object| (self.records.pending_deletes(object), Some(Vec::new()))),
        );
        world.store.write(changes).await?;
        {
            let mut history = self.history.borrow_mut();
            history.expect(place, hash, event);
            history.pending_deletes.extend(pending_deletes);
            history.settle_own();
        }
        self.context.changed();
        self.context.sync_soon();
        Ok(place)
    }

    /// Makes sure that the list was read once in this session, unless the user works offline
    /// ([`SessionLog::work_offline`]). Before that this browser cannot tell whether it is an old
    /// copy of itself, nor whether events were removed.
    async fn read_once(&self) -> Result<(), AppendError> {
        if self.is_unread() && self.error.get().is_none() {
            // The sync loop reports why it could not be read.
            let _ = self.refresh().await;
        }
        if self.is_unread() { Err(AppendError::Unread) } else { Ok(()) }
    }

    /// Takes in the events that all tabs of this browser appended.
    pub(in crate::session) async fn know_own(&self) -> Result<(), StoreFailed> {
        let Some(keys) = self.context.keys() else { return Ok(()) };
        let _lock = self.context.world.store.lock(&self.records.log_lock()).await?;
        let device = self.records.device(&*self.context.world.entropy).await?;
        self.catch_up(&keys.vault_key, &device).await
    }

    /// Reads what another tab of this browser appended or resealed since. The caller holds the
    /// log's lock.
    pub(super) async fn catch_up(
        &self,
        key: &VaultKey,
        device: &DeviceId,
    ) -> Result<(), StoreFailed> {
        // After a reseal the device id differs.
        if self.device.replace(Some(*device)).is_some_and(|before| before != *device) {
            self.follow_moved().await?;
        }
        let claimed = self.records.next(device).await?;
        let missing = self.history.borrow().missing(device, claimed);
        for seq in missing {
            let below = format!("{device}/{seq:016x}/");
            // In this order: an event saved in between moves from the outbox to the log.
            let waiting = self.records.outbox(&below).await?;
            let logged = self.records.log(&below).await?;
            let mut history = self.history.borrow_mut();
            for (place, token) in waiting {
                if let Ok((hash, event)) = catalog::open(key, &place, &token) {
                    history.expect(place, hash, event);
                }
            }
            for (place, token) in logged {
                if let Ok((hash, event)) = catalog::open(key, &place, &token) {
                    history.confirm(place, hash, event);
                }
            }
            history.settle_own();
        }
        Ok(())
    }

    /// Reads the snapshot, the log's cache and the outbox of this device.
    pub(in crate::session) async fn load(&self) -> Result<(), StoreFailed> {
        let Some(keys) = self.context.keys() else { return Ok(()) };
        let _lock = self.context.world.store.lock(&self.records.log_lock()).await?;
        self.device.set(Some(self.records.device(&*self.context.world.entropy).await?));
        let noted = self.records.doubts().await?;
        // In this order: an event that another tab saves in between moves from the outbox to the
        // log.
        let waiting = self.records.outbox("").await?;
        let logged = self.records.log("").await?;
        let pending_deletes = self.records.all_pending_deletes().await?;
        self.load_snapshot(&keys.vault_key).await?;
        let slices = self.slices();
        for (place, token) in waiting {
            if let Ok((hash, event)) = catalog::open(&keys.vault_key, &place, &token) {
                self.history.borrow_mut().expect(place, hash, event);
            }
            slices.long_step().await;
        }
        for (place, token) in logged {
            if self.history.borrow().confirmed.contains(&place) {
                continue;
            }
            // A record that this device damaged is read from the bucket again.
            if let Ok((hash, event)) = catalog::open(&keys.vault_key, &place, &token) {
                self.history.borrow_mut().confirm(place, hash, event);
            }
            slices.long_step().await;
        }
        self.take_in().await;
        let mut history = self.history.borrow_mut();
        history.pending_deletes.extend(pending_deletes);
        history.listed |= !history.confirmed.is_empty() || !history.unsaved.is_empty();
        history.settle_loaded(&noted);
        self.loaded.set(true);
        Ok(())
    }
}
