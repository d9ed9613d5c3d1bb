//! The page: its screens and the routes between them. Its actions go through `session`; its
//! sentences come from `text`.
//!
//! `route` and `kind` are pure and are tested natively. `page` builds the screens with `frond_view`, and exists
//! on wasm32 only.

pub mod kind;
pub mod route;

#[cfg(target_arch = "wasm32")]
pub mod page;

#[cfg(target_arch = "wasm32")]
pub use page::{PagePorts, start};
