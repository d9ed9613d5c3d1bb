//! A page: some of a snapshot's records, sealed.
//!
//! ```text
//! vaults/<account>/snapshots/<page>       page: UUIDv7
//! token under snapshot_key(page), its time the id's
//! plaintext = "frond/1 page" ‖ u32be length of records ‖ records ‖ zeros to a multiple of 4096
//! ```

use frond_wire::SnapshotId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::record::Number;
use super::{BadSnapshot, PADDING};
use crate::account::DeviceId;
use crate::catalog::text;
use crate::fernet::{self, FernetKey};
use crate::secret::VaultKey;

const FORMAT: &[u8] = b"frond/1 page";
/// Maximum length of a page's token, in bytes.
pub const MAX_PAGE: usize = 1024 * 1024;

/// A page as its manifest lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// Its id.
    pub page: SnapshotId,
    /// Length of its token in bytes.
    pub length: usize,
    /// The device of its first event.
    device: DeviceId,
    /// The number of its first event.
    seq: u64,
    /// SHA-256 of its records.
    #[serde(with = "text::sha256")]
    pub(super) records: [u8; 32],
}

/// A page that no manifest lists yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPage {
    pub(super) first: Number,
    pub(super) records: Vec<u8>,
}

impl NewPage {
    /// Seals it under a new id ([`SnapshotId::new`]); `iv` is 16 fresh random bytes. Returns the
    /// page with its token.
    pub fn seal(
        &self,
        key: &VaultKey,
        page: SnapshotId,
        iv: [u8; 16],
    ) -> Result<(Page, Vec<u8>), BadSnapshot> {
        let length = u32::try_from(self.records.len()).map_err(|_| BadSnapshot)?;
        let mut plaintext = [FORMAT, &length.to_be_bytes(), &self.records].concat();
        plaintext.resize(plaintext.len().next_multiple_of(PADDING), 0);
        let token = fernet::seal(&key.snapshot_key(&page), page.stamp(), iv, &plaintext);
        let ((device, seq), records) = (self.first, Sha256::digest(&self.records).into());
        let page = Page { page, length: token.len(), device, seq, records };
        if page.is_sound() { Ok((page, token)) } else { Err(BadSnapshot) }
    }
}

impl Page {
    pub(super) fn first(&self) -> Number {
        (self.device, self.seq)
    }

    pub(super) fn is_sound(&self) -> bool {
        !self.page.is_manifest() && self.length <= MAX_PAGE
    }

    /// Opens the page's token; returns its records.
    pub fn open(&self, key: &VaultKey, token: &[u8]) -> Result<Vec<u8>, BadSnapshot> {
        let opened = fernet::open(&self.key(key, token.len())?, token).map_err(|_| BadSnapshot)?;
        self.records(opened.time, &opened.plaintext).map(<[u8]>::to_vec)
    }

    /// The key that opens its token, if that has this length in bytes.
    pub fn key(&self, key: &VaultKey, length: usize) -> Result<FernetKey, BadSnapshot> {
        let is_listed = length == self.length && length <= MAX_PAGE;
        is_listed.then(|| key.snapshot_key(&self.page)).ok_or(BadSnapshot)
    }

    /// The records in its token, which was opened: its time and plaintext.
    pub fn records<'a>(&self, time: u64, plaintext: &'a [u8]) -> Result<&'a [u8], BadSnapshot> {
        let records = unpadded(plaintext).ok_or(BadSnapshot)?;
        let is_listed = <[u8; 32]>::from(Sha256::digest(records)) == self.records;
        if is_listed && time == self.page.stamp() { Ok(records) } else { Err(BadSnapshot) }
    }
}

fn unpadded(plaintext: &[u8]) -> Option<&[u8]> {
    let (length, rest) = plaintext.strip_prefix(FORMAT)?.split_first_chunk()?;
    let (records, padding) = rest.split_at_checked(u32::from_be_bytes(*length).try_into().ok()?)?;
    let is_padded = plaintext.len().is_multiple_of(PADDING)
        && padding.len() < PADDING
        && padding.iter().all(|byte| *byte == 0);
    is_padded.then_some(records)
}
