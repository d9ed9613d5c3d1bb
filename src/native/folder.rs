//! Where this device keeps what it knows of one account: a folder that only its owner may enter.
//!
//! ```text
//! address        where the vault is: the URL that was signed in to
//! device-key     this device's key
//! session        the keys of the open session, sealed under it and a share that the endpoint has
//! records.redb   pins, the log's cache, the outbox, the queue: ciphertext, or public
//! locks/         held while a process works on something
//! spool/         ciphertext that waits for the network
//! sources/       where the files of unfinished uploads lie on this machine
//! ```

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The folder of one account on this device.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// The folder at this path; nothing is made yet.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A file in it.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A folder in it, made where it is missing.
    pub fn inner(&self, name: &str) -> io::Result<PathBuf> {
        let path = self.0.join(name);
        make(&path)?;
        Ok(path)
    }

    /// Makes it, for its owner alone.
    pub fn make(&self) -> io::Result<()> {
        make(&self.0)
    }

    /// Returns when the names in it are on the disk.
    pub fn sync(&self) -> io::Result<()> {
        sync(&self.0)
    }

    /// Where the vault is, if anybody signed in.
    #[must_use]
    pub fn address(&self) -> Option<String> {
        let text = fs::read_to_string(self.file("address")).ok()?;
        Some(text.trim_end().to_owned()).filter(|address| !address.is_empty())
    }

    /// Notes where the vault is.
    pub fn set_address(&self, address: &str) -> io::Result<()> {
        replace(&self.file("address"), address.as_bytes())
    }

    /// Removes all of it.
    pub fn remove(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Writes a file for its owner alone, whole or not at all, in place of an older one.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    // Made with mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_data()?;
    file.persist(path)?;
    sync(folder)
}

/// [fsync](https://man7.org/linux/man-pages/man2/fsync.2.html) of a folder: else a file's new name
/// may be gone after a power cut, though its bytes are there. Other systems than Unix open no
/// folders.
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
