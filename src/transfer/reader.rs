//! Reads any byte range of one stored object, verified: used by downloads, previews and responses
//! to Range requests.
//!
//! ```text
//! table, header ─► judged against the seal ──┐
//! pieces (slots in a row), several at a time ┴─► in order: opened chunk by chunk ─► content
//! ```
//!
//! Header and table are fetched once, before any slot. Slots are fetched in pieces: those being
//! read, and some beyond them ([`ReadAhead`]). A chunk is returned only after its token has been
//! verified against the table and opened under the key of its position ([`Opener`]), so only
//! exactly what was sealed is ever returned.
//!
//! Memory: one piece that is being opened and [`ReadAhead::pieces`] in flight or waiting; one
//! opened chunk, or as many as a read asks for; [`ReadAhead::cache`] bytes; and the table, 32 bytes
//! for each 512 KiB of content. Nothing else grows with the object.

mod cache;
mod ranges;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::ops::Range;
use std::pin::Pin;
use std::rc::Rc;

use futures_util::future;

use self::cache::ChunkCache;
use self::ranges::Ranges;
use super::in_flight::InFlight;
use super::scheduler::RequestScheduler;
use super::{DownloadJob, Signer, TransferControl, TransferError, TransferWorld};
use crate::bytes::Bytes;
use crate::object::{Header, Layout, MAX_HEADER, Opener, Seal};
use crate::secret::ContentKey;

/// How far a reader fetches beyond what is read, and how much it caches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadAhead {
    /// Pieces in flight or waiting, besides the one that is being opened: this many requests run
    /// concurrently, at least one. With 0, only what is read is requested.
    pub pieces: usize,
    /// Size of the cache of opened chunks, in bytes of content; 0 for none.
    pub cache: usize,
}

impl ReadAhead {
    /// For one range: only what is read is requested, one piece after another.
    pub const NONE: Self = Self { pieces: 0, cache: 0 };
    /// For one sequential pass: as many requests as browsers make to one host concurrently.
    pub const WHOLE: Self = Self { pieces: 6, cache: 0 };
    /// For random reads, as a player or a previewer makes them: 4 MiB ahead, 8 MiB cached.
    pub const SEEKING: Self = Self { pieces: 2, cache: 8 << 20 };
}

/// Chunks opened concurrently, where as many will be read: an engine may open several in less time
/// than one after another.
const TOGETHER: u64 = 4;

/// Consecutive slots, as stored.
type Piece = (Range<u64>, Bytes);
type Fetch<'a> = Pin<Box<dyn Future<Output = Result<Piece, TransferError>> + 'a>>;

/// Reads one object. Only one read runs at a time.
pub struct ObjectReader<'a> {
    world: &'a TransferWorld,
    job: &'a DownloadJob,
    ahead: ReadAhead,
    layout: Layout,
    ranges: Rc<Ranges<'a>>,
    /// Present until the header has been opened.
    table: Option<Vec<u8>>,
    /// Present from then on.
    opener: Option<Rc<Opener>>,
    /// The piece being opened.
    current: Piece,
    /// Chunks of it that were opened and not yet read.
    opened: VecDeque<(u64, Result<Bytes, TransferError>)>,
    /// The pieces after it that are in flight or were received.
    coming: InFlight<Fetch<'a>>,
    /// The first slot not yet requested.
    next: u64,
    cache: Rc<RefCell<ChunkCache>>,
}

impl<'a> ObjectReader<'a> {
    /// A reader of this job's object; makes no request yet.
    ///
    /// `control` can pause the reader and is told the bytes of content received. Transient failures
    /// are retried without limit.
    ///
    /// # Errors
    /// [`TransferError::TooLarge`] and [`TransferError::Changed`] if no object has such lengths.
    pub fn new(
        world: &'a TransferWorld,
        job: &'a DownloadJob,
        signer: &'a dyn Signer,
        control: &'a TransferControl,
        ahead: ReadAhead,
    ) -> Result<Self, TransferError> {
        let scheduler = RequestScheduler::new(world, control, ahead.pieces);
        Self::sharing(world, job, signer, Rc::new(scheduler), ahead)
    }

    /// One of several readers whose requests share a scheduler.
    pub(super) fn sharing(
        world: &'a TransferWorld,
        job: &'a DownloadJob,
        signer: &'a dyn Signer,
        scheduler: Rc<RequestScheduler<'a>>,
        ahead: ReadAhead,
    ) -> Result<Self, TransferError> {
        let layout = world.geometry.layout(job.size, job.header)?;
        Ok(Self {
            world,
            job,
            ahead,
            layout,
            ranges: Rc::new(Ranges::new(world, job, layout, signer, scheduler)),
            table: None,
            opener: None,
            current: (0..0, Bytes::default()),
            opened: VecDeque::new(),
            coming: InFlight::default(),
            next: 0,
            cache: Rc::new(RefCell::new(ChunkCache::new(ahead.cache))),
        })
    }

    /// Another reader of the same object, at a place of its own. The cache, what was verified and
    /// the limit of concurrent requests are shared.
    pub(super) fn another(&self) -> Self {
        Self {
            ranges: Rc::clone(&self.ranges),
            table: None,
            opener: self.opener.clone(),
            current: (0..0, Bytes::default()),
            opened: VecDeque::new(),
            coming: InFlight::default(),
            next: 0,
            cache: Rc::clone(&self.cache),
            ..*self
        }
    }

    /// Whether this job's object is so small that one piece holds it.
    pub(super) fn is_one_piece(world: &TransferWorld, job: &DownloadJob) -> bool {
        let layout = world.geometry.layout(job.size, job.header);
        layout.is_ok_and(|layout| layout.chunks() <= piece(world))
    }

    /// The object's layout.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// These bytes of the content, clipped to its size: a range that begins at or after the end is
    /// empty.
    ///
    /// The whole range is held in memory; callers that need much should read it in portions.
    ///
    /// # Errors
    /// [`TransferError::Missing`], [`TransferError::Truncated`] or [`TransferError::Changed`] if
    /// the bucket does not have what was sealed: then nothing of the range is returned. Others as
    /// returned by the requests.
    pub async fn read(&mut self, range: Range<u64>) -> Result<Bytes, TransferError> {
        let range = range.start..range.end.min(self.layout.size());
        let mut bytes = Bytes::default();
        if range.is_empty() {
            return Ok(bytes);
        }
        let chunks = self.layout.chunk_of(range.start)
            ..self.layout.chunk_of(range.end.saturating_sub(1)) + 1;
        for i in chunks.clone() {
            let content = self.chunk(i, chunks.end).await?;
            let Range { start, end } = self.layout.content(i);
            let from = range.start.max(start).saturating_sub(start);
            let to = range.end.min(end).saturating_sub(start);
            bytes.append(content.cut(index(from)?..index(to)?).ok_or(TransferError::Changed)?);
        }
        Ok(bytes)
    }

    /// All of the content, verified, its padding too; held in memory.
    ///
    /// # Errors
    /// As [`ObjectReader::read`].
    pub async fn whole(&mut self) -> Result<Bytes, TransferError> {
        let chunks = self.layout.chunks();
        let mut content = Bytes::default();
        for i in 0..chunks {
            content.append(self.chunk(i, chunks).await?);
        }
        Ok(content)
    }

    /// The content of chunk `i`, verified; empty if it holds only padding. Chunks up to `end`,
    /// exclusive, will be read next.
    pub(super) async fn chunk(&mut self, i: u64, end: u64) -> Result<Bytes, TransferError> {
        if let Some(content) = self.cache.borrow_mut().get(i) {
            return Ok(content);
        }
        let opened = self.open(i, end).await;
        match &opened {
            Ok(content) => self.cache.borrow_mut().put(i, content),
            // A caller that continues requests again what was in flight.
            Err(_) => {
                self.table = None;
                self.seek(i);
            }
        }
        opened
    }

    /// Runs `work` while read-ahead pieces arrive: requests progress only while a read or this
    /// future is polled.
    pub(super) async fn meanwhile<T>(&mut self, work: impl Future<Output = T>) -> T {
        self.coming.meanwhile(work).await
    }

    async fn open(&mut self, i: u64, end: u64) -> Result<Bytes, TransferError> {
        if self.opener.is_none() && (self.table.is_none() || i != 0) {
            self.begin(i).await?;
        }
        while !self.current.0.contains(&i) {
            if !(self.current.0.end..self.next).contains(&i) {
                self.seek(i);
            }
            self.ask(end);
            self.current = self.coming.next().await.unwrap_or(Err(TransferError::Engine))?;
            self.ask(end);
        }
        let opener = match (&self.opener, self.table.take()) {
            (Some(opener), _) => Rc::clone(opener),
            (None, table) => self.judge(&self.current.1, &table.unwrap_or_default())?,
        };
        self.opener = Some(Rc::clone(&opener));
        if self.opened.front().is_none_or(|(first, _)| *first != i) {
            let last = self.current.0.end.min(end).min(i.saturating_add(TOGETHER));
            let slots: Vec<_> = (i..last.max(i + 1)).map(|i| (i, self.slot(i))).collect();
            let cipher = &*self.world.cipher;
            let opened = future::join_all(slots.into_iter().map(|(i, slot)| {
                let opener = Rc::clone(&opener);
                async move { (i, async { Ok(opener.open(cipher, i, &slot?).await?) }.await) }
            }));
            self.opened = self.meanwhile(opened).await.into();
        }
        self.opened.pop_front().map_or(Err(TransferError::Engine), |(_, content)| content)
    }

    /// Fetches the table, and the header unless it comes with chunk `i`. A small object is fetched
    /// whole.
    async fn begin(&mut self, i: u64) -> Result<(), TransferError> {
        // Requests in flight hold the permits that these requests need, and nothing polls them now.
        self.seek(i);
        let (table, chunks) = (self.layout.table(), self.layout.chunks());
        if chunks <= piece(self.world) {
            let whole = self.ranges.bytes(0..self.layout.stored()).await?;
            let table = whole.cut(index(table.start)?..whole.len());
            self.table = Some(table.ok_or(TransferError::Truncated)?.to_vec());
            (self.current, self.next) = ((0..chunks, whole), chunks);
        } else if i == 0 {
            self.table = Some(self.ranges.bytes(table).await?.to_vec());
        } else {
            self.verify().await?;
        }
        Ok(())
    }

    /// Fetches and verifies header and table, unless that was done.
    pub(super) async fn verify(&mut self) -> Result<(), TransferError> {
        if self.opener.is_some() {
            return Ok(());
        }
        let (header, table) = (0..self.layout.header(), self.layout.table());
        let (header, table) =
            future::try_join(self.ranges.bytes(header), self.ranges.bytes(table)).await?;
        self.opener = Some(self.judge(&header, &table.to_vec())?);
        Ok(())
    }

    /// Verifies header and table, and reports the chunks before chunk `i` as received.
    pub(super) async fn skip(&mut self, i: u64) -> Result<(), TransferError> {
        self.verify().await?;
        self.ranges.skip(self.layout.slot(i).start);
        Ok(())
    }

    /// Verifies that header, metadata, table and seal match each other and this job. `start` begins
    /// with the header.
    fn judge(&self, start: &Bytes, table: &[u8]) -> Result<Rc<Opener>, TransferError> {
        let Self { world, job, .. } = self;
        let start = start.cut(0..start.len().min(MAX_HEADER)).unwrap_or_default().to_vec();
        // EXPOSE: a copy for the opener, wiped with it.
        let key = ContentKey::copied(job.content_key.expose());
        // The seal names only the HMAC of the metadata, so that is opened too, by who has its key.
        // Of several seals use the one that matches the stored object; if none matches, the opener
        // reports it.
        let header = Header::read(&job.id, &key, &start)?;
        if let Some(meta_key) = &job.meta_key
            && header.open(meta_key)?.size != job.size
        {
            return Err(TransferError::Changed);
        }
        let found = Seal::of(&header, table);
        let seal = job.seals.iter().find(|seal| **seal == found).or(job.seals.first());
        let seal = *seal.ok_or(TransferError::Changed)?;
        let (geometry, size) = (world.geometry, job.size);
        let opener = Opener::laid_out(&job.id, key, geometry, size, &start, table, Some(seal))?;
        if *opener.layout() == self.layout {
            Ok(Rc::new(opener))
        } else {
            Err(TransferError::Changed)
        }
    }

    /// Slot `i` of the piece being opened.
    fn slot(&self, i: u64) -> Result<Bytes, TransferError> {
        let (slots, bytes) = &self.current;
        let (begin, slot) = (self.layout.slot(slots.start).start, self.layout.slot(i));
        let (from, to) = (slot.start.saturating_sub(begin), slot.end.saturating_sub(begin));
        bytes.cut(index(from)?..index(to)?).ok_or(TransferError::Truncated)
    }

    /// Discards received and in-flight pieces; reading continues at slot `i`.
    fn seek(&mut self, i: u64) {
        self.current = (i..i, Bytes::default());
        self.opened.clear();
        self.coming = InFlight::default();
        self.next = i;
    }

    /// Requests pieces up to slot `end` and beyond, as many as may be in flight.
    fn ask(&mut self, end: u64) {
        while self.coming.len() < self.ahead.pieces.max(1)
            && (self.ahead.pieces > 0 || self.next < end)
            && let Some(slots) = next_piece(&self.layout, piece(self.world), self.next, end)
        {
            self.next = slots.end;
            let (ranges, layout) = (Rc::clone(&self.ranges), self.layout);
            self.coming.push(Box::pin(async move {
                let bytes = ranges.bytes(span(&layout, &slots)).await?;
                Ok((slots, bytes))
            }));
        }
    }
}

/// Slots per piece: a quarter of the smallest part, 2 MiB. A compromise between the number of
/// requests and memory.
fn piece(world: &TransferWorld) -> u64 {
    world.geometry.part_slots.div_ceil(4)
}

/// The slots from `next` on to request together: at most those to be read, and at most one piece.
fn next_piece(layout: &Layout, piece: u64, next: u64, end: u64) -> Option<Range<u64>> {
    let end = if next < end { end } else { layout.chunks() };
    let slots = next..next.saturating_add(piece).min(end).min(layout.chunks());
    (!slots.is_empty()).then_some(slots)
}

/// The range of these slots in the stored object.
fn span(layout: &Layout, slots: &Range<u64>) -> Range<u64> {
    layout.slot(slots.start).start..layout.slot(slots.end.saturating_sub(1)).end
}

fn index(offset: u64) -> Result<usize, TransferError> {
    usize::try_from(offset).map_err(|_| TransferError::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::{next_piece, span};
    use crate::object::{CHUNK, Layout, MAX_SIZE};

    const PIECE: u64 = 4;

    /// 64 GiB and 1 TiB without a byte of data: the pieces cover the slots without hole or overlap,
    /// then the table follows to the end.
    #[test]
    fn plans_of_any_size_cover_the_object_exactly() {
        for size in [0, 1, CHUNK, PIECE * CHUNK, PIECE * CHUNK + 1, 64 << 30, MAX_SIZE] {
            let layout = Layout::new(size, 1024).unwrap();
            let (mut slots, mut bytes) = (0, 0);
            while let Some(piece) = next_piece(&layout, PIECE, slots, layout.chunks()) {
                assert!(!piece.is_empty() && piece.end - piece.start <= PIECE);
                assert_eq!(piece.start, slots);
                let span = span(&layout, &piece);
                assert_eq!(span.start, bytes);
                (slots, bytes) = (piece.end, span.end);
            }
            assert_eq!((slots, bytes), (layout.chunks(), layout.table().start), "{size}");
            assert_eq!(layout.table().end, layout.stored());
        }
    }
}
