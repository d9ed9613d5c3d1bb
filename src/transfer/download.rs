//! An object out of the bucket: header and table first, judged against the seal, then the slots, some at a time.
//!
//! A window is as many slots as the smallest part has, 8 MiB: few enough requests, little enough memory.
//!
//! Memory: two windows, 17 MiB, and the table, whatever the file's size.

use std::cell::Cell;
use std::ops::Range;

use frond_wire::Operation;
use futures_util::future;

use super::bucket::{Answer, Bucket, Call, Signed, content_range};
use super::{Course, DownloadJob, Progress, TransferError, TransferWorld};
use crate::object::{Layout, Opener};
use crate::port::{Signer, Sink};
use crate::secret::ContentKey;

/// Brings one object back, verified before it is written.
///
/// `course` is told bytes of content that were verified and written. The sink is finished only when all were.
pub async fn download(
    world: &TransferWorld,
    job: &DownloadJob,
    sink: &mut dyn Sink,
    signer: &dyn Signer,
    course: &Course,
) -> Result<(), TransferError> {
    let layout = world.geometry.layout(job.size, job.header)?;
    let window = world.geometry.part_slots;
    let bucket =
        Bucket { http: &*world.http, clock: &*world.clock, entropy: &*world.entropy, signer, pace: None };
    let object = Object {
        bucket,
        id: job.id.to_string(),
        layout,
        signed: Signed::default(),
        judged: Cell::new(false),
    };
    let mut windows = windows(&layout, window);
    // A small object comes whole, a large one begins with its two ends.
    let small = layout.chunks() <= window;
    let (start, table) = if small {
        windows.next();
        let mut whole = object.range(0..layout.stored()).await?;
        let table = whole.split_off(index(layout.table().start)?);
        (whole, table)
    } else {
        (object.range(0..job.header.into()).await?, object.range(layout.table()).await?)
    };
    // EXPOSE: a copy for the opener, wiped with it.
    let key = ContentKey::copied(job.content_key.expose());
    let opener = Opener::laid_out(&job.id, key, world.geometry, job.size, &start, &table, Some(job.seal))?;
    if *opener.layout() != layout {
        return Err(TransferError::Changed);
    }
    drop(table);
    let mut fetched = small.then_some((0..layout.chunks(), start));
    let mut written = 0;
    let mut write = async |window: (Range<u64>, Vec<u8>)| {
        let (slots, bytes) = window;
        let begin = layout.slot(slots.start).start;
        for i in slots {
            let slot = layout.slot(i);
            let (from, to) = (slot.start.saturating_sub(begin), slot.end.saturating_sub(begin));
            let slot = bytes.get(index(from)?..index(to)?).ok_or(TransferError::Truncated)?;
            let content = opener.open(&*world.cipher, i, slot).await?;
            written += u64::try_from(content.len()).unwrap_or_default();
            sink.write(content).await?;
            course.tell(Progress::Done(written));
        }
        Ok::<_, TransferError>(())
    };
    loop {
        let fetch = async {
            let Some(slots) = windows.next() else { return Ok(None) };
            course.gate().await;
            let bytes = layout.slot(slots.start).start..layout.slot(slots.end.saturating_sub(1)).end;
            let bytes = object.range(bytes).await?;
            Ok::<_, TransferError>(Some((slots, bytes)))
        };
        fetched = match fetched {
            Some(window) => future::try_join(write(window), fetch).await?.1,
            None => fetch.await?,
        };
        if fetched.is_none() {
            break;
        }
    }
    sink.finish().await?;
    Ok(())
}

/// Ranges of slots, in order.
fn windows(layout: &Layout, window: u64) -> impl Iterator<Item = Range<u64>> + use<> {
    let chunks = layout.chunks();
    (0..chunks.div_ceil(window)).map(move |n| n * window..((n + 1) * window).min(chunks))
}

fn index(offset: u64) -> Result<usize, TransferError> {
    usize::try_from(offset).map_err(|_| TransferError::TooLarge)
}

struct Object<'a> {
    bucket: Bucket<'a>,
    id: String,
    layout: Layout,
    signed: Signed,
    /// Whether the stored length is known to be right.
    judged: Cell<bool>,
}

impl Object<'_> {
    /// Exactly these bytes of an object that is exactly as long as it must be.
    async fn range(&self, range: Range<u64>) -> Result<Vec<u8>, TransferError> {
        let length = index(range.end.saturating_sub(range.start))?;
        let mut call = Call::new(Operation::GetObject { object: self.id.clone() }, length);
        call.range = Some(range);
        match self.bucket.call_signed(&call, &self.signed, &|_| {}).await? {
            Answer::Success(response) => {
                match content_range(&response) {
                    Some((_, _, total)) => self.layout.check(total)?,
                    None => self.head().await?,
                }
                if response.body.len() < length { Err(TransferError::Truncated) } else { Ok(response.body) }
            }
            Answer::NotFound => Err(TransferError::Missing),
            Answer::OutOfRange => Err(TransferError::Truncated),
            Answer::Exists | Answer::NoSuchUpload => Err(TransferError::Nonsense),
        }
    }

    /// The stored length, once, where CORS hides `Content-Range`.
    async fn head(&self) -> Result<(), TransferError> {
        if self.judged.get() {
            return Ok(());
        }
        let call = Call::new(Operation::HeadObject { object: self.id.clone() }, 0);
        match self.bucket.call(&call).await? {
            Answer::Success(response) => {
                let stored = response.header("content-length").and_then(|length| length.parse().ok());
                self.layout.check(stored.ok_or(TransferError::Nonsense)?)?;
                self.judged.set(true);
                Ok(())
            }
            Answer::NotFound => Err(TransferError::Missing),
            _ => Err(TransferError::Nonsense),
        }
    }
}
