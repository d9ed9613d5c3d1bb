//! Verifying stored files: each is read to its last byte, and its content discarded, or saved into
//! a folder.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::pin::pin;
use std::rc::Rc;

use futures_util::future::{self, Either};

use super::context::Context;
use super::log::SessionLog;
use super::reading;
use crate::notify::{Broadcast, Notify};
use crate::object::ObjectId;
use crate::port::PickedFolder;
use crate::transfer::{DownloadJob, Progress, Retry, Signer, TransferControl, TransferError};

/// Files read at one time: small ones wait for round trips, not for bytes.
const AT_ONCE: usize = 4;

/// How far a verification is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Files read to their end or found faulty.
    pub files: usize,
    /// Files to read.
    pub of_files: usize,
    /// Bytes of content read.
    pub bytes: u64,
    /// Bytes of content to read.
    pub of_bytes: u64,
    /// Files that are not what was stored, or could not be read, and why; in the order found.
    pub faulty: Vec<(ObjectId, TransferError)>,
    /// Why reading waits. It continues by itself.
    pub waiting: Option<TransferError>,
    /// Whether the user paused it.
    pub paused: bool,
    /// Whether all files were read.
    pub done: bool,
    /// Files that were not read, because the folder has a file of that name and size.
    pub skipped: usize,
}

/// Where files are saved.
struct Destination {
    folder: Rc<dyn PickedFolder>,
    /// The paths in the folder.
    paths: BTreeMap<ObjectId, String>,
}

/// How reading a file ended.
enum FileOutcome {
    Whole,
    Skipped,
}

/// One run over a list of files.
pub struct Verification {
    context: Rc<Context>,
    log: Rc<SessionLog>,
    destination: Option<Destination>,
    /// Files still to read, each with its size in bytes.
    queue: RefCell<VecDeque<(ObjectId, u64)>>,
    running: RefCell<BTreeMap<ObjectId, Rc<Reading>>>,
    /// The progress without the files that are being read.
    ended: RefCell<Verified>,
    paused: Cell<bool>,
    resumed: Broadcast,
    stopped: Notify,
}

/// A file that is being read.
#[derive(Default)]
struct Reading {
    bytes: Cell<u64>,
    waiting: Cell<Option<TransferError>>,
    control: RefCell<Option<Rc<TransferControl>>>,
}

impl Verification {
    pub(super) fn new(context: &Rc<Context>, log: &Rc<SessionLog>, files: Vec<ObjectId>) -> Self {
        let queue: VecDeque<_> = {
            let history = log.history();
            let size = |id: ObjectId| Some((id, history.state().files.get(&id)?.size));
            files.into_iter().filter_map(size).collect()
        };
        let ended = Verified {
            of_files: queue.len(),
            of_bytes: queue.iter().fold(0, |sum, (_, size)| size.saturating_add(sum)),
            ..Verified::default()
        };
        Self {
            context: Rc::clone(context),
            log: Rc::clone(log),
            destination: None,
            queue: RefCell::new(queue),
            running: RefCell::default(),
            ended: RefCell::new(ended),
            paused: Cell::new(false),
            resumed: Broadcast::default(),
            stopped: Notify::default(),
        }
    }

    /// Like [`Verification::new`]; saves the files into a folder.
    pub(super) fn into_folder(
        context: &Rc<Context>,
        log: &Rc<SessionLog>,
        files: Vec<ObjectId>,
        folder: Rc<dyn PickedFolder>,
    ) -> Self {
        let paths = reading::saved_paths(log, &files, "");
        let paths = files.iter().copied().zip(paths).collect();
        let destination = Some(Destination { folder, paths });
        Self { destination, ..Self::new(context, log, files) }
    }

    /// The progress; the session's listener is called when it changes.
    #[must_use]
    pub fn progress(&self) -> Verified {
        let mut progress = self.ended.borrow().clone();
        progress.paused = self.paused.get();
        for reading in self.running.borrow().values() {
            progress.bytes = progress.bytes.saturating_add(reading.bytes.get());
            progress.waiting = progress.waiting.or(reading.waiting.get());
        }
        progress
    }

    /// Pauses (`true`) or resumes (`false`).
    pub fn pause(&self, paused: bool) {
        self.paused.set(paused);
        for reading in self.running.borrow().values() {
            if let Some(control) = &*reading.control.borrow() {
                control.hold(paused);
            }
        }
        self.resumed.notify();
        self.context.changed();
    }

    /// Ends [`Verification::run`] now.
    pub fn stop(&self) {
        self.stopped.notify();
    }

    /// Reads all files; `ended` is called with each as it ends, and with its error. Returns when
    /// all are read, it is stopped, or the vault is locked. A file that was deleted meanwhile is
    /// left out.
    pub async fn run(&self, ended: impl FnMut(ObjectId, Option<TransferError>)) {
        let ended = RefCell::new(ended);
        let lane = async || {
            while let Some((file, size)) = self.next().await {
                let result = self.verify(file).await;
                self.running.borrow_mut().remove(&file);
                let Some(result) = result else { return false };
                self.count(file, size, result, &ended);
            }
            true
        };
        let lanes = future::join_all((0..AT_ONCE).map(|_| lane()));
        let (stopped, locked) = (pin!(self.stopped.notified()), pin!(self.context.locked()));
        let ends = future::select(stopped, locked);
        if let Either::Left((read, _)) = future::select(pin!(lanes), ends).await {
            self.ended.borrow_mut().done = read.into_iter().all(|read| read);
        }
        self.running.borrow_mut().clear();
        self.context.changed();
    }

    /// The next file, once the user lets it begin.
    async fn next(&self) -> Option<(ObjectId, u64)> {
        while self.paused.get() {
            self.resumed.notified().await;
        }
        self.queue.borrow_mut().pop_front()
    }

    /// Reads one file to its end; `None` if the vault was locked. Transient failures are retried.
    async fn verify(&self, file: ObjectId) -> Option<Result<FileOutcome, TransferError>> {
        let reading = Rc::new(Reading::default());
        self.running.borrow_mut().insert(file, Rc::clone(&reading));
        let mut failed = 0;
        loop {
            let keys = self.context.keys()?;
            let control = self.control(&reading);
            let result = match reading::job(&self.log, &keys, file) {
                Ok(job) => self.read(job, keys.endpoint.clone(), Rc::clone(&control)).await,
                Err(error) => Err(error),
            };
            self.context.keys()?;
            let error = match result {
                Ok(read) => return Some(Ok(read)),
                Err(error) => error,
            };
            let (Retry::Wait(backoff) | Retry::Later(backoff)) = error.retry() else {
                return Some(Err(error));
            };
            reading.waiting.set(Some(error));
            self.context.changed();
            control.pause(&*self.context.world.clock, backoff.pause(failed)).await;
            control.gate().await;
            failed = failed.saturating_add(1);
        }
    }

    /// Reads one file, and saves it where it is to be saved.
    async fn read(
        &self,
        job: DownloadJob,
        signer: Rc<dyn Signer>,
        control: Rc<TransferControl>,
    ) -> Result<FileOutcome, TransferError> {
        let runner = &self.context.world.runner;
        let Some(Destination { folder, paths }) = &self.destination else {
            return runner.verify(job, signer, control).await.map(|()| FileOutcome::Whole);
        };
        let path = paths.get(&job.id).ok_or(TransferError::Missing)?;
        let Some(place) = folder.file(path, job.size).await? else {
            return Ok(FileOutcome::Skipped);
        };
        runner.save(job, place, signer, control).await.map(|()| FileOutcome::Whole)
    }

    /// The control of one try to read a file.
    fn control(&self, reading: &Rc<Reading>) -> Rc<TransferControl> {
        let (told, context) = (Rc::downgrade(reading), Rc::clone(&self.context));
        let control = Rc::new(TransferControl::new(move |progress| {
            let Some(reading) = told.upgrade() else { return };
            match progress {
                Progress::Done(bytes) => {
                    reading.bytes.set(bytes);
                    reading.waiting.set(None);
                }
                Progress::Waiting(error) => reading.waiting.set(Some(error)),
                Progress::Faulty(_) | Progress::Kept => {}
            }
            // The idle limit counts from the end, as with transfers.
            context.tabs.touch();
            context.changed();
        }));
        control.hold(self.paused.get());
        reading.control.replace(Some(Rc::clone(&control)));
        control
    }

    /// Counts a file that was read.
    fn count(
        &self,
        file: ObjectId,
        size: u64,
        result: Result<FileOutcome, TransferError>,
        ended: &RefCell<impl FnMut(ObjectId, Option<TransferError>)>,
    ) {
        let is_skipped = matches!(result, Ok(FileOutcome::Skipped));
        let error = result.err();
        let mut progress = self.ended.borrow_mut();
        if error.is_some() && !self.log.history().state().files.contains_key(&file) {
            progress.of_files = progress.of_files.saturating_sub(1);
            progress.of_bytes = progress.of_bytes.saturating_sub(size);
            return;
        }
        if is_skipped {
            progress.skipped = progress.skipped.saturating_add(1);
        } else {
            reading::note(&self.log, file, error);
        }
        progress.files = progress.files.saturating_add(1);
        progress.bytes = progress.bytes.saturating_add(size);
        progress.faulty.extend(error.map(|error| (file, error)));
        drop(progress);
        ended.borrow_mut()(file, error);
        self.context.changed();
    }
}
