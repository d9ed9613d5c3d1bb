//! Frond: a file vault that lives in a browser tab.
//!
//! The module list below is the map, in dependency order. Arrows point one way:
//!
//! ```text
//! ui → session → {transfer, catalog, share, account} → object → fernet → secret
//! browser → port        main ties browser, session and ui
//! cli → {session, native}        native → port, the same natively: the command line
//! ```
//!
//! Everything but `browser` and `ui` is pure: time, randomness, disk and network come in through
//! [`port`], so the core runs natively in tests in seconds. `browser` and `ui` exist on wasm32 only
//! (but for the ui's words), and so do their dependencies: a native build cannot compile a core
//! module that reaches outward. One file of the core asks the browser, for a pure function whose
//! tables it has: `unicode`.

// Bytes.
pub mod bytes;
pub mod checksum;
mod codec;
mod date;
pub use frond_fernet as fernet;
mod kdf;
pub mod object;
pub mod path;
pub mod secret;
mod unicode;

// What the core asks of the world.
mod notify;
pub mod port;
pub mod software;

// What a vault does.
pub mod account;
pub mod catalog;
mod client;
pub mod session;
pub mod share;
pub mod transfer;

// What a person sees.
pub mod ui;

// What the tab is made of.
#[cfg(target_arch = "wasm32")]
pub mod browser;

// What the command line is, and what it is made of.
#[cfg(all(not(target_arch = "wasm32"), feature = "cli"))]
pub mod cli;
#[cfg(all(not(target_arch = "wasm32"), feature = "cli"))]
pub mod native;
