//! Targets of downloads: a file, a stream, or nothing, for verification only.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use frond::bytes::Bytes;
use frond::port::{Sink, Unwritable};
use tempfile::NamedTempFile;

/// The target of one download.
#[derive(Clone, Debug)]
pub enum Target {
    /// A local file. Until complete it has a temporary name.
    File {
        /// The final path.
        path: PathBuf,
        /// Whether an existing file is replaced.
        replace: bool,
        /// Modification time to give it, in milliseconds since the Unix epoch.
        modified: Option<i64>,
    },
    /// Standard output; each byte is written once it is verified.
    Stdout,
    /// No target: every byte is verified and discarded.
    Nowhere,
}

impl Target {
    /// Opens the target.
    pub(super) fn open(&self) -> Result<Box<dyn Sink>, Unwritable> {
        Ok(match self {
            Self::File { path, replace, modified } => {
                Box::new(Part::new(path, *replace, *modified)?)
            }
            Self::Stdout => Box::new(Stdout),
            Self::Nowhere => Box::new(Nowhere),
        })
    }
}

/// An incomplete file; removed unless it is completed.
struct Part {
    file: Option<NamedTempFile>,
    path: PathBuf,
    replace: bool,
    modified: Option<i64>,
}

impl Part {
    fn new(path: &Path, replace: bool, modified: Option<i64>) -> Result<Self, Unwritable> {
        let folder =
            path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = || -> io::Result<NamedTempFile> {
            // A file in place of the folder is not the same as an existing target file.
            std::fs::create_dir_all(folder).map_err(|error| match error.kind() {
                ErrorKind::AlreadyExists => ErrorKind::NotADirectory.into(),
                _ => error,
            })?;
            let mut builder = tempfile::Builder::new();
            builder.prefix(".frond-").suffix(".part");
            // The usual permissions of new files, subject to the umask.
            #[cfg(unix)]
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
            builder.tempfile_in(folder)
        };
        let file = Some(file().map_err(|error| unwritable(&error))?);
        Ok(Self { file, path: path.to_owned(), replace, modified })
    }

    fn keep(&mut self) -> io::Result<()> {
        let file = self.file.take().ok_or(io::ErrorKind::NotFound)?;
        if let Some(at) = self.modified.and_then(time) {
            // A file system that cannot store the time still keeps the file.
            let _ = file.as_file().set_modified(at);
        }
        file.as_file().sync_all()?;
        let kept = if self.replace {
            file.persist(&self.path)
        } else {
            file.persist_noclobber(&self.path)
        };
        kept.map(drop::<File>).map_err(|error| error.error)
    }
}

#[async_trait(?Send)]
impl Sink for Part {
    async fn write(&mut self, bytes: Bytes) -> Result<(), Unwritable> {
        let file = self.file.as_mut().ok_or(Unwritable::Failed)?;
        file.write_all(&bytes.bytes()).map_err(|error| unwritable(&error))
    }

    async fn finish(&mut self) -> Result<(), Unwritable> {
        self.keep().map_err(|error| unwritable(&error))
    }
}

struct Stdout;

#[async_trait(?Send)]
impl Sink for Stdout {
    async fn write(&mut self, bytes: Bytes) -> Result<(), Unwritable> {
        io::stdout().lock().write_all(&bytes.bytes()).map_err(|error| unwritable(&error))
    }

    async fn finish(&mut self) -> Result<(), Unwritable> {
        io::stdout().lock().flush().map_err(|error| unwritable(&error))
    }
}

struct Nowhere;

#[async_trait(?Send)]
impl Sink for Nowhere {
    async fn write(&mut self, _: Bytes) -> Result<(), Unwritable> {
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), Unwritable> {
        Ok(())
    }
}

/// Maps the system's error to what the user can act on.
fn unwritable(error: &io::Error) -> Unwritable {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            Unwritable::Full
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Unwritable::Denied,
        ErrorKind::AlreadyExists => Unwritable::Exists,
        // Includes error kinds that this compiler version cannot name.
        _ => Unwritable::Failed,
    }
}

fn time(ms: i64) -> Option<SystemTime> {
    let since = Duration::from_millis(ms.unsigned_abs());
    if ms < 0 { UNIX_EPOCH.checked_sub(since) } else { UNIX_EPOCH.checked_add(since) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_right_and_a_file_that_is_there_are_told_apart() {
        for (kind, error) in [
            (ErrorKind::StorageFull, Unwritable::Full),
            (ErrorKind::QuotaExceeded, Unwritable::Full),
            (ErrorKind::PermissionDenied, Unwritable::Denied),
            (ErrorKind::ReadOnlyFilesystem, Unwritable::Denied),
            (ErrorKind::AlreadyExists, Unwritable::Exists),
            (ErrorKind::NotADirectory, Unwritable::Failed),
        ] {
            assert_eq!(unwritable(&kind.into()), error);
        }
    }

    #[test]
    fn a_file_that_came_meanwhile_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let mut part = Part::new(&path, false, None).unwrap();
        std::fs::write(&path, "another").unwrap();
        assert_eq!(part.keep().map_err(|error| unwritable(&error)), Err(Unwritable::Exists));
        assert_eq!(std::fs::read(&path).unwrap(), b"another");
    }
}
