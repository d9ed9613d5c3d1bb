//! Locks between the processes of this device: locked files, which the system unlocks when their
//! process dies.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};

/// Pause before retrying a lock that another process holds.
const PAUSE: Duration = Duration::from_millis(20);

/// Holds a lock until dropped.
pub(super) struct Guard {
    path: PathBuf,
    _file: File,
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Removed while still locked: a process that opened the file meanwhile notices that the
        // name no longer refers to it, and retries.
        let _ = fs::remove_file(&self.path);
    }
}

/// Waits for the named lock.
pub(super) async fn lock(folder: &Path, name: &str) -> io::Result<Guard> {
    loop {
        if let Some(guard) = try_lock(folder, name)? {
            return Ok(guard);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Acquires the named lock, or returns `None` if it is held.
pub(super) fn try_lock(folder: &Path, name: &str) -> io::Result<Option<Guard>> {
    // Hash the name, which contains `/` and may be long.
    let path = folder.join(Base64UrlUnpadded::encode_string(&Sha256::digest(name)));
    loop {
        let file = File::options().create(true).truncate(false).write(true).open(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // The previous holder may have removed the name between opening and locking.
        if is_at(&file, &path) {
            return Ok(Some(Guard { path, _file: file }));
        }
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let (Ok(file), Ok(named)) = (file.metadata(), fs::metadata(path)) else { return false };
    (file.dev(), file.ino()) == (named.dev(), named.ino())
}

/// On other systems an open file cannot be removed.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}
