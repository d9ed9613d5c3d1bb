//! Downloads several objects as one zip archive, streamed to a sink.
//!
//! ```text
//! small files, several at a time ──┐
//! large files, one after the other ┴─► in order: verified content ─► zip records around it ─► sink
//! ```
//!
//! The archive's directory comes last and only after every byte before it was verified: what ends
//! before that is no archive to any tool. The length of the whole is known before the first byte.
//!
//! Memory: that of one download, or small files of [`BYTES`] and one more; [`BATCH`] bytes that
//! wait for the sink; and the names, from which the directory is made.

mod zip;

use std::rc::Rc;

use self::zip::{TooLong, Written, Zip};
use super::in_flight::InFlight;
use super::reader::{ObjectReader, ReadAhead};
use super::scheduler::RequestScheduler;
use super::{
    Ahead, DownloadJob, Progress, SignedAhead, Signer, TransferControl, TransferError,
    TransferWorld,
};
use crate::codec::{Reader, Writer};
use crate::port::Sink;

/// Bytes that are passed to the sink together, so that many small files are few pieces.
const BATCH: usize = 512 * 1024;
/// Most small files that are fetched at a time: a small file takes a round trip, however short.
const FILES: usize = 24;
/// Bytes of small files that are fetched at a time, if one more is.
const BYTES: u64 = 12 * 1024 * 1024;
/// A small file is fetched with one request, which brings all it needs.
const SMALL: ReadAhead = ReadAhead { pieces: 0, cache: 0 };

/// What a Worker must know to download files as one archive.
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
pub struct ArchiveJob {
    /// Name to save the archive under (already made safe).
    pub name: String,
    /// Its files, in order.
    pub files: Vec<ArchivedFile>,
}

/// One file of an archive.
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
pub struct ArchivedFile {
    /// The file; its name is its path in the archive, parts joined by `/` (already made safe, and
    /// distinct).
    pub file: DownloadJob,
    /// Modification time in milliseconds since the Unix epoch.
    pub modified: i64,
}

impl ArchiveJob {
    /// Length of the archive in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        zip::length(self.files.iter().map(|ArchivedFile { file, .. }| (&*file.name, file.size)))
    }

    pub(super) fn write(&self, to: Writer) -> Writer {
        to.text(&self.name).list(self.files.iter(), |to, ArchivedFile { file, modified }| {
            file.write(to).time(Some(*modified))
        })
    }

    /// Reads what [`ArchiveJob::write`] wrote.
    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let name = from.text()?.to_owned();
        let files = from.list(|from| {
            let file = DownloadJob::read(from)?;
            Some(ArchivedFile { file, modified: from.time()?? })
        })?;
        Some(Self { name, files })
    }
}

/// Downloads files as one archive, each byte verified before it is written.
///
/// `control` is told the bytes of content received, of all files together. Transient failures are
/// retried without limit. The sink is finished only when everything has been verified and written.
///
/// # Errors
/// The first one of any file, which [`Progress::Faulty`] names. Then the archive has no directory,
/// and the sink is not finished.
pub async fn archive(
    world: &TransferWorld,
    job: &ArchiveJob,
    sink: &mut dyn Sink,
    signer: &dyn Signer,
    control: &TransferControl,
) -> Result<(), TransferError> {
    let scheduler = Rc::new(RequestScheduler::new(world, control, FILES));
    let ahead = Rc::<Ahead>::default();
    job.files.iter().for_each(|next| ahead.push(next.file.id));
    let signer = &SignedAhead { ahead, signer };
    let open = |file, ahead| {
        let reader = ObjectReader::sharing(world, file, signer, Rc::clone(&scheduler), ahead);
        reader.map_err(|error| faulty(control, file, error))
    };
    let (mut zip, written) = Zip::new();
    let mut files = job.files.iter().peekable();
    let (mut small, mut bytes) = (InFlight::default(), 0_u64);
    loop {
        while small.len() < FILES
            && bytes < BYTES
            && let Some(ArchivedFile { file, modified }) =
                files.next_if(|next| ObjectReader::is_one_piece(world, &next.file))
        {
            bytes = bytes.saturating_add(file.size);
            let mut reader = open(file, SMALL)?;
            small.push(async move {
                let content = reader.whole().await;
                (file, *modified, content)
            });
        }
        if let Some((file, modified, content)) = small.next().await {
            bytes = bytes.saturating_sub(file.size);
            let mut entry = zip.begin(&file.name, modified)?;
            entry.write(content.map_err(|error| faulty(control, file, error))?);
            entry.end()?;
            if written.len() >= BATCH {
                small.meanwhile(sink.write(written.take())).await?;
            }
        } else if let Some(ArchivedFile { file, modified }) = files.next() {
            let mut reader = open(file, ReadAhead::WHOLE)?;
            let chunks = reader.layout().chunks();
            let mut entry = zip.begin(&file.name, *modified)?;
            for i in 0..chunks {
                let content = reader.chunk(i, chunks).await;
                entry.write(content.map_err(|error| faulty(control, file, error))?);
                if written.len() >= BATCH {
                    reader.meanwhile(sink.write(written.take())).await?;
                }
            }
            entry.end()?;
        } else {
            break;
        }
    }
    zip.finish()?;
    write_all(sink, &written).await?;
    Ok(sink.finish().await?)
}

/// Passes everything to the sink: the directory of many files is long.
async fn write_all(sink: &mut dyn Sink, written: &Written) -> Result<(), TransferError> {
    let bytes = written.take();
    for at in (0..bytes.len()).step_by(BATCH) {
        let end = bytes.len().min(at.saturating_add(BATCH));
        sink.write(bytes.cut(at..end).unwrap_or_default()).await?;
    }
    Ok(())
}

/// Tells which file ends the archive.
fn faulty(control: &TransferControl, file: &DownloadJob, error: TransferError) -> TransferError {
    control.tell(Progress::Faulty(file.id));
    error
}

impl From<TooLong> for TransferError {
    fn from(_: TooLong) -> Self {
        Self::Name
    }
}
