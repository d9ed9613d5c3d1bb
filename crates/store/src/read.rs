//! Reads bytes from a sequence of blobs.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Arc;
use std::vec;

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::try_unfold;

use super::blobs::{BlobId, Blobs};

/// Bytes per read.
const BATCH: usize = 256 * 1024;

/// A blob, and a range of its bytes.
pub(super) type Segment = (BlobId, Range<u64>);

/// The segments that hold `bytes` of an object made of `blobs`, each with its length.
pub(super) fn cut(blobs: Vec<(BlobId, u64)>, bytes: &Range<u64>) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut start: u64 = 0;
    for (blob, length) in blobs {
        let end = start.saturating_add(length);
        let first = bytes.start.clamp(start, end);
        let last = bytes.end.clamp(start, end);
        if first < last {
            segments.push((blob, first - start..last - start));
        }
        start = end;
    }
    segments
}

/// Reads segments. The first file is opened at once, so that it exists when the response starts.
///
/// Parts are opened one after the other. If an object of parts is deleted meanwhile, the response
/// ends before its Content-Length, which every client notices.
#[derive(Debug)]
pub(super) struct Reader {
    blobs: Arc<Blobs>,
    file: Option<(File, u64)>,
    rest: vec::IntoIter<Segment>,
}

impl Reader {
    /// Opens the first segment; `None` if its file is gone.
    pub(super) fn open(blobs: Arc<Blobs>, segments: Vec<Segment>) -> io::Result<Option<Self>> {
        let mut reader = Self { blobs, file: None, rest: segments.into_iter() };
        match reader.advance() {
            Ok(()) => Ok(Some(reader)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn advance(&mut self) -> io::Result<()> {
        self.file = match self.rest.next() {
            None => None,
            Some((blob, bytes)) => {
                let mut file = self.blobs.read(blob)?;
                file.seek(SeekFrom::Start(bytes.start))?;
                Some((file, bytes.end.saturating_sub(bytes.start)))
            }
        };
        Ok(())
    }

    /// The next bytes; `None` at the end.
    fn next(&mut self) -> io::Result<Option<Bytes>> {
        let Some((file, left)) = self.file.as_mut() else { return Ok(None) };
        let length = usize::try_from(*left).unwrap_or(usize::MAX).min(BATCH);
        let mut buffer = vec![0; length];
        file.read_exact(&mut buffer)?;
        *left = left.saturating_sub(u64::try_from(length).unwrap_or(u64::MAX));
        if *left == 0 {
            self.advance()?;
        }
        Ok(Some(Bytes::from(buffer)))
    }

    /// All bytes, read off the reactor's threads.
    pub(super) fn stream(self) -> impl Stream<Item = io::Result<Bytes>> + Send + Sync + 'static {
        try_unfold(self, |mut reader| async move {
            let read = tokio::task::spawn_blocking(move || (reader.next(), reader));
            let (bytes, reader) = read.await.map_err(io::Error::other)?;
            Ok(bytes?.map(|bytes| (bytes, reader)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_cut_out_of_the_parts_that_hold_it() {
        let [a, b, c] = [(); 3].map(|()| BlobId::random().unwrap());
        let blobs = || vec![(a, 10), (b, 0), (c, 5)];
        assert_eq!(cut(blobs(), &(0..15)), [(a, 0..10), (c, 0..5)]);
        assert_eq!(cut(blobs(), &(9..11)), [(a, 9..10), (c, 0..1)]);
        assert_eq!(cut(blobs(), &(10..15)), [(c, 0..5)]);
        assert_eq!(cut(blobs(), &(3..4)), [(a, 3..4)]);
        assert_eq!(cut(blobs(), &(0..0)), []);
    }
}
