//! The use cases: all that the ui may call.
//!
//! [`LockedVault`] is the vault locked: it can create an account, sign in, or restore a session
//! that outlived a reload. [`Session`] is the vault open. `lock` takes the session by value and
//! wipes its keys.
//!
//! A session is composed of owners; each keeps its own state, and nobody else changes it. `log`
//! is the events of the vault: what is known of them, and bringing it in step with the bucket.
//! Whoever named files in events hears of them through a trait that it defines. [`Files`] changes
//! files, [`Transfers`] moves their bytes, `garbage` removes what belongs to nothing; `cleanups` is
//! what ended uploads leave it to do. `lifetime` is how long the session lives: `kept` is what
//! outlives a reload, `idle` the limit after which the vault locks itself, `tabs` what all tabs know
//! of it, `known` what a device remembers of a deployment. `context` is what all of these share,
//! `records` the names of what is kept on this device. `sync` is the loop that keeps bucket and
//! device in step.
//!
//! What each part uses, in dependency order (a test compares):
//!
//! ```text
//! world
//! tabs -> world
//! context -> tabs world
//! error
//! view
//! records
//! log -> context error records view
//! files -> error log
//! cleanups -> context records
//! transfers -> cleanups context error log records view world
//! garbage -> cleanups context error files log
//! idle
//! kept
//! lifetime -> context idle kept world
//! open -> cleanups context error files garbage lifetime log transfers view world
//! sync -> open
//! known -> error
//! passphrase
//! locked -> error idle kept known lifetime open passphrase tabs world
//! ```

mod cleanups;
mod context;
mod error;
mod files;
mod garbage;
mod idle;
mod kept;
mod known;
mod lifetime;
mod locked;
mod log;
mod open;
mod passphrase;
mod records;
mod sync;
mod tabs;
mod transfers;
mod view;
mod world;

pub use self::error::{ChangeError, UnlockError};
pub use self::files::Files;
pub use self::garbage::Leftovers;
pub use self::lifetime::{Ending, Over};
pub use self::locked::{LockedVault, Restored, Strength};
pub use self::open::Session;
pub use self::transfers::Transfers;
pub use self::view::{Direction, FileFault, FileRow, Merged, TransferRow, TransferState, View};
pub use self::world::World;
pub use crate::catalog::Doubt;
