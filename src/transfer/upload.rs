//! Uploads a source to the bucket: seal, send, verify. Resumes what an earlier run left.
//!
//! ```text
//! small   seal ─► spool ─► PUT ─► look                                        (one part: `whole`)
//! large   for each part: kept, or seal ─► UploadPart ─► journal; complete ─► look        (`parts`)
//! look    the length, the table byte for byte, and an HMAC of each part
//! ```
//!
//! Each body is sent with a checksum that the store verifies, so the store holds what was sent;
//! data read back from this device is opened first (`kept`).
//!
//! [`upload`] returns only after the object has been read back from the store, and only then may
//! the catalog name it. It retries network failures without limit (`scheduler`); it stops on
//! permanent errors and leaves what it sent for a later run. To discard an upload, the caller
//! aborts the multipart upload and deletes object and journal.
//!
//! Memory, whatever the file's size: [`IN_FLIGHT`] parts, one of which may still be being sealed (8
//! MiB each up to 80 GiB, then twice that, …), and three times [`sealing::AHEAD`] chunks being read
//! or sealed; also the table, 32 bytes for each 512 KiB. In the tab all of it except the table is
//! in the browser's buffers, released when the store has the part.

mod kept;
mod look;
mod multipart;
mod pages;
mod parts;
mod sealing;
mod sent;
mod whole;
mod work;

use super::bucket::Bucket;
use super::scheduler::RequestScheduler;
use super::{Signer, TransferControl, TransferError, TransferWorld, UploadJob, Uploaded};
use crate::object::Header;
use crate::port::Source;
use sent::Sent;
use work::Work;

/// Parts that are uploaded concurrently.
pub const IN_FLIGHT: usize = 3;

/// Seals one source and uploads it. Without a source, uploads what this device stored of it.
///
/// `control` is told the bytes of content sent, which never decrease; network failures; and when
/// the source is no longer needed. If there are several parts, the bucket MUST already have the
/// event that begins the upload.
///
/// [`TransferError::Source`] if the source is needed and cannot be read;
/// [`TransferError::SourceChanged`] if the upload must begin anew under another object id.
pub async fn upload(
    world: &TransferWorld,
    job: &UploadJob,
    source: Option<&dyn Source>,
    signer: &dyn Signer,
    control: &TransferControl,
) -> Result<Uploaded, TransferError> {
    if source.is_some_and(|source| source.size() != job.size) {
        return Err(TransferError::SourceChanged);
    }
    let header = Header::read(&job.id, &job.content_key, &job.header)?;
    let layout = world.geometry.layout(job.size, header.length())?;
    let scheduler = RequestScheduler::new(world, control, IN_FLIGHT);
    let bucket = Bucket {
        http: &*world.http,
        clock: &*world.clock,
        entropy: &*world.entropy,
        signer,
        limit: Some(&scheduler.limit),
        checksum: job.checksum,
    };
    let sent = Sent::new(&layout, &scheduler);
    let work = Work { world, job, control, scheduler: &scheduler, bucket, header, layout, sent };
    let seal = if layout.parts() == 1 {
        whole::send(&work, source).await?
    } else {
        parts::send(&work, source).await?
    };
    Ok(Uploaded { stored: layout.stored(), header: work.header.length(), seal })
}
