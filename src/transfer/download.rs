//! Downloads an object from the bucket to a sink, or verifies it: a loop over [`ObjectReader`].
//!
//! Memory: seven pieces of 2 MiB, 14 MiB; four opened chunks, and those that the sink has in flight
//! (four for the service worker); and the table, 32 bytes for each 512 KiB of content. Nothing else
//! grows with the file. In the tab all of it except the table is in the browser's buffers, released
//! as soon as it has been used. A sink that accepts nothing stops the fetching: outstanding
//! requests complete, and no new ones are made.

use super::reader::{ObjectReader, ReadAhead};
use super::{Signer, TransferControl, TransferError, TransferWorld};
use crate::codec::{Reader, Writer};
use crate::object::{ObjectId, Seal};
use crate::port::Sink;
use crate::secret::{ContentKey, FernetKey};

/// What a Worker must know to download one file.
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
pub struct DownloadJob {
    /// Object id.
    pub id: ObjectId,
    /// Opens the content.
    pub content_key: ContentKey,
    /// Opens the metadata in the header; `None` where only the content was shared.
    pub meta_key: Option<FernetKey>,
    /// Size of the content in bytes.
    pub size: u64,
    /// Header length in bytes.
    pub header: u32,
    /// The seal that the catalog pins; more than one if two devices recorded different ones.
    pub seals: Vec<Seal>,
    /// Name to save it under (already made safe).
    pub name: String,
    /// Media type.
    pub media_type: String,
}

/// Downloads one object, verified before it is written.
///
/// `control` is told the bytes of content received; what is verified and written lags behind by at
/// most what is buffered. Transient failures are retried without limit from the last range
/// received; the sink stays open meanwhile. Chunks that the sink has from an earlier download are
/// not fetched; header, table and seal are verified all the same. The sink is finished only when
/// everything has been verified and written, including chunks of padding.
pub async fn download(
    world: &TransferWorld,
    job: &DownloadJob,
    sink: &mut dyn Sink,
    signer: &dyn Signer,
    control: &TransferControl,
) -> Result<(), TransferError> {
    let mut reader = ObjectReader::new(world, job, signer, control, ReadAhead::WHOLE)?;
    let chunks = reader.layout().chunks();
    let kept = sink.kept().await?.min(chunks);
    if kept > 0 {
        reader.skip(kept).await?;
    }
    for i in kept..chunks {
        let content = reader.chunk(i, chunks).await?;
        reader.meanwhile(sink.write(content)).await?;
    }
    Ok(sink.finish().await?)
}

/// Downloads one object and verifies all of it, chunks of padding included; discards the content.
///
/// `control` is told the bytes of content received. Transient failures are retried without limit.
pub async fn verify(
    world: &TransferWorld,
    job: &DownloadJob,
    signer: &dyn Signer,
    control: &TransferControl,
) -> Result<(), TransferError> {
    let mut reader = ObjectReader::new(world, job, signer, control, ReadAhead::WHOLE)?;
    let chunks = reader.layout().chunks();
    for i in 0..chunks {
        reader.chunk(i, chunks).await?;
    }
    Ok(())
}

impl DownloadJob {
    pub(super) fn write(&self, to: Writer) -> Writer {
        to.array(self.id.as_bytes())
            // EXPOSE: to the Worker, by a message that is wiped on both sides.
            .array(self.content_key.expose())
            .list(self.meta_key.iter(), |to, key| to.array(key.expose()))
            .number(self.size)
            .number(self.header.into())
            .list(self.seals.iter(), |to, seal| to.array(&seal.0))
            .text(&self.name)
            .text(&self.media_type)
    }

    /// Reads what [`DownloadJob::write`] wrote.
    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            id: ObjectId::from_bytes(*from.array()?).ok()?,
            content_key: ContentKey::copied(from.array()?),
            meta_key: {
                let mut keys: Vec<_> = from.list(|from| from.array().map(FernetKey::copied))?;
                let key = keys.pop();
                keys.is_empty().then_some(key)?
            },
            size: from.number()?,
            header: u32::try_from(from.number()?).ok()?,
            seals: from.list(|from| from.array().copied().map(Seal))?,
            name: from.text()?.to_owned(),
            media_type: from.text()?.to_owned(),
        })
    }
}
