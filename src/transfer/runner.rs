//! Who runs whole transfers.

use std::rc::Rc;

use async_trait::async_trait;

use super::{
    DownloadJob, Job, Outcome, Signer, TransferControl, TransferError, UploadJob, Uploaded,
};
use crate::port::Source;

/// Carries whole transfers off the page's thread. Dropping a future cancels its transfer.
#[async_trait(?Send)]
pub trait TransferRunner {
    /// Somebody is in: transfers may begin soon.
    fn prepare(&self) {}

    /// Carries out one job, with the outcome of its kind. `source` is what an upload sends, and
    /// `control` is told how far the transfer is.
    async fn run(
        &self,
        job: Job,
        source: Option<Rc<dyn Source>>,
        signer: Rc<dyn Signer>,
        control: Rc<TransferControl>,
    ) -> Result<Outcome, TransferError>;

    /// Seals and uploads one source; `control` is told content bytes that the store has. Without a
    /// source, what was kept of it on this device.
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

    /// Downloads, verifies and saves one file under its name; `control` is told verified content
    /// bytes.
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
