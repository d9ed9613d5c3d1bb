//! Ciphertext that waits for the network: one file per blob, written under a temporary name and
//! renamed, so that none is torn.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use frond::bytes::Bytes;
use frond::port::{Spool, SpoolError};
use tokio::task::spawn_blocking;

use super::folder::{Folder, replace};

/// The folder `spool`.
pub struct Blobs(PathBuf);

impl Blobs {
    /// The spool of this account.
    #[must_use]
    pub fn new(folder: &Folder) -> Self {
        Self(folder.file("spool"))
    }
}

#[async_trait(?Send)]
impl Spool for Blobs {
    async fn put(&self, name: &str, blob: &Bytes) -> Result<(), SpoolError> {
        let (path, blob) = (self.0.join(name), blob.to_vec());
        let written = spawn_blocking(move || {
            fs::create_dir_all(path.parent().unwrap_or(&path))?;
            replace(&path, &blob)
        });
        written.await.map_err(|_| SpoolError::Failed)?.map_err(|error| match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => SpoolError::Full,
            _ => SpoolError::Failed,
        })
    }

    async fn get(&self, name: &str) -> Result<Option<Bytes>, SpoolError> {
        Ok(there(fs::read(self.0.join(name)))?.map(Bytes::from))
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, SpoolError> {
        let mut names = Vec::new();
        collect(&self.0, "", prefix, &mut names).map_err(|_| SpoolError::Failed)?;
        names.sort_unstable();
        Ok(names)
    }

    async fn remove(&self, prefix: &str) -> Result<(), SpoolError> {
        // All blobs of an object are in its own folder.
        if let Some(folder) = prefix.strip_suffix('/') {
            return there(fs::remove_dir_all(self.0.join(folder))).map(drop);
        }
        for name in self.list(prefix).await? {
            there(fs::remove_file(self.0.join(name)))?;
        }
        Ok(())
    }
}

fn there<T>(result: io::Result<T>) -> Result<Option<T>, SpoolError> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(_) => Err(SpoolError::Failed),
    }
}

/// The names of all files below `folder` that begin with `prefix`, except temporary files of a
/// process that died.
fn collect(folder: &Path, above: &str, prefix: &str, names: &mut Vec<String>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let name = format!("{above}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), prefix, names)?;
        } else if name.starts_with(prefix) && !entry.file_name().to_string_lossy().starts_with('.')
        {
            names.push(name);
        }
    }
    Ok(())
}
