//! What a tab holds of files: every byte that a port gave its transfers, until the last piece of it
//! is let go of.
//!
//! As in a browser it lies outside the core ([`ExternalBuffer`]), and the core has to give it back.
//! What the core makes itself is small: headers, tables, pages of the journal.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use async_trait::async_trait;
use frond::bytes::{Bytes, ExternalBuffer};
use frond::fernet::{InvalidToken, Opened};
use frond::port::{
    BulkCipher, EngineFailed, Http, HttpError, KeyDerivation, Request, Response, Source, Spool,
    SpoolError, Unreadable,
};
use frond::secret::{FernetKey, Root};
use frond::transfer::TransferWorld;

use crate::bucket::range;
use crate::model::{Model, Whose};
use crate::plant::Plant;

/// The scale of one tab, or of one of its transfers.
pub struct Scale {
    tab: Option<Rc<Self>>,
    whose: Whose,
    held: Cell<usize>,
    model: Rc<Model>,
    /// What is never let go of, where that is planted.
    hoard: Option<RefCell<Vec<Bytes>>>,
}

impl Scale {
    pub fn new(model: &Rc<Model>, plant: Option<Plant>) -> Rc<Self> {
        let hoard = (plant == Some(Plant::Hoards)).then(RefCell::default);
        Rc::new(Self {
            tab: None,
            whose: Whose::Tab,
            held: Cell::new(0),
            model: Rc::clone(model),
            hoard,
        })
    }

    /// A transfer of this tab.
    pub fn of(self: &Rc<Self>, whose: Whose) -> Rc<Self> {
        let (tab, model) = (Some(Rc::clone(self)), Rc::clone(&self.model));
        let hoard = self.hoard.as_ref().map(|_| RefCell::default());
        Rc::new(Self { tab, whose, held: Cell::new(0), model, hoard })
    }

    /// All that comes to a transfer, weighed.
    pub fn world(self: &Rc<Self>, world: &TransferWorld) -> TransferWorld {
        TransferWorld {
            http: Rc::new(Weighed::new(self, Rc::clone(&world.http))),
            cipher: Rc::new(Weighed::new(self, Rc::clone(&world.cipher))),
            spool: Rc::new(Weighed::new(self, Rc::clone(&world.spool))),
            ..world.clone()
        }
    }

    /// So many bytes more, until dropped.
    fn weigh(self: &Rc<Self>, length: usize) -> Weight {
        self.held.set(self.held.get() + length);
        self.model.weigh(self.whose, self.held.get());
        let tab = self.tab.as_ref().map(|tab| Box::new(tab.weigh(length)));
        Weight { scale: Rc::clone(self), length, _tab: tab }
    }

    fn take(self: &Rc<Self>, bulk: &Bytes) -> Bytes {
        let bytes = bulk.to_vec();
        let bulk = Bytes::outside(Rc::new(Held { _weight: self.weigh(bytes.len()), bytes }));
        if let Some(hoard) = &self.hoard {
            hoard.borrow_mut().push(bulk.clone());
        }
        bulk
    }
}

struct Weight {
    scale: Rc<Scale>,
    length: usize,
    _tab: Option<Box<Self>>,
}

impl Drop for Weight {
    fn drop(&mut self) {
        self.scale.held.set(self.scale.held.get() - self.length);
    }
}

struct Held {
    bytes: Vec<u8>,
    _weight: Weight,
}

impl ExternalBuffer for Held {
    fn length(&self) -> usize {
        self.bytes.len()
    }

    fn copy_to(&self, at: usize, to: &mut [u8]) {
        to.copy_from_slice(&self.bytes[at..at + to.len()]);
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A port of which all that comes is weighed.
pub struct Weighed<P: ?Sized> {
    scale: Rc<Scale>,
    port: Rc<P>,
}

impl<P: ?Sized> Weighed<P> {
    pub fn new(scale: &Rc<Scale>, port: Rc<P>) -> Self {
        Self { scale: Rc::clone(scale), port }
    }
}

#[async_trait(?Send)]
impl Http for Weighed<dyn Http> {
    async fn send(&self, request: Request, sent: &dyn Fn(u64)) -> Result<Response, HttpError> {
        self.port.send(request, sent).await
    }

    async fn receive(
        &self,
        request: Request,
        piece: usize,
        received: &dyn Fn(u64),
    ) -> Result<(Response, Bytes), HttpError> {
        // On its way, as long as somebody waits for it.
        let coming = self.scale.weigh(range(&request).map_or(0, |(first, end)| end - first));
        let (response, content) = self.port.receive(request, piece, received).await?;
        drop(coming);
        Ok((response, self.scale.take(&content)))
    }
}

#[async_trait(?Send)]
impl BulkCipher for Weighed<dyn BulkCipher> {
    async fn seal(
        &self,
        key: &FernetKey,
        time: u64,
        iv: [u8; 16],
        plaintext: &Bytes,
    ) -> Result<Bytes, EngineFailed> {
        Ok(self.scale.take(&self.port.seal(key, time, iv, plaintext).await?))
    }

    async fn open(&self, key: &FernetKey, token: &Bytes) -> Result<Opened<Bytes>, InvalidToken> {
        let Opened { time, plaintext } = self.port.open(key, token).await?;
        Ok(Opened { time, plaintext: self.scale.take(&plaintext) })
    }
}

#[async_trait(?Send)]
impl KeyDerivation for Weighed<dyn BulkCipher> {
    async fn derive(
        &self,
        password: &[u8],
        salt: &[u8; 32],
        iterations: u32,
    ) -> Result<Root, EngineFailed> {
        self.port.derive(password, salt, iterations).await
    }
}

#[async_trait(?Send)]
impl Spool for Weighed<dyn Spool> {
    async fn put(&self, name: &str, blob: &Bytes) -> Result<(), SpoolError> {
        self.port.put(name, blob).await
    }

    async fn get(&self, name: &str) -> Result<Option<Bytes>, SpoolError> {
        Ok(self.port.get(name).await?.map(|blob| self.scale.take(&blob)))
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, SpoolError> {
        self.port.list(prefix).await
    }

    async fn remove(&self, prefix: &str) -> Result<(), SpoolError> {
        self.port.remove(prefix).await
    }
}

#[async_trait(?Send)]
impl Source for Weighed<dyn Source> {
    fn path(&self) -> String {
        self.port.path()
    }

    fn size(&self) -> u64 {
        self.port.size()
    }

    fn media_type(&self) -> String {
        self.port.media_type()
    }

    fn modified(&self) -> Option<i64> {
        self.port.modified()
    }

    async fn read(&self, offset: u64, length: usize) -> Result<Bytes, Unreadable> {
        Ok(self.scale.take(&self.port.read(offset, length).await?))
    }

    fn as_any(&self) -> &dyn Any {
        self.port.as_any()
    }
}
