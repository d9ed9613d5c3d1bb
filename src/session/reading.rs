//! Reading stored files: what to ask the bucket for, and single ranges of content.

use std::ops::Range;
use std::rc::Rc;

use async_trait::async_trait;
use futures_util::stream::{Stream, StreamExt};

use super::context::{Context, Keys};
use super::log::SessionLog;
use crate::bytes::Bytes;
use crate::catalog::{FileFault, distinct};
use crate::object::ObjectId;
use crate::path::MAX_PATH;
use crate::port::{RangeRequest, Sink, Unwritable};
use crate::transfer::{
    DownloadJob, ObjectReader, Progress, ReadAhead, TransferControl, TransferError, TransferWorld,
    safe_name, safe_path, serve as serve_ranges,
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
    let key = keys.vault_key.file_key(&file);
    Ok(DownloadJob {
        id: file,
        content_key: key.content_key(),
        meta_key: key.meta_key(),
        size: found.size,
        header: found.header,
        seals: [&[found.seal], found.other_seals.as_slice()].concat(),
        name: safe_name(&path),
        media_type: found.media_type.clone().into_owned(),
    })
}

/// The paths that files are saved under together, relative to the folder `above` of the vault: each
/// safe for any system, and distinct.
pub(super) fn saved_paths(log: &SessionLog, files: &[ObjectId], above: &str) -> Vec<String> {
    let paths: Vec<_> = {
        let history = log.history();
        let path = |id| history.shown_path(id).map(|path| inside(&path, above));
        files.iter().map(|id| path(id).unwrap_or_default()).collect()
    };
    distinct(&paths)
}

/// What a file is saved under that lies below `above`: safe, and not longer than file systems take.
fn inside(path: &str, above: &str) -> String {
    let below = path.strip_prefix(above).and_then(|below| below.strip_prefix('/'));
    let path = safe_path(below.unwrap_or(path));
    if path.len() > MAX_PATH { safe_name(&path) } else { path }
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
    with(context, log, file, told, async |world, job, keys, control| {
        // To the end with many requests at once; otherwise nothing is requested but what is read.
        let ahead = if range.end >= job.size { ReadAhead::WHOLE } else { ReadAhead::NONE };
        let mut reader = ObjectReader::new(world, job, &*keys.endpoint, control, ahead)?;
        let is_whole = range.start == 0 && range.end >= job.size;
        if is_whole { reader.whole().await } else { reader.read(range).await }
    })
    .await
}

/// Answers requests for ranges of a file's content; see [`Files::serve`](super::Files::serve). Who
/// watches or listens is there, whether or not they touch anything: the idle limit counts from the
/// last bytes that they took.
pub(super) async fn serve(
    context: &Rc<Context>,
    log: &SessionLog,
    file: ObjectId,
    requests: impl Stream<Item = RangeRequest> + Unpin,
    told: impl Fn(Progress) + 'static,
) -> Result<(), TransferError> {
    let requests = requests.map(|RangeRequest { range, sink }| {
        let sink = Box::new(Watched { sink, context: Rc::clone(context) });
        RangeRequest { range, sink }
    });
    with(context, log, file, told, async |world, job, keys, control| {
        serve_ranges(world, job, &*keys.endpoint, control, requests).await
    })
    .await
}

/// What a player takes content by.
struct Watched {
    sink: Box<dyn Sink>,
    context: Rc<Context>,
}

#[async_trait(?Send)]
impl Sink for Watched {
    async fn kept(&mut self) -> Result<u64, Unwritable> {
        self.sink.kept().await
    }

    async fn write(&mut self, bytes: Bytes) -> Result<(), Unwritable> {
        self.context.tabs.touch();
        self.sink.write(bytes).await
    }

    async fn finish(&mut self) -> Result<(), Unwritable> {
        self.sink.finish().await
    }

    async fn gone(&mut self) {
        self.sink.gone().await;
    }
}

/// Reads a file, and records what that found out about it.
async fn with<T>(
    context: &Context,
    log: &SessionLog,
    file: ObjectId,
    told: impl Fn(Progress) + 'static,
    reads: impl AsyncFnOnce(
        &TransferWorld,
        &DownloadJob,
        &Keys,
        &TransferControl,
    ) -> Result<T, TransferError>,
) -> Result<T, TransferError> {
    // Without keys the vault was locked meanwhile, and nobody waits for the answer.
    let keys = context.keys().ok_or(TransferError::Engine)?;
    let job = job(log, &keys, file)?;
    let world = context.world.of_transfers();
    let read = reads(&world, &job, &keys, &TransferControl::new(told)).await;
    if let Err(error) = read {
        note(log, file, Some(error));
        context.changed();
    }
    read
}
