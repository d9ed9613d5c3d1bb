//! What a browser and its tabs keep, in memory.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use frond::port::{Entropy, Handles, SessionKeyStore, Source, Store, StoreFailed, TabNotes};
use frond::secret::FernetKey;
use frond_cli::native::entropy::SystemEntropy;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::files::MemorySource;
use crate::spool::MemorySpool;

/// One browser's storage, shared by its tabs.
#[derive(Default)]
pub struct Storage {
    /// Records of this device, by key.
    pub records: RefCell<BTreeMap<String, Vec<u8>>>,
    locks: RefCell<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>,
    /// Whether all of it fails.
    pub broken: Cell<bool>,
    /// Locks of names that begin so cannot be had, as where a browser has no Web Locks.
    pub lockless: Cell<Option<&'static str>>,
    /// Whether there is no storage at all.
    pub absent: Cell<bool>,
    /// Milliseconds that this browser's clock is ahead.
    pub ahead: Cell<u64>,
    /// How long each answer takes.
    pub late: Cell<Duration>,
    /// Ciphertext that waits to be sent.
    pub spool: Rc<MemorySpool>,
    /// Files that this browser can read again.
    pub handles: RefCell<BTreeMap<String, Rc<dyn Source>>>,
    /// Whether it keeps any.
    pub keeps_handles: Cell<bool>,
    /// Whether a person has to allow it first.
    pub asks: Cell<bool>,
    /// Whether anybody asked to keep what is stored.
    pub persisted: Cell<bool>,
}

impl Storage {
    /// Tabs died: whatever they held is let go of.
    pub fn release(&self) {
        self.locks.borrow_mut().clear();
    }

    fn locks(&self, name: &str) -> Result<(), StoreFailed> {
        let fails = self.lockless.get().is_some_and(|prefix| name.starts_with(prefix));
        if fails { Err(StoreFailed) } else { Ok(()) }
    }

    async fn works(&self) -> Result<(), StoreFailed> {
        tokio::task::yield_now().await;
        if !self.late.get().is_zero() {
            tokio::time::sleep(self.late.get()).await;
        }
        if self.broken.get() || self.absent.get() { Err(StoreFailed) } else { Ok(()) }
    }
}

#[async_trait(?Send)]
impl Store for Storage {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreFailed> {
        self.works().await?;
        Ok(self.records.borrow().get(key).cloned())
    }

    async fn write(&self, changes: Vec<(String, Option<Vec<u8>>)>) -> Result<(), StoreFailed> {
        self.works().await?;
        for (key, value) in changes {
            match value {
                Some(value) => self.records.borrow_mut().insert(key, value),
                None => self.records.borrow_mut().remove(&key),
            };
        }
        Ok(())
    }

    async fn scan(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, StoreFailed> {
        self.works().await?;
        let records = self.records.borrow();
        let found = records.iter().filter(|(key, _)| key.starts_with(prefix));
        Ok(found.map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    async fn lock(&self, name: &str) -> Result<Box<dyn Any>, StoreFailed> {
        self.locks(name)?;
        let lock = self.locks.borrow_mut().entry(name.to_owned()).or_default().clone();
        Ok(Box::new(lock.lock_owned().await))
    }

    async fn try_lock(&self, name: &str) -> Result<Option<Box<dyn Any>>, StoreFailed> {
        self.works().await?;
        self.locks(name)?;
        let lock = self.locks.borrow_mut().entry(name.to_owned()).or_default().clone();
        Ok(lock.try_lock_owned().ok().map(|guard| -> Box<dyn Any> { Box::new(guard) }))
    }

    async fn persist(&self) {
        self.persisted.set(true);
    }

    fn is_absent(&self) -> bool {
        self.absent.get()
    }
}

#[async_trait(?Send)]
impl Handles for Storage {
    async fn keep(&self, files: &[(String, Rc<dyn Source>)]) -> Vec<bool> {
        for (name, source) in files {
            if self.keeps_handles.get()
                && let Some(file) = source.as_any().downcast_ref::<MemorySource>()
            {
                self.handles.borrow_mut().insert(name.clone(), Rc::new(file.clone()));
            }
        }
        vec![self.keeps_handles.get(); files.len()]
    }

    async fn find(&self, name: &str, ask: bool) -> Option<Rc<dyn Source>> {
        if self.asks.get() && !ask {
            return None;
        }
        self.handles.borrow().get(name).cloned()
    }

    async fn forget(&self, names: &[String]) {
        self.handles.borrow_mut().retain(|name, _| !names.contains(name));
    }
}

/// What the tabs of a browser keep over a reload, and what they tell each other: all of it as who
/// copies the disk has it.
#[derive(Default)]
pub struct Kept {
    /// The key of this browser's sessions.
    pub key: Cell<Option<[u8; 32]>>,
    /// The session, sealed.
    pub record: RefCell<Option<Vec<u8>>>,
    /// What tabs tell each other, by name.
    pub notes: RefCell<BTreeMap<String, String>>,
    changed: tokio::sync::Notify,
}

impl Kept {
    /// A copy of the disk.
    pub fn copied(&self) -> Rc<Self> {
        Rc::new(Self {
            key: self.key.clone(),
            record: self.record.clone(),
            notes: self.notes.clone(),
            changed: tokio::sync::Notify::new(),
        })
    }
}

#[async_trait(?Send)]
impl SessionKeyStore for Kept {
    async fn renew(&self) -> bool {
        let mut key = [0; 32];
        SystemEntropy.fill(&mut key).unwrap();
        self.key.set(Some(key));
        self.record.take();
        true
    }

    async fn derive(&self, message: &[u8]) -> Option<FernetKey> {
        let mac = Hmac::<Sha256>::new_from_slice(&self.key.get()?).unwrap().chain_update(message);
        Some(FernetKey::copied(&mac.finalize().into_bytes().into()))
    }

    async fn save(&self, record: &[u8]) -> bool {
        *self.record.borrow_mut() = Some(record.to_vec());
        true
    }

    async fn load(&self) -> Option<Vec<u8>> {
        tokio::task::yield_now().await;
        self.record.borrow().clone()
    }

    async fn wipe(&self) {
        self.key.take();
        self.record.take();
    }
}

#[async_trait(?Send)]
impl TabNotes for Kept {
    fn get(&self, name: &str) -> Option<String> {
        self.notes.borrow().get(name).cloned()
    }

    fn set(&self, name: &str, text: Option<&str>) {
        match text {
            Some(text) => self.notes.borrow_mut().insert(name.to_owned(), text.to_owned()),
            None => self.notes.borrow_mut().remove(name),
        };
        self.changed.notify_waiters();
    }

    async fn changed(&self) {
        self.changed.notified().await;
    }
}
