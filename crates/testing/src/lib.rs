//! What the tests of several crates share. Nothing that is delivered depends on it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    clippy::as_conversions,
    missing_docs,
    reason = "tests may panic, and ask the real clock"
)]

pub mod front;
