//! The store suite: every call that Frond makes, good and bad, as presigned URLs.
//!
//! It runs against the embedded store, or against the one that `FROND_TEST_STORE_ENDPOINT` and its
//! companions name (see `store/target.rs`). What stores differ in is asked of them
//! (`store/ability.rs`), not assumed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::string_slice,
    reason = "a test may panic and print"
)]

#[path = "store/ability.rs"]
mod ability;
#[path = "store/bodies.rs"]
mod bodies;
#[path = "store/call.rs"]
mod call;
#[path = "store/conditions.rs"]
mod conditions;
#[path = "store/copies.rs"]
mod copies;
#[path = "store/cors.rs"]
mod cors;
#[path = "store/embedded.rs"]
mod embedded;
#[path = "store/lists.rs"]
mod lists;
#[path = "store/multipart.rs"]
mod multipart;
#[path = "store/objects.rs"]
mod objects;
#[path = "store/signatures.rs"]
mod signatures;
#[path = "store/target.rs"]
mod target;
