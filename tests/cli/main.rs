//! The command line as people and scripts run it: the built program, against the real endpoint and
//! its embedded store.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests: a failure is a panic with a place"
)]

mod account;
mod files;
mod line;
mod memory;
mod person;
mod transfers;
mod words;

use std::future::Future;

use frond_testing::deployment::Deployment;
use person::{NAME, PASSWORD, Person, content, story};
