//! Uploads a file of one part: seals it, stores it on this device unless the source can be read
//! again later, and sends it. What is stored is sent again after a crash, the same bytes.

use frond_wire::{Name, Operation};

use super::kept::KeptObject;
use super::sealing::Sealing;
use super::work::{Work, length};
use crate::bytes::Bytes;
use crate::checksum;
use crate::object::Seal;
use crate::port::Source;
use crate::transfer::bucket::{Answer, Call, Signed};
use crate::transfer::{Progress, TransferError, spool};

/// Sends the file; returns seal and MD5 of the object, which is still to be confirmed.
pub(super) async fn send(
    work: &Work<'_>,
    source: Option<&dyn Source>,
) -> Result<(Seal, [u8; 16]), TransferError> {
    let body = sealed(work, source).await?;
    if work.job.offline {
        return Err(TransferError::StoreDown);
    }
    let (seal, md5) = (Seal::of(&work.header, &table(work, &body)?), checksum::md5(&body));
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
        .await?;
    Ok((seal, md5))
}

/// The table at the end of an object.
fn table(work: &Work<'_>, body: &Bytes) -> Result<Vec<u8>, TransferError> {
    let start = usize::try_from(work.layout.table().start).map_err(|_| TransferError::TooLarge)?;
    Ok(body.cut(start..body.len()).ok_or(TransferError::Engine)?.to_vec())
}

/// Takes the object from the spool, or seals it; stores it there if it has to be and there is room.
async fn sealed(work: &Work<'_>, source: Option<&dyn Source>) -> Result<Bytes, TransferError> {
    let Work { world, job, .. } = work;
    if job.resumed {
        if let Some(body) = spool::get_part(world, &job.id, 1).await
            && length(&body) == work.layout.stored()
            && KeptObject::new(work, &table(work, &body)?)?.is_whole(1, &body).await
        {
            work.control.tell(Progress::Kept);
            return Ok(body);
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
    if !(job.spooled || job.offline) {
        return Ok(body);
    }
    match spool::put_part(world, &job.id, 1, &body).await {
        Ok(()) => work.control.tell(Progress::Kept),
        Err(error) if job.offline => return Err(error.into()),
        // It is sent without being stored.
        Err(_) => {}
    }
    Ok(body)
}
