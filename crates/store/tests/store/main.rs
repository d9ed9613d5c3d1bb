//! The store suite: every call that Frond makes, good and bad, as presigned URLs.
//!
//! It runs against the embedded store, or against the one that `FROND_TEST_STORE_ENDPOINT` and its
//! companions name (`frond_testing::store`). What stores differ in is asked of them
//! (`ability.rs`), not assumed.

#![cfg(test)]

mod ability;
mod bodies;
mod conditions;
mod copies;
mod cors;
mod embedded;
mod lists;
mod multipart;
mod objects;
mod signatures;
