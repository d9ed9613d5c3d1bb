//! Snapshots in the bucket: listed and fetched.

use std::collections::BTreeSet;
use std::pin::Pin;

use frond_wire::{Listing, Name, SnapshotId};
use futures_util::future::join;
use futures_util::stream::{LocalBoxStream, Peekable, StreamExt};

use super::KEPT;
use crate::catalog::snapshot::{MAX_MANIFEST, MAX_PAGE, Manifest};
use crate::secret::VaultKey;
use crate::session::stored::{get_all, get_each};
use crate::transfer::{Bucket, Room, TransferError, last};

/// A manifest with its token.
pub(super) type Stored = (Manifest, Vec<u8>);

/// All snapshot ids: pages, then manifests, newest first.
pub(super) async fn list(bucket: &Bucket<'_>) -> Result<BTreeSet<SnapshotId>, TransferError> {
    let mut ids = BTreeSet::new();
    let mut take = |key: &String| {
        ids.extend(SnapshotId::parse(last(key)));
        Ok(())
    };
    let name = |key: &String| Some(last(key).to_owned());
    let listing = |from: Option<&str>| {
        Ok(Listing::Snapshots { after: from.map(SnapshotId::parse).transpose()? })
    };
    bucket.list(&listing, &name, &Room::default(), &mut take).await?;
    Ok(ids)
}

/// The snapshots that the bucket offers to a device that starts from one.
pub(in crate::session::log) struct SnapshotOffer<'a> {
    /// The newest manifests, at most [`KEPT`], without those that are gone or do not open.
    pub(super) manifests: Vec<Stored>,
    /// Pages that are on their way, see [`newest`].
    coming: Option<(Vec<SnapshotId>, Tokens<'a>)>,
}

/// The tokens of pages, in order.
type Tokens<'a> = Peekable<LocalBoxStream<'a, Result<Option<Vec<u8>>, TransferError>>>;

impl<'a> SnapshotOffer<'a> {
    /// The tokens of the pages that a manifest lists.
    pub(super) fn pages(&mut self, bucket: &'a Bucket<'_>, manifest: &Manifest) -> Tokens<'a> {
        let listed: Vec<_> = manifest.pages.iter().map(|page| page.page).collect();
        match self.coming.take_if(|(coming, _)| *coming == listed) {
            Some((_, tokens)) => tokens,
            None => pages(bucket, listed),
        }
    }
}

fn pages<'a>(bucket: &'a Bucket<'_>, ids: Vec<SnapshotId>) -> Tokens<'a> {
    let names = ids.into_iter().map(Name::Snapshot).collect();
    get_each(bucket, names, MAX_PAGE).boxed_local().peekable()
}

/// Reads the newest manifests. With them, the first of the pages that were made after the second
/// manifest are fetched: the newest lists just these, unless it shares some with an older one.
pub(in crate::session::log) async fn newest<'a>(
    bucket: &'a Bucket<'_>,
    key: &VaultKey,
) -> Result<SnapshotOffer<'a>, TransferError> {
    let listed = list(bucket).await?;
    let newest: Vec<_> = manifests(&listed).take(KEPT).collect();
    let before = newest.get(1).map_or(0, SnapshotId::made_ms);
    let is_new = |id: &SnapshotId| !id.is_manifest() && id.made_ms() > before;
    let new: Vec<_> = listed.into_iter().filter(is_new).collect();
    let mut tokens = pages(bucket, new.clone());
    let first = Pin::new(&mut tokens).peek();
    let (read, _) = join(read(bucket, key, &newest), first).await;
    Ok(SnapshotOffer {
        manifests: read?.into_iter().flatten().collect(),
        coming: Some((new, tokens)),
    })
}

/// The manifests of a listing, newest first.
pub(super) fn manifests(listed: &BTreeSet<SnapshotId>) -> impl Iterator<Item = SnapshotId> {
    listed.iter().filter(|id| id.is_manifest()).copied()
}

/// Manifests; `None` for those that are gone or do not open.
pub(super) async fn read(
    bucket: &Bucket<'_>,
    key: &VaultKey,
    ids: &[SnapshotId],
) -> Result<Vec<Option<Stored>>, TransferError> {
    let names = ids.iter().copied().map(Name::Snapshot).collect();
    let tokens = get_all(bucket, names, MAX_MANIFEST).await?;
    let open = |(id, token): (&SnapshotId, Option<Vec<u8>>)| {
        let token = token?;
        Some((Manifest::open(key, id, &token).ok()?, token))
    };
    Ok(ids.iter().zip(tokens).map(open).collect())
}
