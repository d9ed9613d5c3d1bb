//! Reading stored files: what to ask the bucket for, and single ranges of content.

use std::ops::Range;

use super::context::{Context, Keys};
use super::log::SessionLog;
use crate::bytes::Bytes;
use crate::catalog::FileFault;
use crate::object::ObjectId;
use crate::transfer::{
    DownloadJob, ObjectReader, Progress, ReadAhead, TransferControl, TransferError, TransferWorld,
    safe_name,
};

/// What to download of this file, and what it must be.
pub(super) fn job(
    log: &SessionLog,
    keys: &Keys,
    file: ObjectId,
) -> Result<DownloadJob, TransferError> {
    let history = log.history();
    let found = history.state().files.get(&file).ok_or(TransferError::Missing)?;
    let path = history.shown_path(&file).ok_or(TransferError::Missing)?;
    Ok(DownloadJob {
        id: file,
        content_key: keys.vault_key.file_key(&file).content_key(),
        size: found.size,
        header: found.header,
        seals: [&[found.seal], found.other_seals.as_slice()].concat(),
        name: safe_name(&path),
        media_type: found.media_type.clone(),
    })
}

/// Records what reading a file found out about it.
pub(super) fn note(log: &SessionLog, file: ObjectId, error: Option<TransferError>) {
    match error {
        None => log.note_fault(file, None),
        Some(TransferError::Missing) => log.note_fault(file, Some(FileFault::Missing)),
        Some(TransferError::Truncated | TransferError::Changed) => {
            log.note_fault(file, Some(FileFault::Changed));
        }
        Some(_) => {}
    }
}

/// Bytes of a file's content, verified; see [`Files::read`](super::Files::read).
pub(super) async fn read(
    context: &Context,
    log: &SessionLog,
    file: ObjectId,
    range: Range<u64>,
    told: impl Fn(Progress) + 'static,
) -> Result<Bytes, TransferError> {
    // Without keys the vault was locked meanwhile, and nobody waits for the answer.
    let keys = context.keys().ok_or(TransferError::Engine)?;
    let job = job(log, &keys, file)?;
    let world = &context.world;
    let world = TransferWorld {
        http: world.http.clone(),
        clock: world.clock.clone(),
        entropy: world.entropy.clone(),
        cipher: world.cipher.clone(),
        spool: world.spool.clone(),
        geometry: world.geometry,
    };
    // To the end with many requests at once; otherwise nothing is requested but what is read.
    let ahead = if range.end >= job.size { ReadAhead::WHOLE } else { ReadAhead::NONE };
    let control = TransferControl::new(told);
    let read = async {
        ObjectReader::new(&world, &job, &*keys.endpoint, &control, ahead)?.read(range).await
    };
    let read = read.await;
    if let Err(error) = read {
        note(log, file, Some(error));
        context.changed();
    }
    read
}
