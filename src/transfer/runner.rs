//! The interface through which the session runs transfers.

use std::rc::Rc;

use async_trait::async_trait;

use super::{
    DownloadJob, Job, Outcome, Signer, TransferControl, TransferError, UploadJob, Uploaded,
};
use crate::port::Source;

/// Runs whole transfers off the page's thread. Dropping a future cancels its transfer.
#[async_trait(?Send)]
pub trait TransferRunner {
    /// Transfers may begin soon. Does nothing if it has been prepared before.
    fn prepare(&self) {}

    /// Runs one job and returns the outcome of its kind. An upload reads `source`; `control` is told
    /// the progress.
    async fn run(
        &self,
        job: Job,
        source: Option<Rc<dyn Source>>,
        signer: Rc<dyn Signer>,
        control: Rc<TransferControl>,
    ) -> Result<Outcome, TransferError>;

    /// Seals and uploads one source; `control` is told the bytes of content sent. Without a source,
    /// uploads what this device stored of it.
    async fn upload(
        &self,
        job: UploadJob,
        source: Option<Rc<dyn Source>>,
        signer: Rc<dyn Signer>,
        control: Rc<TransferControl>,
    ) -> Result<Uploaded, TransferError> {
        match self.run(Job::Upload(job), source, signer, control).await? {
            Outcome::Uploaded(uploaded) => Ok(uploaded),
            Outcome::Downloaded => Err(TransferError::Engine),
        }
    }

    /// Downloads, verifies and saves one file under its name; `control` is told the bytes of content
    /// received.
    async fn download(
        &self,
        job: DownloadJob,
        signer: Rc<dyn Signer>,
        control: Rc<TransferControl>,
    ) -> Result<(), TransferError> {
        match self.run(Job::Download(job), None, signer, control).await? {
            Outcome::Downloaded => Ok(()),
            Outcome::Uploaded(_) => Err(TransferError::Engine),
        }
    }

    /// Ends all Workers and forgets the keys they held.
    fn stop(&self);
}
