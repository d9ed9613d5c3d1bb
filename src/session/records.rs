//! What a session keeps on this device, and under which names. All of it is ciphertext or public.
//!
//! ```text
//! device/<account>                                    this browser's device id for the account
//! next/<account>/<device>                             next free sequence number, for tabs to see what others did
//! log/<account>/<device>/<seq>/<event_id>             raw tokens of events that the bucket has
//! outbox/<account>/event/<device>/<seq>/<event_id>    raw tokens of events that it does not have yet
//! moved/<account>/<device>/<seq>/<event_id>           where an event of the outbox is now that was sealed anew
//! doubts/<account>                                    why the vault was read-only when the bucket was last read
//! outbox/<account>/delete/<object_id>                 purged, still to be deleted from the bucket
//! outbox/<account>/tidy/<object_id>                   ended as an upload, still to be cleaned up after
//! queue/<account>/<number>                            uploads that wait, in the order they were added, sealed
//! next-queue/<account>                                next free number of those
//! queue-mark/<account>                                another one after every change of those, for tabs to look at
//! ```
//!
//! An event is written to the outbox in the transaction that claims its number, before anything is
//! sent: a crash anywhere leaves an entry that is sent later, the same bytes under the same name.
//! Only where the bucket shows events of this device that no tab here wrote, what was not sent yet
//! is sealed anew under another device id (`log::reseal`).

use crate::port::{Store, StoreFailed};

/// A record to be written, or removed (`None`).
pub(super) type Change = (String, Option<Vec<u8>>);

/// The decimal number of a record; 0 where there is none.
pub(super) async fn number(store: &dyn Store, key: &str) -> Result<u64, StoreFailed> {
    let stored = store.get(key).await?;
    let text = stored.and_then(|bytes| String::from_utf8(bytes).ok());
    Ok(text.and_then(|text| text.parse().ok()).unwrap_or(0))
}
