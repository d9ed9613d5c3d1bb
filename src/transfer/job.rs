//! What a transfer is asked to do, what it leaves, and the one place that runs it.
//!
//! Each kind of transfer is a file of its own (`upload`, `download`): its job with the codec of its
//! fields, and the function that carries it out. A new kind is one more such file, and an arm in
//! each `match` here.

use super::{
    DownloadJob, Signer, TransferControl, TransferError, TransferWorld, UploadJob, Uploaded,
    download, upload,
};
use crate::codec::{Reader, Writer};
use crate::port::{Sink, Source};

/// One transfer, as it is asked for. It holds keys.
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
pub enum Job {
    /// Put a source into the bucket.
    Upload(UploadJob),
    /// Bring an object back into a sink.
    Download(DownloadJob),
}

/// How a transfer ended that was carried out to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The store has shown the object back.
    Uploaded(Uploaded),
    /// All of the content was verified, written and finished.
    Downloaded,
}

/// Both ends of a transfer that are not the bucket. Whoever runs transfers has them.
pub trait JobIo {
    /// What an upload sends. `None`: what is kept of it on this device.
    fn source(&self) -> Option<&dyn Source>;

    /// Opens what a download is written to.
    ///
    /// # Errors
    /// [`TransferError::Target`] and its like when it cannot be opened.
    fn sink(&mut self, job: &DownloadJob) -> Result<&mut dyn Sink, TransferError>;
}

/// Carries out one job: in a Worker, in this process, in a test.
///
/// # Errors
/// Those of [`upload`] and [`download`], and what [`JobIo::sink`] fails with.
pub async fn run(
    world: &TransferWorld,
    job: &Job,
    io: &mut dyn JobIo,
    signer: &dyn Signer,
    control: &TransferControl,
) -> Result<Outcome, TransferError> {
    match job {
        Job::Upload(job) => {
            upload(world, job, io.source(), signer, control).await.map(Outcome::Uploaded)
        }
        Job::Download(job) => {
            let sink = io.sink(job)?;
            download(world, job, sink, signer, control).await.map(|()| Outcome::Downloaded)
        }
    }
}

const UPLOAD: u8 = 0;
const DOWNLOAD: u8 = 1;

impl Job {
    pub(super) fn write(&self, to: Writer) -> Writer {
        match self {
            Self::Upload(job) => job.write(to.byte(UPLOAD)),
            Self::Download(job) => job.write(to.byte(DOWNLOAD)),
        }
    }

    /// What [`Job::write`] wrote.
    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        match from.byte()? {
            UPLOAD => UploadJob::read(from).map(Self::Upload),
            DOWNLOAD => DownloadJob::read(from).map(Self::Download),
            _ => None,
        }
    }
}

impl Outcome {
    pub(super) fn write(self, to: Writer) -> Writer {
        match self {
            Self::Uploaded(uploaded) => uploaded.write(to.byte(UPLOAD)),
            Self::Downloaded => to.byte(DOWNLOAD),
        }
    }

    /// What [`Outcome::write`] wrote.
    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        match from.byte()? {
            UPLOAD => Uploaded::read(from).map(Self::Uploaded),
            DOWNLOAD => Some(Self::Downloaded),
            _ => None,
        }
    }
}
