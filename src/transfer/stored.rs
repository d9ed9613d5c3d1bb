//! Asks for an object that was sent: its length, and bytes of it.

use std::ops::Range;

use frond_wire::{Name, Operation};

use super::TransferError;
use super::bucket::{Answer, Bucket, Call, Signed, content_range};
use crate::object::{Layout, ObjectId};

/// An object in the bucket that should have this layout.
#[derive(Clone, Copy)]
pub(super) struct StoredObject<'a> {
    pub(super) bucket: Bucket<'a>,
    pub(super) id: ObjectId,
    pub(super) layout: Layout,
}

impl StoredObject<'_> {
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
        let call = Call::new(Operation::Head(self.id), 0);
        let head = match self.bucket.call(&call).await? {
            Answer::Success(response) => response,
            Answer::NotFound => return Err(TransferError::Missing),
            _ => return Err(TransferError::InvalidResponse),
        };
        let stored = head.header("content-length").and_then(|length| length.parse::<u64>().ok());
        let stored = stored.ok_or(TransferError::InvalidResponse)?;
        if stored == self.layout.stored() { Ok(()) } else { Err(TransferError::Changed) }
    }

    /// [GetObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html) of a range,
    /// and the total length, which has been checked, if CORS exposes it.
    pub(super) async fn piece(
        &self,
        range: Range<u64>,
        signed: &Signed,
    ) -> Result<(Vec<u8>, Option<u64>), TransferError> {
        let length = usize::try_from(range.end.saturating_sub(range.start));
        let length = length.map_err(|_| TransferError::TooLarge)?;
        let mut call = Call::new(Operation::Get(Name::Object(self.id)), length);
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
}
