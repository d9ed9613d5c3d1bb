//! An object out of the bucket into a sink: a loop over [`ObjectReader`].
//!
//! Memory: seven pieces of 2 MiB, 14 MiB; one chunk that was opened, and those that the sink has on
//! their way (four, where it is the service worker); and the table, which is 32 bytes for each 512
//! KiB of content. Nothing else grows with the file. In the tab all but the table lies in the
//! browser's buffers, given back as soon as it was used. A sink that takes nothing stops the
//! fetching: what was asked for comes in, nothing more is asked for.

use super::reader::{ObjectReader, ReadAhead};
use super::{DownloadJob, Signer, TransferControl, TransferError, TransferWorld};
use crate::port::Sink;

/// Brings one object back, verified before it is written.
///
/// `control` is told bytes of content that came; what is verified and written is behind by what is
/// held at most. What fails in passing is asked for again for as long as it takes, from the last
/// range that came; the sink stays open meanwhile. It is finished only when all was verified and
/// written, chunks of padding too.
pub async fn download(
    world: &TransferWorld,
    job: &DownloadJob,
    sink: &mut dyn Sink,
    signer: &dyn Signer,
    control: &TransferControl,
) -> Result<(), TransferError> {
    let mut reader = ObjectReader::new(world, job, signer, control, ReadAhead::WHOLE)?;
    let chunks = reader.layout().chunks();
    for i in 0..chunks {
        let content = reader.chunk(i, chunks).await?;
        reader.meanwhile(sink.write(content)).await?;
    }
    Ok(sink.finish().await?)
}
