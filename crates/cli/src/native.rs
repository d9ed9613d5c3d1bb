//! Native implementations of the ports, for the command line: real HTTP, a folder for this device's
//! state, transfers in this process.
//!
//! Each browser API has a native counterpart:
//!
//! ```text
//! IndexedDB            records   one database file of all processes, each change a transaction
//! Web Locks            locks     locked files, which the system unlocks when their process dies
//! OPFS                 spool     one file a blob, written beside and renamed
//! wrapped keys         keys      two files that only their owner reads
//! localStorage         notes     memory: one process is one tab
//! file handles         paths     the path of each source
//! WebCrypto, Workers   cipher    the software engine on other threads
//! ```

pub mod cipher;
pub mod clock;
pub mod entropy;
pub mod file;
pub mod folder;
pub mod http;
pub mod keys;
pub mod locks;
pub mod meter;
pub mod notes;
mod partial;
pub mod paths;
pub mod records;
pub mod runner;
pub mod search;
pub mod spool;
pub mod staged;
pub mod target;
