//! The use cases: the only interface the ui may call.
//!
//! [`LockedVault`] is the locked vault: it creates an account, signs in, or restores a session that
//! outlived a reload. [`Session`] is the open vault. `lock` takes the session by value and wipes
//! its keys.
//!
//! A session is composed of owners; each owns its state, and no other module changes it. `log`
//! holds the vault's known events and syncs them with the bucket; it reports on appended events
//! through a trait that it defines. [`Files`] changes files and reads them, [`Transfers`] moves
//! their bytes, `garbage` removes what belongs to no file; `cleanups` lists the work that ended
//! uploads leave to it, `upload_locks` has which tab sends an upload. `reading` says what to ask
//! the bucket for to read a file; `verification` reads files only to check them; [`Search`] reads
//! their text, and finds words in it. `stored` has sealed things in the bucket by name; `inventory`
//! lists what the bucket's operator can see. `thumbnails` puts and fetches small pictures of files.
//! `lifetime` is how long the session lives: `kept` is the state that outlives a reload, `idle` the
//! limit after which the vault locks itself, `tabs` the state shared by all tabs, `known` what a
//! device remembers of a deployment. [`Logins`] changes the password, makes recovery words and
//! removes logins; [`Recovery`] leads from those words to a new password; [`Shares`] makes links
//! and revokes them; [`SharedLink`] is what opens one, without an account. `passkeys` adds a
//! passkey and signs in with one; `replacing` is how one login takes the place of another,
//! `removal` deletes the account. `context` is shared by all of these, `records` lists the names of
//! the records on this device. `sync` is the loop that keeps bucket and device in step.
//!
//! What each part uses, in dependency order (a test compares); a line that begins with an arrow
//! continues the one above it:
//!
//! ```text
//! world
//! tabs -> world
//! context -> tabs world
//! error
//! view
//! records
//! stored
//! log -> context error records stored view
//! reading -> context log
//! files -> context error log reading
//! upload_locks
//! cleanups -> context records upload_locks
//! thumbnails -> context log
//! transfers -> cleanups context error log reading records thumbnails upload_locks view world
//! garbage -> cleanups context error files log
//! verification -> context log reading
//! search -> context log reading records stored
//! inventory -> context
//! idle
//! kept
//! known -> error
//! lifetime -> context idle kept known world
//! open -> cleanups context error files garbage inventory lifetime log search thumbnails transfers
//!      -> verification view world
//! sync -> open
//! passphrase
//! passwords -> error passphrase world
//! locked -> error idle kept known lifetime open passwords tabs world
//! replacing -> error world
//! words -> error
//! logins -> error known open passwords replacing words
//! passkeys -> error locked logins open replacing
//! removal -> error known open
//! recovery -> error known locked open replacing
//! shares -> context error open reading replacing
//! shared -> error locked world
//! ```

mod cleanups;
mod context;
mod error;
mod files;
mod garbage;
mod idle;
mod inventory;
mod kept;
mod known;
mod lifetime;
mod locked;
mod log;
mod logins;
mod open;
mod passkeys;
mod passphrase;
mod passwords;
mod reading;
mod records;
mod recovery;
mod removal;
mod replacing;
mod search;
mod shared;
mod shares;
mod stored;
mod sync;
mod tabs;
mod thumbnails;
mod transfers;
mod upload_locks;
mod verification;
mod view;
mod words;
mod world;

pub use self::error::{ChangeError, LoginError, ShareError, UnlockError};
pub use self::files::{Compared, Files, FolderAddress, Moved, Taken};
pub use self::garbage::Leftovers;
pub use self::inventory::{Inventory, Overhead, StoredItem, StoredKind, StoredTotals};
pub use self::lifetime::{Ending, Over};
pub use self::locked::{LockedVault, Restored};
pub use self::log::Audit;
pub use self::logins::{LoginRow, Logins};
pub use self::open::Session;
pub use self::passwords::Strength;
pub use self::recovery::Recovery;
pub use self::removal::Proof;
pub use self::search::{Indexing, Search};
pub use self::shared::{SharedFiles, SharedLink};
pub use self::shares::{LinkRow, NewLink, Shares};
pub use self::thumbnails::Thumbnails;
pub use self::transfers::Transfers;
pub use self::verification::{Verification, Verified};
pub use self::view::{Direction, Merged, TransferRow, TransferState, View};
pub use self::words::RecoveryWords;
pub use self::world::{SnapshotLimits, World};
pub use crate::catalog::{Doubt, FileFault, FileRow};
pub use crate::client::SentRequest;
pub use frond_wire::LoginKind;
