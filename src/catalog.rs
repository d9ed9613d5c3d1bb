//! The catalog: what the vault holds, as an append-only set of events. Pure.
//!
//! Every change of the vault is one [`Event`] of one device, sealed on its own and never changed.
//! The bucket is asked for nothing but "put what is not there yet", so no store needs
//! compare-and-swap, and no two devices need to talk.
//!
//! ```text
//! vaults/<account>/log/<device>/<seq>/<event_id>      seq: 16 hex digits, from 0, without holes
//! token under event_key(event_id), its time the id's  JSON, then spaces up to a multiple of 256 bytes
//! {"format":"frond/1 event","event":id,"device":…,"seq":n,"parents":[b64url SHA-256 of raw tokens],"ops":[…]}
//! ```
//!
//! `parents` are the events that were newest to the device: those that no event it knew had named
//! as parent. So the events form a graph in which every device's knowledge is written down, and
//! which nobody can cut or bend unseen.
//!
//! What a set of events means follows from the set alone, and is kept up to date event by event,
//! in whatever order they arrive ([`Index`]):
//!
//! - They have one order: parents first, ties by the events' hashes, never by a clock
//!   ([`Log::order`]).
//! - Operations on one file then apply in that order; the later move wins. `purge` is final: no
//!   order brings an object back that any event purged.
//! - An object added twice with one seal is one file. With two seals it is a file at fault, and
//!   only that file.
//! - Files whose paths collide, also if only by case or by Unicode form, are all kept and told
//!   apart ([`disambiguate`]).
//! - Events may hold any path. What is written here keeps the rule of [`crate::path`], and what
//!   breaks it is shown mended.
//!
//! An operation that this version does not know leaves the event in the log and the rest of it in
//! force, and the vault read-only ([`Doubt::Newer`]): what an older Frond would write next could
//! not respect it. Everything else that is not exactly as above is [`Doubt::BadEvent`].

mod event;
mod hash;
mod index;
mod listing;
mod log;
mod names;
mod numbers;
mod order;
mod seal;
mod state;
mod text;

pub use event::{BadEvent, Event, MAX_MERGED, Op, Origin};
pub use frond_wire::EventKey;
pub use hash::EventHash;
pub use index::Index;
pub use listing::{Entry, FileFault, FileRow, Listing, Revision, Totals};
pub use log::{Doubt, Log};
pub use names::disambiguate;
pub use seal::{MAX_TOKEN, open, seal};
pub use state::{Begun, File, State};
