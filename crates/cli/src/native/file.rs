//! A local file as a source.

use std::any::Any;
use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use frond::bytes::Bytes;
use frond::port::{Source, Unreadable};
use tokio::task::spawn_blocking;

/// A file as it was when it was found; reads fail once it has changed. It is open only while it is
/// read: a folder may hold more files than a process may have open.
pub struct LocalFile {
    path: String,
    place: PathBuf,
    size: u64,
    modified: Option<SystemTime>,
}

impl LocalFile {
    /// The file at `place`, with the path `path` in the vault. Fails if it cannot be read.
    pub fn find(place: &Path, path: String) -> io::Result<Self> {
        let place = std::path::absolute(place)?;
        let known = File::open(&place)?.metadata()?;
        if !known.is_file() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let (size, modified) = (known.len(), known.modified().ok());
        Ok(Self { path, place, size, modified })
    }

    /// The file's path on this machine.
    pub(super) fn place(&self) -> &Path {
        &self.place
    }
}

#[async_trait(?Send)]
impl Source for LocalFile {
    fn path(&self) -> String {
        self.path.clone()
    }

    fn size(&self) -> u64 {
        self.size
    }

    fn media_type(&self) -> String {
        mime_guess::from_path(&self.place).first_raw().unwrap_or_default().to_owned()
    }

    fn modified(&self) -> Option<i64> {
        milliseconds(self.modified?)
    }

    async fn read(&self, offset: u64, length: usize) -> Result<Bytes, Unreadable> {
        let (place, size, modified) = (self.place.clone(), self.size, self.modified);
        let same = move |now: Metadata| now.len() == size && now.modified().ok() == modified;
        let read = spawn_blocking(move || -> io::Result<Vec<u8>> {
            let mut file = File::open(place)?;
            file.seek(SeekFrom::Start(offset))?;
            let mut bytes = vec![0; length];
            file.read_exact(&mut bytes)?;
            if same(file.metadata()?) { Ok(bytes) } else { Err(io::ErrorKind::InvalidData.into()) }
        });
        read.await.map_err(|_| Unreadable)?.map(Bytes::from).map_err(|_| Unreadable)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A time in milliseconds since the Unix epoch, rounded down.
pub(crate) fn milliseconds(at: SystemTime) -> Option<i64> {
    match at.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).ok(),
        Err(before) => {
            i64::try_from(before.duration().as_nanos().div_ceil(1_000_000)).ok().map(|ms| -ms)
        }
    }
}
