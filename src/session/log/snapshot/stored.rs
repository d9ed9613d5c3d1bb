//! Snapshots in the bucket: listed and fetched.

use std::collections::BTreeSet;

use frond_wire::{Listing, Name, SnapshotId};

use super::KEPT;
use crate::catalog::snapshot::{MAX_MANIFEST, Manifest};
use crate::secret::VaultKey;
use crate::session::stored::get_all;
use crate::transfer::{Bucket, Room, TransferError, last};

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
    let names: Vec<_> = ids.iter().copied().map(Name::Snapshot).collect();
    let tokens = get_all(bucket, &names, MAX_MANIFEST).await?;
    let open = |(id, token): (&SnapshotId, Option<Vec<u8>>)| {
        let token = token?;
        Some((Manifest::open(key, id, &token).ok()?, token))
    };
    Ok(ids.iter().zip(tokens).map(open).collect())
}
