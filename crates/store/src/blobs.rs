//! Blobs: write-once files with random names.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::private;

/// Name of a blob: 128 random bits. Keys never become paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct BlobId(u128);

impl BlobId {
    /// A new random name.
    pub(super) fn random() -> io::Result<Self> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        Ok(Self(u128::from_be_bytes(bytes)))
    }

    /// Parses the `Display` form; any other file name is not a blob.
    fn parse(name: &str) -> Option<Self> {
        let id = Self(u128::from_str_radix(name, 16).ok()?);
        (id.to_string() == name).then_some(id)
    }
}

impl std::fmt::Display for BlobId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl From<BlobId> for String {
    fn from(id: BlobId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for BlobId {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::parse(&name).ok_or("not the name of a blob")
    }
}

/// Bytes of disk space that bodies must leave free: deleting objects to make room needs some in the
/// index first.
const RESERVE: u64 = 32 * 1024 * 1024;

/// The folder of all blobs: 256 subfolders, created once, so that a new blob needs one file and one
/// folder sync.
#[derive(Debug)]
pub(super) struct Blobs {
    folder: PathBuf,
}

impl Blobs {
    /// Opens the folder, and creates missing parts.
    pub(super) fn open(folder: PathBuf) -> io::Result<Self> {
        for first in 0..=u8::MAX {
            private::create_folder(&folder.join(format!("{first:02x}")))?;
        }
        sync_folder(&folder)?;
        Ok(Self { folder })
    }

    fn subfolder(&self, id: BlobId) -> PathBuf {
        self.folder.join(format!("{:02x}", id.0 >> 120))
    }

    fn path(&self, id: BlobId) -> PathBuf {
        self.subfolder(id).join(id.to_string())
    }

    /// Opens a blob for reading. On Unix it stays readable after [`Blobs::remove`].
    pub(super) fn read(&self, id: BlobId) -> io::Result<File> {
        File::open(self.path(id))
    }

    /// Begins a new blob of `length` bytes; [`io::ErrorKind::StorageFull`] if they would not fit.
    pub(super) fn draft(self: &Arc<Self>, length: u64) -> io::Result<Draft> {
        if free_space(&self.folder)? < length.saturating_add(RESERVE) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let id = BlobId::random()?;
        let file = private::options().write(true).create_new(true).open(self.path(id))?;
        Ok(Draft { blobs: Arc::clone(self), id, file, kept: false })
    }

    /// Removes blobs that the index no longer references. Failures are harmless: the next start
    /// removes them.
    pub(super) fn remove(&self, ids: &[BlobId]) {
        for &id in ids {
            if let Err(error) = fs::remove_file(self.path(id)) {
                tracing::warn!(blob = %id, %error, "a blob was not removed");
            }
        }
    }

    /// Removes every file unknown to `referenced`; returns how many. Only while there are no
    /// writers.
    pub(super) fn remove_unreferenced(
        &self,
        referenced: impl Fn(BlobId) -> bool,
    ) -> io::Result<usize> {
        let mut removed = 0;
        for first in 0..=u8::MAX {
            for entry in fs::read_dir(self.folder.join(format!("{first:02x}")))? {
                let entry = entry?;
                let id = entry.file_name().to_str().and_then(BlobId::parse);
                if !id.is_some_and(&referenced) {
                    fs::remove_file(entry.path())?;
                    removed += 1;
                }
            }
        }
        Ok(removed)
    }
}

/// A blob being written. If dropped before [`Draft::keep`], its file is removed.
#[derive(Debug)]
pub(super) struct Draft {
    blobs: Arc<Blobs>,
    id: BlobId,
    file: File,
    kept: bool,
}

impl Draft {
    /// Its name in the index.
    pub(super) fn id(&self) -> BlobId {
        self.id
    }

    /// Appends.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    /// Syncs the file, then its folder.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()?;
        sync_folder(&self.blobs.subfolder(self.id))
    }

    /// Keeps the file: the index references it, or may.
    pub(super) fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.kept {
            self.blobs.remove(&[self.id]);
        }
    }
}

/// Syncs the entries of a folder. Only Unix has, and needs, such a call.
#[cfg(unix)]
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
pub(super) fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// Free bytes on the folder's disk. Other systems report a full disk only on write.
#[cfg(unix)]
fn free_space(folder: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
fn free_space(_folder: &Path) -> io::Result<u64> {
    Ok(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(folder: &Path) -> usize {
        fs::read_dir(folder)
            .unwrap()
            .flat_map(|sub| fs::read_dir(sub.unwrap().path()).unwrap())
            .count()
    }

    #[test]
    fn a_dropped_draft_leaves_nothing_and_a_kept_one_stays() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Arc::new(Blobs::open(folder.path().to_owned()).unwrap());
        let mut dropped = blobs.draft(4).unwrap();
        dropped.write(b"gone").unwrap();
        drop(dropped);
        assert_eq!(files(folder.path()), 0);

        let mut kept = blobs.draft(4).unwrap();
        kept.write(b"here").unwrap();
        kept.sync().unwrap();
        let id = kept.id();
        kept.keep();
        assert_eq!(fs::read(blobs.path(id)).unwrap(), b"here");
    }

    #[test]
    fn unreferenced_blobs_are_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Arc::new(Blobs::open(folder.path().to_owned()).unwrap());
        let ids: Vec<BlobId> = (0..20)
            .map(|_| {
                let draft = blobs.draft(4).unwrap();
                let id = draft.id();
                draft.keep();
                id
            })
            .collect();
        fs::write(folder.path().join("00").join("not a blob"), b"").unwrap();
        let (named, orphans) = ids.split_at(5);
        assert_eq!(blobs.remove_unreferenced(|id| named.contains(&id)).unwrap(), orphans.len() + 1);
        assert!(named.iter().all(|&id| blobs.read(id).is_ok()));
        assert!(orphans.iter().all(|&id| blobs.read(id).is_err()));
    }

    #[test]
    fn what_does_not_fit_is_not_begun() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Arc::new(Blobs::open(folder.path().to_owned()).unwrap());
        let error = blobs.draft(u64::MAX).err().unwrap();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert_eq!(files(folder.path()), 0);
    }

    #[test]
    fn only_what_was_written_is_read_as_a_name() {
        let id = BlobId::random().unwrap();
        assert_eq!(BlobId::parse(&id.to_string()), Some(id));
        for name in
            ["", "0", "+0000000000000000000000000000001", "../../../../../../../../etc/passwd"]
        {
            assert_eq!(BlobId::parse(name), None, "{name}");
        }
        assert_eq!(BlobId::parse(&"A".repeat(32)), None);
    }
}
