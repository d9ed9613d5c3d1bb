//! This device's state for one account: a folder that only its owner may access.
//!
//! ```text
//! address        the vault's URL, as given at sign-in
//! device-key     this device's key
//! session        the keys of the open session, sealed under it and a share that the endpoint has
//! records.redb   pins, the log's cache, the outbox, the queue: ciphertext, or public; and paths of
//!                the files of unfinished uploads on this machine
//! locks/         held while a process works on something
//! spool/         ciphertext that waits for the network
//! ```

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The folder of one account on this device.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// The folder at this path; creates nothing yet.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The path of a file in it.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A subfolder, created if missing.
    pub fn inner(&self, name: &str) -> io::Result<PathBuf> {
        let path = self.0.join(name);
        make(&path)?;
        Ok(path)
    }

    /// Creates the folder with access for its owner only.
    pub fn make(&self) -> io::Result<()> {
        make(&self.0)
    }

    /// Syncs the folder's entries to disk.
    pub fn sync(&self) -> io::Result<()> {
        sync(&self.0)
    }

    /// The vault's address, if an account has signed in.
    #[must_use]
    pub fn address(&self) -> Option<String> {
        let text = fs::read_to_string(self.file("address")).ok()?;
        Some(text.trim_end().to_owned()).filter(|address| !address.is_empty())
    }

    /// Stores the vault's address.
    pub fn set_address(&self, address: &str) -> io::Result<()> {
        replace(&self.file("address"), address.as_bytes())
    }

    /// Removes the folder with all contents.
    pub fn remove(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Replaces a file atomically, with access for its owner only.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    // Created with mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_data()?;
    file.persist(path)?;
    sync(folder)
}

/// [fsync](https://man7.org/linux/man-pages/man2/fsync.2.html) of a folder: otherwise a power
/// failure may lose a new file's name although its bytes are stored. Only Unix can open folders.
fn sync(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { fs::File::open(folder)?.sync_all() } else { Ok(()) }
}

fn make(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
