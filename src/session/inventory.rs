//! What the operator of the bucket can see of the vault: names, lengths and times of what is
//! stored, and the bytes themselves.

use std::collections::BTreeMap;

use frond_wire::{Key, Name, Operation, Vault};

use super::context::Context;
use crate::account::AccountId;
use crate::catalog::State;
use crate::object::{ObjectId, padme};
use crate::transfer::{Answer, Call, ListedName, Room, TransferError};

/// What something in the bucket is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StoredKind {
    /// A file.
    File,
    /// A change of the list.
    Change,
    /// A page or a manifest of a snapshot.
    Snapshot,
    /// A page of an upload's journal.
    Journal,
    /// The thumbnail of a file.
    Thumbnail,
    /// An index segment.
    Segment,
}

/// Something in the bucket, as its operator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredItem {
    /// Its key below that of the vault.
    pub key: String,
    /// What it is for.
    pub kind: StoredKind,
    /// Length in bytes.
    pub size: u64,
    /// When it was written, in seconds since the Unix epoch by the store's clock.
    pub at: u64,
    /// The file that it is, or is the thumbnail of.
    pub file: Option<ObjectId>,
}

/// A number of things, and their total length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoredTotals {
    /// How many.
    pub count: usize,
    /// In bytes.
    pub bytes: u64,
}

/// What hiding the sizes and the contents of files costs, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overhead {
    /// The contents of the files.
    pub plain: u64,
    /// The zeros that hide their exact sizes.
    pub padding: u64,
    /// Their objects in the bucket.
    pub stored: u64,
}

/// Everything of the vault in the bucket that can be listed.
#[derive(Clone, Debug)]
pub struct Inventory {
    account: AccountId,
    /// Ascending by name, so kinds are together.
    all: Vec<ListedName>,
}

impl Inventory {
    /// The prefix of all its keys.
    #[must_use]
    pub fn prefix(&self) -> Key {
        Vault(self.account).all()
    }

    /// The counts and lengths of each kind that there is.
    #[must_use]
    pub fn totals(&self) -> BTreeMap<StoredKind, StoredTotals> {
        let mut totals = BTreeMap::<_, StoredTotals>::new();
        for listed in &self.all {
            let of = totals.entry(kind(&listed.name)).or_default();
            of.count = of.count.saturating_add(1);
            of.bytes = of.bytes.saturating_add(listed.size);
        }
        totals
    }

    /// What is stored of this kind, or of all, from the `skip`th on.
    pub fn items(
        &self,
        of: Option<StoredKind>,
        skip: usize,
    ) -> impl Iterator<Item = StoredItem> + '_ {
        let is_asked = move |listed: &&ListedName| of.is_none_or(|of| of == kind(&listed.name));
        self.all.iter().filter(is_asked).skip(skip).map(|listed| {
            let key = Vault(self.account).name(&listed.name);
            let file = match listed.name {
                Name::Object(object) | Name::Thumbnail(object) => Some(object),
                Name::Event(_) | Name::Snapshot(_) | Name::Journal(..) | Name::Segment(_) => None,
            };
            StoredItem {
                key: key.as_str().trim_start_matches(self.prefix().as_str()).to_owned(),
                kind: kind(&listed.name),
                size: listed.size,
                at: listed.at,
                file,
            }
        })
    }

    /// What it costs to hide the files that this state has.
    #[must_use]
    pub fn overhead(&self, state: &State) -> Overhead {
        let mut sum = Overhead::default();
        for listed in &self.all {
            let Name::Object(object) = &listed.name else { continue };
            let Some(file) = state.files.get(object) else { continue };
            sum.plain = sum.plain.saturating_add(file.size);
            sum.padding = sum.padding.saturating_add(padme(file.size).saturating_sub(file.size));
            sum.stored = sum.stored.saturating_add(listed.size);
        }
        sum
    }
}

fn kind(name: &Name) -> StoredKind {
    match name {
        Name::Object(_) => StoredKind::File,
        Name::Event(_) => StoredKind::Change,
        Name::Snapshot(_) => StoredKind::Snapshot,
        Name::Journal(..) => StoredKind::Journal,
        Name::Thumbnail(_) => StoredKind::Thumbnail,
        Name::Segment(_) => StoredKind::Segment,
    }
}

/// Lists everything of the vault in the bucket.
pub(super) async fn take(context: &Context) -> Result<Inventory, TransferError> {
    let keys = context.keys().ok_or(TransferError::Engine)?;
    let bucket = context.bucket(&*keys.endpoint);
    let all = bucket.list_all(&Room::default()).await?;
    Ok(Inventory { account: context.account, all })
}

/// The first `length` bytes of an object as stored.
pub(super) async fn first_bytes(
    context: &Context,
    file: ObjectId,
    length: u64,
) -> Result<Vec<u8>, TransferError> {
    let keys = context.keys().ok_or(TransferError::Engine)?;
    let limit = usize::try_from(length).map_err(|_| TransferError::TooLarge)?;
    let call =
        Call { range: Some(0..length), ..Call::new(Operation::Get(Name::Object(file)), limit) };
    match context.bucket(&*keys.endpoint).call(&call).await? {
        Answer::Success(response) => Ok(response.body),
        Answer::NotFound => Err(TransferError::Missing),
        Answer::Exists | Answer::NoSuchUpload | Answer::InvalidPart | Answer::OutOfRange => {
            Err(TransferError::InvalidResponse)
        }
    }
}
