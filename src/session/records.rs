//! The records that a session stores on this device, and their names. All are ciphertext or public.
//!
//! ```text
//! device/<account>                                  this browser's device id for the account
//! next/<account>/<device>                           next free sequence number, shared by all tabs
//! log/<account>/<device>/<seq>/<event_id>           raw tokens of events that the bucket has
//! snapshot/<account>/<snapshot_id>                  raw tokens of a snapshot, pages and manifest
//! outbox/<account>/event/<device>/<seq>/<event_id>  raw tokens of events that it does not have yet
//! moved/<account>/<device>/<seq>/<event_id>         new place of a resealed event of the outbox
//! doubts/<account>                                  why the vault was read-only at the last read
//! outbox/<account>/delete/<object_id>               purged, still to be deleted from the bucket
//! outbox/<account>/tidy/<object_id>                 ended uploads, still to be cleaned up after
//! queue/<account>/<number>                          waiting uploads, oldest first, sealed
//! segment/<account>/<segment_id>                    raw tokens of index segments
//! unindexed/<account>/<object_id>                   files that this device has still to index
//! search/<account>                                  "off" where contents are not searched
//! next-queue/<account>                              next free number of those
//! words/<account>                                   "no": remind nobody of recovery words
//! queue-mark/<account>                              new value after each change; polled by tabs
//! ```
//!
//! An event is written to the outbox in the transaction that claims its number, before anything is
//! sent: after a crash at any point the entry is sent later, the same bytes under the same name.
//! Only if the bucket shows events of this device that no tab here wrote are the unsent events
//! resealed under another device id (`log::reseal`).

use crate::port::{Store, StoreFailed};

/// A record to write, or to remove (`None`).
pub(super) type Change = (String, Option<Vec<u8>>);

/// The decimal number in a record; 0 if there is none.
pub(super) async fn number(store: &dyn Store, key: &str) -> Result<u64, StoreFailed> {
    let stored = store.get(key).await?;
    let text = stored.and_then(|bytes| String::from_utf8(bytes).ok());
    Ok(text.and_then(|text| text.parse().ok()).unwrap_or(0))
}
