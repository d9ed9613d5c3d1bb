//! Counts an account: its objects, and the parts of its unfinished uploads.

use std::collections::{HashMap, HashSet};

use frond_wire::{AccountId, UploadId, Vault};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::Usage;
use super::ahead::Place;
use crate::App;
use crate::error::Refusal;

/// Most pages of 1 000 objects: an account with more cannot be counted and is treated as full.
const MAX_PAGES: usize = 1_000;
/// Concurrent part listings.
const AT_ONCE: usize = 8;

/// Result of a count.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) usage: Usage,
    /// Stored sizes at the requested places.
    pub(super) places: HashMap<Place, u64>,
    /// Unfinished uploads.
    pub(super) uploads: HashSet<UploadId>,
}

impl Found {
    fn at(&mut self, place: Place, size: u64, asked: impl Fn(&Place) -> bool) {
        if asked(&place) {
            self.places.insert(place, size);
        }
    }
}

/// Counts an account, and looks up the requested places; `None` if it holds more than can be
/// counted.
///
/// Uploads are listed first: one that completes in between is counted twice rather than missed.
pub(super) async fn count(
    app: &App,
    account: &AccountId,
    asked: impl Fn(&Place) -> bool,
) -> Result<Option<Found>, Refusal> {
    let vault = Vault(*account);
    let mut found = Found::default();
    let Some(uploads) = app.store.uploads(vault).await? else { return Ok(None) };
    let parts = stream::iter(uploads).map(|upload| async move {
        app.store.parts(&upload).await.map(|parts| (upload.upload, parts))
    });
    let parts: Vec<_> = parts.buffer_unordered(AT_ONCE).try_collect().await?;
    for (upload, parts) in parts {
        for (number, size) in parts {
            found.usage.bytes = found.usage.bytes.saturating_add(size);
            found.at(Place::Part(upload.clone(), number), size, &asked);
        }
        found.uploads.insert(upload);
    }
    let (all, mut next) = (vault.all(), None);
    for _ in 0..MAX_PAGES {
        let page = app.store.list(&all, 1_000, next).await?;
        for (key, size) in page.objects {
            found.usage = found.usage.plus(Usage { bytes: size, objects: 1 });
            if let Some(key) = vault.listed(&key) {
                found.at(Place::Object(key), size, &asked);
            }
        }
        next = page.next;
        if next.is_none() {
            return Ok(Some(found));
        }
    }
    Ok(None)
}
