//! A file of one part: sealed into the spool, then sent from there, the same bytes again after any crash.

use frond_wire::Operation;

use super::sealing::Sealing;
use super::{Work, length, spool};
use crate::bulk::Bulk;
use crate::object::Seal;
use crate::port::Source;
use crate::transfer::bucket::{Answer, Call, Signed};
use crate::transfer::journal::same_etag;
use crate::transfer::{Progress, TransferError};

/// Sends it; the seal of what then lies there.
pub(super) async fn send(work: &Work<'_>, source: Option<&dyn Source>) -> Result<Seal, TransferError> {
    let body = sealed(work, source).await?;
    if work.job.offline {
        return Err(TransferError::StoreDown);
    }
    let start = usize::try_from(work.layout.table().start).map_err(|_| TransferError::TooLarge)?;
    let table = body.cut(start..body.len()).ok_or(TransferError::Engine)?.to_vec();
    let seal = Seal::of(&work.header, &table);
    let object = work.job.id.to_string();
    let put = Operation::PutObject { object: object.clone(), length: length(&body), checksum: None };
    let operations =
        vec![put.clone(), Operation::HeadObject { object: object.clone() }, Operation::GetObject { object }];
    let call = Call::with_body(put, body);
    work.line
        .persist(async || {
            let signed = work.bucket.sign(operations.clone()).await?;
            let [signed, head, get]: [Signed; 3] = signed.try_into().map_err(|_| TransferError::Nonsense)?;
            match work.bucket.call_signed(&call, &signed, &|bytes| work.sent.part(1, bytes)).await? {
                Answer::Success(response) => {
                    let seen = work.head(&head).await?;
                    let (put, seen) = (response.header("etag"), seen.header("etag"));
                    // The store took these bytes, and shows what it took. Where CORS hides that, the table decides.
                    match put.zip(seen) {
                        Some((put, seen)) if same_etag(put, seen) => Ok(()),
                        _ => work.look(&table, (&head, &get)).await,
                    }
                }
                // An earlier try whose reply was lost, or somebody else's. What lies there decides.
                Answer::Exists => work.look(&table, (&head, &get)).await,
                _ => Err(TransferError::Nonsense),
            }
        })
        .await?;
    Ok(seal)
}

/// The object, from the spool, or sealed and kept there where there is room.
async fn sealed(work: &Work<'_>, source: Option<&dyn Source>) -> Result<Bulk, TransferError> {
    let Work { world, job, .. } = work;
    if job.resumed {
        let kept = spool::get_part(world, &job.id, 1).await;
        let begins =
            |body: &Bulk| body.cut(0..job.header.len()).is_some_and(|start| *start.bytes() == *job.header);
        let ours = |body: &Bulk| length(body) == work.layout.stored() && begins(body);
        return match kept.filter(ours) {
            Some(body) => {
                work.course.tell(Progress::Kept);
                Ok(body)
            }
            // The bucket may have what an earlier run sealed; nothing could tell the two apart.
            None if source.is_some() => Err(TransferError::SourceChanged),
            None => Err(TransferError::Source),
        };
    }
    let mut sealing = Sealing::new(work, source.ok_or(TransferError::Source)?, vec![None])?;
    let body = sealing.part(1).await?.body.ok_or(TransferError::Engine)?;
    match spool::put_part(world, &job.id, 1, &body).await {
        Ok(()) => work.course.tell(Progress::Kept),
        Err(error) if job.offline => return Err(error.into()),
        // Sent all the same; only not kept.
        Err(_) => {}
    }
    Ok(body)
}
