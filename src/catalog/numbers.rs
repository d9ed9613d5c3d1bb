//! The sequence numbers (`seq`) of the devices' events: each device counts from 0, without holes,
//! and claims no number twice.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use super::hash::EventHash;
use crate::account::DeviceId;

/// Which events claim which numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Numbers {
    claims: BTreeSet<Claim>,
    devices: BTreeMap<DeviceId, Claimed>,
    /// The claims of numbers that several events claim.
    shared: BTreeSet<Claim>,
}

/// An event that claims a number.
type Claim = (DeviceId, u64, EventHash);

/// The claims of one device's events.
#[derive(Clone, Debug, Default)]
struct Claimed {
    /// Number of distinct sequence numbers.
    numbers: u64,
    /// The number after the largest.
    next: u64,
}

impl Numbers {
    pub(super) fn insert(&mut self, device: DeviceId, seq: u64, hash: EventHash) {
        let claimed = self.devices.entry(device).or_default();
        claimed.next = claimed.next.max(seq.saturating_add(1));
        self.claims.insert((device, seq, hash));
        let mut all = at(&self.claims, device, seq);
        if all.nth(1).is_none() {
            claimed.numbers = claimed.numbers.saturating_add(1);
        } else {
            self.shared.extend(at(&self.claims, device, seq).map(|hash| (device, seq, *hash)));
        }
    }

    pub(super) fn remove(&mut self, device: DeviceId, seq: u64, hash: EventHash) {
        self.claims.remove(&(device, seq, hash));
        self.shared.remove(&(device, seq, hash));
        let left = at(&self.claims, device, seq).count();
        if let Some(only) = at(&self.claims, device, seq).next().filter(|_| left == 1) {
            self.shared.remove(&(device, seq, *only));
        }
        let Some(last) = self.last(&device).map(|(last, _)| last) else {
            self.devices.remove(&device);
            return;
        };
        if let Some(claimed) = self.devices.get_mut(&device) {
            claimed.next = last.saturating_add(1);
            claimed.numbers = claimed.numbers.saturating_sub(u64::from(left == 0));
        }
    }

    /// All events, by device, number and hash.
    pub(super) fn all(&self) -> impl Iterator<Item = &EventHash> {
        self.claims.iter().map(|(.., hash)| hash)
    }

    /// Each device with the event that has its largest number ([`Numbers::last`]), ascending.
    pub(super) fn devices(&self) -> impl Iterator<Item = (DeviceId, u64, EventHash)> {
        let last = |device| self.last(device).map(|(seq, hash)| (*device, seq, hash));
        self.devices.keys().filter_map(last)
    }

    /// The events that claim a number.
    pub(super) fn at(&self, device: DeviceId, seq: u64) -> impl Iterator<Item = &EventHash> {
        at(&self.claims, device, seq)
    }

    /// The number after a device's largest.
    pub(super) fn next(&self, device: &DeviceId) -> u64 {
        self.devices.get(device).map_or(0, |claimed| claimed.next)
    }

    /// The event with a device's largest number, and that number; among several, the event with the
    /// largest hash.
    pub(super) fn last(&self, device: &DeviceId) -> Option<(u64, EventHash)> {
        self.claims.range(all(device)).next_back().map(|(_, seq, hash)| (*seq, *hash))
    }

    /// The claims of numbers that several events claim.
    pub(super) fn shared(&self) -> impl Iterator<Item = &Claim> {
        self.shared.iter()
    }

    /// Whether any device's events lack a number below their largest.
    pub(super) fn has_holes(&self) -> bool {
        self.devices.values().any(|claimed| claimed.numbers != claimed.next)
    }

    /// Whether a device's events have exactly the numbers below `next`, each once.
    pub(super) fn is_complete(&self, device: &DeviceId, next: u64) -> bool {
        let none = Claimed::default();
        let claimed = self.devices.get(device).unwrap_or(&none);
        claimed.numbers == next && claimed.next == next && !self.shares(device)
    }

    fn shares(&self, device: &DeviceId) -> bool {
        self.shared.range(all(device)).next().is_some()
    }
}

/// The range of a device's claims.
fn all(device: &DeviceId) -> RangeInclusive<Claim> {
    (*device, 0, EventHash::MIN)..=(*device, u64::MAX, EventHash::MAX)
}

fn at(claims: &BTreeSet<Claim>, device: DeviceId, seq: u64) -> impl Iterator<Item = &EventHash> {
    let all = (device, seq, EventHash::MIN)..=(device, seq, EventHash::MAX);
    claims.range(all).map(|(.., hash)| hash)
}
