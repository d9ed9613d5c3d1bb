//! The endpoint against the real embedded store: rows 52 to 64 of THREATS.md by name, and what it
//! is for.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::as_conversions,
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "helpers of tests stand outside of #[test] functions; they may panic, and they ask the real clock"
)]

mod accounts;
mod balancer;
mod check;
mod config;
mod documents;
mod floods;
mod hostile;
mod invites;
mod jwt;
#[cfg(feature = "lambda")]
mod lambda;
mod log;
mod logins;
mod outside;
mod page;
mod presign;
mod process;
mod quota;
mod sessions;
mod support;
