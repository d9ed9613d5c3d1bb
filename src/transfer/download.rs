//! An object out of the bucket: its table first, then its slots, several ranges at a time, verified
//! in order.
//!
//! ```text
//! table ─► pieces, LANES at a time ─► one after another: judged against the seal, verified ─► sink
//! ```
//!
//! A piece is a quarter of the slots that the smallest part has, 2 MiB: few enough requests, little
//! enough memory.
//!
//! Memory: [`LANES`] + 1 pieces, 14 MiB; one chunk that was opened, and those that the sink has on
//! their way (four, where it is the service worker); and the table, which is 32 bytes for each 512
//! KiB of content. Nothing else grows with the file. In the tab all but the table lies in the
//! browser's buffers, given back as soon as it was used. A sink that takes nothing stops the
//! fetching: what was asked for comes in, nothing more is asked for.

mod object;
mod writer;

use std::ops::Range;

use futures_util::future;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use self::object::Object;
use self::writer::Writer;
use super::scheduler::RequestScheduler;
use super::{DownloadJob, Signer, TransferControl, TransferError, TransferWorld};
use crate::object::Layout;
use crate::port::Sink;

/// Pieces that are on their way or wait for their turn: what browsers open to one host.
const LANES: usize = 6;

/// Brings one object back, verified before it is written.
///
/// `control` is told bytes of content that came; what is verified and written is behind by what is
/// held at most. What fails in passing is asked for again for as long as it takes, from the last
/// range that came; the sink stays open meanwhile. It is finished only when all was verified and
/// written.
pub async fn download(
    world: &TransferWorld,
    job: &DownloadJob,
    sink: &mut dyn Sink,
    signer: &dyn Signer,
    control: &TransferControl,
) -> Result<(), TransferError> {
    let layout = world.geometry.layout(job.size, job.header)?;
    let piece = world.geometry.part_slots.div_ceil(4);
    let scheduler = RequestScheduler::new(world, control, LANES);
    let object = Object::new(world, job, layout, signer, &scheduler);
    let mut writer = Writer::new(world, job, layout, sink);
    if layout.chunks() <= piece {
        writer.whole(object.bytes(0..layout.stored()).await?).await?;
    } else {
        writer.table(&object.bytes(layout.table()).await?);
        let fetch = async |slots: Range<u64>| {
            Ok((slots.clone(), object.bytes(span(&layout, &slots)).await?))
        };
        let mut coming = stream::iter(pieces(&layout, piece)).map(fetch).buffered(LANES);
        let mut came = coming.try_next().await?;
        while let Some((slots, bytes)) = came {
            came = future::try_join(writer.slots(slots, bytes), coming.try_next()).await?.1;
        }
    }
    writer.finish().await
}

/// The slots of all pieces, in order.
fn pieces(layout: &Layout, piece: u64) -> impl Iterator<Item = Range<u64>> + use<> {
    let chunks = layout.chunks();
    (0..chunks.div_ceil(piece)).map(move |n| n * piece..((n + 1) * piece).min(chunks))
}

/// Where these slots lie in the stored object.
fn span(layout: &Layout, slots: &Range<u64>) -> Range<u64> {
    layout.slot(slots.start).start..layout.slot(slots.end.saturating_sub(1)).end
}

fn index(offset: u64) -> Result<usize, TransferError> {
    usize::try_from(offset).map_err(|_| TransferError::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::{pieces, span};
    use crate::object::{CHUNK, Layout, MAX_SIZE};

    const PIECE: u64 = 4;

    /// 64 GiB and 1 TiB without a byte of data: the pieces cover the slots without hole or overlap,
    /// then the table follows to the end.
    #[test]
    fn plans_of_any_size_cover_the_object_exactly() {
        for size in [0, 1, CHUNK, PIECE * CHUNK, PIECE * CHUNK + 1, 64 << 30, MAX_SIZE] {
            let layout = Layout::new(size, 1024).unwrap();
            let (mut slots, mut bytes) = (0, 0);
            for piece in pieces(&layout, PIECE) {
                assert!(!piece.is_empty() && piece.end - piece.start <= PIECE);
                assert_eq!(piece.start, slots);
                let span = span(&layout, &piece);
                assert_eq!(span.start, bytes);
                (slots, bytes) = (piece.end, span.end);
            }
            assert_eq!((slots, bytes), (layout.chunks(), layout.table().start), "{size}");
            assert_eq!(layout.table().end, layout.stored());
        }
        let largest = Layout::new(MAX_SIZE, 4096).unwrap();
        assert!(largest.table().end - largest.table().start <= (64 << 20) + 32, "64 MiB of table");
    }
}
