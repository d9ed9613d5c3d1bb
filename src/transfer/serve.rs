//! Serves ranges of one object to whoever plays it: several at once, each at its reader's pace.

use std::pin::pin;

use futures_util::future::{self, Either};
use futures_util::select;
use futures_util::stream::{FuturesUnordered, Stream, StreamExt};

use super::{
    DownloadJob, ObjectReader, ReadAhead, Signer, TransferControl, TransferError, TransferWorld,
};
use crate::port::RangeRequest;

/// Answers requests for ranges of this job's object, and returns once there are no more and all
/// are answered. Nothing is fetched before the first one; header and table are fetched and verified
/// once. A sink is given verified bytes only. A request whose sink takes no more is over.
///
/// # Errors
/// As [`ObjectReader::read`]; all requests end with it, their sinks unfinished.
pub async fn serve(
    world: &TransferWorld,
    job: &DownloadJob,
    signer: &dyn Signer,
    control: &TransferControl,
    requests: impl Stream<Item = RangeRequest> + Unpin,
) -> Result<(), TransferError> {
    let mut first = ObjectReader::new(world, job, signer, control, ReadAhead::SEEKING)?;
    let (mut requests, mut running) = (requests.fuse(), FuturesUnordered::new());
    loop {
        select! {
            request = requests.select_next_some() => {
                first.verify().await?;
                running.push(answer(first.another(), request));
            }
            answered = running.select_next_some() => answered?,
            complete => return Ok(()),
        }
    }
}

/// Answers one request.
async fn answer(
    mut reader: ObjectReader<'_>,
    RangeRequest { range, mut sink }: RangeRequest,
) -> Result<(), TransferError> {
    let mut at = range.start;
    while at < range.end {
        let layout = reader.layout();
        let end = layout.content(layout.chunk_of(at)).end.min(range.end);
        let bytes = match future::select(pin!(reader.read(at..end)), pin!(sink.gone())).await {
            Either::Left((bytes, _)) => bytes?,
            Either::Right(((), _)) => return Ok(()),
        };
        if reader.meanwhile(sink.write(bytes)).await.is_err() {
            return Ok(());
        }
        at = end;
    }
    let _ = reader.meanwhile(sink.finish()).await;
    Ok(())
}
