//! Downloads an object from the bucket to a sink: a loop over [`ObjectReader`].
//!
//! Memory: seven pieces of 2 MiB, 14 MiB; one opened chunk, and those that the sink has in flight
//! (four for the service worker); and the table, 32 bytes for each 512 KiB of content. Nothing else
//! grows with the file. In the tab all of it except the table is in the browser's buffers, released
//! as soon as it has been used. A sink that accepts nothing stops the fetching: outstanding
//! requests complete, and no new ones are made.

use super::reader::{ObjectReader, ReadAhead};
use super::{DownloadJob, Signer, TransferControl, TransferError, TransferWorld};
use crate::port::Sink;

/// Downloads one object, verified before it is written.
///
/// `control` is told the bytes of content received; what is verified and written lags behind by at
/// most what is buffered. Transient failures are retried without limit from the last range
/// received; the sink stays open meanwhile. The sink is finished only when everything has been
/// verified and written, including chunks of padding.
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
