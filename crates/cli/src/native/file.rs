//! A local file as a source.

use std::any::Any;
use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use frond::bytes::Bytes;
use frond::port::{Source, Unreadable};
use tokio::task::spawn_blocking;

/// A file as it was when opened; reads fail once it has changed.
pub struct LocalFile {
    path: String,
    place: PathBuf,
    size: u64,
    modified: Option<SystemTime>,
    file: Arc<Mutex<File>>,
}

impl LocalFile {
    /// Opens the file at `place`, with the path `path` in the vault.
    pub fn open(place: &Path, path: String) -> io::Result<Self> {
        let place = std::path::absolute(place)?;
        let file = File::open(&place)?;
        let known = file.metadata()?;
        if !known.is_file() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let (size, modified) = (known.len(), known.modified().ok());
        Ok(Self { path, place, size, modified, file: Arc::new(Mutex::new(file)) })
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
        let at = self.modified?;
        match at.duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).ok(),
            // Rounded down, also before the epoch.
            Err(before) => {
                i64::try_from(before.duration().as_nanos().div_ceil(1_000_000)).ok().map(|ms| -ms)
            }
        }
    }

    async fn read(&self, offset: u64, length: usize) -> Result<Bytes, Unreadable> {
        let (file, size, modified) = (Arc::clone(&self.file), self.size, self.modified);
        let same = move |now: Metadata| now.len() == size && now.modified().ok() == modified;
        let read = spawn_blocking(move || -> io::Result<Vec<u8>> {
            let mut file = file.lock().map_err(|_| io::ErrorKind::Other)?;
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
