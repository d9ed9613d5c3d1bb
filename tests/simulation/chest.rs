//! What a device keeps besides its records: ciphertext that waits for the line, and ways to files.

use std::rc::Rc;

use async_trait::async_trait;
use frond::bytes::Bytes;
use frond::port::{Handles, Source, Spool, SpoolError};

use crate::device::Device;
use crate::source::Picked;

/// The spool: a tab that dies while it writes leaves a torn blob.
pub struct Chest(pub Rc<Device>);

#[async_trait(?Send)]
impl Spool for Chest {
    async fn put(&self, name: &str, blob: &Bytes) -> Result<(), SpoolError> {
        self.0.access().await.map_err(|_| SpoolError::Failed)?;
        if !self.0.has_room(1) {
            return Err(SpoolError::Full);
        }
        self.0.blobs.borrow_mut().insert(name.to_owned(), None);
        self.0.rest().await;
        self.0.blobs.borrow_mut().insert(name.to_owned(), Some(blob.to_vec()));
        self.0.rest().await;
        Ok(())
    }

    async fn get(&self, name: &str) -> Result<Option<Bytes>, SpoolError> {
        self.0.access().await.map_err(|_| SpoolError::Failed)?;
        Ok(self.0.blobs.borrow().get(name).cloned().flatten().map(Bytes::from))
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, SpoolError> {
        self.0.access().await.map_err(|_| SpoolError::Failed)?;
        let blobs = self.0.blobs.borrow();
        Ok(blobs.keys().filter(|name| name.starts_with(prefix)).cloned().collect())
    }

    async fn remove(&self, prefix: &str) -> Result<(), SpoolError> {
        self.0.access().await.map_err(|_| SpoolError::Failed)?;
        self.0.blobs.borrow_mut().retain(|name, _| !name.starts_with(prefix));
        Ok(())
    }
}

/// Ways to files, in a browser that has such.
pub struct Ways(pub Rc<Device>);

#[async_trait(?Send)]
impl Handles for Ways {
    async fn keep(&self, files: &[(String, Rc<dyn Source>)]) -> Vec<bool> {
        if !self.0.remembers_files || self.0.access().await.is_err() {
            return vec![false; files.len()];
        }
        let keep = |(name, source): &(String, Rc<dyn Source>)| {
            let Some(picked) = source.as_any().downcast_ref::<Picked>() else { return false };
            self.0.ways.borrow_mut().insert(name.clone(), Rc::clone(&picked.file));
            true
        };
        files.iter().map(keep).collect()
    }

    async fn find(&self, name: &str, ask: bool) -> Option<Rc<dyn Source>> {
        self.0.access().await.ok()?;
        if self.0.asks && !ask {
            return None;
        }
        self.0.ways.borrow().get(name)?.pick()
    }

    async fn forget(&self, names: &[String]) {
        self.0.ways.borrow_mut().retain(|name, _| !names.contains(name));
    }
}
