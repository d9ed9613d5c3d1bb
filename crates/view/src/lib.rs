//! A view layer for pages written in Rust: signals, and real DOM nodes that follow them. No virtual
//! DOM, no macros.
//!
//! - [`reactive`]: settable values ([`reactive::Signal`]), derived values ([`reactive::Memo`]), and
//!   effects, which rerun when what they read has changed. Pure; it runs and is tested natively.
//! - `dom`: an element builder. Closures are kept up to date by effects. wasm32 only.
//!
//! ```
//! use frond_view::reactive::{Memo, Scope, Signal, effect, flush};
//!
//! let scope = Scope::new();
//! scope.within(|| {
//!     let files = Signal::new(1);
//!     let title = Memo::new(move || format!("{} files", files.get()));
//!     let shown = Signal::new(String::new());
//!     effect(move || shown.set(title.get()));
//!     files.set(12);
//!     flush();
//!     assert_eq!(shown.get_untracked(), "12 files");
//! });
//! scope.end();
//! ```
//!
//! Not supported: server-side rendering, hydration, routing, templates from text. Text becomes a
//! text node or an attribute and never markup, so a page with Trusted Types has nothing to refuse.

pub mod reactive;

#[cfg(target_arch = "wasm32")]
pub mod dom;
