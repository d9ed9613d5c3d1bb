//! Files (0600) and folders (0700) that only the user of this process may read. On systems other
//! than Unix the folder's own permissions apply, and these functions only create.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::path::Path;

/// Creates a folder and its missing parents; an existing one is left unchanged.
///
/// # Errors
///
/// If it cannot be created.
pub fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Options for creating a file.
#[must_use]
pub fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Removes other users' permissions from a folder and everything below it, as left by an earlier
/// version. The folder itself comes last, so that the next start completes an interrupted run; a
/// folder that is already private costs one check.
#[cfg(unix)]
pub fn close(folder: &Path) {
    if let Err(error) = unix::close(folder) {
        // For example another user's folder that this one may write to: new files are private
        // nevertheless.
        let folder = folder.display();
        tracing::warn!(%folder, %error, "others may be able to read this folder");
    }
}

/// No-op: there are no Unix permissions.
#[cfg(not(unix))]
pub fn close(_folder: &Path) {}

/// Removes other users' permissions from a folder, not its contents, if all its entries are ours.
///
/// # Errors
///
/// If it cannot be read.
pub fn close_own(folder: &Path, ours: &[&str]) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        if !entry?.file_name().to_str().is_some_and(|name| ours.contains(&name)) {
            return Ok(());
        }
    }
    #[cfg(unix)]
    if let Err(error) = unix::restrict(folder, 0o700) {
        let folder = folder.display();
        tracing::warn!(%folder, %error, "others may be able to read this folder");
    }
    Ok(())
}

#[cfg(unix)]
mod unix {
    use std::fs::{Permissions, metadata, read_dir, set_permissions};
    use std::io;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    pub(super) fn close(folder: &Path) -> io::Result<()> {
        if metadata(folder)?.permissions().mode() & 0o077 == 0 {
            return Ok(());
        }
        close_below(folder)
    }

    fn close_below(folder: &Path) -> io::Result<()> {
        for entry in read_dir(folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                close_below(&entry.path())?;
            } else if kind.is_file() {
                restrict(&entry.path(), 0o600)?;
            }
        }
        restrict(folder, 0o700)
    }

    pub(super) fn restrict(path: &Path, mode: u32) -> io::Result<()> {
        set_permissions(path, Permissions::from_mode(mode))
    }
}
