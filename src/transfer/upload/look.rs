//! Verifies the object in the bucket: it has the expected length and our table at its end, and each
//! part is sealed as the table says. This excludes other objects of the same length, earlier ones,
//! and those that a store assembled from two devices' parts.

use std::ops::Range;

use frond_wire::{Name, Operation};
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::work::Work;
use crate::transfer::TransferError;
use crate::transfer::bucket::{Answer, Call, Signed, content_range};
use crate::transfer::journal::{JournalEntry, Slot};

/// Offset of the IV in a token: after version and timestamp.
const IV_OFFSET: u64 = 9;
/// Concurrent requests of one verification.
const AT_ONCE: usize = 4;

impl Work<'_> {
    /// The table of an object of the right length, or [`TransferError::Missing`].
    /// The range response contains the total length; if CORS hides it,
    /// [HeadObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html) provides
    /// it.
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

    /// Verifies that each part of the object is sealed as `entries` say: one HMAC suffices, because
    /// a part is stored as a whole.
    ///
    /// The table alone is not enough: it is in the last part, and a store that accepts any ETag may
    /// combine parts of two devices, or parts of an earlier run that arrived late.
    pub(super) async fn look_at_parts(
        &self,
        entries: &[JournalEntry],
    ) -> Result<(), TransferError> {
        let signed = Signed::default();
        let looks = stream::iter(entries).map(async |entry| {
            // A last part may hold only a piece of the table, which is compared as a whole.
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

    /// How the stored part `number` is sealed: IVs from its tokens, HMACs from the stored table.
    /// Neither is trusted: sealing the source with them must give the same result.
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
    /// and the total length, which has been checked, if CORS exposes it.
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
            // The object ends before the range does.
            Ok(Answer::OutOfRange) | Err(TransferError::Truncated) => Err(TransferError::Changed),
            Ok(Answer::Exists | Answer::NoSuchUpload | Answer::InvalidPart) => {
                Err(TransferError::InvalidResponse)
            }
            Err(error) => Err(error),
        }
    }

    /// Verifies by its table that the stored object is this one.
    pub(super) async fn look(&self, table: &[u8], signed: &Signed) -> Result<(), TransferError> {
        if self.table(signed).await? == table { Ok(()) } else { Err(TransferError::Changed) }
    }
}
