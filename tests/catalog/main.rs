//! The catalog: any set of events means one thing, and what cannot be is named.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    missing_docs,
    reason = "tests: a failure is a panic with a place"
)]

mod doubts;
mod index;
mod json;
mod model;
mod names;
mod order;
mod sealed;
mod snapshot;
mod support;
mod uploads;
