//! Uploads a file of one part: seals it and sends it. Unless the source can be read again later, it
//! is stored on this device if sending takes long or fails; what is stored is sent again after a
//! crash, the same bytes.

use std::pin::pin;

use frond_wire::{Name, Operation};
use futures_util::future::{self, Either};

use super::kept::KeptObject;
use super::sealing::Sealing;
use super::work::{Work, length};
use crate::bytes::Bytes;
use crate::checksum;
use crate::object::Seal;
use crate::port::Source;
use crate::transfer::bucket::{Answer, Call, Signed};
use crate::transfer::{Progress, TransferError, spool};

/// Sending that takes longer, in milliseconds, is slow: until then the bytes are in memory only,
/// which spares the device writing and removing most small files.
const SLOW_MS: u64 = 1_000;

/// Sends the file; returns seal and MD5 of the object, which is still to be confirmed.
pub(super) async fn send(
    work: &Work<'_>,
    source: Option<&dyn Source>,
) -> Result<(Seal, [u8; 16]), TransferError> {
    let Sealed { body, is_kept } = sealed(work, source).await?;
    if work.job.offline {
        if !is_kept {
            keep(work, &body).await?;
        }
        return Err(TransferError::StoreDown);
    }
    let seals = (Seal::of(&work.header, &table(work, &body)?), checksum::md5(&body));
    if is_kept || !work.job.spooled {
        put(work, body).await?;
        return Ok(seals);
    }
    // Pausing it makes it slow at once.
    let slow = pin!(work.control.pause(&*work.world.clock, SLOW_MS));
    let sending = pin!(put(work, body.clone()));
    // Without room it is sent without being stored.
    let (_, sent) = match future::select(sending, slow).await {
        Either::Left((Ok(()), _)) => return Ok(seals),
        Either::Left((Err(error), _)) => (keep(work, &body).await, Err(error)),
        Either::Right(((), sending)) => future::join(keep(work, &body), sending).await,
    };
    sent.map(|()| seals)
}

/// Puts the object into the bucket.
async fn put(work: &Work<'_>, body: Bytes) -> Result<(), TransferError> {
    let name = Name::Object(work.job.id);
    let checksum = work.bucket.checksum(&body);
    let put = Operation::Put { name, length: length(&body), checksum };
    let (call, signed) = (Call::with_body(put, body), Signed::default());
    work.scheduler
        .persist(async || {
            let sent = |bytes| work.sent.part(1, bytes);
            match work.bucket.call_signed(&call, &signed, &sent).await? {
                // If an object exists, it is from an earlier attempt whose response was lost, or
                // from another device. The stored object decides, when it is confirmed.
                Answer::Success(_) | Answer::Exists => Ok(()),
                _ => Err(TransferError::InvalidResponse),
            }
        })
        .await
}

/// Stores the object on this device.
async fn keep(work: &Work<'_>, body: &Bytes) -> Result<(), TransferError> {
    spool::put_part(work.world, &work.job.id, 1, body).await?;
    work.control.tell(Progress::Kept);
    Ok(())
}

/// The table at the end of an object.
fn table(work: &Work<'_>, body: &Bytes) -> Result<Vec<u8>, TransferError> {
    let start = usize::try_from(work.layout.table().start).map_err(|_| TransferError::TooLarge)?;
    Ok(body.cut(start..body.len()).ok_or(TransferError::Engine)?.to_vec())
}

/// An object that is to be sent.
struct Sealed {
    body: Bytes,
    /// Whether it is stored on this device.
    is_kept: bool,
}

/// Takes the object from the spool, or seals it.
async fn sealed(work: &Work<'_>, source: Option<&dyn Source>) -> Result<Sealed, TransferError> {
    let Work { world, job, .. } = work;
    if job.resumed {
        if let Some(body) = spool::get_part(world, &job.id, 1).await
            && length(&body) == work.layout.stored()
            && KeptObject::new(work, &table(work, &body)?)?.is_whole(1, &body).await
        {
            work.control.tell(Progress::Kept);
            return Ok(Sealed { body, is_kept: true });
        }
        // The bucket may have what an earlier run sealed, and the two could not be told apart.
        return Err(if source.is_some() {
            TransferError::SourceChanged
        } else {
            TransferError::Source
        });
    }
    let mut sealing = Sealing::new(work, source.ok_or(TransferError::Source)?, vec![None])?;
    let body = sealing.part(1).await?.body.ok_or(TransferError::Engine)?;
    Ok(Sealed { body, is_kept: false })
}
