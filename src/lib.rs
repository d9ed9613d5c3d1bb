//! Frond: a file vault that lives in a browser tab.
//!
//! # Modules
//!
//! In dependency order: a module may use what its line lists, all of it on lines above; a line that
//! begins with an arrow continues the one above it. Whatever a line does not list is an edge that
//! the architecture does not have; `tests/map.rs` compares.
//!
//! ```text
//! bytes
//! codec
//! date
//! kdf
//! notify
//! path
//! secret
//! unicode
//! checksum -> bytes
//!
//! port -> bytes secret
//! slices -> port
//! software -> bytes port secret
//!
//! object -> bytes kdf port secret
//! account -> kdf port secret unicode
//! share -> account kdf object path port secret
//! segment -> secret
//! catalog -> account date object path secret unicode
//! transfer -> bytes checksum codec date notify object path port secret
//!
//! client -> account bytes date port secret transfer
//! session -> account bytes catalog client codec notify object path port secret segment share
//!         -> slices transfer
//!
//! browser -> bytes notify object port secret software transfer
//! text -> bytes date object path port session transfer
//! ui -> bytes catalog notify object path port secret session slices text transfer unicode
//!
//! worker -> browser
//! main -> browser object port session software ui
//! ```
//!
//! `port` has the traits that the core asks of the world: time, randomness, disk, network, fast
//! ciphers. `browser` implements them in the tab, the crate `frond-cli` on a native machine;
//! nothing between `port` and `session` knows either, so the core runs natively in tests in
//! seconds. `browser` and most of `ui` exist on wasm32 only, and so do their dependencies: a native
//! build cannot compile a core module that reaches outward. One file of the core asks the browser,
//! for a pure function whose tables it has: `unicode`. `worker` and `main` are the programs: what
//! Workers run, and the page.
//!
//! # Crates
//!
//! Read in the same way, without what only tests use.
//!
//! ```text
//! frond-fernet
//! frond-pdf
//! frond-preview
//! frond-search -> frond-preview
//! frond-store
//! frond-strength
//! frond-vectors
//! frond-view
//! frond-wire
//!
//! frond -> frond-fernet frond-preview frond-search frond-vectors frond-view frond-wire
//! frond-cli -> frond frond-search
//!
//! frond-config -> frond-wire
//! frond-doctor -> frond-config frond-wire
//! frond-endpoint -> frond-config frond-doctor frond-store frond-wire
//! frond-testing -> frond frond-cli frond-config frond-endpoint frond-store frond-wire
//!
//! frond-bench -> frond frond-search
//! frond-fuzz -> frond frond-config frond-endpoint frond-search frond-wire
//! frond-load -> frond frond-wire
//! ```

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
mod slices;
pub mod software;

// What a vault does.
pub mod account;
pub mod catalog;
mod client;
pub mod segment;
pub mod session;
pub mod share;
pub mod transfer;

// What a person sees and reads.
pub mod text;
pub mod ui;

// What the tab is made of.
#[cfg(target_arch = "wasm32")]
pub mod browser;
