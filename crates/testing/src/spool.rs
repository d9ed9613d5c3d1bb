//! A spool in memory, with as much room as a test gives it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use async_trait::async_trait;
use frond::bytes::Bytes;
use frond::port::{Spool, SpoolError};

/// The spool. Its fields are what a test sets and looks at.
pub struct MemorySpool {
    /// What it holds, by name.
    pub blobs: RefCell<BTreeMap<String, Vec<u8>>>,
    /// Bytes that it takes in all.
    pub room: Cell<usize>,
    /// Whether all of it fails.
    pub broken: Cell<bool>,
}

impl Default for MemorySpool {
    fn default() -> Self {
        Self { blobs: RefCell::default(), room: Cell::new(usize::MAX), broken: Cell::new(false) }
    }
}

impl MemorySpool {
    fn works(&self) -> Result<(), SpoolError> {
        if self.broken.get() { Err(SpoolError::Failed) } else { Ok(()) }
    }
}

#[async_trait(?Send)]
impl Spool for MemorySpool {
    async fn put(&self, name: &str, blob: &Bytes) -> Result<(), SpoolError> {
        self.works()?;
        tokio::task::yield_now().await;
        let mut blobs = self.blobs.borrow_mut();
        let others: usize =
            blobs.iter().filter(|(other, _)| *other != name).map(|(_, blob)| blob.len()).sum();
        if others + blob.len() > self.room.get() {
            return Err(SpoolError::Full);
        }
        blobs.insert(name.to_owned(), blob.to_vec());
        Ok(())
    }

    async fn get(&self, name: &str) -> Result<Option<Bytes>, SpoolError> {
        self.works()?;
        tokio::task::yield_now().await;
        Ok(self.blobs.borrow().get(name).cloned().map(Bytes::from))
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, SpoolError> {
        self.works()?;
        Ok(self.blobs.borrow().keys().filter(|name| name.starts_with(prefix)).cloned().collect())
    }

    async fn remove(&self, prefix: &str) -> Result<(), SpoolError> {
        self.works()?;
        self.blobs.borrow_mut().retain(|name, _| !name.starts_with(prefix));
        Ok(())
    }
}
