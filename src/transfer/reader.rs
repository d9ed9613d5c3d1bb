//! Any bytes of one stored object, verified: what downloads, previews and answers to Range requests
//! read by.
//!
//! ```text
//! table, header ─► judged against the seal ──┐
//! pieces (slots in a row), several at a time ┴─► in order: opened chunk by chunk ─► content
//! ```
//!
//! Header and table come once, before any slot. Slots come in pieces: those that are read, and
//! some beyond them ([`ReadAhead`]). A chunk is given out only after its token was checked against
//! the table and opened under the key of its position ([`Opener`]), so nothing that is not exactly
//! what was sealed ever is.
//!
//! Memory: one piece that is being opened and [`ReadAhead::pieces`] that come or wait; one opened
//! chunk, or as many as a read asks for; [`ReadAhead::cache`] bytes; and the table, 32 bytes for
//! each 512 KiB of content. Nothing else grows with the object.

mod cache;
mod ranges;

use std::collections::VecDeque;
use std::future::Future;
use std::ops::Range;
use std::pin::{Pin, pin};
use std::rc::Rc;

use futures_util::future::{self, Either};
use futures_util::stream::{FuturesOrdered, StreamExt};

use self::cache::ChunkCache;
use self::ranges::Ranges;
use super::{DownloadJob, Signer, TransferControl, TransferError, TransferWorld};
use crate::bytes::Bytes;
use crate::object::{Header, Layout, MAX_HEADER, Opener, Seal};
use crate::secret::ContentKey;

/// How much a reader asks for beyond what is read, and keeps of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadAhead {
    /// Pieces that are on their way or wait, besides the one that is being opened: so many requests
    /// run at one time, one at least. With 0, nothing is asked for that was not read.
    pub pieces: usize,
    /// Opened chunks that are kept, in bytes of content; for 0 none.
    pub cache: usize,
}

impl ReadAhead {
    /// For one pass from the first byte to the last: as many requests as browsers make to one host
    /// at one time.
    pub const WHOLE: Self = Self { pieces: 6, cache: 0 };
    /// For reads here and there, as a player or a previewer makes them: 4 MiB ahead, 8 MiB kept.
    pub const SEEKING: Self = Self { pieces: 2, cache: 8 << 20 };
}

/// Slots in a row, as they are stored.
type Piece = (Range<u64>, Bytes);
type Fetch<'a> = Pin<Box<dyn Future<Output = Result<Piece, TransferError>> + 'a>>;

/// Reads one object. One read runs at a time.
pub struct ObjectReader<'a> {
    world: &'a TransferWorld,
    job: &'a DownloadJob,
    ahead: ReadAhead,
    layout: Layout,
    ranges: Rc<Ranges<'a>>,
    /// Until the header came.
    table: Option<Vec<u8>>,
    /// From then on.
    opener: Option<Rc<Opener>>,
    /// What is being opened.
    current: Piece,
    /// What came after it, in order.
    came: VecDeque<Result<Piece, TransferError>>,
    /// What is on its way after that, in order.
    coming: FuturesOrdered<Fetch<'a>>,
    /// The first slot that was not asked for.
    next: u64,
    cache: ChunkCache,
}

impl<'a> ObjectReader<'a> {
    /// For the object of this job; asks for nothing yet.
    ///
    /// `control` holds the reader and is told bytes of content that came. What fails in passing is
    /// asked for again for as long as it takes.
    ///
    /// # Errors
    /// [`TransferError::TooLarge`] and [`TransferError::Changed`] where no object has such lengths.
    pub fn new(
        world: &'a TransferWorld,
        job: &'a DownloadJob,
        signer: &'a dyn Signer,
        control: &'a TransferControl,
        ahead: ReadAhead,
    ) -> Result<Self, TransferError> {
        let layout = world.geometry.layout(job.size, job.header)?;
        Ok(Self {
            world,
            job,
            ahead,
            layout,
            ranges: Rc::new(Ranges::new(world, job, layout, signer, control, ahead.pieces)),
            table: None,
            opener: None,
            current: (0..0, Bytes::default()),
            came: VecDeque::new(),
            coming: FuturesOrdered::new(),
            next: 0,
            cache: ChunkCache::new(ahead.cache),
        })
    }

    /// Where everything lies.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// These bytes of the content, as far as it has them: a range that begins at its end or after
    /// it is empty.
    ///
    /// All of them are held in memory; whoever wants many asks for some at a time.
    ///
    /// # Errors
    /// [`TransferError::Missing`], [`TransferError::Truncated`] or [`TransferError::Changed`] where
    /// the bucket has not what was sealed: then nothing of the range is given out. Others as the
    /// requests have them.
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

    /// The content of chunk `i`, verified; empty where it holds only padding. Chunks up to `end`,
    /// without it, will be read next.
    pub(super) async fn chunk(&mut self, i: u64, end: u64) -> Result<Bytes, TransferError> {
        if let Some(content) = self.cache.get(i) {
            return Ok(content);
        }
        let opened = self.open(i, end).await;
        match &opened {
            Ok(content) => self.cache.put(i, content),
            // Whoever reads on asks again for what was on its way.
            Err(_) => {
                self.table = None;
                self.seek(i);
            }
        }
        opened
    }

    /// Does `work` while what was asked for ahead comes in: requests move only while a read or this
    /// is polled.
    pub(super) async fn meanwhile<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        while !self.coming.is_empty() {
            match future::select(work.as_mut(), self.coming.next()).await {
                Either::Left((done, _)) => return done,
                Either::Right((came, _)) => self.came.extend(came),
            }
        }
        work.await
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
            let piece = match self.came.pop_front() {
                Some(piece) => piece,
                None => self.coming.next().await.unwrap_or(Err(TransferError::Engine)),
            };
            self.current = piece?;
            self.ask(end);
        }
        let opener = match (&self.opener, self.table.take()) {
            (Some(opener), _) => Rc::clone(opener),
            (None, table) => self.judge(&self.current.1, &table.unwrap_or_default())?,
        };
        self.opener = Some(Rc::clone(&opener));
        let slot = self.slot(i)?;
        let world = self.world;
        Ok(self.meanwhile(opener.open(&*world.cipher, i, &slot)).await?)
    }

    /// What comes before any slot: the table, and the header unless it comes with chunk `i`. A
    /// small object comes whole.
    async fn begin(&mut self, i: u64) -> Result<(), TransferError> {
        // Requests on their way hold the turns that these wait for, and nothing polls them now.
        self.seek(i);
        let (table, chunks) = (self.layout.table(), self.layout.chunks());
        if chunks <= self.piece() {
            let whole = self.ranges.bytes(0..self.layout.stored()).await?;
            let table = whole.cut(index(table.start)?..whole.len());
            self.table = Some(table.ok_or(TransferError::Truncated)?.to_vec());
            (self.current, self.next) = ((0..chunks, whole), chunks);
        } else if i == 0 {
            self.table = Some(self.ranges.bytes(table).await?.to_vec());
        } else {
            let header = self.ranges.bytes(0..self.layout.header());
            let (header, table) = future::try_join(header, self.ranges.bytes(table)).await?;
            self.opener = Some(self.judge(&header, &table.to_vec())?);
        }
        Ok(())
    }

    /// That header, table and seal belong together, and to this job. `start` begins with the
    /// header.
    fn judge(&self, start: &Bytes, table: &[u8]) -> Result<Rc<Opener>, TransferError> {
        let Self { world, job, .. } = self;
        let start = start.cut(0..start.len().min(MAX_HEADER)).unwrap_or_default().to_vec();
        // EXPOSE: a copy for the opener, wiped with it.
        let key = ContentKey::copied(job.content_key.expose());
        // Of several seals that of what lies there. None is none of them.
        let found = Seal::of(&Header::read(&job.id, &key, &start)?, table);
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

    /// Slot `i` of the piece that is being opened.
    fn slot(&self, i: u64) -> Result<Bytes, TransferError> {
        let (slots, bytes) = &self.current;
        let (begin, slot) = (self.layout.slot(slots.start).start, self.layout.slot(i));
        let (from, to) = (slot.start.saturating_sub(begin), slot.end.saturating_sub(begin));
        bytes.cut(index(from)?..index(to)?).ok_or(TransferError::Truncated)
    }

    /// Forgets what came and what is on its way: reading goes on at slot `i`.
    fn seek(&mut self, i: u64) {
        self.current = (i..i, Bytes::default());
        self.came.clear();
        self.coming = FuturesOrdered::new();
        self.next = i;
    }

    /// Asks for pieces up to slot `end` and beyond, as many as may be on their way.
    fn ask(&mut self, end: u64) {
        while self.came.len().saturating_add(self.coming.len()) < self.ahead.pieces.max(1)
            && (self.ahead.pieces > 0 || self.next < end)
            && let Some(slots) = next_piece(&self.layout, self.piece(), self.next, end)
        {
            self.next = slots.end;
            let (ranges, layout) = (Rc::clone(&self.ranges), self.layout);
            self.coming.push_back(Box::pin(async move {
                let bytes = ranges.bytes(span(&layout, &slots)).await?;
                Ok((slots, bytes))
            }));
        }
    }

    /// Slots of a piece: a quarter of those that the smallest part has, 2 MiB. Few enough requests,
    /// little enough memory.
    fn piece(&self) -> u64 {
        self.world.geometry.part_slots.div_ceil(4)
    }
}

/// The slots from `next` on that are asked for together: no more than are read, or than a piece
/// has.
fn next_piece(layout: &Layout, piece: u64, next: u64, end: u64) -> Option<Range<u64>> {
    let end = if next < end { end } else { layout.chunks() };
    let slots = next..next.saturating_add(piece).min(end).min(layout.chunks());
    (!slots.is_empty()).then_some(slots)
}

/// Where these slots lie in the stored object.
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
