//! Small records on this device: one database file (redb), each change a transaction, shared by all
//! processes. Data is on disk when the call returns.

use std::any::Any;
use std::fs::File;
use std::path::PathBuf;

use async_trait::async_trait;
use frond::port::{Store, StoreFailed};
use redb::backends::FileBackend;
use redb::{Builder, ConcurrencyMode, Database, Durability, ReadableDatabase, TableDefinition};

use super::folder::Folder;
use super::locks;

const RECORDS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("records");
/// Size of the page cache, in bytes.
const CACHE: usize = 8 * 1024 * 1024;

/// The database of one account, and the folder of its locks.
pub struct Records {
    database: Database,
    locks: PathBuf,
}

impl Records {
    /// Opens the database, creating it if missing.
    pub fn open(folder: &Folder) -> Result<Self, StoreFailed> {
        folder.make().map_err(|_| StoreFailed)?;
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(folder.file("records.redb")).map_err(|_| StoreFailed)?;
        let database = Builder::new()
            .set_cache_size(CACHE)
            .set_concurrency_mode(ConcurrencyMode::MultiWriter)
            .create_with_backend(FileBackend::new(file).map_err(failed)?)
            .map_err(failed)?;
        let records = Self { database, locks: folder.inner("locks").map_err(|_| StoreFailed)? };
        // This makes the table durable.
        records.change(Vec::new()).map_err(failed)?;
        // This makes the file's name durable.
        folder.sync().map_err(|_| StoreFailed)?;
        Ok(records)
    }

    fn change(&self, changes: Vec<(String, Option<Vec<u8>>)>) -> Result<(), redb::Error> {
        let mut transaction = self.database.begin_write()?;
        // redb's default, set explicitly: a sequence number that was used and then lost would be
        // used twice.
        transaction.set_durability(Durability::Immediate)?;
        {
            let mut table = transaction.open_table(RECORDS)?;
            for (key, value) in changes {
                match value {
                    Some(value) => drop(table.insert(&*key, &*value)?),
                    None => drop(table.remove(&*key)?),
                }
            }
        }
        Ok(transaction.commit()?)
    }

    fn value(&self, key: &str) -> Result<Option<Vec<u8>>, redb::Error> {
        let table = self.database.begin_read()?.open_table(RECORDS)?;
        Ok(table.get(key)?.map(|value| value.value().to_vec()))
    }

    fn below(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, redb::Error> {
        let table = self.database.begin_read()?.open_table(RECORDS)?;
        let mut found = Vec::new();
        for record in table.range(prefix..)? {
            let (key, value) = record?;
            if !key.value().starts_with(prefix) {
                break;
            }
            found.push((key.value().to_owned(), value.value().to_vec()));
        }
        Ok(found)
    }
}

fn failed(_: impl Into<redb::Error>) -> StoreFailed {
    StoreFailed
}

#[async_trait(?Send)]
impl Store for Records {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreFailed> {
        self.value(key).map_err(failed)
    }

    async fn write(&self, changes: Vec<(String, Option<Vec<u8>>)>) -> Result<(), StoreFailed> {
        self.change(changes).map_err(failed)
    }

    async fn scan(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, StoreFailed> {
        self.below(prefix).map_err(failed)
    }

    async fn lock(&self, name: &str) -> Result<Box<dyn Any>, StoreFailed> {
        Ok(Box::new(locks::lock(&self.locks, name).await.map_err(|_| StoreFailed)?))
    }

    async fn try_lock(&self, name: &str) -> Result<Option<Box<dyn Any>>, StoreFailed> {
        let guard = locks::try_lock(&self.locks, name).map_err(|_| StoreFailed)?;
        Ok(guard.map(|guard| -> Box<dyn Any> { Box::new(guard) }))
    }

    /// Folders are never evicted.
    async fn persist(&self) {}
}
