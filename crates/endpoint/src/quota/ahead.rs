//! URLs that were signed and may still be used, each with what it can add.
//!
//! [`writes`] names every operation: one that is new does not compile until somebody has said what
//! it stores.

use std::collections::HashMap;

use frond_wire::{Key, Name, Operation, UploadId, Vault};

use super::count::Found;
use super::{COUNT_SECONDS, Usage};
use crate::error::Refusal;

/// Most URLs of one account that are remembered at one time.
const MAX_URLS: usize = 50_000;

/// What a URL writes to: one of these holds at most one thing, however often it is written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// An object, an event, a snapshot, a page of a journal.
    Object(Key),
    /// A part of an upload.
    Part(UploadId, u32),
}

/// Places and lengths that a batch may write.
pub(super) fn writes(vault: Vault, operations: &[Operation]) -> HashMap<Place, u64> {
    let mut writes = HashMap::new();
    for (place, length) in operations.iter().filter_map(|operation| written(vault, operation)) {
        let planned: &mut u64 = writes.entry(place).or_default();
        *planned = length.max(*planned);
    }
    writes
}

/// Where one operation writes, and how much at most; nothing where it only reads or deletes.
fn written(vault: Vault, operation: &Operation) -> Option<(Place, u64)> {
    match operation {
        Operation::Put { name, length, .. } => Some((Place::Object(vault.name(name)), *length)),
        // Its bytes come as parts.
        Operation::CreateUpload(object) => {
            Some((Place::Object(vault.name(&Name::Object(*object))), 0))
        }
        Operation::UploadPart { upload, part, length, .. } => {
            Some((Place::Part(upload.clone(), part.get()), *length))
        }
        // The parts are counted, and become the object that `CreateUpload` counted.
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
    /// The longest body that was signed for this place.
    length: u64,
    /// What lay there at the last count.
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

/// All of one account.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    urls: HashMap<Place, Url>,
    sum: Usage,
    /// When the last of them expires.
    until: u64,
}

impl Ahead {
    /// Whether one of them may still be used.
    pub(super) fn is_alive(&self, now: u64) -> bool {
        now < self.until
    }

    pub(super) fn knows(&self, place: &Place) -> bool {
        self.urls.contains_key(place)
    }

    /// What all of them and these may add.
    pub(super) fn with(&self, writes: &HashMap<Place, u64>) -> Usage {
        writes.iter().fold(self.sum, |sum, (place, length)| sum.plus(self.more(place, *length)))
    }

    /// What this one adds to those before it.
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

    /// Remembers them until they expire.
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

    /// Forgets what is expired, and takes what was found as stored off what may come. A URL that
    /// was used stays: what it wrote can be deleted, and the same URL be used again.
    pub(super) fn reconcile(&mut self, found: Found, now: u64) {
        self.urls.retain(|place, url| {
            // Nothing can be added to an upload that is over.
            let dead = matches!(place, Place::Part(upload, _) if !found.uploads.contains(upload));
            now < url.expires && !dead
        });
        self.sum = Usage::default();
        for (place, url) in &mut self.urls {
            url.stored = found.places.get(place).copied();
            self.sum = self.sum.plus(Url::adds(place, url.length, url.stored));
        }
        // Where something lies that no URL may replace yet, one that is signed next adds only the
        // difference.
        for (place, size) in found.places {
            let expires = now.saturating_add(COUNT_SECONDS);
            self.urls.entry(place).or_insert(Url { length: 0, stored: Some(size), expires });
        }
    }
}
