//! Sealed things of a few megabytes in the bucket, never changed: fetched, put and deleted by name.

use frond_wire::{Name, Operation};
use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};

use crate::transfer::{Answer, Bucket, Call, TransferError};

/// Requests at one time.
const AT_ONCE: usize = 6;
/// URLs that are signed with one request.
const BATCH: usize = 250;

/// Tokens of at most `limit` bytes; `None` for those that are gone or larger.
pub(super) async fn get_all(
    bucket: &Bucket<'_>,
    names: Vec<Name>,
    limit: usize,
) -> Result<Vec<Option<Vec<u8>>>, TransferError> {
    get_each(bucket, names, limit).try_collect().await
}

/// The tokens of [`get_all`] in order, each as soon as it is there.
pub(super) fn get_each<'a>(
    bucket: &'a Bucket<'_>,
    names: Vec<Name>,
    limit: usize,
) -> impl Stream<Item = Result<Option<Vec<u8>>, TransferError>> + 'a {
    let gets: Vec<_> = names.into_iter().map(Operation::Get).collect();
    let batches = stream::iter(gets).chunks(BATCH);
    let signed = batches.then(move |gets| async move {
        let signed = bucket.sign(gets.clone()).await?;
        Ok::<_, TransferError>(stream::iter(gets.into_iter().zip(signed).map(Ok)))
    });
    let gets = signed.try_flatten().map_ok(move |(get, signed)| async move {
        match bucket.call_signed(&Call::new(get, limit), &signed, &|_| {}).await {
            Ok(answer) => found(answer),
            Err(TransferError::InvalidResponse) => Ok(None),
            Err(error) => Err(error),
        }
    });
    gets.try_buffered(AT_ONCE)
}

/// Puts a token, and reads it back: only what the bucket returns counts as written.
pub(super) async fn put(
    bucket: &Bucket<'_>,
    name: Name,
    token: Vec<u8>,
) -> Result<(), TransferError> {
    let length = u64::try_from(token.len()).map_err(|_| TransferError::TooLarge)?;
    bucket.call(&Call::with_body(Operation::put(name, length), token.clone())).await?;
    match found(bucket.call(&Call::new(Operation::Get(name), token.len())).await?)? {
        Some(stored) if stored == token => Ok(()),
        _ => Err(TransferError::StoreDown),
    }
}

/// Deletes it, if it is there.
pub(super) async fn delete(bucket: &Bucket<'_>, name: Name) -> Result<(), TransferError> {
    bucket.call(&Call::new(Operation::Delete(name), 0)).await.map(drop)
}

fn found(answer: Answer) -> Result<Option<Vec<u8>>, TransferError> {
    match answer {
        Answer::Success(response) => Ok(Some(response.body)),
        Answer::NotFound => Ok(None),
        Answer::Exists | Answer::NoSuchUpload | Answer::InvalidPart | Answer::OutOfRange => {
            Err(TransferError::InvalidResponse)
        }
    }
}
