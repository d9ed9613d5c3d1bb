//! Search in the contents of files: the index segments in the bucket, fetched as a whole and kept
//! on this device, and the program that searches in them. Neither a word nor a query nor a hit
//! leaves this device.
//!
//! `refresh` fetches and forgets segments; `index` reads files and writes segments of them; `merge`
//! makes one segment of several, without files that were deleted; `records` names what this device
//! stores.
//!
//! A file that is added here becomes *unindexed*, as do all that no segment covers when the user
//! asks for that ([`Search::index_all`]). That is recorded, so it goes on after a reload. One tab
//! writes at a time; several devices may.

mod index;
mod merge;
mod records;
mod refresh;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::pin::pin;
use std::rc::Rc;

use frond_search::{Format, Line, Match};
use frond_wire::SegmentId;
use futures_util::future;

use self::records::SearchRecords;
use super::context::Context;
use super::log::SessionLog;
use super::reading;
use crate::catalog::{FileRow, Matches, terms};
use crate::notify::Notify;
use crate::object::ObjectId;
use crate::port::{OpenIndex, SearchFault, SearchProgram, Source, StoreFailed};
use crate::segment::Segment;
use crate::transfer::{Backoff, TransferError};

/// Pause between two looks for other devices' segments, in milliseconds.
const POLL_MS: u64 = 300_000;
/// Most bytes of texts that are kept in memory, for the lines around hits.
const MAX_TEXTS: usize = 16 * 1024 * 1024;

/// A segment of this vault.
struct LoadedSegment {
    segment: Segment,
    /// Length of its token in bytes.
    length: usize,
    /// Whether this session wrote it: a listing may lag behind.
    own: bool,
    open: RefCell<Option<Rc<dyn OpenIndex>>>,
}

/// What is known of the index, and how far the indexing is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Indexing {
    /// Whether contents are searched on this device.
    pub on: bool,
    /// Files read since there was last nothing to do.
    pub done: u64,
    /// Files to read since then; 0 if there is nothing to do.
    pub of: u64,
    /// Whether the user paused it.
    pub paused: bool,
    /// Segments that could not be read, and are left out.
    pub damaged: usize,
    /// Size of all segments in bytes.
    pub bytes: u64,
    /// Why it waits. It continues by itself.
    pub waiting: Option<TransferError>,
}

/// The search in contents of an open session.
pub struct Search {
    context: Rc<Context>,
    log: Rc<SessionLog>,
    records: SearchRecords,
    loaded: Cell<bool>,
    on: Cell<bool>,
    segments: RefCell<BTreeMap<SegmentId, Rc<LoadedSegment>>>,
    damaged: RefCell<BTreeSet<SegmentId>>,
    /// When segments were last listed, milliseconds since the Unix epoch.
    listed: Cell<Option<u64>>,
    unindexed: RefCell<BTreeSet<ObjectId>>,
    /// Files that were added in this tab, and are not recorded as unindexed yet.
    added: RefCell<BTreeSet<ObjectId>>,
    /// Where files that were added in this tab can be read without the bucket.
    sources: RefCell<BTreeMap<ObjectId, Rc<dyn Source>>>,
    texts: RefCell<BTreeMap<ObjectId, Rc<str>>>,
    done: Cell<u64>,
    of: Cell<u64>,
    paused: Cell<bool>,
    waiting: Cell<Option<TransferError>>,
    soon: Notify,
}

impl Search {
    pub(super) fn new(context: &Rc<Context>, log: &Rc<SessionLog>) -> Self {
        let (store, account) = (Rc::clone(&context.world.store), context.account);
        Self {
            context: Rc::clone(context),
            log: Rc::clone(log),
            records: SearchRecords { store, account },
            loaded: Cell::new(false),
            on: Cell::new(context.world.search.is_some()),
            segments: RefCell::default(),
            damaged: RefCell::default(),
            listed: Cell::new(None),
            unindexed: RefCell::default(),
            added: RefCell::default(),
            sources: RefCell::default(),
            texts: RefCell::default(),
            done: Cell::new(0),
            of: Cell::new(0),
            paused: Cell::new(false),
            waiting: Cell::new(None),
            soon: Notify::default(),
        }
    }

    fn program(&self) -> Result<&dyn SearchProgram, SearchFault> {
        self.context.world.search.as_deref().ok_or(SearchFault::NotLoaded)
    }

    /// What is known of the index, and how far the indexing is.
    #[must_use]
    pub fn indexing(&self) -> Indexing {
        let segments = self.segments.borrow();
        let bytes = segments.values().map(|known| u64::try_from(known.length).unwrap_or(0));
        Indexing {
            on: self.on.get(),
            done: self.done.get(),
            of: self.of.get(),
            paused: self.paused.get(),
            damaged: self.damaged.borrow().len(),
            bytes: bytes.sum(),
            waiting: self.waiting.get(),
        }
    }

    /// How many files in the lists have text that can be indexed, and how many of these segments
    /// cover: covered, all.
    #[must_use]
    pub fn coverage(&self) -> (usize, usize) {
        let (files, covered) = (self.indexable(), self.covered());
        (files.iter().filter(|id| covered.contains(id)).count(), files.len())
    }

    /// Counts files that are to be read.
    fn count(&self, more: usize) {
        let more = u64::try_from(more).unwrap_or(u64::MAX);
        self.of.set(self.of.get().saturating_add(more));
    }

    /// Switches the search in contents on or off on this device. Off, this device fetches and
    /// writes no segments, and forgets those that it has; those in the bucket stay.
    ///
    /// # Errors
    /// [`StoreFailed`]; it is then switched for this session.
    pub async fn switch(&self, on: bool) -> Result<(), StoreFailed> {
        self.on.set(on && self.context.world.search.is_some());
        self.listed.set(None);
        let mut changes = vec![self.records.switched(on)];
        if !on {
            let unindexed = self.unindexed.take();
            changes.extend(unindexed.iter().map(|id| (self.records.unindexed(id), None)));
            self.forget();
        }
        self.context.changed();
        self.soon.notify();
        if !on {
            let segments = self.records.all_segments().await?.into_iter();
            changes.extend(segments.map(|(id, _)| (self.records.segment(&id), None)));
        }
        self.records.store.write(changes).await
    }

    /// Whether files were added here that are not indexed yet.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        !self.added.borrow().is_empty() || !self.unindexed.borrow().is_empty()
    }

    /// Pauses (`true`) or resumes (`false`) the indexing.
    pub fn pause(&self, paused: bool) {
        self.paused.set(paused);
        self.soon.notify();
        self.context.changed();
    }

    /// Makes every file that has text and that no segment covers be indexed.
    ///
    /// # Errors
    /// [`StoreFailed`]; it is then forgotten with this session.
    pub async fn index_all(&self) -> Result<(), StoreFailed> {
        let covered = self.covered();
        let missing = self.indexable().into_iter().filter(|id| !covered.contains(id));
        self.paused.set(false);
        self.want(missing.collect()).await
    }

    /// A file was added in this tab.
    pub(super) fn added(&self, file: ObjectId, source: Option<Rc<dyn Source>>) {
        if self.on.get() && self.is_indexable(&file) {
            self.added.borrow_mut().insert(file);
            self.sources.borrow_mut().extend(source.map(|source| (file, source)));
            self.soon.notify();
        }
    }

    async fn want(&self, files: BTreeSet<ObjectId>) -> Result<(), StoreFailed> {
        let new: Vec<_> = {
            let mut unindexed = self.unindexed.borrow_mut();
            files.into_iter().filter(|id| unindexed.insert(*id)).collect()
        };
        if new.is_empty() {
            return Ok(());
        }
        self.count(new.len());
        self.context.changed();
        self.soon.notify();
        let changes = new.iter().map(|id| (self.records.unindexed(id), Some(Vec::new())));
        self.records.store.write(changes.collect()).await
    }

    /// Whether a file in the lists has text that can be indexed, by its name and size.
    fn is_indexable(&self, id: &ObjectId) -> bool {
        let history = self.log.history();
        let index = history.index();
        let row = index.row(id).filter(|_| index.newer(id).is_none());
        row.is_some_and(|row| Format::of(&row.path).is_some_and(|format| format.reads(row.size)))
    }

    /// All files in the lists with text that can be indexed.
    fn indexable(&self) -> BTreeSet<ObjectId> {
        let rows = self.log.history().index().files().rows();
        let reads = |row: &FileRow| Format::of(&row.path).is_some_and(|f| f.reads(row.size));
        rows.iter().filter(|row| reads(row)).map(|row| row.id).collect()
    }

    /// All files that segments cover.
    fn covered(&self) -> BTreeSet<ObjectId> {
        let segments = self.segments.borrow();
        segments.values().flat_map(|known| known.segment.files.iter().copied()).collect()
    }

    /// The files in the lists that `query` finds with the help of their contents
    /// ([`Index::hits`](crate::catalog::Index::hits)). Of a phrase only the words are looked up:
    /// see [`Search::line`]. Reads nothing from the bucket.
    ///
    /// # Errors
    /// [`SearchFault`]
    pub async fn find(&self, query: &str) -> Result<Vec<Rc<FileRow>>, SearchFault> {
        let terms = terms(query);
        if terms.is_empty() || !self.on.get() {
            return Ok(Vec::new());
        }
        let segments: Vec<_> =
            self.segments.borrow().iter().map(|(id, known)| (*id, Rc::clone(known))).collect();
        let mut found: HashMap<ObjectId, Matches> = HashMap::new();
        let none = || Matches::none(terms.len());
        for (id, known) in segments {
            let mut result = self.find_in(&known, &terms).await;
            if result == Err(SearchFault::Failed) {
                // The program may have been ended for another reason.
                known.open.take();
                result = self.find_in(&known, &terms).await;
            }
            match result {
                Ok(documents) => {
                    let file = |at: u32| known.segment.files.get(usize::try_from(at).ok()?);
                    for (term, documents) in documents.into_iter().enumerate() {
                        for (document, how) in documents {
                            if let Some(file) = file(document) {
                                found.entry(*file).or_insert_with(none).add(term, how);
                            }
                        }
                    }
                }
                Err(SearchFault::NotLoaded) => return Err(SearchFault::NotLoaded),
                Err(SearchFault::Failed) => {
                    known.open.take();
                    self.damaged.borrow_mut().insert(id);
                }
            }
        }
        let history = self.log.history();
        Ok(history.index().hits(query, found))
    }

    async fn find_in(
        &self,
        known: &LoadedSegment,
        terms: &[String],
    ) -> Result<Vec<Vec<(u32, Match)>>, SearchFault> {
        let open = known.open.borrow().clone();
        let open = match open {
            Some(open) => open,
            None => {
                let Segment { files, index, .. } = &known.segment;
                let documents = u32::try_from(files.len()).map_err(|_| SearchFault::Failed)?;
                let open = self.program()?.open(documents, index).await?;
                known.open.replace(Some(Rc::clone(&open)));
                open
            }
        };
        open.find(terms).await
    }

    /// Whether the text of a file is in memory, so that [`Search::line`] reads nothing.
    #[must_use]
    pub fn has_text(&self, file: &ObjectId) -> bool {
        self.texts.borrow().contains_key(file)
    }

    /// The line of a file with the first term of `query` that its path does not have, else with the
    /// first that its text has; `None` if a term is neither in the path nor in the text, or a
    /// phrase not in this order, or none is in the text. Reads the file from the bucket if its text
    /// is not in memory.
    ///
    /// # Errors
    /// As [`Files::read`](super::Files::read); [`TransferError::Engine`] if the program fails.
    pub async fn line(&self, file: ObjectId, query: &str) -> Result<Option<Line>, TransferError> {
        let Some(text) = self.read(file).await? else { return Ok(None) };
        let (named, required) = {
            let history = self.log.history();
            history.index().row(&file).map(|row| row.terms(query)).unwrap_or_default()
        };
        let program = self.program().map_err(|_| TransferError::Engine)?;
        program.line(&text, &required, &named).await.map_err(|_| TransferError::Engine)
    }

    /// The text of a file, from memory or else from its content; `None` if it has none.
    async fn read(&self, file: ObjectId) -> Result<Option<Rc<str>>, TransferError> {
        let known = self.texts.borrow().get(&file).cloned();
        if known.is_some() {
            return Ok(known);
        }
        let (name, size) = {
            let history = self.log.history();
            let row = history.index().row(&file).ok_or(TransferError::Missing)?;
            (row.path.clone(), row.size)
        };
        let source = self.sources.borrow_mut().remove(&file);
        let here = match (source, usize::try_from(size)) {
            (Some(source), Ok(length)) => source.read(0, length).await.ok(),
            _ => None,
        };
        let bytes = match here {
            Some(bytes) => bytes,
            None => reading::read(&self.context, &self.log, file, 0..size, |_| {}).await?,
        };
        let program = self.program().map_err(|_| TransferError::Engine)?;
        let text: Option<Rc<str>> = match program.text(&name, &bytes).await {
            Ok(text) => text.map(Into::into),
            // What makes the program fail has no text that it can read.
            Err(SearchFault::Failed) => None,
            Err(SearchFault::NotLoaded) => return Err(TransferError::EndpointDown),
        };
        if let Some(text) = &text {
            self.keep(file, Rc::clone(text));
        }
        Ok(text)
    }

    /// Keeps a text in memory, in place of others if there are too many.
    fn keep(&self, file: ObjectId, text: Rc<str>) {
        let mut texts = self.texts.borrow_mut();
        texts.insert(file, text);
        while texts.values().map(|text| text.len()).sum::<usize>() > MAX_TEXTS {
            texts.pop_first();
        }
    }

    /// Keeps the segments of bucket and device in step, and indexes what is unindexed, until
    /// dropped.
    pub(super) async fn work(&self, is_busy: &dyn Fn() -> bool) {
        if self.context.world.search.is_none() {
            return;
        }
        let mut failed = 0;
        loop {
            let result = self.step(is_busy).await;
            self.waiting.set(result.err());
            self.context.changed();
            let pause = if result.is_ok() { POLL_MS } else { Backoff::BACKGROUND.pause(failed) };
            failed = if result.is_ok() { 0 } else { failed.saturating_add(1) };
            let sleep = self.context.world.clock.sleep(pause);
            future::select(sleep, pin!(self.soon.notified())).await;
        }
    }

    /// Something may have to be done now.
    pub(super) fn wake(&self) {
        self.soon.notify();
    }

    /// One round: fetches segments, indexes what is unindexed and merges. For callers that do not
    /// run [`Session::work`](super::Session::work).
    ///
    /// # Errors
    /// [`TransferError`]; what was written stays.
    pub async fn sync(&self) -> Result<(), TransferError> {
        self.step(&|| false).await
    }

    /// Fetches new segments, and writes nothing.
    ///
    /// # Errors
    /// [`TransferError`]; those that this device has are searched all the same.
    pub async fn fetch(&self) -> Result<(), TransferError> {
        self.load().await?;
        if self.on.get() { self.refresh(false).await } else { Ok(()) }
    }

    async fn step(&self, is_busy: &dyn Fn() -> bool) -> Result<(), TransferError> {
        self.load().await?;
        let added = self.added.take();
        self.want(added).await?;
        let is_sound = self.log.was_read() && self.log.history().doubts.is_empty();
        if !self.on.get() || !is_sound {
            return Ok(());
        }
        let lock = self.records.store.try_lock(&self.records.lock()).await?;
        self.refresh(lock.is_some()).await?;
        let Some(_lock) = lock else { return Ok(()) };
        while !is_busy() && !self.paused.get() && !self.unindexed.borrow().is_empty() {
            self.index_some(is_busy).await?;
        }
        if !is_busy() {
            self.merge_some().await?;
        }
        Ok(())
    }

    /// Forgets everything that is in memory.
    pub(super) fn forget(&self) {
        self.segments.take();
        self.damaged.take();
        self.texts.take();
        self.added.take();
        self.sources.take();
        self.done.set(0);
        self.of.set(0);
        if let Some(program) = &self.context.world.search {
            program.stop();
        }
    }
}
