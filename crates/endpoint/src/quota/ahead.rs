//! Signed URLs that may still be used, each with what it can add.
//!
//! [`writes`] matches every operation: a new one does not compile until its storage effect is
//! stated.

use std::collections::HashMap;

use frond_wire::{Key, Name, Operation, UploadId, Vault};

use super::count::Found;
use super::{COUNT_SECONDS, Usage};
use crate::error::Refusal;

/// Most URLs of one account that are tracked at one time.
const MAX_URLS: usize = 50_000;

/// Target of a URL: holds at most one body, however often it is written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// An object, an event, a snapshot, a page of a journal, a thumbnail.
    Object(Key),
    /// A part of an upload.
    Part(UploadId, u32),
}

/// Targets and lengths that a batch may write.
pub(super) fn writes(vault: Vault, operations: &[Operation]) -> HashMap<Place, u64> {
    let mut writes = HashMap::new();
    for (place, length) in operations.iter().filter_map(|operation| written(vault, operation)) {
        let planned: &mut u64 = writes.entry(place).or_default();
        *planned = length.max(*planned);
    }
    writes
}

/// Target and largest length of one operation; `None` if it only reads or deletes.
fn written(vault: Vault, operation: &Operation) -> Option<(Place, u64)> {
    match operation {
        Operation::Put { name, length, .. } => Some((Place::Object(vault.name(name)), *length)),
        // Its bytes are counted with the parts.
        Operation::CreateUpload(object) => {
            Some((Place::Object(vault.name(&Name::Object(*object))), 0))
        }
        Operation::UploadPart { upload, part, length, .. } => {
            Some((Place::Part(upload.clone(), part.get()), *length))
        }
        // The parts are counted already; the object was counted at `CreateUpload`.
        Operation::CompleteUpload { .. }
        | Operation::ListParts { .. }
        | Operation::ListUploads { .. }
        | Operation::AbortUpload { .. }
        | Operation::Get(_)
        | Operation::Head(_)
        | Operation::Delete(_)
        | Operation::List(_) => None,
    }
}

#[derive(Debug)]
struct Url {
    /// Longest body signed for this target.
    length: u64,
    /// Size stored there at the last count.
    stored: Option<u64>,
    /// When the last URL for it expires, in Unix seconds.
    expires: u64,
}

impl Url {
    /// What it may still add to the last count.
    fn adds(place: &Place, length: u64, stored: Option<u64>) -> Usage {
        let object = matches!(place, Place::Object(_)) && stored.is_none();
        Usage { bytes: length.saturating_sub(stored.unwrap_or(0)), objects: u64::from(object) }
    }
}

/// All URLs of one account.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    urls: HashMap<Place, Url>,
    sum: Usage,
    /// When the last of them expires.
    until: u64,
}

impl Ahead {
    /// Whether any of them may still be used.
    pub(super) fn is_alive(&self, now: u64) -> bool {
        now < self.until
    }

    pub(super) fn knows(&self, place: &Place) -> bool {
        self.urls.contains_key(place)
    }

    /// What all of them plus `writes` may add.
    pub(super) fn with(&self, writes: &HashMap<Place, u64>) -> Usage {
        writes.iter().fold(self.sum, |sum, (place, length)| sum.plus(self.more(place, *length)))
    }

    /// What this one adds beyond the URLs already signed.
    fn more(&self, place: &Place, length: u64) -> Usage {
        match self.urls.get(place) {
            None => Url::adds(place, length, None),
            Some(url) => {
                let (before, after) = (
                    Url::adds(place, url.length, url.stored),
                    Url::adds(place, length.max(url.length), url.stored),
                );
                Usage { bytes: after.bytes.saturating_sub(before.bytes), objects: 0 }
            }
        }
    }

    /// Tracks the URLs until they expire.
    pub(super) fn sign(
        &mut self,
        writes: &HashMap<Place, u64>,
        expires: u64,
    ) -> Result<(), Refusal> {
        if self.urls.len().saturating_add(writes.len()) > MAX_URLS {
            return Err(Refusal::TooMany(COUNT_SECONDS));
        }
        self.until = self.until.max(expires);
        for (place, length) in writes {
            self.sum = self.sum.plus(self.more(place, *length));
            let url =
                self.urls.entry(place.clone()).or_insert(Url { length: 0, stored: None, expires });
            url.length = url.length.max(*length);
            url.expires = url.expires.max(expires);
        }
        Ok(())
    }

    /// Drops expired URLs, and deducts from the rest what the count found stored. A URL that was
    /// used stays: its object can be deleted and the same URL used again.
    pub(super) fn reconcile(&mut self, found: Found, now: u64) {
        self.urls.retain(|place, url| {
            // Nothing can be added to a finished upload.
            let dead = matches!(place, Place::Part(upload, _) if !found.uploads.contains(upload));
            now < url.expires && !dead
        });
        self.sum = Usage::default();
        for (place, url) in &mut self.urls {
            url.stored = found.places.get(place).copied();
            self.sum = self.sum.plus(Url::adds(place, url.length, url.stored));
        }
        // If something is stored at a place without a live URL, the next URL signed for it adds
        // only the difference.
        for (place, size) in found.places {
            let expires = now.saturating_add(COUNT_SECONDS);
            self.urls.entry(place).or_insert(Url { length: 0, stored: Some(size), expires });
        }
    }
}
