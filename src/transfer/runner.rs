//! Who runs whole transfers.

use std::rc::Rc;

use async_trait::async_trait;

use super::{DownloadJob, Signer, TransferControl, TransferError, UploadJob, Uploaded};
use crate::port::Source;

/// Carries whole transfers off the page's thread. Dropping a future cancels its transfer.
#[async_trait(?Send)]
pub trait TransferRunner {
    /// Somebody is in: transfers may begin soon.
    fn prepare(&self) {}
    /// Seals and uploads one source; `control` is told content bytes that the store has. Without a
    /// source, what was kept of it on this device.
    async fn upload(
        &self,
        job: UploadJob,
        source: Option<Rc<dyn Source>>,
        signer: Rc<dyn Signer>,
        control: Rc<TransferControl>,
    ) -> Result<Uploaded, TransferError>;
    /// Downloads, verifies and saves one file under its name; `control` is told verified content
    /// bytes.
    async fn download(
        &self,
        job: DownloadJob,
        signer: Rc<dyn Signer>,
        control: Rc<TransferControl>,
    ) -> Result<(), TransferError>;
    /// Ends all Workers and forgets the keys they held.
    fn stop(&self);
}
