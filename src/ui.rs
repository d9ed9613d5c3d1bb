//! The page: its screens and the routes between them. Its actions go through `session`; its
//! sentences come from `text`.
//!
//! `page` builds the screens with `frond_view`, and exists on wasm32 only. The rest is pure and is
//! tested natively.

pub mod collation;
pub mod grid;
pub mod route;
pub mod selection;
pub mod sort;
pub mod virtual_list;

#[cfg(target_arch = "wasm32")]
pub mod page;

#[cfg(target_arch = "wasm32")]
pub use page::{
    Action, App, Background, LazyModule, PagePorts, Screen, draw, open, run, start, work,
};
