//! What a person sees. Screens, words and the routes between them; everything they do goes through
//! `session`.
//!
//! The first modules are pure and are tested natively. `page` shows them with `frond_view`, and
//! exists on wasm32 only.

pub mod folder;
pub mod message;
pub mod pasted;
pub mod placed;
pub mod route;
pub mod words;

#[cfg(target_arch = "wasm32")]
pub mod page;

#[cfg(target_arch = "wasm32")]
pub use page::{Page, start};
