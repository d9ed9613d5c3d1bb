//! The index: which key is which bytes. redb; every change is one transaction, on disk when the call returns.
//!
//! ```text
//! objects  key                → object   (JSON; keys sort by their bytes, as S3 lists them)
//! uploads  key, upload id     → upload
//! parts    upload id, number  → part     (of unfinished uploads, and of the objects made of them)
//! ```
//!
//! Calls that change something return the blobs that nobody names any more; the caller removes their files. A call
//! that is refused changes nothing.

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

pub(super) use list::{Entry, List};
pub(super) use precondition::{Precondition, matches};
pub(super) use record::{Attributes, Body, Checksums, Object, Part, Upload};
pub(super) use uploads::{CompletedPart, Completion, MAX_PARTS};

const OBJECTS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("objects");
const UPLOADS: TableDefinition<'_, (&[u8], &str), &[u8]> = TableDefinition::new("uploads");
const PARTS: TableDefinition<'_, (&str, u32), &[u8]> = TableDefinition::new("parts");

/// The open index. Its file is locked as long as this lives.
pub(super) struct Index {
    file: PathBuf,
    /// `None` when the disk failed, and opening again failed too.
    database: RwLock<Option<Database>>,
}

impl Index {
    /// Opens or makes the file; [`DatabaseError::DatabaseAlreadyOpen`] when another process has it.
    pub(super) fn open(file: PathBuf) -> Result<Self, DatabaseError> {
        let database = RwLock::new(Some(Database::create(&file)?));
        Ok(Self { file, database })
    }

    /// Makes the tables, so that reading never finds one missing.
    pub(super) fn prepare(&self) -> Result<(), Failure> {
        self.change(|change| {
            change.open_table(OBJECTS)?;
            change.open_table(UPLOADS)?;
            change.open_table(PARTS)?;
            Ok(())
        })
    }

    /// Looks at one moment of the index.
    fn view<T>(&self, look: impl FnOnce(&ReadTransaction) -> Result<T, Failure>) -> Result<T, Failure> {
        self.with(|database| look(&database.begin_read()?))
    }

    /// Does all that `work` does in one durable transaction, or, where it fails, nothing of it.
    fn change<T>(&self, work: impl FnOnce(&WriteTransaction) -> Result<T, Failure>) -> Result<T, Failure> {
        self.with(|database| {
            let change = database.begin_write()?;
            let done = work(&change)?;
            change.commit()?;
            Ok(done)
        })
    }

    /// After a failure of the disk, a full one for example, redb refuses everything until it is opened again.
    fn with<T>(&self, work: impl FnOnce(&Database) -> Result<T, Failure>) -> Result<T, Failure> {
        let done = match self.database.read().unwrap_or_else(PoisonError::into_inner).as_ref() {
            Some(database) => work(database),
            None => Err(redb::StorageError::PreviousIo.into()),
        };
        if let Err(Failure::Index(error)) = &done {
            tracing::error!(%error, "the index failed and is opened again");
            let mut database = self.database.write().unwrap_or_else(PoisonError::into_inner);
            // Closed first: two cannot have the file.
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
            Body::Parts(upload) => {
                let parts = self.view(|view| uploads::parts_of(&view.open_table(PARTS)?, upload, 0))?;
                Ok(parts.into_iter().map(|(_, part)| (part.blob, part.size)).collect())
            }
        }
    }

    /// Whether a write under `key` may be worth reading its body. The answer may change until [`Index::put`].
    pub(super) fn check(&self, key: &str, precondition: &Precondition) -> Result<(), Failure> {
        self.view(|view| Ok(precondition.check(current(&view.open_table(OBJECTS)?, key)?.as_ref())?))
    }

    /// Makes `key` name `object`.
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

    /// Makes `key` name nothing. That it already does is no error.
    pub(super) fn delete(&self, key: &str) -> Result<Vec<BlobId>, Failure> {
        self.change(|change| {
            let mut objects = change.open_table(OBJECTS)?;
            let old = match objects.remove(key.as_bytes())? {
                Some(old) => Some(record::read(old.value())?),
                None => None,
            };
            uploads::free(&mut change.open_table(PARTS)?, old)
        })
    }

    /// Every blob that is named.
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
