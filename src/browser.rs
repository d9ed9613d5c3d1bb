//! Implements [`crate::port`] in the tab. Only this module and `ui` use browser APIs.
//!
//! The page's thread and each Worker run the same program; the adapters work in both, except as
//! their headings say.

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
pub mod late;
pub mod location;
pub mod media;
pub mod meter;
pub mod notes;
pub mod passkeys;
pub mod pdf;
pub mod preview;
pub mod save;
pub mod script;
pub mod search;
pub mod service_worker;
pub mod store;
pub mod thumbnail;

// Between both, and to the service worker.
mod stream;
pub mod worker;

mod database;
