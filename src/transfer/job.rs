//! Jobs and their outcomes; [`TransferRunner`], through which the session has them run, and
//! [`run`], which runs any of them.
//!
//! Each kind of transfer has its own file (`upload`, `download`, `archive`) with its job, the
//! encoding of the job's fields, and the function that runs it. A new kind is one more such file,
//! and one arm in each `match` here.

use std::rc::Rc;

use async_trait::async_trait;

use super::{
    ArchiveJob, DownloadJob, Signer, TransferControl, TransferError, TransferWorld, UploadJob,
    Uploaded, archive, download, upload, verify,
};
use crate::codec::{Reader, Writer};
use crate::port::{Sink, Source, WritableFile};

/// A request for one transfer. It holds keys.
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
pub enum Job {
    /// Upload a source.
    Upload(UploadJob),
    /// Download an object.
    Download(DownloadJob),
    /// Download several objects as one archive.
    Archive(ArchiveJob),
    /// Read an object to its end and discard the content.
    Verify(DownloadJob),
}

/// The result of a transfer that succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The object was read back from the store.
    Uploaded(Uploaded),
    /// All of the content was verified and, unless the job was to verify it only, written to a
    /// sink that was finished.
    Downloaded,
}

/// Runs whole transfers off the page's thread. Dropping a future cancels its transfer.
#[async_trait(?Send)]
pub trait TransferRunner {
    /// Transfers may begin soon. Does nothing if it has been prepared before.
    fn prepare(&self) {}

    /// Runs one job and returns the outcome of its kind. An upload reads `source`; `control` is
    /// told the progress.
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

    /// Downloads, verifies and saves one file under its name; `control` is told the bytes of
    /// content received.
    async fn download(
        &self,
        job: DownloadJob,
        signer: Rc<dyn Signer>,
        control: Rc<TransferControl>,
    ) -> Result<(), TransferError> {
        self.run(Job::Download(job), None, signer, control).await?.downloaded()
    }

    /// Downloads and verifies one file, and writes it to `file`; `control` is told the bytes of
    /// content received. [`TransferError::NoTarget`] if this runner knows no such files.
    async fn save(
        &self,
        _job: DownloadJob,
        _file: Rc<dyn WritableFile>,
        _signer: Rc<dyn Signer>,
        _control: Rc<TransferControl>,
    ) -> Result<(), TransferError> {
        Err(TransferError::NoTarget)
    }

    /// Downloads files, verifies and saves them as one archive under its name; `control` is told
    /// the bytes of content received.
    async fn archive(
        &self,
        job: ArchiveJob,
        signer: Rc<dyn Signer>,
        control: Rc<TransferControl>,
    ) -> Result<(), TransferError> {
        self.run(Job::Archive(job), None, signer, control).await?.downloaded()
    }

    /// Downloads and verifies one file and discards the content; `control` is told the bytes of
    /// content received.
    async fn verify(
        &self,
        job: DownloadJob,
        signer: Rc<dyn Signer>,
        control: Rc<TransferControl>,
    ) -> Result<(), TransferError> {
        self.run(Job::Verify(job), None, signer, control).await?.downloaded()
    }

    /// Ends all Workers and forgets the keys they held.
    fn stop(&self);
}

/// The local end of a transfer, provided by whoever runs it.
pub trait JobIo {
    /// What an upload reads. `None`: it sends what this device stored of the source.
    fn source(&self) -> Option<&dyn Source>;

    /// Opens what a download writes to.
    ///
    /// # Errors
    /// When it cannot be opened: [`TransferError::Target`], `TargetFull`, `TargetDenied` or
    /// `TargetExists`.
    fn sink(&mut self, job: &DownloadJob) -> Result<&mut dyn Sink, TransferError>;

    /// Opens what an archive is written to.
    ///
    /// # Errors
    /// As [`JobIo::sink`].
    fn archive_sink(&mut self, job: &ArchiveJob) -> Result<&mut dyn Sink, TransferError>;
}

/// Runs one job to its end.
///
/// # Errors
/// Those of [`upload`], [`download`], [`archive`], [`verify`] and [`JobIo::sink`].
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
        Job::Archive(job) => {
            let sink = io.archive_sink(job)?;
            archive(world, job, sink, signer, control).await.map(|()| Outcome::Downloaded)
        }
        Job::Verify(job) => verify(world, job, signer, control).await.map(|()| Outcome::Downloaded),
    }
}

const UPLOAD: u8 = 0;
const DOWNLOAD: u8 = 1;
const ARCHIVE: u8 = 2;
const VERIFY: u8 = 3;

impl Job {
    /// What a download is saved as: its name, and its size in bytes.
    #[must_use]
    pub fn saved(&self) -> Option<(&str, u64)> {
        match self {
            Self::Upload(_) | Self::Verify(_) => None,
            Self::Download(job) => Some((&job.name, job.size)),
            Self::Archive(job) => Some((&job.name, job.length())),
        }
    }

    pub(super) fn write(&self, to: Writer) -> Writer {
        match self {
            Self::Upload(job) => job.write(to.byte(UPLOAD)),
            Self::Download(job) => job.write(to.byte(DOWNLOAD)),
            Self::Archive(job) => job.write(to.byte(ARCHIVE)),
            Self::Verify(job) => job.write(to.byte(VERIFY)),
        }
    }

    /// Reads what [`Job::write`] wrote.
    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        match from.byte()? {
            UPLOAD => UploadJob::read(from).map(Self::Upload),
            DOWNLOAD => DownloadJob::read(from).map(Self::Download),
            ARCHIVE => ArchiveJob::read(from).map(Self::Archive),
            VERIFY => DownloadJob::read(from).map(Self::Verify),
            _ => None,
        }
    }
}

impl Outcome {
    /// The outcome of a job that is no upload; [`TransferError::Engine`] for any other.
    pub(crate) fn downloaded(self) -> Result<(), TransferError> {
        match self {
            Self::Downloaded => Ok(()),
            Self::Uploaded(_) => Err(TransferError::Engine),
        }
    }

    pub(super) fn write(self, to: Writer) -> Writer {
        match self {
            Self::Uploaded(uploaded) => uploaded.write(to.byte(UPLOAD)),
            Self::Downloaded => to.byte(DOWNLOAD),
        }
    }

    /// Reads what [`Outcome::write`] wrote.
    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        match from.byte()? {
            UPLOAD => Uploaded::read(from).map(Self::Uploaded),
            DOWNLOAD => Some(Self::Downloaded),
            _ => None,
        }
    }
}
