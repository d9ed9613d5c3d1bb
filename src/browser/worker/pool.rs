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
use super::hand::Hand;
use super::message::{ToPage, ToWorker};
use super::sink::MOST;
use crate::port::{Carrier, Signer, Source};
use crate::transfer::{Course, DownloadJob, Progress, TransferError, UploadJob, Uploaded};

/// Workers that an upload may use up: browsers end them where memory is short.
const LIVES: usize = 3;

/// Dedicated Workers, started when needed and kept.
pub struct Pool {
    hands: RefCell<Vec<Rc<Hand>>>,
    size: usize,
    transfers: Cell<u32>,
    offers: Offers,
    /// One process has all of this page's Workers, and so one allocator.
    _ballast: ArrayBuffer,
}

impl Pool {
    /// One Worker a core, 2 to 4.
    #[must_use]
    pub fn new() -> Self {
        let cores = web_sys::window().map_or(2.0, |window| window.navigator().hardware_concurrency());
        let size = if cores >= 4.0 {
            4
        } else if cores >= 3.0 {
            3
        } else {
            2
        };
        let (hands, transfers) = (RefCell::default(), Cell::new(0));
        Self { hands, size, transfers, offers: Offers::new(), _ballast: ballast() }
    }

    /// An idle Worker, a new one, or the one with the least to do.
    fn hand(&self) -> Rc<Hand> {
        let mut hands = self.hands.borrow_mut();
        hands.retain(|hand| !hand.dead());
        let least = hands.iter().min_by_key(|hand| hand.load());
        match least {
            Some(hand) if hand.load() == 0 || hands.len() >= self.size => Rc::clone(hand),
            _ => {
                let hand = Hand::start();
                hands.push(Rc::clone(&hand));
                hand
            }
        }
    }

    /// Runs one transfer to its end: [`ToPage::Uploaded`] or [`ToPage::Downloaded`]; nothing where its Worker died. `file` is what a download saves:
    /// its name and size.
    async fn carry(
        &self,
        begin: impl FnOnce(u32) -> ToWorker,
        signer: &dyn Signer,
        course: &Course,
        file: (&str, u64),
    ) -> Result<Option<ToPage>, TransferError> {
        let transfer = self.transfers.get();
        self.transfers.set(transfer.wrapping_add(1));
        let mut errand = self.hand().carry(transfer, begin(transfer));
        let (mut signing, mut opening) = (FuturesUnordered::new(), FuturesUnordered::new());
        // What the browser saves; a download that ends without its end is told as failed.
        let mut saving: Option<Offer> = None;
        let mut held = false;
        loop {
            if course.held() != held {
                held = course.held();
                errand.send(ToWorker::Course { transfer, held });
            }
            let mut word = pin!(course.word().fuse());
            select! {
                told = errand.told.next().fuse() => match told {
                    Some(ToPage::Progress { bytes, .. }) => course.tell(Progress::Done(bytes)),
                    Some(ToPage::Waiting { error, .. }) => course.tell(Progress::Waiting(error)),
                    Some(ToPage::Kept { .. }) => course.tell(Progress::Kept),
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
                    errand.send(ToWorker::Signed { transfer, request, answer });
                }
                offer = opening.select_next_some() => saving = offer.map_err(|_| TransferError::Target)?,
                () = word => {
                    held = course.held();
                    errand.send(ToWorker::Course { transfer, held });
                }
            }
        }
    }
}

impl Default for Pool {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait(?Send)]
impl Carrier for Pool {
    fn prepare(&self) {
        // The first Worker brings the program. If it cannot be had now, the first transfer tries again.
        self.hand();
    }

    async fn upload(
        &self,
        job: UploadJob,
        source: Option<Rc<dyn Source>>,
        signer: Rc<dyn Signer>,
        course: Rc<Course>,
    ) -> Result<Uploaded, TransferError> {
        let file = |source: &Rc<dyn Source>| -> Result<File, TransferError> {
            let file: &BrowserFile = source.as_any().downcast_ref().ok_or(TransferError::Source)?;
            Ok(file.file.clone())
        };
        let (mut job, source) = (job, source.as_ref().map(file).transpose()?);
        for _ in 0..LIVES {
            let (message, source) = (job.to_message(), source.clone());
            let begin = |transfer| ToWorker::Upload { transfer, job: message, source };
            match self.carry(begin, &*signer, &course, ("", 0)).await? {
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
        course: Rc<Course>,
    ) -> Result<(), TransferError> {
        let place = if job.size > MOST { place(&job.name).await? } else { None };
        let message = job.to_message();
        let begin = |transfer| ToWorker::Download { transfer, job: message, place };
        match self.carry(begin, &*signer, &course, (&job.name, job.size)).await? {
            Some(ToPage::Downloaded { content: Some(content), .. }) => {
                save(&job.name, &content).map_err(|_| TransferError::Target)
            }
            Some(ToPage::Downloaded { content: None, .. }) => Ok(()),
            _ => Err(TransferError::Engine),
        }
    }

    fn stop(&self) {
        for hand in self.hands.borrow_mut().drain(..) {
            hand.end();
        }
    }
}
