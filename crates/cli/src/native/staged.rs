//! A stream as a source. Its length is unknown until its end but is part of an object's first
//! bytes, so the stream is first stored on this disk, in an unnamed file, sealed under a key that
//! only this process has.

use std::any::Any;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use frond::bytes::Bytes;
use frond::fernet::{self, token_length};
use frond::object::CHUNK;
use frond::port::{Entropy, Source, Unreadable};
use frond::secret::FernetKey;
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

/// Bytes of the stream per token of the file.
const PIECE: usize = 512 * 1024;

/// A stream that was read to its end.
pub struct Staged {
    path: String,
    size: u64,
    file: Arc<Mutex<Pieces>>,
}

struct Pieces {
    file: File,
    key: FernetKey,
    /// The last opened piece: reads are sequential, each of about one piece.
    last: Option<(u64, Zeroizing<Vec<u8>>)>,
}

impl Staged {
    /// Reads `stream` to its end. `folder` must have room for it; `path` is its path in the vault.
    pub fn read(
        mut stream: impl Read,
        folder: &Path,
        path: String,
        entropy: &dyn Entropy,
    ) -> io::Result<Self> {
        let key = FernetKey::filled(|key| entropy.fill(key)).map_err(io::Error::other)?;
        let mut file = tempfile::tempfile_in(folder)?;
        let mut size = 0_u64;
        let mut piece = Zeroizing::new(Vec::with_capacity(PIECE));
        loop {
            piece.clear();
            let most = u64::try_from(PIECE).unwrap_or(CHUNK);
            let length = stream.by_ref().take(most).read_to_end(&mut piece)?;
            if length == 0 {
                break;
            }
            let mut iv = [0; 16];
            entropy.fill(&mut iv).map_err(io::Error::other)?;
            file.write_all(&fernet::seal(&key, size, iv, &piece))?;
            size = size.saturating_add(u64::try_from(length).map_err(io::Error::other)?);
        }
        let file = Arc::new(Mutex::new(Pieces { file, key, last: None }));
        Ok(Self { path, size, file })
    }
}

impl Pieces {
    fn read(&mut self, size: u64, offset: u64, length: usize) -> Option<Vec<u8>> {
        let mut bytes = Vec::with_capacity(length);
        let mut at = offset;
        while bytes.len() < length {
            let begin = at - at % CHUNK;
            let from = usize::try_from(at - begin).ok()?;
            let piece = self.piece(size, begin)?.get(from..)?;
            let wanted = length.saturating_sub(bytes.len()).min(piece.len());
            bytes.extend_from_slice(piece.get(..wanted).filter(|piece| !piece.is_empty())?);
            at = at.checked_add(u64::try_from(wanted).ok()?)?;
        }
        Some(bytes)
    }

    /// The piece at offset `begin` of the stream; its token's time is that offset.
    fn piece(&mut self, size: u64, begin: u64) -> Option<&[u8]> {
        if self.last.as_ref().is_none_or(|(at, _)| *at != begin) {
            let length = token_length(CHUNK.min(size.checked_sub(begin)?))?;
            self.file
                .seek(SeekFrom::Start((begin / CHUNK).checked_mul(token_length(CHUNK)?)?))
                .ok()?;
            let mut token = vec![0; usize::try_from(length).ok()?];
            self.file.read_exact(&mut token).ok()?;
            let opened =
                fernet::open(&self.key, &token).ok().filter(|opened| opened.time == begin)?;
            self.last = Some((begin, Zeroizing::new(opened.plaintext)));
        }
        self.last.as_ref().map(|(_, piece)| piece.as_slice())
    }
}

#[async_trait(?Send)]
impl Source for Staged {
    fn path(&self) -> String {
        self.path.clone()
    }

    fn size(&self) -> u64 {
        self.size
    }

    fn media_type(&self) -> String {
        mime_guess::from_path(&self.path).first_raw().unwrap_or_default().to_owned()
    }

    /// A stream has no modification time, so the same stream, given again, resumes an interrupted
    /// upload.
    fn modified(&self) -> Option<i64> {
        None
    }

    async fn read(&self, offset: u64, length: usize) -> Result<Bytes, Unreadable> {
        let (file, size) = (Arc::clone(&self.file), self.size);
        let read = spawn_blocking(move || file.lock().ok()?.read(size, offset, length));
        read.await.ok().flatten().map(Bytes::from).ok_or(Unreadable)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
