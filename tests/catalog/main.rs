//! The catalog: any set of events means one thing, and what cannot be is named.

#![cfg(test)]
#![cfg(not(target_arch = "wasm32"))]

mod contents;
mod doubts;
mod folders;
mod index;
mod json;
mod model;
mod names;
mod order;
mod retention;
mod sealed;
mod snapshot;
mod support;
mod uploads;
