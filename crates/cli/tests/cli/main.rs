//! The command line as people and scripts run it: the built program, against the real endpoint and
//! its embedded store.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests: a failure is a panic with a place"
)]

#[path = "../../../../tests/support/deployment.rs"]
#[allow(dead_code, reason = "shared with the sessions' stories")]
mod deployment;
#[path = "../../../../tests/support/native.rs"]
#[allow(dead_code, reason = "shared with the sessions' stories")]
mod native;

mod account;
mod files;
mod line;
mod memory;
mod person;
mod transfers;
mod words;

use std::future::Future;

use deployment::Deployment;
use person::{NAME, PASSWORD, Person, content, story};
