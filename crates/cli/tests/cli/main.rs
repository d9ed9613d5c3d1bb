//! The command line as people and scripts run it: the built program, against the real endpoint and
//! its embedded store.

#![cfg(test)]

mod account;
mod files;
mod find;
mod line;
mod memory;
mod person;
mod shares;
mod sync;
mod transfers;
mod words;

use std::future::Future;

use frond_testing::deployment::Deployment;
use person::{NAME, PASSWORD, Person, content, story};
