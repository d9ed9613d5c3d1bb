//! Where verified bytes go.
//!
//! A small file is collected as a Blob and saved when it is whole. A large one streams into the
//! browser's own downloads: the page has the service worker answer a request with it (www/sw.js),
//! and service worker and Worker speak through a channel of their own (`browser::stream`), so that
//! no byte crosses the page's thread. Where there is no service worker, it goes to a file that the
//! person picked.

mod blob;
mod picked;

use async_trait::async_trait;
use web_sys::{Blob, FileSystemFileHandle, MessagePort};

use self::blob::BlobSink;
use self::picked::PickedSink;
use crate::browser::stream::{Stream, Word};
use crate::bytes::Bytes;
use crate::port::{Sink, Unwritable};

/// Files of up to this many bytes are collected as Blobs: they arrive in one piece.
const SMALL: u64 = 2 << 20;
/// Without a service worker, files of up to this many bytes are collected as Blobs too. Larger ones
/// would fill the memory.
pub(super) const MOST: u64 = 64 << 20;

/// A file on its way to the disk.
pub(super) struct FileSink {
    size: u64,
    /// Passes the reader's port to the page, which passes it to the service worker.
    open: Box<dyn Fn(MessagePort)>,
    target: Option<Target>,
}

enum Target {
    Blob(BlobSink),
    Picked(PickedSink),
    Stream(Stream),
}

impl FileSink {
    /// For a file of `size` bytes, which goes to `place` if the person picked one. Nothing is
    /// opened before there is something to write.
    pub(super) fn new(
        size: u64,
        place: Option<FileSystemFileHandle>,
        open: impl Fn(MessagePort) + 'static,
    ) -> Self {
        let target = place.map(|place| Target::Picked(PickedSink::new(place)));
        Self { size, open: Box::new(open), target }
    }

    /// After [`Sink::finish`]: the Blob that the page has still to save; `None` if the bytes were
    /// written elsewhere.
    pub(super) fn whole(self) -> Option<Blob> {
        match self.target? {
            Target::Blob(blob) => blob.whole(),
            Target::Picked(_) | Target::Stream(_) => None,
        }
    }

    async fn target(&mut self) -> Result<&mut Target, Unwritable> {
        if self.target.is_none() {
            self.target = Some(self.choose().await?);
        }
        self.target.as_mut().ok_or(Unwritable::Failed)
    }

    async fn choose(&self) -> Result<Target, Unwritable> {
        if self.size > SMALL {
            let (mut stream, reader) = Stream::new()?;
            (self.open)(reader);
            match stream.word().await? {
                Word::None if self.size > MOST => return Err(Unwritable::Failed),
                Word::None => {}
                Word::More => return Ok(Target::Stream(stream)),
                Word::Done | Word::Gone => return Err(Unwritable::Failed),
            }
        }
        Ok(Target::Blob(BlobSink::default()))
    }
}

#[async_trait(?Send)]
impl Sink for FileSink {
    async fn write(&mut self, bytes: Bytes) -> Result<(), Unwritable> {
        match self.target().await? {
            Target::Blob(blob) => blob.write(&bytes),
            Target::Picked(picked) => picked.write(&bytes).await,
            Target::Stream(stream) => stream.write(bytes).await,
        }
    }

    async fn finish(&mut self) -> Result<(), Unwritable> {
        match self.target().await? {
            Target::Blob(blob) => blob.finish().await,
            Target::Picked(picked) => picked.finish().await,
            Target::Stream(stream) => stream.finish().await,
        }
    }
}
