//! Reading what other devices wrote: list what is new, fetch it, judge the whole.

use std::collections::BTreeSet;

use frond_wire::Operation;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::inner::Inner;
use super::view::Trouble;
use crate::account::DeviceId;
use crate::catalog::{self, Doubt, MAX_TOKEN, Place};
use crate::port::StoreFailed;
use crate::transfer::{Answer, Bucket, Call, TransferError};

/// Looks before a doubt is believed: an event may be listed while the one it builds on, of another device, was
/// written a moment after that device had been listed.
const LOOKS: u32 = 3;
/// Pause between looks, in milliseconds.
const LOOK_AGAIN_MS: u64 = 400;
/// Requests at one time: what a browser allows one host over HTTP/1.1.
const AT_ONCE: usize = 6;
/// Events signed by one request, so that their URLs are used long before they expire.
const BATCH: usize = 250;
/// What one look at the bucket showed.
#[derive(Default)]
struct Seen {
    new: BTreeSet<Place>,
    doubts: BTreeSet<Doubt>,
}

impl Inner {
    /// Brings the history up to date.
    pub(super) async fn refresh(&self) -> Result<(), Trouble> {
        let Some(keys) = self.keys() else { return Ok(()) };
        let bucket = self.bucket(&*keys.endpoint);
        let mut kept = Ok(());
        for look in 1..=LOOKS {
            let mut seen = self.list(&bucket).await?;
            if !seen.new.is_empty() {
                kept = kept.and(self.leave_device(&seen.new).await);
                kept = kept.and(self.fetch(&bucket, &mut seen).await?);
            }
            let doubtful = {
                let mut history = self.history.borrow_mut();
                history.settle(&seen.doubts);
                history.doubts.iter().any(|doubt| *doubt != Doubt::Newer)
            };
            if !doubtful {
                break;
            }
            if look < LOOKS {
                self.world.clock.sleep(LOOK_AGAIN_MS).await;
            }
        }
        self.history.borrow_mut().listed = true;
        self.refreshed.set(Some(self.world.clock.now_ms()));
        self.changed();
        Ok(kept?)
    }

    /// Lists devices, and of each what is new.
    async fn list(&self, bucket: &Bucket<'_>) -> Result<Seen, TransferError> {
        let mut seen = Seen::default();
        let mut devices = self.history.borrow().devices();
        for prefix in &self.names(bucket, None, None).await? {
            let name = self.tail(prefix)?.strip_suffix('/');
            match name.and_then(|name| DeviceId::parse(name).ok()) {
                Some(device) => devices.push(device),
                None => drop(seen.doubts.insert(Doubt::BadEvent)),
            }
        }
        devices.sort_unstable();
        devices.dedup();
        let looks = stream::iter(devices).map(|device| self.list_device(bucket, device));
        let parts: Vec<Seen> = looks.buffer_unordered(AT_ONCE).try_collect().await?;
        for part in parts {
            seen.new.extend(part.new);
            seen.doubts.extend(part.doubts);
        }
        Ok(seen)
    }

    /// Lists one device from its newest known event on, which must still be there, and alone at its place.
    async fn list_device(&self, bucket: &Bucket<'_>, device: DeviceId) -> Result<Seen, TransferError> {
        let mut seen = Seen::default();
        let newest = self.history.borrow().newest(&device);
        let after = newest.and_then(|place| place.seq.checked_sub(1)).map(|seq| format!("{seq:016x}"));
        let mut there = newest.is_none();
        for key in &self.names(bucket, Some(device), after).await? {
            let Some(place) = Place::parse(self.tail(key)?).filter(|place| place.device == device) else {
                seen.doubts.insert(Doubt::BadEvent);
                continue;
            };
            there |= newest == Some(place);
            // What waits in the outbox, saving compares.
            if !self.history.borrow().knows(&place) {
                seen.new.insert(place);
            }
        }
        if !there {
            seen.doubts.insert(Doubt::Rollback);
        }
        Ok(seen)
    }

    /// What is listed of the log: devices, or the events of one.
    async fn names(
        &self,
        bucket: &Bucket<'_>,
        device: Option<DeviceId>,
        from: Option<String>,
    ) -> Result<Vec<String>, TransferError> {
        let device = device.map(|device| device.to_string());
        // What the next page begins after is the device, or the number, that the last one ended with.
        let part = usize::from(device.is_some());
        let operation = |after: Option<String>| Operation::ListEvents {
            device: device.clone(),
            after: after.or_else(|| from.clone()),
        };
        let name = |key: &String| self.tail(key).ok()?.split('/').nth(part).map(str::to_owned);
        let mut names = bucket.list(&operation, &name).await?;
        names.retain(|name| device.is_some() || name.ends_with('/'));
        Ok(names)
    }

    /// What stands after `vaults/<account>/log/` in a key.
    fn tail<'a>(&self, key: &'a str) -> Result<&'a str, TransferError> {
        let log = format!("vaults/{}/log/", self.records.account);
        key.rsplit_once(log.as_str()).map(|(_, tail)| tail).ok_or(TransferError::Nonsense)
    }

    /// Fetches events, takes those in that open, and keeps them on this device, where it can.
    async fn fetch(
        &self,
        bucket: &Bucket<'_>,
        seen: &mut Seen,
    ) -> Result<Result<(), StoreFailed>, TransferError> {
        let mut kept = Ok(());
        let new: Vec<_> = seen.new.iter().copied().collect();
        for places in new.chunks(BATCH) {
            let operations: Vec<_> = places.iter().map(get_event).collect();
            let signed = bucket.sign(operations).await?;
            let gets = places.iter().zip(signed).map(|(place, signed)| async move {
                let call = Call::new(get_event(place), MAX_TOKEN);
                match bucket.call_signed(&call, &signed, &|_| {}).await? {
                    Answer::Success(response) => Ok((*place, Some(response.body))),
                    // Listed and not there: the next look will tell.
                    Answer::NotFound => Ok((*place, None)),
                    Answer::Exists | Answer::NoSuchUpload | Answer::InvalidPart | Answer::OutOfRange => {
                        Err(TransferError::Nonsense)
                    }
                }
            });
            let gets: Vec<_> = gets.collect();
            let tokens: Vec<_> = stream::iter(gets).buffer_unordered(AT_ONCE).try_collect().await?;
            let Some(keys) = self.keys() else { return Ok(kept) };
            let mut records = Vec::with_capacity(tokens.len());
            for (place, token) in tokens {
                let opened = token
                    .and_then(|token| Some((catalog::open(&keys.vault_key, &place, &token).ok()?, token)));
                match opened {
                    Some(((hash, event), token)) => {
                        self.history.borrow_mut().confirm(place, hash, event);
                        records.push((self.records.logged(&place), Some(token)));
                    }
                    None => drop(seen.doubts.insert(Doubt::BadEvent)),
                }
            }
            kept = kept.and(self.world.store.write(records).await);
        }
        Ok(kept)
    }
}

fn get_event(place: &Place) -> Operation {
    let Place { device, seq, event } = place;
    Operation::GetEvent { device: device.to_string(), seq: *seq, event: event.to_string() }
}
