//! A source into the bucket: sealed, sent, shown back. What an earlier run left is gone on with.
//!
//! ```text
//! small   seal ─► spool ─► PUT ─► look                                        (one part: `whole`)
//! large   for each part: kept, or seal ─► UploadPart ─► journal; complete ─► look        (`parts`)
//! look    the length, the table byte for byte, and an HMAC of each part
//! ```
//!
//! Each body goes with a checksum that the store verifies, so what lies there is what was sent;
//! what was read back from this device is opened before (`kept`).
//!
//! [`upload`] returns only after the store has shown the object back, and only then may the catalog
//! name it. It does not give up on a line that fails (`scheduler`); it stops for what does not
//! pass, and leaves what it sent for a later run. Whoever wants it no longer aborts the multipart
//! upload and deletes object and journal.
//!
//! Memory, whatever the file's size: [`IN_FLIGHT`] parts, of which one may still be sealed (8 MiB
//! each up to 80 GiB, then twice that, …), and three times [`sealing::AHEAD`] chunks that are read
//! or being sealed; besides the table, 32 bytes for each 512 KiB. In the tab all but the table lies
//! in the browser's buffers, given back when the store has a part.

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

/// Parts that are on their way at one time.
pub const IN_FLIGHT: usize = 3;

/// Seals one source and puts it into the bucket. Without a source, what is kept of it on this
/// device.
///
/// `control` is told bytes of content that were sent, never fewer than before, when the line fails,
/// and when the source is not needed any more. Of several parts, the bucket MUST have the event
/// that begins the upload.
///
/// [`TransferError::Source`] where the source is needed and cannot be read;
/// [`TransferError::SourceChanged`] where the upload must begin anew under another object id.
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
