//! Uploads a file of one part: seals it into the spool and sends it from there, the same bytes
//! again after any crash.

use frond_wire::{Name, Operation};

use super::kept::KeptObject;
use super::sealing::Sealing;
use super::work::{Work, length};
use crate::bytes::Bytes;
use crate::object::Seal;
use crate::port::Source;
use crate::transfer::bucket::{Answer, Call, Signed};
use crate::transfer::{Progress, TransferError, spool};

/// Sends the file; returns the seal of the stored object.
pub(super) async fn send(
    work: &Work<'_>,
    source: Option<&dyn Source>,
) -> Result<Seal, TransferError> {
    let body = sealed(work, source).await?;
    if work.job.offline {
        return Err(TransferError::StoreDown);
    }
    let table = table(work, &body)?;
    let seal = Seal::of(&work.header, &table);
    let name = Name::Object(work.job.id);
    let checksum = work.bucket.checksum(&body);
    let put = Operation::Put { name, length: length(&body), checksum };
    let operations = vec![put.clone(), Operation::Get(name)];
    let call = Call::with_body(put, body);
    work.scheduler
        .persist(async || {
            let signed = work.bucket.sign(operations.clone()).await?;
            let [signed, get]: [Signed; 2] =
                signed.try_into().map_err(|_| TransferError::InvalidResponse)?;
            match work.bucket.call_signed(&call, &signed, &|bytes| work.sent.part(1, bytes)).await?
            {
                // If an object exists, it is from an earlier attempt whose response was lost, or
                // from another device. The stored object decides.
                Answer::Success(_) | Answer::Exists => work.look(&table, &get).await,
                _ => Err(TransferError::InvalidResponse),
            }
        })
        .await?;
    Ok(seal)
}

/// The table at the end of an object.
fn table(work: &Work<'_>, body: &Bytes) -> Result<Vec<u8>, TransferError> {
    let start = usize::try_from(work.layout.table().start).map_err(|_| TransferError::TooLarge)?;
    Ok(body.cut(start..body.len()).ok_or(TransferError::Engine)?.to_vec())
}

/// Takes the object from the spool, or seals it and stores it there if there is room.
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
    match spool::put_part(world, &job.id, 1, &body).await {
        Ok(()) => work.control.tell(Progress::Kept),
        Err(error) if job.offline => return Err(error.into()),
        // It is sent without being stored.
        Err(_) => {}
    }
    Ok(body)
}
