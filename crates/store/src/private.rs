//! Files (0600) and folders (0700) that only the user of this process may read. Elsewhere than on
//! Unix a folder's own rights decide, and these functions only create.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::path::Path;

/// Makes a folder, and those above it that are missing; one that is there stays as it is.
///
/// # Errors
///
/// Where it cannot be made.
pub fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Options under which a file is made.
#[must_use]
pub fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Takes the rights of others off a folder and all below it, where an earlier version left any. The
/// folder itself comes last, so that a start that was cut short is made good by the next; one that
/// is closed already costs one look.
#[cfg(unix)]
pub fn close(folder: &Path) {
    if let Err(error) = unix::close(folder) {
        // Another user's folder that this one may write to, for example: what is new is private all
        // the same.
        tracing::warn!(folder = %folder.display(), %error, "others may be able to read this folder");
    }
}

/// As on Unix; there is nothing to take off.
#[cfg(not(unix))]
pub fn close(_folder: &Path) {}

/// Takes the rights of others off a folder and not of what is in it, if all that is in it is ours.
///
/// # Errors
///
/// Where it cannot be read.
pub fn close_own(folder: &Path, ours: &[&str]) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        if !entry?.file_name().to_str().is_some_and(|name| ours.contains(&name)) {
            return Ok(());
        }
    }
    #[cfg(unix)]
    if let Err(error) = unix::restrict(folder, 0o700) {
        tracing::warn!(folder = %folder.display(), %error, "others may be able to read this folder");
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
