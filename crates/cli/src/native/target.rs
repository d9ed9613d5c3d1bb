//! Targets of downloads: a file or a stream.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use frond::bytes::Bytes;
use frond::port::{Sink, Unwritable};
use frond::transfer::DownloadJob;
use tempfile::NamedTempFile;
use tokio::task::spawn_blocking;

use super::partial::{self, Macs};

/// The target of one download.
#[derive(Clone, Debug)]
pub enum Target {
    /// A local file. Until complete it has a temporary name; a later run continues it.
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
}

impl Target {
    /// Opens the target for this download, or for an archive.
    pub(super) fn open(&self, job: Option<&DownloadJob>) -> Result<Opened, Unwritable> {
        Ok(match self {
            Self::File { path, replace, modified } => {
                Opened::File(Box::new(Part::new(path, *replace, *modified, job)?))
            }
            Self::Stdout => Opened::Stdout(Stdout),
        })
    }
}

/// An open target.
pub(super) enum Opened {
    File(Box<Part>),
    Stdout(Stdout),
}

impl Opened {
    pub(super) fn sink(&mut self) -> &mut dyn Sink {
        match self {
            Self::File(part) => &mut **part,
            Self::Stdout(stdout) => stdout,
        }
    }

    /// Removes what was written: no later run can continue it.
    pub(super) fn discard(self) {
        if let Self::File(part) = self {
            part.discard();
        }
    }
}

/// An incomplete file. When dropped it stays if a later run can continue it, and else is removed.
pub(super) struct Part {
    file: Option<NamedTempFile>,
    /// Of the chunks in it, if a later run can continue it.
    macs: Option<Macs>,
    path: PathBuf,
    replace: bool,
    modified: Option<i64>,
}

impl Part {
    fn new(
        path: &Path,
        replace: bool,
        modified: Option<i64>,
        job: Option<&DownloadJob>,
    ) -> Result<Self, Unwritable> {
        let folder =
            path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = || -> io::Result<(NamedTempFile, Option<Macs>)> {
            // A file in place of the folder is not the same as an existing target file.
            std::fs::create_dir_all(folder).map_err(|error| match error.kind() {
                ErrorKind::AlreadyExists => ErrorKind::NotADirectory.into(),
                _ => error,
            })?;
            if let Some(job) = job
                && let Some((file, macs)) = partial::open(folder, job)?
            {
                return Ok((file, Some(macs)));
            }
            let mut builder = tempfile::Builder::new();
            builder.prefix(".frond-").suffix(".part");
            // The usual permissions of new files, subject to the umask.
            #[cfg(unix)]
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
            Ok((builder.tempfile_in(folder)?, None))
        };
        let (file, macs) = file().map_err(|error| unwritable(&error))?;
        Ok(Self { file: Some(file), macs, path: path.to_owned(), replace, modified })
    }

    fn add(&mut self, content: &[u8]) -> io::Result<()> {
        self.file.as_mut().ok_or(ErrorKind::NotFound)?.write_all(content)?;
        self.macs.as_mut().map_or(Ok(()), |macs| macs.add(content))
    }

    fn keep(&mut self) -> io::Result<()> {
        let file = self.file.take().ok_or(io::ErrorKind::NotFound)?;
        if let Some(at) = self.modified.and_then(time) {
            // A file system that cannot store the time still keeps the file.
            let _ = file.as_file().set_modified(at);
        }
        file.as_file().sync_all()?;
        // Before the file has its name, so that none is left behind.
        self.macs.take().map_or(Ok(()), Macs::remove)?;
        let kept = if self.replace {
            file.persist(&self.path)
        } else {
            file.persist_noclobber(&self.path)
        };
        kept.map(drop::<File>).map_err(|error| {
            let mut file = error.file;
            file.disable_cleanup(false);
            error.error
        })
    }

    fn discard(mut self) {
        if let Some(file) = &mut self.file {
            file.disable_cleanup(false);
        }
        // What cannot be removed is not trusted by a later run either.
        let _ = self.macs.take().map_or(Ok(()), Macs::remove);
    }
}

#[async_trait(?Send)]
impl Sink for Part {
    async fn kept(&mut self) -> Result<u64, Unwritable> {
        let (Some(file), Some(mut macs)) = (&self.file, self.macs.take()) else { return Ok(0) };
        let mut file = file.as_file().try_clone().map_err(|error| unwritable(&error))?;
        let checked = spawn_blocking(move || macs.check(&mut file).map(|kept| (kept, macs)));
        let checked = checked.await.map_err(|_| Unwritable::Failed)?;
        let (kept, macs) = checked.map_err(|error| unwritable(&error))?;
        self.macs = Some(macs);
        Ok(kept)
    }

    async fn write(&mut self, bytes: Bytes) -> Result<(), Unwritable> {
        self.add(&bytes.bytes()).map_err(|error| unwritable(&error))
    }

    async fn finish(&mut self) -> Result<(), Unwritable> {
        let Self { path, replace, modified, .. } = self;
        let (file, macs, path) = (self.file.take(), self.macs.take(), path.clone());
        let mut whole = Self { file, macs, path, replace: *replace, modified: *modified };
        // Disks write many files to their end in little more time than one.
        let kept = spawn_blocking(move || whole.keep()).await.map_err(|_| Unwritable::Failed)?;
        kept.map_err(|error| unwritable(&error))
    }
}

pub(super) struct Stdout;

#[async_trait(?Send)]
impl Sink for Stdout {
    async fn write(&mut self, bytes: Bytes) -> Result<(), Unwritable> {
        io::stdout().lock().write_all(&bytes.bytes()).map_err(|error| unwritable(&error))
    }

    async fn finish(&mut self) -> Result<(), Unwritable> {
        io::stdout().lock().flush().map_err(|error| unwritable(&error))
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
        let mut part = Part::new(&path, false, None, None).unwrap();
        std::fs::write(&path, "another").unwrap();
        assert_eq!(part.keep().map_err(|error| unwritable(&error)), Err(Unwritable::Exists));
        assert_eq!(std::fs::read(&path).unwrap(), b"another");
    }
}
