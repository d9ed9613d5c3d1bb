//! Verifies the object in the bucket: it has the expected length and our table at its end, and each
//! part is sealed as the table says. This excludes other objects of the same length, earlier ones,
//! and those that a store assembled from two devices' parts.

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::work::Work;
use crate::transfer::TransferError;
use crate::transfer::bucket::Signed;
use crate::transfer::journal::{JournalEntry, Slot};

/// Offset of the IV in a token: after version and timestamp.
const IV_OFFSET: u64 = 9;
/// Concurrent requests of one verification.
const AT_ONCE: usize = 4;

impl Work<'_> {
    /// Verifies that each part of the object is sealed as `entries` say: one HMAC suffices, because
    /// a part is stored as a whole.
    ///
    /// The table alone is not enough: it is in the last part, and a store that accepts any ETag may
    /// combine parts of two devices, or parts of an earlier run that arrived late.
    pub(super) async fn look_at_parts(
        &self,
        entries: &[JournalEntry],
    ) -> Result<(), TransferError> {
        let (stored, signed) = (self.stored(), Signed::default());
        let looks = stream::iter(entries).map(async |entry| {
            // A last part may hold only a piece of the table, which is compared as a whole.
            let Some(slot) = entry.slots.last() else { return Ok(()) };
            let last = self.layout.part_slots(entry.number.into()).end.saturating_sub(1);
            let end = self.layout.slot(last).end;
            let range = end.saturating_sub(32)..end;
            let (hmac, _) =
                self.scheduler.persist(async || stored.piece(range.clone(), &signed).await).await?;
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
        let (stored, signed) = (self.stored(), Signed::default());
        let index = |slot: u64| usize::try_from(slot).unwrap_or(usize::MAX);
        let slots = self.layout.part_slots(number.into());
        let hmacs =
            table.as_chunks::<32>().0.get(index(slots.start)..index(slots.end)).unwrap_or_default();
        let looks = stream::iter(slots.zip(hmacs)).map(async |(slot, hmac)| {
            let token = if slot == 0 { self.layout.header() } else { self.layout.slot(slot).start };
            let start = token.saturating_add(IV_OFFSET);
            let range = start..start.saturating_add(16);
            let (iv, _) =
                self.scheduler.persist(async || stored.piece(range.clone(), &signed).await).await?;
            Ok::<_, TransferError>(Slot {
                iv: *iv.first_chunk().ok_or(TransferError::Changed)?,
                hmac: *hmac,
            })
        });
        let slots = looks.buffered(AT_ONCE).try_collect().await?;
        Ok(JournalEntry { number, etag: None, slots })
    }

    /// Verifies by its table that the stored object is this one.
    pub(super) async fn look(&self, table: &[u8], signed: &Signed) -> Result<(), TransferError> {
        if self.stored().table(signed).await? == table {
            Ok(())
        } else {
            Err(TransferError::Changed)
        }
    }
}
