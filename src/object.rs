//! Objects: one file, sealed, as stored in the bucket.
//!
//! ```text
//! object = header ‖ token 0 ‖ token 1 … token n−1 ‖ table
//! slot 0 = header ‖ token 0, slot i = token i; a full slot is always S = token_length(C) bytes
//! table  = the HMACs of all tokens, 32 bytes each
//! seal   = SHA-256("frond/1 seal" ‖ 0x00 ‖ commitment ‖ HMAC of the meta token ‖ table)
//! ```
//!
//! The plaintext is the content ‖ zeros up to [`padme`]`(size)`, cut into chunks of C = 512 KiB;
//! chunk 0 is shorter by the header. Every chunk has its own key, derived from its index and
//! whether it is the last, so a token that was moved, repeated, dropped or taken from another
//! object does not open.
//!
//! Writing: [`Header::seal`], then a [`Sealer`]. Reading: an [`Opener`], which verifies header,
//! table and seal before it opens slots, in any order. Neither does I/O; [`Layout`] gives the byte
//! ranges.
//!
//! Out of scope: hiding that an object exists, when it was made, or how large it is beyond what
//! [`padme`] hides.

mod error;
mod header;
mod keys;
mod layout;
mod meta;
mod opener;
mod seal;
mod sealer;
mod thumbnail;

pub use error::ObjectError;
pub use frond_wire::{EventId, InvalidId, ObjectId, SegmentId, SnapshotId, UploadId};
pub use header::Header;
pub use layout::{CHUNK, Geometry, Layout, MAX_HEADER, MAX_PARTS, MAX_SIZE, SLOT, padme};
pub use meta::Meta;
pub use opener::Opener;
pub use seal::Seal;
pub use sealer::{Sealed, Sealer};
pub use thumbnail::{MAX_THUMBNAIL, THUMBNAIL_ROOM, open_thumbnail, seal_thumbnail};
