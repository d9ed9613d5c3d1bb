//! A manifest: what a snapshot covers, and its pages.
//!
//! ```text
//! vaults/<account>/snapshots/<manifest>    manifest: SnapshotId::manifest
//! token under snapshot_key(manifest), its time the id's
//! plaintext = JSON, then spaces up to a multiple of 4096 bytes
//! ```

use frond_wire::SnapshotId;
use serde::{Deserialize, Serialize};

use super::page::Page;
use super::{BadSnapshot, PADDING, Snapshot};
use crate::account::DeviceId;
use crate::catalog::hash::EventHash;
use crate::catalog::log::Log;
use crate::catalog::text;
use crate::fernet;
use crate::secret::VaultKey;

const FORMAT: &str = "frond/1 snapshot";
/// Maximum length of a manifest's token, in bytes: ten thousand devices and ten thousand pages.
pub const MAX_MANIFEST: usize = 4 * 1024 * 1024;

/// What a snapshot covers, and its pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    format: String,
    /// Its own id.
    pub snapshot: SnapshotId,
    /// The newest event of each device, ascending by device.
    pub devices: Vec<Reached>,
    /// The heads of the covered events, ascending.
    pub(super) heads: Vec<EventHash>,
    /// The pages, in order.
    pub pages: Vec<Page>,
    /// SHA-256 of the records, however they are cut into pages, and the heads.
    #[serde(with = "text::sha256")]
    pub state: [u8; 32],
}

/// The newest covered event of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reached {
    /// The device.
    pub device: DeviceId,
    /// The event's number.
    pub seq: u64,
    /// The event's hash; of a merged fork the largest.
    hash: EventHash,
}

impl Reached {
    /// The newest event of each device in a log.
    pub(super) fn all(log: &Log) -> Vec<Self> {
        log.reached().map(|(device, seq, hash)| Self { device, seq, hash }).collect()
    }
}

impl Manifest {
    pub(super) fn new(snapshot: SnapshotId, of: &Snapshot, pages: Vec<Page>) -> Self {
        let (devices, heads) = (of.devices.clone(), of.heads.clone());
        Self { format: FORMAT.to_owned(), snapshot, devices, heads, pages, state: of.state }
    }

    /// Seals it; `iv` is 16 fresh random bytes.
    pub fn seal(&self, key: &VaultKey, iv: [u8; 16]) -> Result<Vec<u8>, BadSnapshot> {
        let mut plaintext = serde_json::to_vec(self).map_err(|_| BadSnapshot)?;
        plaintext.resize(plaintext.len().next_multiple_of(PADDING), b' ');
        let id = &self.snapshot;
        let token = fernet::seal(&key.snapshot_key(id), id.made_ms() / 1000, iv, &plaintext);
        if self.is_sound() && token.len() <= MAX_MANIFEST { Ok(token) } else { Err(BadSnapshot) }
    }

    /// Opens the token that is stored under this id.
    pub fn open(key: &VaultKey, id: &SnapshotId, token: &[u8]) -> Result<Self, BadSnapshot> {
        if token.len() > MAX_MANIFEST {
            return Err(BadSnapshot);
        }
        let opened = fernet::open(&key.snapshot_key(id), token).map_err(|_| BadSnapshot)?;
        let manifest = Self::decode(&opened.plaintext)?;
        let here = manifest.snapshot == *id && opened.time == id.made_ms() / 1000;
        if here { Ok(manifest) } else { Err(BadSnapshot) }
    }

    /// Parses an authenticated plaintext.
    pub fn decode(plaintext: &[u8]) -> Result<Self, BadSnapshot> {
        let json = plaintext.trim_ascii_end();
        let padding = plaintext.get(json.len()..).unwrap_or_default();
        if !plaintext.len().is_multiple_of(PADDING)
            || padding.len() >= PADDING
            || padding.iter().any(|byte| *byte != b' ')
        {
            return Err(BadSnapshot);
        }
        let manifest: Self = serde_json::from_slice(json).map_err(|_| BadSnapshot)?;
        if manifest.is_sound() { Ok(manifest) } else { Err(BadSnapshot) }
    }

    fn is_sound(&self) -> bool {
        self.format == FORMAT
            && self.snapshot.is_manifest()
            && self.devices.is_sorted_by(|a, b| a.device < b.device)
            && self.heads.is_sorted_by(|a, b| a < b)
            && self.pages.is_sorted_by(|a, b| a.first() < b.first())
            && self.pages.iter().all(Page::is_sound)
    }

    /// Number of events that it covers; those with one number count once.
    #[must_use]
    pub fn reach(&self) -> u64 {
        let events = self.devices.iter().map(|reached| reached.seq.saturating_add(1));
        events.fold(0, u64::saturating_add)
    }

    /// Whether an event of a device with this number is covered.
    #[must_use]
    pub fn covers(&self, device: &DeviceId, seq: u64) -> bool {
        let at = self.devices.binary_search_by(|reached| reached.device.cmp(device));
        at.ok().and_then(|at| self.devices.get(at)).is_some_and(|reached| seq <= reached.seq)
    }
}
