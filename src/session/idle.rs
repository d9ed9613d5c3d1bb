//! The idle limit: after so many minutes without anybody the vault locks itself.

use crate::port::{Store, StoreFailed};

/// The limit until the person sets another, in minutes.
pub(super) const DEFAULT: u32 = 15;
const KEY: &str = "idle-minutes";

/// This device's limit in minutes.
pub(super) async fn minutes(store: &dyn Store) -> u32 {
    let stored = store.get(KEY).await.ok().flatten();
    let text = stored.and_then(|bytes| String::from_utf8(bytes).ok());
    clamped(text.and_then(|text| text.parse().ok()).unwrap_or(DEFAULT))
}

/// Sets it.
pub(super) async fn set(store: &dyn Store, minutes: u32) -> Result<(), StoreFailed> {
    store.write(vec![(KEY.to_owned(), Some(minutes.to_string().into_bytes()))]).await
}

/// 1 minute to 4 hours.
pub(super) fn clamped(minutes: u32) -> u32 {
    minutes.clamp(1, 240)
}

/// In milliseconds.
pub(super) fn limit(minutes: u32) -> u64 {
    u64::from(minutes) * 60_000
}
