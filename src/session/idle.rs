//! The idle limit: after this many minutes without user activity the vault locks itself.

use crate::port::{Store, StoreFailed, TabNotes};

/// The default limit, in minutes.
pub(super) const DEFAULT: u32 = 15;
/// Name of the record and of the note.
const KEY: &str = "idle-minutes";

/// This device's limit in minutes.
pub(super) async fn minutes(store: &dyn Store) -> u32 {
    let stored = store.get(KEY).await.ok().flatten();
    let text = stored.and_then(|bytes| String::from_utf8(bytes).ok());
    clamped(text.and_then(|text| text.parse().ok()).unwrap_or(DEFAULT))
}

/// Sets this device's limit.
pub(super) async fn set(store: &dyn Store, minutes: u32) -> Result<(), StoreFailed> {
    store.write(vec![(KEY.to_owned(), Some(minutes.to_string().into_bytes()))]).await
}

/// Notes the limit for www/start.js, which can read notes before the program has loaded.
pub(super) fn note(notes: &dyn TabNotes, minutes: u32) {
    notes.set(KEY, Some(&minutes.to_string()));
}

/// Clamps to 1 minute to 4 hours.
pub(super) fn clamped(minutes: u32) -> u32 {
    minutes.clamp(1, 240)
}

/// The limit in milliseconds.
pub(super) fn limit(minutes: u32) -> u64 {
    u64::from(minutes) * 60_000
}
