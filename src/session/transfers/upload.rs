//! The state of one upload, and the record of it that outlives the tab.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::catalog::{Begun, Origin};
use crate::codec::{Reader, Writer};
use crate::fernet;
use crate::object::{Header, Layout, MAX_HEADER, Meta, ObjectId};
use crate::path;
use crate::port::{NoEntropy, Source};
use crate::secret::VaultKey;
use crate::session::cleanups::Cleanup;
use crate::session::upload_locks::UploadLock;
use crate::session::world::World;
use crate::transfer::TransferError;

/// Records of other versions are ignored.
const VERSION: u8 = 3;

/// A file on its way into the vault.
pub(super) struct Upload {
    pub(super) object: ObjectId,
    pub(super) path: String,
    pub(super) size: u64,
    pub(super) media_type: String,
    pub(super) modified: Option<i64>,
    /// The object's header, whole.
    pub(super) header: Vec<u8>,
    /// Whether it is sent in parts, so that an event begins it and a journal accompanies it.
    pub(super) in_parts: bool,
    /// Whether an earlier tab or another device may have sent some of it.
    pub(super) resumed: Cell<bool>,
    /// Where its bytes can be read in this tab.
    pub(super) source: RefCell<Option<Rc<dyn Source>>>,
    /// Whether a later tab can reopen the source.
    pub(super) lasts: Cell<bool>,
    /// Whether everything unsent is in the spool.
    pub(super) kept: Cell<bool>,
    /// The number of its record; none until it is written, or if this browser stores nothing.
    pub(super) record: Cell<Option<u64>>,
    /// Whether the record has to be written (again).
    pub(super) unrecorded: Cell<bool>,
    pub(super) paused: Cell<bool>,
    /// Whether a file of the same path becomes an older version of this one.
    pub(super) version: Cell<bool>,
    /// What names its lock: the first of the small files that were added together, or itself.
    pub(super) lock_name: Cell<ObjectId>,
    /// The lock held by the one tab that sends it.
    pub(super) lock: RefCell<Option<UploadLock>>,
}

impl Upload {
    /// A new upload of this source, with a fresh object id.
    pub(super) fn new(
        world: &World,
        key: &VaultKey,
        source: Rc<dyn Source>,
        most: u64,
    ) -> Result<Self, TransferError> {
        let path = source.path();
        path::check(&path)?;
        let meta = Meta {
            name: base_name(&path).to_owned(),
            size: source.size(),
            media_type: source.media_type(),
            modified: source.modified(),
        };
        let meta = meta.fitted()?;
        let fill = |iv: &mut [u8; 16]| -> Result<(), NoEntropy> { world.entropy.fill(iv) };
        let mut iv = [0; 16];
        fill(&mut iv)?;
        let object = ObjectId::new(world.clock.now_ms(), world.entropy.bytes()?);
        let header = Header::seal(&key.file_key(&object), &object, &meta, iv)?;
        let layout = world.geometry.layout(meta.size, header.length())?;
        if layout.stored() > most {
            return Err(TransferError::TooLarge);
        }
        let Meta { size, media_type, modified, .. } = meta;
        let header = header.bytes().to_vec();
        let new = Self::of(object, path, size, media_type, modified, header, &layout);
        new.source.replace(Some(source));
        Ok(new)
    }

    /// An upload that some device began.
    pub(super) fn begun(
        world: &World,
        key: &VaultKey,
        object: ObjectId,
        begun: &Begun,
    ) -> Option<Self> {
        let file_key = key.file_key(&object);
        let header = Header::read(&object, &file_key.content_key(), &begun.header).ok()?;
        let Meta { size, media_type, .. } = header.open(&file_key.meta_key()).ok()?;
        let Origin { name, size: said, modified } = &begun.source;
        let layout = world.geometry.layout(size, header.length()).ok()?;
        let path = name.clone();
        (size == *said).then(|| {
            let header = begun.header.clone();
            let upload = Self::of(object, path, size, media_type, *modified, header, &layout);
            upload.resumed.set(true);
            upload
        })
    }

    fn of(
        object: ObjectId,
        path: String,
        size: u64,
        media_type: String,
        modified: Option<i64>,
        header: Vec<u8>,
        layout: &Layout,
    ) -> Self {
        Self {
            object,
            path,
            size,
            media_type,
            modified,
            header,
            in_parts: layout.parts() > 1,
            resumed: Cell::new(false),
            source: RefCell::default(),
            lasts: Cell::new(false),
            kept: Cell::new(false),
            record: Cell::new(None),
            unrecorded: Cell::new(true),
            paused: Cell::new(false),
            version: Cell::new(false),
            lock_name: Cell::new(object),
            lock: RefCell::default(),
        }
    }

    /// The record that outlives the tab: object id ‖ raw token under `HKDF(vault_key, object_id,
    /// "frond/1 queue")`; names are secret.
    pub(super) fn to_record(&self, key: &VaultKey, iv: [u8; 16]) -> Vec<u8> {
        let record = Writer::new(VERSION)
            .text(&self.path)
            .number(self.size)
            .text(&self.media_type)
            .time(self.modified)
            .bytes(&self.header)
            .flag(self.paused.get())
            .flag(self.version.get())
            .array(self.lock_name.get().as_bytes())
            .finish();
        let token = fernet::seal(&key.queue_key(&self.object), self.object.stamp(), iv, &record);
        [&self.object.as_bytes()[..], &token].concat()
    }

    /// Parses a record of [`Upload::to_record`].
    pub(super) fn from_record(world: &World, key: &VaultKey, record: &[u8]) -> Option<Self> {
        let (object, token) = record.split_first_chunk()?;
        let object = ObjectId::from_bytes(*object).ok()?;
        let opened = fernet::open(&key.queue_key(&object), token).ok()?;
        let mut from = Reader::new(VERSION, &opened.plaintext)?;
        let (path, size) = (from.text()?.to_owned(), from.number()?);
        let (media_type, modified) = (from.text()?.to_owned(), from.time()?);
        let (header, paused) = (from.bytes()?.to_vec(), from.flag()?);
        let version = from.flag()?;
        let lock_name = ObjectId::from_bytes(*from.array()?).ok()?;
        from.end()?;
        let length = u32::try_from(header.len()).ok().filter(|_| header.len() <= MAX_HEADER)?;
        let layout = world.geometry.layout(size, length).ok()?;
        let upload = Self::of(object, path, size, media_type, modified, header, &layout);
        upload.resumed.set(true);
        upload.unrecorded.set(false);
        upload.paused.set(paused);
        upload.version.set(version);
        upload.lock_name.set(lock_name);
        Some(upload)
    }

    /// Whether this may be the file that the upload began with; the content is compared when it is
    /// read.
    pub(super) fn is_of(&self, source: &dyn Source) -> bool {
        base_name(&self.path) == base_name(&source.path())
            && self.size == source.size()
            && self.modified == source.modified()
    }

    /// Whether its bytes would be lost if the tab closed.
    pub(super) fn at_risk(&self) -> bool {
        let recorded = self.record.get().is_some();
        self.source.borrow().is_some() && !(recorded && (self.kept.get() || self.lasts.get()))
    }

    /// What it leaves to clean up on this device and in the bucket.
    pub(super) fn cleanup(&self, abandoned: bool) -> Cleanup {
        Cleanup { in_parts: self.in_parts, abandoned, lock: self.lock_name.get() }
    }

    /// The description of the source in the `begin` event.
    pub(super) fn origin(&self) -> Origin {
        Origin { name: self.path.clone(), size: self.size, modified: self.modified }
    }
}

/// The last part of a path.
pub(super) fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
