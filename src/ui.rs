//! What a person sees. Screens, words and the routes between them; everything they do goes through `session`.
//!
//! The first modules are pure and are tested natively. `dom` and `page` show them, and exist on wasm32 only.

pub mod folder;
pub mod message;
pub mod pasted;
pub mod placed;
pub mod reactive;
pub mod route;
pub mod words;

#[cfg(target_arch = "wasm32")]
pub mod dom;
#[cfg(target_arch = "wasm32")]
pub mod page;

#[cfg(target_arch = "wasm32")]
pub use page::{Page, start};
