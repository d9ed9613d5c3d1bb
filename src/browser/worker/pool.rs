//! The page's side: spreads transfers over Workers.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;

use async_trait::async_trait;
use futures_util::stream::{FuturesUnordered, StreamExt};
use futures_util::{FutureExt, select};
use js_sys::ArrayBuffer;
use wasm_bindgen::prelude::*;

use super::super::buffer::ballast;
use super::super::file::BrowserFile;
use super::super::save::{BrowserWritableFile, Offer, Offers, place, save};
use super::handle::{Envelope, WorkerHandle};
use super::sink::MOST;
use crate::port::{Source, WritableFile};
use crate::transfer::{
    DownloadJob, Job, Outcome, Signer, ToPage, ToWorker, TransferControl, TransferError,
    TransferRunner,
};

/// Workers that an upload may use up: browsers end them where memory is short.
const LIVES: usize = 3;

/// Dedicated Workers, started when needed and kept.
pub struct WorkerPool {
    workers: RefCell<Vec<Rc<WorkerHandle>>>,
    size: usize,
    transfers: Cell<u32>,
    offers: Offers,
    /// One process has all of this page's Workers, and so one allocator.
    _ballast: ArrayBuffer,
}

impl WorkerPool {
    /// One Worker a core, 2 to 4.
    #[must_use]
    pub fn new() -> Self {
        let cores =
            web_sys::window().map_or(2.0, |window| window.navigator().hardware_concurrency());
        let size = if cores >= 4.0 {
            4
        } else if cores >= 3.0 {
            3
        } else {
            2
        };
        let (workers, transfers) = (RefCell::default(), Cell::new(0));
        Self { workers, size, transfers, offers: Offers::new(), _ballast: ballast() }
    }

    /// An idle Worker, a new one, or the one with the least to do.
    fn worker(&self) -> Rc<WorkerHandle> {
        let mut workers = self.workers.borrow_mut();
        workers.retain(|worker| !worker.dead());
        let least = workers.iter().min_by_key(|worker| worker.load());
        match least {
            Some(worker) if worker.load() == 0 || workers.len() >= self.size => Rc::clone(worker),
            _ => {
                let worker = WorkerHandle::start();
                workers.push(Rc::clone(&worker));
                worker
            }
        }
    }

    /// Runs one job to its end in one Worker; `None` if the Worker died.
    async fn run_once(
        &self,
        job: &Job,
        attachment: &JsValue,
        signer: &dyn Signer,
        control: &TransferControl,
    ) -> Result<Option<Outcome>, TransferError> {
        let transfer = self.transfers.get();
        self.transfers.set(transfer.wrapping_add(1));
        let (message, attachment) = (ToWorker::begin(job), attachment.clone());
        let mut handle = self.worker().begin(Envelope { transfer, message, attachment });
        let (mut signing, mut opening) = (FuturesUnordered::new(), FuturesUnordered::new());
        // A file that the browser is saving; dropped before its end, the browser marks it failed.
        let mut saving: Option<Offer> = None;
        let mut held = false;
        loop {
            if control.held() != held {
                held = control.held();
                handle.send(&ToWorker::Hold(held));
            }
            let mut word = pin!(control.word().fuse());
            select! {
                told = handle.told.next().fuse() => {
                    let Some((message, attachment)) = told else { return Ok(None) };
                    match message {
                        ToPage::Progress(progress) => control.tell(progress),
                        ToPage::Sign { request, operations } => {
                            let answer = signer.presign(operations);
                            signing.push(async move { (request, answer.await) });
                        }
                        ToPage::Open => {
                            if let (Some(file), Ok(reader)) = (job.saved(), attachment.dyn_into()) {
                                opening.push(self.offers.offer(file, reader));
                            }
                        }
                        ToPage::Alive => {
                            if let Some(saving) = &saving {
                                saving.keep_alive();
                            }
                        }
                        ToPage::Ended(ended) => {
                            let outcome = ended?;
                            let content = attachment.dyn_into();
                            if let (Some((name, _)), Ok(content)) = (job.saved(), content) {
                                save(name, &content).map_err(|_| TransferError::Target)?;
                            }
                            return Ok(Some(outcome));
                        }
                        // Handled by the `WorkerHandle`.
                        ToPage::Ready => {}
                    }
                }
                (request, answer) = signing.select_next_some() => {
                    handle.send(&ToWorker::Signed { request, answer });
                }
                offer = opening.select_next_some() => {
                    saving = offer.map_err(|_| TransferError::Target)?;
                }
                () = word => {
                    held = control.held();
                    handle.send(&ToWorker::Hold(held));
                }
            }
        }
    }
}

impl WorkerPool {
    /// Runs one job to its end, in another Worker where one dies.
    async fn run_in_workers(
        &self,
        mut job: Job,
        attachment: &JsValue,
        signer: &dyn Signer,
        control: &TransferControl,
    ) -> Result<Outcome, TransferError> {
        for _ in 0..LIVES {
            if let Some(outcome) = self.run_once(&job, attachment, signer, control).await? {
                return Ok(outcome);
            }
            match &mut job {
                // The next Worker resumes from what bucket and device already have.
                Job::Upload(job) => job.resumed = true,
                // What was written is lost with the Worker.
                Job::Download(_) | Job::Archive(_) => break,
                Job::Verify(_) => {}
            }
        }
        Err(TransferError::Engine)
    }
}

impl Default for WorkerPool {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait(?Send)]
impl TransferRunner for WorkerPool {
    fn prepare(&self) {
        // The first Worker brings the program. If it cannot be had now, the first transfer tries
        // again.
        if self.workers.borrow().is_empty() {
            self.worker();
        }
    }

    async fn run(
        &self,
        job: Job,
        source: Option<Rc<dyn Source>>,
        signer: Rc<dyn Signer>,
        control: Rc<TransferControl>,
    ) -> Result<Outcome, TransferError> {
        let attachment = attachment(&job, source.as_deref()).await?;
        self.run_in_workers(job, &attachment, &*signer, &control).await
    }

    async fn save(
        &self,
        job: DownloadJob,
        file: Rc<dyn WritableFile>,
        signer: Rc<dyn Signer>,
        control: Rc<TransferControl>,
    ) -> Result<(), TransferError> {
        let file: &BrowserWritableFile =
            file.as_any().downcast_ref().ok_or(TransferError::NoTarget)?;
        let job = Job::Download(job);
        self.run_in_workers(job, &file.0, &*signer, &control).await?.downloaded()
    }

    fn stop(&self) {
        for worker in self.workers.borrow_mut().drain(..) {
            worker.end();
        }
    }
}

/// The attachment of [`ToWorker::Begin`]: the file to read, or the file to write if the person
/// picked one.
async fn attachment(job: &Job, source: Option<&dyn Source>) -> Result<JsValue, TransferError> {
    match job.saved() {
        None => {
            let Some(source) = source else { return Ok(JsValue::NULL) };
            let file: &BrowserFile = source.as_any().downcast_ref().ok_or(TransferError::Source)?;
            Ok(file.file.clone().into())
        }
        Some((name, size)) if size > MOST => {
            Ok(place(name).await?.map_or(JsValue::NULL, Into::into))
        }
        Some(_) => Ok(JsValue::NULL),
    }
}
