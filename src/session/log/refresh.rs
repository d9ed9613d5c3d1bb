//! Reading other devices' events: list the new ones, fetch them, check the whole history.

use std::collections::BTreeSet;

use frond_wire::{Listing, Name, Operation, Vault, parse_seq};
use futures_util::future::join;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::SessionLog;
use super::snapshot::{SnapshotOffer, newest};
use crate::account::DeviceId;
use crate::catalog::{self, Doubt, EventKey, MAX_TOKEN};
use crate::port::StoreFailed;
use crate::secret::VaultKey;
use crate::transfer::{Answer, Bucket, Call, Room, TransferError};

/// Reads before a doubt is believed: an event may be listed while its parent on another device was
/// written just after that device had been listed.
const LOOKS: u32 = 3;
/// Pause between reads, in milliseconds.
const LOOK_AGAIN_MS: u64 = 400;
/// Parallel requests: a browser's limit per host over HTTP/1.1.
const AT_ONCE: usize = 6;
/// Events signed by one request, so that their URLs are used long before they expire.
pub(super) const BATCH: usize = 250;
/// Most devices of a vault: a new private window each day for 25 years.
const MAX_DEVICES: usize = 10_000;

/// The result of one read of the bucket.
#[derive(Default)]
pub(super) struct Seen {
    /// Events that are listed and not known.
    pub(super) new: BTreeSet<EventKey>,
    /// Contradictions found.
    pub(super) doubts: BTreeSet<Doubt>,
}

impl Seen {
    pub(super) fn add(&mut self, other: Self) {
        let Self { new, doubts } = other;
        self.new.extend(new);
        self.doubts.extend(doubts);
    }
}

impl SessionLog {
    /// Brings the history up to date.
    pub(in crate::session) async fn refresh(&self) -> Result<(), TransferError> {
        let Some(keys) = self.context.keys() else { return Ok(()) };
        let bucket = self.context.bucket(&*keys.endpoint);
        let mut kept = Ok(());
        for look in 1..=LOOKS {
            let (seen, found) =
                join(self.list(&bucket), self.find_snapshots(&bucket, &keys.vault_key)).await;
            let mut seen = seen?;
            if !seen.new.is_empty() {
                kept = kept.and(self.know_own().await);
                seen.new.retain(|place| !self.history.borrow().knows(place));
                kept = kept.and(self.start_from_snapshot(&bucket, &mut seen, found).await);
                kept = kept.and(self.fetch(&bucket, &mut seen).await?);
            }
            self.take_in().await;
            let doubtful = {
                let mut history = self.history.borrow_mut();
                history.settle(&seen.doubts);
                history.doubts.iter().any(|doubt| *doubt != Doubt::Newer)
            };
            kept = kept.and(self.note_doubts().await);
            if !doubtful {
                break;
            }
            // The explanation of a doubt may lie before the listed range, such as an event that a
            // copy of this browser's profile put at a place already passed: the next read takes
            // whole logs.
            self.compared.borrow_mut().clear();
            if look < LOOKS {
                self.context.world.clock.sleep(LOOK_AGAIN_MS).await;
            }
        }
        self.history.borrow_mut().listed = true;
        self.refreshed.set(Some(self.context.world.clock.now_ms()));
        self.context.changed();
        Ok(kept?)
    }

    /// The snapshots, while the log is first listed, if this device knows none of it.
    async fn find_snapshots<'a>(
        &self,
        bucket: &'a Bucket<'_>,
        key: &VaultKey,
    ) -> Option<SnapshotOffer<'a>> {
        let is_new = !self.was_read() && self.history.borrow().confirmed.is_empty();
        if is_new { newest(bucket, key).await.ok() } else { None }
    }

    /// Records the doubts, so that they last over a reload even if the bucket cannot be listed
    /// then.
    async fn note_doubts(&self) -> Result<(), StoreFailed> {
        let (doubts, kept) = {
            let history = self.history.borrow();
            (history.doubts.clone(), history.doubts_kept.clone())
        };
        if doubts != kept {
            self.context.world.store.write(vec![self.records.doubted(&doubts)]).await?;
            self.history.borrow_mut().doubts_kept = doubts;
        }
        Ok(())
    }

    /// Lists devices, and the new events of each.
    async fn list(&self, bucket: &Bucket<'_>) -> Result<Seen, TransferError> {
        let (mut seen, room) = (Seen::default(), Room::default());
        let mut devices: BTreeSet<_> = self.history.borrow().devices().into_iter().collect();
        let mut take = |prefix: &String| {
            let Some(name) = self.tail(prefix)?.strip_suffix('/') else { return Ok(()) };
            match DeviceId::parse(name) {
                Ok(device) => drop(devices.insert(device)),
                Err(_) => drop(seen.doubts.insert(Doubt::BadEvent)),
            }
            if devices.len() > MAX_DEVICES { Err(TransferError::ListTooLong) } else { Ok(()) }
        };
        let listing = |after: Option<&str>| {
            Ok(Listing::Devices { after: after.map(DeviceId::parse).transpose()? })
        };
        bucket.list(&listing, &|prefix| self.name(prefix, 0), &room, &mut take).await?;
        let room = &room;
        let looks = stream::iter(devices)
            .map(|device| async move { self.list_device(bucket, device, room, &mut |_| ()).await });
        let mut parts = looks.buffer_unordered(AT_ONCE);
        while let Some(part) = parts.try_next().await? {
            seen.add(part);
        }
        drop(parts);
        Ok(seen)
    }

    /// Lists one device: once per session from its first event on, then from its newest known one.
    /// What was seen before must still be there. `listed` is called with every listed event.
    pub(super) async fn list_device(
        &self,
        bucket: &Bucket<'_>,
        device: DeviceId,
        room: &Room,
        listed: &mut dyn FnMut(EventKey),
    ) -> Result<Seen, TransferError> {
        let mut seen = Seen::default();
        let mut last = None;
        let whole = !self.compared.borrow().contains(&device);
        let (from, mut missing) = {
            let history = self.history.borrow();
            let first = history.newest(&device).filter(|_| !whole).unwrap_or(0);
            (first.checked_sub(1), history.confirmed_from(&device, first))
        };
        let now = self.context.world.clock.now_ms();
        let mut take = |key: &String| {
            let Some(place) =
                EventKey::parse(self.tail(key)?).filter(|place| place.device == device)
            else {
                seen.doubts.insert(Doubt::BadEvent);
                return Ok(());
            };
            missing.remove(&place);
            last = last.max(Some(place.seq));
            listed(place);
            let history = self.history.borrow();
            // `save` compares the events in the outbox.
            if history.unopened.waits(&place, now) {
                seen.doubts.insert(Doubt::BadEvent);
            } else if !history.knows(&place) {
                seen.new.insert(place);
            }
            Ok(())
        };
        let listing = |after: Option<&str>| {
            Ok(Listing::Events { device, after: after.map(parse_seq).transpose()?.or(from) })
        };
        bucket.list(&listing, &|key| self.name(key, 1), room, &mut take).await?;
        match missing.first() {
            None => drop(whole && self.compared.borrow_mut().insert(device)),
            Some(first) => {
                seen.doubts.insert(Doubt::Rollback);
                if last > Some(first.seq) {
                    seen.doubts.insert(Doubt::Hole);
                }
            }
        }
        Ok(seen)
    }

    /// What the next page of a listing starts after: the device (0) or the number (1) named by a
    /// key of the log.
    fn name(&self, key: &str, part: usize) -> Option<String> {
        self.tail(key).ok()?.split('/').nth(part).map(str::to_owned)
    }

    /// The part of a key after `vaults/<account>/log/`.
    fn tail<'a>(&self, key: &'a str) -> Result<&'a str, TransferError> {
        let log = Vault(self.context.account).log();
        key.rsplit_once(log.as_str()).map(|(_, tail)| tail).ok_or(TransferError::InvalidResponse)
    }

    /// Fetches events, adds those that open, and stores them on this device if it can.
    pub(super) async fn fetch(
        &self,
        bucket: &Bucket<'_>,
        seen: &mut Seen,
    ) -> Result<Result<(), StoreFailed>, TransferError> {
        let (mut kept, slices) = (Ok(()), self.slices());
        let new: Vec<_> = seen.new.iter().copied().collect();
        for places in new.chunks(BATCH) {
            let tokens = self.fetch_tokens(bucket, places).await?;
            let Some(keys) = self.context.keys() else { return Ok(kept) };
            let mut records = Vec::with_capacity(tokens.len());
            for (place, token) in tokens {
                let opened = token.and_then(|token| {
                    Some((catalog::open(&keys.vault_key, &place, &token).ok()?, token))
                });
                match opened {
                    Some(((hash, event), token)) => {
                        self.history.borrow_mut().confirm(place, hash, event);
                        records.push((self.records.logged(&place), Some(token)));
                    }
                    None => {
                        let now = self.context.world.clock.now_ms();
                        self.history.borrow_mut().unopened.failed(place, now);
                        seen.doubts.insert(Doubt::BadEvent);
                    }
                }
                slices.long_step().await;
            }
            kept = kept.and(self.context.world.store.write(records).await);
        }
        Ok(kept)
    }

    /// The tokens of at most [`BATCH`] events; `None` for those that are not there.
    pub(super) async fn fetch_tokens(
        &self,
        bucket: &Bucket<'_>,
        places: &[EventKey],
    ) -> Result<Vec<(EventKey, Option<Vec<u8>>)>, TransferError> {
        let operations: Vec<_> = places.iter().map(get_event).collect();
        let signed = bucket.sign(operations).await?;
        let gets = places.iter().zip(signed).map(|(place, signed)| async move {
            let call = Call::new(get_event(place), MAX_TOKEN);
            match bucket.call_signed(&call, &signed, &|_| {}).await? {
                Answer::Success(response) => Ok((*place, Some(response.body))),
                // Listed but not there: the next read decides.
                Answer::NotFound => Ok((*place, None)),
                Answer::Exists
                | Answer::NoSuchUpload
                | Answer::InvalidPart
                | Answer::OutOfRange => Err(TransferError::InvalidResponse),
            }
        });
        let gets: Vec<_> = gets.collect();
        stream::iter(gets).buffer_unordered(AT_ONCE).try_collect().await
    }
}

fn get_event(place: &EventKey) -> Operation {
    Operation::Get(Name::Event(*place))
}
