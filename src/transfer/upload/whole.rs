//! A file of one part: sealed into the spool, then sent from there, the same bytes again after any
//! crash.

use frond_wire::{Name, Operation};

use super::kept::KeptObject;
use super::sealing::Sealing;
use super::work::{Work, length};
use crate::bytes::Bytes;
use crate::object::Seal;
use crate::port::Source;
use crate::transfer::bucket::{Answer, Call, Signed};
use crate::transfer::{Progress, TransferError, spool};

/// Sends it; the seal of what then lies there.
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
                // Or there is something: of an earlier try whose reply was lost, or somebody
                // else's. What lies there decides.
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

/// The object, from the spool, or sealed and kept there where there is room.
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
        // The bucket may have what an earlier run sealed; nothing could tell the two apart.
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
        // Sent all the same; only not kept.
        Err(_) => {}
    }
    Ok(body)
}
