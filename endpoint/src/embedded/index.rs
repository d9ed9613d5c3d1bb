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
use std::path::Path;

use redb::{Database, DatabaseError, ReadableDatabase, ReadableTable, TableDefinition};

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
    database: Database,
}

impl Index {
    /// Opens or makes the file; [`DatabaseError::DatabaseAlreadyOpen`] when another process has it.
    pub(super) fn open(file: &Path) -> Result<Self, DatabaseError> {
        Ok(Self { database: Database::create(file)? })
    }

    /// Makes the tables, so that reading never finds one missing.
    pub(super) fn prepare(&self) -> Result<(), Failure> {
        let change = self.database.begin_write()?;
        change.open_table(OBJECTS)?;
        change.open_table(UPLOADS)?;
        change.open_table(PARTS)?;
        Ok(change.commit()?)
    }

    /// The object under `key`.
    pub(super) fn object(&self, key: &str) -> Result<Object, Failure> {
        let objects = self.database.begin_read()?.open_table(OBJECTS)?;
        current(&objects, key)?.ok_or(Refusal::NoSuchKey.into())
    }

    /// The blobs of an object in their order, each with its length in bytes.
    pub(super) fn blobs_of(&self, object: &Object) -> Result<Vec<(BlobId, u64)>, Failure> {
        match &object.body {
            Body::Blob(blob) => Ok(vec![(*blob, object.size)]),
            Body::Parts(upload) => {
                let parts = self.database.begin_read()?.open_table(PARTS)?;
                let parts = uploads::parts_of(&parts, upload, 0)?;
                Ok(parts.into_iter().map(|(_, part)| (part.blob, part.size)).collect())
            }
        }
    }

    /// Whether a write under `key` may be worth reading its body. The answer may change until [`Index::put`].
    pub(super) fn check(&self, key: &str, precondition: &Precondition) -> Result<(), Failure> {
        let objects = self.database.begin_read()?.open_table(OBJECTS)?;
        Ok(precondition.check(current(&objects, key)?.as_ref())?)
    }

    /// Makes `key` name `object`.
    pub(super) fn put(
        &self,
        key: &str,
        object: &Object,
        precondition: &Precondition,
    ) -> Result<Vec<BlobId>, Failure> {
        let change = self.database.begin_write()?;
        let freed = {
            let mut objects = change.open_table(OBJECTS)?;
            let mut parts = change.open_table(PARTS)?;
            let old = current(&objects, key)?;
            precondition.check(old.as_ref())?;
            objects.insert(key.as_bytes(), record::write(object)?.as_slice())?;
            uploads::free(&mut parts, old)?
        };
        change.commit()?;
        Ok(freed)
    }

    /// Makes `key` name nothing. That it already does is no error.
    pub(super) fn delete(&self, key: &str) -> Result<Vec<BlobId>, Failure> {
        let change = self.database.begin_write()?;
        let freed = {
            let mut objects = change.open_table(OBJECTS)?;
            let mut parts = change.open_table(PARTS)?;
            let old = match objects.remove(key.as_bytes())? {
                Some(old) => Some(record::read(old.value())?),
                None => None,
            };
            if old.is_none() {
                return Ok(Vec::new());
            }
            uploads::free(&mut parts, old)?
        };
        change.commit()?;
        Ok(freed)
    }

    /// Every blob that is named.
    pub(super) fn blobs(&self) -> Result<HashSet<BlobId>, Failure> {
        let view = self.database.begin_read()?;
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
