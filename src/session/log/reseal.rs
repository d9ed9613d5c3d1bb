//! If another browser uses this one's device id as well, this browser takes a new id and reseals
//! the events of its outbox under it.
//!
//! The other browser is a copy of this browser's profile, or this profile before a backup was
//! restored or the power failed. Two events at one place in a device's history would be a permanent
//! fork on every device. So before an event is put, the bucket is asked for its device's events
//! from there on; an event that this browser does not know, and that opens under the vault's key,
//! was made by the other browser. A key that is only listed proves nothing: anyone with access to
//! the bucket can create one.
//!
//! Between that check and the put another copy may check as well. The remaining race leaves a fork
//! that the user can merge.

use std::collections::{BTreeMap, BTreeSet};

use super::SessionLog;
use super::refresh::Seen;
use crate::account::DeviceId;
use crate::catalog::{self, Event, EventHash, EventKey};
use crate::object::EventId;
use crate::port::StoreFailed;
use crate::secret::VaultKey;
use crate::session::records::Change;
use crate::transfer::{Bucket, Room, TransferError};

impl SessionLog {
    /// Before any of `waiting` is put: makes sure that each event is alone at its place, or reseals
    /// those that are not. The caller holds the outbox's lock. Returns the events that wait then,
    /// in an order in which they may be put.
    pub(super) async fn claim_places(
        &self,
        bucket: &Bucket<'_>,
        key: &VaultKey,
        waiting: Vec<(EventKey, Vec<u8>)>,
    ) -> Result<Vec<(EventKey, Vec<u8>)>, TransferError> {
        if waiting.is_empty() {
            return Ok(waiting);
        }
        let devices: BTreeSet<_> = waiting.iter().map(|(place, _)| place.device).collect();
        let (mut seen, room) = (Seen::default(), Room::default());
        let mut listed = BTreeSet::new();
        for device in devices {
            let mut note = |place| {
                listed.insert(place);
            };
            seen.add(self.list_device(bucket, device, &room, &mut note).await?);
        }
        self.know_own().await?;
        seen.new.retain(|place| !self.history.borrow().knows(place));
        // `refresh` reports what does not open.
        let kept = self.fetch(bucket, &mut seen).await?;
        let mut waiting = self.reseal(key, &listed, waiting).await?;
        self.history.borrow_mut().arrange(&mut waiting);
        kept?;
        Ok(waiting)
    }

    /// Reseals waiting events that are not in the bucket if their device id is not exclusively this
    /// browser's. In one transaction these events become the first of a new device, after all known
    /// events.
    async fn reseal(
        &self,
        key: &VaultKey,
        listed: &BTreeSet<EventKey>,
        waiting: Vec<(EventKey, Vec<u8>)>,
    ) -> Result<Vec<(EventKey, Vec<u8>)>, StoreFailed> {
        let world = &*self.context.world;
        let _lock = world.store.lock(&self.records.log_lock()).await?;
        let device = self.records.device(&*world.entropy).await?;
        self.catch_up(key, &device).await?;
        let claimed = self.records.next(&device).await?;
        // The last event of each device that is in the bucket: events are put in order, so all
        // before it are there too.
        let put: BTreeMap<_, _> = waiting
            .iter()
            .filter(|(place, _)| listed.contains(place))
            .map(|(place, _)| (place.device, place.seq))
            .collect();
        let put = |place: &EventKey| put.get(&place.device).is_some_and(|last| place.seq <= *last);
        // Under an id other than this browser's: `append` has already abandoned that one.
        let left = waiting.iter().any(|(place, _)| place.device != device && !put(place));
        if !left && !self.history.borrow().is_shared(&device, claimed) {
            return Ok(waiting);
        }
        // Includes events appended since.
        let (mut kept, mut old): (Vec<_>, Vec<_>) =
            self.records.outbox("").await?.into_iter().partition(|(place, _)| put(place));
        let mut log = {
            let mut history = self.history.borrow_mut();
            history.arrange(&mut old);
            history.without(old.iter().map(|(place, _)| place))
        };
        let device = DeviceId::from_bytes(world.entropy.bytes().map_err(|_| StoreFailed)?);
        let mut changes: Vec<Change> = vec![self.records.named(&device)];
        let mut moved = Vec::with_capacity(old.len());
        for (from, token) in old {
            changes.push((self.records.waiting(&from), None));
            // A record that this device damaged: no device could open it.
            let Ok((_, event)) = catalog::open(key, &from, &token) else { continue };
            let iv = world.entropy.bytes().map_err(|_| StoreFailed)?;
            // Keep the creation time.
            let id = EventId::new(
                event.id.milliseconds(),
                world.entropy.bytes().map_err(|_| StoreFailed)?,
            );
            let event =
                Event::new(id, device, log.next_seq(&device), log.parents(&device), event.ops);
            let place = EventKey { device, seq: event.seq, event: id };
            let token = catalog::seal(key, &event, iv).map_err(|_| StoreFailed)?;
            let hash = EventHash::of(&token);
            log.insert(hash, event.clone());
            changes.push((self.records.waiting(&place), Some(token.clone())));
            changes.push(self.records.moved(&from, &place));
            kept.push((place, token));
            moved.push((from, place, hash, event));
        }
        changes.push(self.records.claim(&device, log.next_seq(&device)));
        world.store.write(changes).await?;
        self.device.set(Some(device));
        let mut history = self.history.borrow_mut();
        let mut resealed = Vec::with_capacity(moved.len());
        for (from, place, hash, event) in moved {
            history.forget(&from);
            history.expect(place, hash, event);
            resealed.push((from, place));
        }
        history.settle_own();
        drop(history);
        self.tell_resealed(&resealed);
        Ok(kept)
    }

    /// Another tab resealed events: forgets their old places.
    pub(super) async fn follow_moved(&self) -> Result<(), StoreFailed> {
        let all = self.records.all_moved().await?;
        let mut history = self.history.borrow_mut();
        all.iter().for_each(|(from, _)| history.forget(from));
        history.settle_own();
        drop(history);
        // An event may have moved several times: report its current place.
        let next: BTreeMap<_, _> = all.iter().copied().collect();
        let now = |to: EventKey| {
            let moves = std::iter::successors(Some(to), |at| next.get(at).copied());
            // At most as many moves as records, in case of a cycle.
            moves.take(all.len()).last().unwrap_or(to)
        };
        let resealed: Vec<_> = all.iter().map(|(from, to)| (*from, now(*to))).collect();
        self.tell_resealed(&resealed);
        Ok(())
    }

    fn tell_resealed(&self, resealed: &[(EventKey, EventKey)]) {
        if let Some(observer) = self.observer() {
            resealed.iter().for_each(|(from, to)| observer.event_resealed(from, to));
        }
    }
}
