//! What several suites share. Nothing that is delivered depends on it.
//!
//! - [`deployment`]: the real endpoint and its store, on free ports.
//! - [`tab`]: a tab on them, whose line, clock and storage a test breaks.
//! - [`seen`]: what a person sees of a session.
//! - [`fake_store`], [`fake_device`]: a store in memory that fails as it is told, and a device on
//!   it.
//! - [`spool`]: a spool in memory.
//! - [`crossing`]: jobs and outcomes as they cross between page and Worker.
//! - [`front`]: a store as owners have it, with one fault.
//! - [`clock`]: the real clock.
//! - [`store`]: the store under test, and presigned calls on it.
//! - [`engines`], [`forge`], [`objects`]: ciphers, forged tokens and sealed objects. These three
//!   are there in a browser too.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

pub mod engines;
pub mod forge;
pub mod objects;

#[cfg(not(target_arch = "wasm32"))]
pub mod clock;
#[cfg(not(target_arch = "wasm32"))]
pub mod crossing;
#[cfg(not(target_arch = "wasm32"))]
pub mod deployment;
#[cfg(not(target_arch = "wasm32"))]
pub mod fake_device;
#[cfg(not(target_arch = "wasm32"))]
pub mod fake_store;
#[cfg(not(target_arch = "wasm32"))]
pub mod front;
#[cfg(not(target_arch = "wasm32"))]
pub mod seen;
#[cfg(not(target_arch = "wasm32"))]
pub mod spool;
#[cfg(not(target_arch = "wasm32"))]
pub mod store;
#[cfg(not(target_arch = "wasm32"))]
pub mod tab;
