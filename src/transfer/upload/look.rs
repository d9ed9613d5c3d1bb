//! Looking at what lies in the bucket: as long as it must be, with our table at its end, and each
//! part sealed as the table says. So no object of the same length, no earlier one, and none that a
//! store joined of two devices' parts, is taken for it.

use std::ops::Range;

use frond_wire::{Name, Operation};
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::work::Work;
use crate::transfer::TransferError;
use crate::transfer::bucket::{Answer, Call, Signed, content_range};
use crate::transfer::journal::{JournalEntry, Slot};

/// Where a token has its IV: after version and timestamp.
const IV_OFFSET: u64 = 9;
/// Looks at one time.
const AT_ONCE: usize = 4;

impl Work<'_> {
    /// The table of an object of the right length, or [`TransferError::Missing`].
    ///
    /// The range tells the length of the whole; where CORS hides that,
    /// [HeadObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html) must.
    pub(super) async fn table(&self, signed: &Signed) -> Result<Vec<u8>, TransferError> {
        let (table, total) = self.piece(self.layout.table(), signed).await?;
        if total.is_none() {
            self.head().await?;
        }
        Ok(table)
    }

    async fn head(&self) -> Result<(), TransferError> {
        let call = Call::new(Operation::Head(self.job.id), 0);
        let head = match self.bucket.call(&call).await? {
            Answer::Success(response) => response,
            Answer::NotFound => return Err(TransferError::Missing),
            _ => return Err(TransferError::InvalidResponse),
        };
        let stored = head.header("content-length").and_then(|length| length.parse::<u64>().ok());
        let stored = stored.ok_or(TransferError::InvalidResponse)?;
        if stored == self.layout.stored() { Ok(()) } else { Err(TransferError::Changed) }
    }

    /// That each part of the object is sealed as `entries` say: one HMAC tells, for a part is
    /// stored as a whole.
    ///
    /// The table alone does not: it lies in the last part, and a store that takes any ETag joins
    /// what two devices sent, or what an earlier run sent and arrived late.
    pub(super) async fn look_at_parts(
        &self,
        entries: &[JournalEntry],
    ) -> Result<(), TransferError> {
        let signed = Signed::default();
        let looks = stream::iter(entries).map(async |entry| {
            // A last part may hold nothing but a piece of the table, which is compared as a whole.
            let Some(slot) = entry.slots.last() else { return Ok(()) };
            let last = self.layout.part_slots(entry.number.into()).end.saturating_sub(1);
            let end = self.layout.slot(last).end;
            let range = end.saturating_sub(32)..end;
            let (hmac, _) =
                self.scheduler.persist(async || self.piece(range.clone(), &signed).await).await?;
            if slot.hmac.as_slice() == hmac { Ok(()) } else { Err(TransferError::Changed) }
        });
        looks.buffer_unordered(AT_ONCE).try_collect().await
    }

    /// How part `number` is sealed that lies there: the IVs as its tokens show them, the HMACs from
    /// the table that lies there too. Neither is trusted: sealing the source so must give the same.
    pub(super) async fn sealed(
        &self,
        number: u32,
        table: &[u8],
    ) -> Result<JournalEntry, TransferError> {
        let signed = Signed::default();
        let index = |slot: u64| usize::try_from(slot).unwrap_or(usize::MAX);
        let slots = self.layout.part_slots(number.into());
        let hmacs =
            table.as_chunks::<32>().0.get(index(slots.start)..index(slots.end)).unwrap_or_default();
        let looks = stream::iter(slots.zip(hmacs)).map(async |(slot, hmac)| {
            let token = if slot == 0 { self.layout.header() } else { self.layout.slot(slot).start };
            let start = token.saturating_add(IV_OFFSET);
            let range = start..start.saturating_add(16);
            let (iv, _) =
                self.scheduler.persist(async || self.piece(range.clone(), &signed).await).await?;
            Ok::<_, TransferError>(Slot {
                iv: *iv.first_chunk().ok_or(TransferError::Changed)?,
                hmac: *hmac,
            })
        });
        let slots = looks.buffered(AT_ONCE).try_collect().await?;
        Ok(JournalEntry { number, etag: None, slots })
    }

    /// [GetObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html) of a range,
    /// and the length of the whole, which is right, where it can be read.
    async fn piece(
        &self,
        range: Range<u64>,
        signed: &Signed,
    ) -> Result<(Vec<u8>, Option<u64>), TransferError> {
        let length = usize::try_from(range.end.saturating_sub(range.start));
        let length = length.map_err(|_| TransferError::TooLarge)?;
        let mut call = Call::new(Operation::Get(Name::Object(self.job.id)), length);
        call.range = Some(range);
        match self.bucket.call_signed(&call, signed, &|_| {}).await {
            Ok(Answer::Success(response)) => {
                let total = content_range(&response).map(|(_, _, total)| total);
                let whole = total.is_none_or(|total| total == self.layout.stored());
                if whole && response.body.len() == length {
                    Ok((response.body, total))
                } else {
                    Err(TransferError::Changed)
                }
            }
            Ok(Answer::NotFound) => Err(TransferError::Missing),
            // It ends before the range does.
            Ok(Answer::OutOfRange) | Err(TransferError::Truncated) => Err(TransferError::Changed),
            Ok(Answer::Exists | Answer::NoSuchUpload | Answer::InvalidPart) => {
                Err(TransferError::InvalidResponse)
            }
            Err(error) => Err(error),
        }
    }

    /// That what lies there is this object, by its table.
    pub(super) async fn look(&self, table: &[u8], signed: &Signed) -> Result<(), TransferError> {
        if self.table(signed).await? == table { Ok(()) } else { Err(TransferError::Changed) }
    }
}
