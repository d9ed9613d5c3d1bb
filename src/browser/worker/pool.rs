//! The page's side: spreads transfers over Workers.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;

use async_trait::async_trait;
use futures_util::stream::{FuturesUnordered, StreamExt};
use futures_util::{FutureExt, select};
use js_sys::ArrayBuffer;
use web_sys::File;

use super::super::buffer::ballast;
use super::super::file::BrowserFile;
use super::super::save::{Offer, Offers, place, save};
use super::handle::WorkerHandle;
use super::message::{ToPage, ToWorker};
use super::sink::MOST;
use crate::port::Source;
use crate::transfer::{
    DownloadJob, Progress, Signer, TransferControl, TransferError, TransferRunner, UploadJob,
    Uploaded,
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

    /// Runs one transfer to its end: [`ToPage::Uploaded`] or [`ToPage::Downloaded`]; nothing where
    /// its Worker died. `file` is what a download saves: its name and size.
    async fn carry(
        &self,
        begin: impl FnOnce(u32) -> ToWorker,
        signer: &dyn Signer,
        control: &TransferControl,
        file: (&str, u64),
    ) -> Result<Option<ToPage>, TransferError> {
        let transfer = self.transfers.get();
        self.transfers.set(transfer.wrapping_add(1));
        let mut handle = self.worker().carry(transfer, begin(transfer));
        let (mut signing, mut opening) = (FuturesUnordered::new(), FuturesUnordered::new());
        // What the browser saves; a download that ends without its end is told as failed.
        let mut saving: Option<Offer> = None;
        let mut held = false;
        loop {
            if control.held() != held {
                held = control.held();
                handle.send(ToWorker::TransferControl { transfer, held });
            }
            let mut word = pin!(control.word().fuse());
            select! {
                told = handle.told.next().fuse() => match told {
                    Some(ToPage::Progress { bytes, .. }) => control.tell(Progress::Done(bytes)),
                    Some(ToPage::Waiting { error, .. }) => control.tell(Progress::Waiting(error)),
                    Some(ToPage::Kept { .. }) => control.tell(Progress::Kept),
                    Some(ToPage::Sign { request, operations, .. }) => {
                        signing.push(async move { (request, signer.presign(operations).await) });
                    }
                    Some(ToPage::Open { reader, .. }) => opening.push(self.offers.offer(file, reader)),
                    Some(ToPage::Alive { .. }) => {
                        if let Some(saving) = &saving {
                            saving.keep_alive();
                        }
                    }
                    Some(ToPage::Failed { error, .. }) => return Err(error),
                    end => return Ok(end),
                },
                (request, answer) = signing.select_next_some() => {
                    handle.send(ToWorker::Signed { transfer, request, answer });
                }
                offer = opening.select_next_some() => saving = offer.map_err(|_| TransferError::Target)?,
                () = word => {
                    held = control.held();
                    handle.send(ToWorker::TransferControl { transfer, held });
                }
            }
        }
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
        self.worker();
    }

    async fn upload(
        &self,
        job: UploadJob,
        source: Option<Rc<dyn Source>>,
        signer: Rc<dyn Signer>,
        control: Rc<TransferControl>,
    ) -> Result<Uploaded, TransferError> {
        let file = |source: &Rc<dyn Source>| -> Result<File, TransferError> {
            let file: &BrowserFile = source.as_any().downcast_ref().ok_or(TransferError::Source)?;
            Ok(file.file.clone())
        };
        let (mut job, source) = (job, source.as_ref().map(file).transpose()?);
        for _ in 0..LIVES {
            let (message, source) = (job.to_message(), source.clone());
            let begin = |transfer| ToWorker::Upload { transfer, job: message, source };
            match self.carry(begin, &*signer, &control, ("", 0)).await? {
                Some(ToPage::Uploaded { uploaded, .. }) => return Ok(uploaded),
                Some(_) => break,
                // The next Worker goes on with what bucket and device have of it.
                None => job.resumed = true,
            }
        }
        Err(TransferError::Engine)
    }

    async fn download(
        &self,
        job: DownloadJob,
        signer: Rc<dyn Signer>,
        control: Rc<TransferControl>,
    ) -> Result<(), TransferError> {
        let place = if job.size > MOST { place(&job.name).await? } else { None };
        let message = job.to_message();
        let begin = |transfer| ToWorker::Download { transfer, job: message, place };
        match self.carry(begin, &*signer, &control, (&job.name, job.size)).await? {
            Some(ToPage::Downloaded { content: Some(content), .. }) => {
                save(&job.name, &content).map_err(|_| TransferError::Target)
            }
            Some(ToPage::Downloaded { content: None, .. }) => Ok(()),
            _ => Err(TransferError::Engine),
        }
    }

    fn stop(&self) {
        for worker in self.workers.borrow_mut().drain(..) {
            worker.end();
        }
    }
}
