//! The tab's side of [`crate::port`]: with `ui`, the one place that names the browser's own
//! interfaces.
//!
//! The page's thread and each Worker run the same program; what is here works in both, but for what
//! the headings say.

// In the page and in Workers.
pub mod buffer;
pub mod clock;
pub mod entropy;
pub mod file;
pub mod http;
mod number;
pub mod spool;
pub mod webcrypto;

// In the page.
pub mod dropped;
pub mod handles;
pub mod keys;
pub mod location;
pub mod meter;
pub mod notes;
pub mod offline;
pub mod save;
pub mod script;
pub mod store;

// Between both.
pub mod worker;

mod database;
