//! The catalog: the contents of the vault, as an append-only set of events. Pure.
//!
//! Every change of the vault is one [`Event`] of one device, sealed separately and never modified.
//! The bucket only needs "put if absent", so the store needs no compare-and-swap, and devices need
//! no channel to each other.
//!
//! ```text
//! vaults/<account>/log/<device>/<seq>/<event_id>      seq: 16 hex digits, from 0, without holes
//! token under event_key(event_id), its time the id's  JSON, spaces up to a multiple of 256 bytes
//! {"format":"frond/1 event","event":id,"device":…,"seq":n,
//!  "parents":[b64url SHA-256 of raw tokens],"ops":[…]}
//! ```
//!
//! `parents` are the heads that the device knew: the events that no event it knew named as a
//! parent. The events therefore form a graph that records what each device knew, and that cannot be
//! truncated or rewritten undetected.
//!
//! The state depends only on the set of events, and [`Index`] keeps it up to date event by event,
//! whatever the order of arrival:
//!
//! - Events are totally ordered: parents first, ties by the events' hashes, never by a clock
//!   ([`Log::order`]).
//! - Operations on one file apply in that order; the later move wins. `purge` is final: no order
//!   restores an object that any event purged.
//! - Of all `retention` the last in that order counts, as a whole; [`Due`] is what it deletes.
//! - An object added twice with the same seal is one file. With two seals that file, and only that
//!   file, is faulty.
//! - Files whose paths collide, even if only by case or Unicode form, are all kept and
//!   disambiguated ([`disambiguate`]; outside the vault [`distinct`]).
//! - Events may hold any path. Paths written here follow the rules of [`crate::path`]; a path that
//!   breaks them is displayed sanitized.
//!
//! If an event holds an operation that this version does not know, the event stays in the log, its
//! other operations apply, and the vault becomes read-only ([`Doubt::Newer`]): an older Frond could
//! not respect that operation in what it writes. Any other deviation from the above is
//! [`Doubt::BadEvent`].

mod children;
mod contents;
mod distinct;
mod event;
mod hash;
mod histories;
mod implicit;
mod index;
mod layout;
mod links;
mod listing;
mod locate;
mod log;
mod name;
mod names;
mod numbers;
mod order;
mod query;
mod retention;
mod seal;
mod search;
pub mod snapshot;
mod state;
mod table;
mod text;
mod trash;
mod tree;
mod usage;

pub use contents::Matches;
pub use distinct::distinct;
pub use event::{BadEvent, Content, Event, MAX_MERGED, MAX_RETAINED, Op, Origin, Retention};
pub use frond_wire::{EventKey, FolderId};
pub use hash::EventHash;
pub use index::Index;
pub use listing::{Facts, FileFault, FileRow, Listing, NamedRow, Revision, Row, RowId, Totals};
pub use locate::{Located, Locator};
pub use log::{Doubt, Log, parents_first};
pub use names::disambiguate;
pub use query::terms;
pub use retention::Due;
pub use seal::{MAX_TOKEN, open, seal};
pub use search::NameSearch;
pub use state::{Begun, File, Folder, FolderEntry, State};
pub use table::Table;
pub use trash::Trash;
pub use usage::Usage;
