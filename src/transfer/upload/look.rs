//! Looking at what lies in the bucket: as long as it must be, and with our table at its end. So no object of the same
//! length, and no earlier one, is taken for it.

use std::ops::Range;

use frond_wire::Operation;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::Work;
use crate::port::Response;
use crate::transfer::TransferError;
use crate::transfer::bucket::{Answer, Call, Signed, content_range};
use crate::transfer::journal::{Entry, Slot};

/// Where a token has its IV: after version and timestamp.
const IV_OFFSET: u64 = 9;
/// Looks at one time.
const AT_ONCE: usize = 4;

impl Work<'_> {
    /// [HeadObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html): an object of the right
    /// length, or [`TransferError::Missing`].
    pub(super) async fn head(&self, signed: &Signed) -> Result<Response, TransferError> {
        let call = Call::new(Operation::HeadObject { object: self.job.id.to_string() }, 0);
        let head = match self.bucket.call_signed(&call, signed, &|_| {}).await? {
            Answer::Success(response) => response,
            Answer::NotFound => return Err(TransferError::Missing),
            _ => return Err(TransferError::Nonsense),
        };
        let stored: Option<u64> = head.header("content-length").and_then(|length| length.parse().ok());
        let whole = stored.is_none_or(|stored| stored == self.layout.stored());
        if whole { Ok(head) } else { Err(TransferError::Changed) }
    }

    /// The table of an object of the right length.
    pub(super) async fn table(&self, signed: &Signed) -> Result<Vec<u8>, TransferError> {
        self.piece(self.layout.table(), signed).await
    }

    /// That each part of the object is sealed as `entries` say: one HMAC tells, for a part is stored as a whole.
    ///
    /// For stores whose ETags CORS hides, where nothing else binds what is completed to what was sent: a part of an
    /// earlier run may have arrived late, in place of ours.
    pub(super) async fn look_at_parts(&self, entries: &[Entry]) -> Result<(), TransferError> {
        let signed = Signed::default();
        for entry in entries {
            // A last part may hold nothing but a piece of the table, which is compared as a whole.
            let Some(slot) = entry.slots.last() else { continue };
            let last = self.layout.part_slots(entry.number.into()).end.saturating_sub(1);
            let end = self.layout.slot(last).end;
            let hmac = self.piece(end.saturating_sub(32)..end, &signed).await?;
            if slot.hmac.as_slice() != hmac {
                return Err(TransferError::Changed);
            }
        }
        Ok(())
    }

    /// How part `number` is sealed that lies there: the IVs as its tokens show them, the HMACs from the table that lies
    /// there too. Neither is trusted: sealing the source so must give the same.
    pub(super) async fn sealed(&self, number: u32, table: &[u8]) -> Result<Entry, TransferError> {
        let signed = Signed::default();
        let index = |slot: u64| usize::try_from(slot).unwrap_or(usize::MAX);
        let slots = self.layout.part_slots(number.into());
        let hmacs = table.as_chunks::<32>().0.get(index(slots.start)..index(slots.end)).unwrap_or_default();
        let looks = stream::iter(slots.zip(hmacs)).map(async |(slot, hmac)| {
            let token = if slot == 0 { self.layout.header() } else { self.layout.slot(slot).start };
            let start = token.saturating_add(IV_OFFSET);
            let iv = self
                .line
                .persist(async || self.piece(start..start.saturating_add(16), &signed).await)
                .await?;
            Ok::<_, TransferError>(Slot { iv: *iv.first_chunk().ok_or(TransferError::Changed)?, hmac: *hmac })
        });
        let slots = looks.buffered(AT_ONCE).try_collect().await?;
        Ok(Entry { number, etag: None, slots })
    }

    /// [GetObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html) of a range of an object of
    /// the right length.
    async fn piece(&self, range: Range<u64>, signed: &Signed) -> Result<Vec<u8>, TransferError> {
        let length = usize::try_from(range.end.saturating_sub(range.start));
        let length = length.map_err(|_| TransferError::TooLarge)?;
        let mut call = Call::new(Operation::GetObject { object: self.job.id.to_string() }, length);
        call.range = Some(range);
        match self.bucket.call_signed(&call, signed, &|_| {}).await? {
            Answer::Success(response) => {
                let total = content_range(&response).map(|(_, _, total)| total);
                let whole = total.is_none_or(|total| total == self.layout.stored());
                if whole && response.body.len() == length {
                    Ok(response.body)
                } else {
                    Err(TransferError::Changed)
                }
            }
            Answer::NotFound => Err(TransferError::Missing),
            Answer::OutOfRange => Err(TransferError::Changed),
            _ => Err(TransferError::Nonsense),
        }
    }

    /// That what lies there is this object, by its table.
    pub(super) async fn look(
        &self,
        table: &[u8],
        (head, get): (&Signed, &Signed),
    ) -> Result<(), TransferError> {
        self.head(head).await?;
        if self.table(get).await? == table { Ok(()) } else { Err(TransferError::Changed) }
    }
}
