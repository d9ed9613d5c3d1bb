//! Snapshots in the bucket: listed, fetched, put and deleted.

use std::collections::BTreeSet;

use frond_wire::{Listing, Name, Operation, SnapshotId};
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::KEPT;
use crate::catalog::snapshot::{MAX_MANIFEST, Manifest};
use crate::secret::VaultKey;
use crate::session::log::refresh::{AT_ONCE, BATCH};
use crate::transfer::{Answer, Bucket, Call, Room, TransferError, last};

/// A manifest with its token.
pub(super) type Stored = (Manifest, Vec<u8>);

/// All snapshot ids after one: pages, then manifests, newest first.
pub(super) async fn list(
    bucket: &Bucket<'_>,
    after: Option<SnapshotId>,
) -> Result<BTreeSet<SnapshotId>, TransferError> {
    let mut ids = BTreeSet::new();
    let mut take = |key: &String| {
        ids.extend(SnapshotId::parse(last(key)));
        Ok(())
    };
    let name = |key: &String| Some(last(key).to_owned());
    let listing = |from: Option<&str>| {
        Ok(Listing::Snapshots { after: from.map(SnapshotId::parse).transpose()?.or(after) })
    };
    bucket.list(&listing, &name, &Room::default(), &mut take).await?;
    Ok(ids)
}

/// The newest manifests, at most [`KEPT`], without those that are gone or do not open.
pub(super) async fn newest(
    bucket: &Bucket<'_>,
    key: &VaultKey,
) -> Result<Vec<Stored>, TransferError> {
    let listed = list(bucket, Some(SnapshotId::AFTER_PAGES)).await?;
    let ids: Vec<_> = listed.into_iter().filter(SnapshotId::is_manifest).take(KEPT).collect();
    let read = read(bucket, key, &ids).await?;
    Ok(read.into_iter().flatten().collect())
}

/// Manifests; `None` for those that are gone or do not open.
pub(super) async fn read(
    bucket: &Bucket<'_>,
    key: &VaultKey,
    ids: &[SnapshotId],
) -> Result<Vec<Option<Stored>>, TransferError> {
    let tokens = get_all(bucket, ids, MAX_MANIFEST).await?;
    let open = |(id, token): (&SnapshotId, Option<Vec<u8>>)| {
        let token = token?;
        Some((Manifest::open(key, id, &token).ok()?, token))
    };
    Ok(ids.iter().zip(tokens).map(open).collect())
}

/// Tokens of at most `limit` bytes; `None` for those that are gone.
pub(super) async fn get_all(
    bucket: &Bucket<'_>,
    ids: &[SnapshotId],
    limit: usize,
) -> Result<Vec<Option<Vec<u8>>>, TransferError> {
    let mut tokens = Vec::with_capacity(ids.len());
    for ids in ids.chunks(BATCH) {
        let signed = bucket.sign(ids.iter().map(|id| get(*id)).collect()).await?;
        let gets = ids.iter().zip(&signed).map(|(id, signed)| async move {
            found(bucket.call_signed(&Call::new(get(*id), limit), signed, &|_| {}).await?)
        });
        let gets: Vec<_> = gets.collect();
        let found: Vec<_> = stream::iter(gets).buffered(AT_ONCE).try_collect().await?;
        tokens.extend(found);
    }
    Ok(tokens)
}

/// Puts a page or a manifest, and reads it back: only what the bucket returns counts as written.
pub(super) async fn put(
    bucket: &Bucket<'_>,
    id: SnapshotId,
    token: Vec<u8>,
) -> Result<(), TransferError> {
    let length = u64::try_from(token.len()).map_err(|_| TransferError::TooLarge)?;
    let operation = Operation::put(Name::Snapshot(id), length);
    bucket.call(&Call::with_body(operation, token.clone())).await?;
    match found(bucket.call(&Call::new(get(id), token.len())).await?)? {
        Some(stored) if stored == token => Ok(()),
        _ => Err(TransferError::StoreDown),
    }
}

pub(super) async fn delete(bucket: &Bucket<'_>, id: SnapshotId) -> Result<(), TransferError> {
    bucket.call(&Call::new(Operation::Delete(Name::Snapshot(id)), 0)).await.map(drop)
}

fn get(id: SnapshotId) -> Operation {
    Operation::Get(Name::Snapshot(id))
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
