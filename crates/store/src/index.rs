//! The index: maps keys to bytes. redb; every change is one transaction, durable when the call
//! returns.
//!
//! ```text
//! objects  key                → object   (JSON; keys sort by their bytes, as S3 lists them)
//! uploads  key, upload id     → upload
//! parts    upload id, number  → part     (of unfinished uploads, and of the objects made of them)
//! ```
//!
//! Calls that change something return the blobs that are no longer referenced; the caller removes
//! their files. A refused call changes nothing.

mod list;
mod precondition;
mod record;
mod uploads;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{PoisonError, RwLock};

use redb::{
    Database, DatabaseError, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition,
    WriteTransaction,
};

use super::blobs::BlobId;
use super::failure::{Failure, Refusal};
use crate::private;

pub(super) use list::{Entry, List};
pub(super) use precondition::{Precondition, matches};
pub(super) use record::{Attributes, Body, Checksums, Object, Part, Upload};
pub(super) use uploads::{CompletedPart, Completion, MAX_PARTS};

const OBJECTS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("objects");
const UPLOADS: TableDefinition<'_, (&[u8], &str), &[u8]> = TableDefinition::new("uploads");
const PARTS: TableDefinition<'_, (&str, u32), &[u8]> = TableDefinition::new("parts");

/// The open index. Its file is locked until drop.
pub(super) struct Index {
    file: PathBuf,
    /// `None` after a disk error, if reopening failed too.
    database: RwLock<Option<Database>>,
}

impl Index {
    /// Opens or creates the file; [`DatabaseError::DatabaseAlreadyOpen`] if another process has it
    /// open.
    pub(super) fn open(file: PathBuf) -> Result<Self, DatabaseError> {
        // redb would create it with the permissions of the process's umask.
        private::options()
            .append(true)
            .create(true)
            .open(&file)
            .map_err(redb::StorageError::from)?;
        let database = RwLock::new(Some(Database::create(&file)?));
        Ok(Self { file, database })
    }

    /// Creates the tables, so that reads never find one missing.
    pub(super) fn prepare(&self) -> Result<(), Failure> {
        self.change(|change| {
            change.open_table(OBJECTS)?;
            change.open_table(UPLOADS)?;
            change.open_table(PARTS)?;
            Ok(())
        })
    }

    /// Reads one snapshot of the index.
    fn view<T>(
        &self,
        look: impl FnOnce(&ReadTransaction) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.with(|database| look(&database.begin_read()?))
    }

    /// Runs `work` in one durable transaction; on error nothing is changed.
    fn change<T>(
        &self,
        work: impl FnOnce(&WriteTransaction) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.with(|database| {
            let change = database.begin_write()?;
            let done = work(&change)?;
            change.commit()?;
            Ok(done)
        })
    }

    /// After a disk error, such as a full disk, redb refuses all operations until it is reopened.
    fn with<T>(&self, work: impl FnOnce(&Database) -> Result<T, Failure>) -> Result<T, Failure> {
        let done = match self.database.read().unwrap_or_else(PoisonError::into_inner).as_ref() {
            Some(database) => work(database),
            None => Err(redb::StorageError::PreviousIo.into()),
        };
        if let Err(Failure::Index(error)) = &done {
            tracing::error!(%error, "the index failed and is opened again");
            let mut database = self.database.write().unwrap_or_else(PoisonError::into_inner);
            // Close first: the file can be open only once.
            *database = None;
            *database = Some(Database::create(&self.file)?);
        }
        done
    }

    /// The object under `key`.
    pub(super) fn object(&self, key: &str) -> Result<Object, Failure> {
        self.view(|view| current(&view.open_table(OBJECTS)?, key)?.ok_or(Refusal::NoSuchKey.into()))
    }

    /// The blobs of an object in their order, each with its length in bytes.
    pub(super) fn blobs_of(&self, object: &Object) -> Result<Vec<(BlobId, u64)>, Failure> {
        match &object.body {
            Body::Blob(blob) => Ok(vec![(*blob, object.size)]),
            Body::Parts(_) => Ok(self
                .parts_of(object)?
                .into_iter()
                .map(|(_, part)| (part.blob, part.size))
                .collect()),
        }
    }

    /// The parts of an object with their numbers; empty if it was stored as one blob.
    pub(super) fn parts_of(&self, object: &Object) -> Result<Vec<(u32, Part)>, Failure> {
        match &object.body {
            Body::Blob(_) => Ok(Vec::new()),
            Body::Parts(upload) => {
                self.view(|view| uploads::parts_of(&view.open_table(PARTS)?, upload, 0))
            }
        }
    }

    /// Whether it is worth reading the body of a write to `key`. The result may change before
    /// [`Index::put`].
    pub(super) fn check(&self, key: &str, precondition: &Precondition) -> Result<(), Failure> {
        self.view(
            |view| Ok(precondition.check(current(&view.open_table(OBJECTS)?, key)?.as_ref())?),
        )
    }

    /// Stores `object` under `key`.
    pub(super) fn put(
        &self,
        key: &str,
        object: &Object,
        precondition: &Precondition,
    ) -> Result<Vec<BlobId>, Failure> {
        self.change(|change| {
            let mut objects = change.open_table(OBJECTS)?;
            let old = current(&objects, key)?;
            precondition.check(old.as_ref())?;
            objects.insert(key.as_bytes(), record::write(object)?.as_slice())?;
            uploads::free(&mut change.open_table(PARTS)?, old)
        })
    }

    /// Deletes `key`. Succeeds if there is no object, unless the precondition requires one.
    pub(super) fn delete(
        &self,
        key: &str,
        precondition: &Precondition,
    ) -> Result<Vec<BlobId>, Failure> {
        self.change(|change| Ok(remove(change, key, precondition)??))
    }

    /// Deletes all keys in one transaction; returns the result of each, in the same order.
    pub(super) fn delete_all(&self, keys: &[(String, Precondition)]) -> Result<Deletions, Failure> {
        self.change(|change| {
            let (mut outcomes, mut freed) = (Vec::with_capacity(keys.len()), Vec::new());
            for (key, precondition) in keys {
                outcomes.push(
                    remove(change, key, precondition)?.map(|mut blobs| freed.append(&mut blobs)),
                );
            }
            Ok((outcomes, freed))
        })
    }

    /// All referenced blobs.
    pub(super) fn blobs(&self) -> Result<HashSet<BlobId>, Failure> {
        self.view(|view| {
            let mut blobs = HashSet::new();
            for row in view.open_table(OBJECTS)?.iter()? {
                let object: Object = record::read(row?.1.value())?;
                if let Body::Blob(blob) = object.body {
                    blobs.insert(blob);
                }
            }
            for row in view.open_table(PARTS)?.iter()? {
                let part: Part = record::read(row?.1.value())?;
                blobs.insert(part.blob);
            }
            Ok(blobs)
        })
    }
}

/// The result per key, and the blobs that are no longer referenced.
pub(super) type Deletions = (Vec<Result<(), Refusal>>, Vec<BlobId>);

/// Removes `key` if the precondition holds; otherwise changes nothing.
fn remove(
    change: &WriteTransaction,
    key: &str,
    precondition: &Precondition,
) -> Result<Result<Vec<BlobId>, Refusal>, Failure> {
    let mut objects = change.open_table(OBJECTS)?;
    let old = current(&objects, key)?;
    if let Err(refusal) = precondition.check(old.as_ref()) {
        return Ok(Err(refusal));
    }
    objects.remove(key.as_bytes())?;
    Ok(Ok(uploads::free(&mut change.open_table(PARTS)?, old)?))
}

fn current(
    objects: &impl ReadableTable<&'static [u8], &'static [u8]>,
    key: &str,
) -> Result<Option<Object>, Failure> {
    match objects.get(key.as_bytes())? {
        Some(found) => Ok(Some(record::read(found.value())?)),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests;
