//! Thumbnails: small pictures of files, sealed beside their objects. The page makes and shows them;
//! here they are put and fetched. A file is whole without one, so nothing waits for a thumbnail and
//! nothing fails for want of one.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;

use frond_wire::{Name, Operation};
use futures_util::stream::{self, StreamExt};

use super::context::Context;
use super::log::SessionLog;
use crate::notify::Notify;
use crate::object::{MAX_THUMBNAIL, ObjectId, open_thumbnail, seal_thumbnail};
use crate::port::Source;
use crate::transfer::{Answer, Bucket, Call, Room, Signed, TransferError};

/// Name of the note that says whether thumbnails are switched off on this device.
const NOTE: &str = "thumbnails";
const OFF: &str = "off";
/// Most added files that wait for a thumbnail; further ones get none.
const MAX_WAITING: usize = 10_000;
/// How often a file that waits for its event is looked at, in milliseconds.
const LOOK_MS: u64 = 500;
/// Thumbnails fetched at one time.
const AT_ONCE: usize = 8;

/// The thumbnails of an open session.
pub struct Thumbnails {
    context: Rc<Context>,
    log: Rc<SessionLog>,
    /// Files added in this tab that have no thumbnail yet, oldest first.
    added: RefCell<VecDeque<(ObjectId, Rc<dyn Source>)>>,
    more: Notify,
    /// Whether somebody makes thumbnails of them.
    are_made: Cell<bool>,
}

impl Thumbnails {
    pub(super) fn new(context: &Rc<Context>, log: &Rc<SessionLog>) -> Self {
        Self {
            context: Rc::clone(context),
            log: Rc::clone(log),
            added: RefCell::default(),
            more: Notify::default(),
            are_made: Cell::new(false),
        }
    }

    /// Whether this device makes thumbnails and shows them.
    #[must_use]
    pub fn are_on(&self) -> bool {
        self.context.world.notes.get(NOTE).as_deref() != Some(OFF)
    }

    /// Switches them on or off, on this device.
    pub fn switch(&self, on: bool) {
        self.context.world.notes.set(NOTE, (!on).then_some(OFF));
        self.clear();
    }

    /// From now on the caller makes thumbnails of added files ([`Thumbnails::next`]). Before that
    /// their sources are not kept.
    pub fn begin(&self) {
        self.are_made.set(true);
    }

    /// Forgets all added files.
    pub(super) fn clear(&self) {
        self.added.borrow_mut().clear();
    }

    /// A file was added in this tab, and can be read here.
    pub(super) fn added(&self, file: ObjectId, source: Rc<dyn Source>) {
        let mut added = self.added.borrow_mut();
        if self.are_made.get() && added.len() < MAX_WAITING && self.are_on() {
            added.push_back((file, source));
            self.more.notify();
        }
    }

    /// Whether a thumbnail of this file may be about to be made in this tab.
    #[must_use]
    pub fn awaits(&self, file: &ObjectId) -> bool {
        self.added.borrow().iter().any(|(added, _)| added == file)
    }

    /// The next added file to make a thumbnail of, once the bucket has the event that adds it. It
    /// stays the next one until [`Thumbnails::done`].
    pub async fn next(&self) -> (ObjectId, Rc<dyn Source>) {
        loop {
            while self.added.borrow().is_empty() {
                self.more.notified().await;
            }
            let is_saved = self.log.history().unsaved.is_empty();
            if !is_saved {
                self.context.world.clock.sleep(LOOK_MS).await;
                continue;
            }
            let next = self.added.borrow().front().cloned();
            match next {
                Some(next) if self.is_file(&next.0) => return next,
                // Deleted meanwhile, or its object was sent anew as another.
                _ => drop(self.added.borrow_mut().pop_front()),
            }
        }
    }

    /// Nothing more is done for this added file.
    pub fn done(&self, file: &ObjectId) {
        self.added.borrow_mut().retain(|(added, _)| added != file);
    }

    /// Stores the thumbnail of a file that has none: a picture of at most
    /// [`THUMBNAIL_ROOM`](crate::object::THUMBNAIL_ROOM) bytes.
    ///
    /// # Errors
    /// [`TransferError::TooLarge`] for a longer picture; others as returned by the request.
    pub async fn put(&self, file: ObjectId, picture: &[u8]) -> Result<(), TransferError> {
        let keys = self.context.keys().ok_or(TransferError::Engine)?;
        let key = keys.vault_key.file_key(&file).content_key();
        let iv = self.context.world.entropy.bytes()?;
        let token = seal_thumbnail(&key, &file, iv, picture).ok_or(TransferError::TooLarge)?;
        let length = u64::try_from(token.len()).map_err(|_| TransferError::TooLarge)?;
        let bucket = self.context.bucket(&*keys.endpoint);
        let operation = Operation::put(Name::Thumbnail(file), length);
        bucket.call(&Call::with_body(operation, token)).await?;
        // Deleted meanwhile.
        if !self.is_file(&file) {
            bucket.call(&Call::new(Operation::Delete(Name::Thumbnail(file)), 0)).await?;
        }
        Ok(())
    }

    /// Those of these files, in their order, of which the bucket has no thumbnail: one request for
    /// each thousand thumbnails.
    ///
    /// # Errors
    /// As returned by the requests; [`TransferError::Engine`] once locked.
    pub async fn missing(&self, files: &[ObjectId]) -> Result<Vec<ObjectId>, TransferError> {
        let keys = self.context.keys().ok_or(TransferError::Engine)?;
        let bucket = self.context.bucket(&*keys.endpoint);
        let listed = bucket.list_thumbnails(&Room::default()).await?;
        let listed: BTreeSet<_> = listed.into_iter().map(|thumbnail| thumbnail.id).collect();
        Ok(files.iter().filter(|file| !listed.contains(file)).copied().collect())
    }

    /// The pictures of these files, each with `None` if it has no thumbnail, or one that does not
    /// open. What could not be asked for is left out.
    pub async fn fetch(&self, files: &[ObjectId]) -> Vec<(ObjectId, Option<Vec<u8>>)> {
        let Some(keys) = self.context.keys() else { return Vec::new() };
        let bucket = self.context.bucket(&*keys.endpoint);
        let get = |file: &ObjectId| Operation::Get(Name::Thumbnail(*file));
        let Ok(signed) = bucket.sign(files.iter().map(get).collect()).await else {
            return Vec::new();
        };
        let gets = files.iter().zip(&signed).map(|(file, signed)| {
            let key = keys.vault_key.file_key(file).content_key();
            async move {
                let token = token(&bucket, get(file), signed).await.ok()?;
                Some((*file, token.and_then(|token| open_thumbnail(&key, file, &token).ok())))
            }
        });
        let gets: Vec<_> = gets.collect();
        stream::iter(gets).buffer_unordered(AT_ONCE).filter_map(async |got| got).collect().await
    }

    fn is_file(&self, file: &ObjectId) -> bool {
        self.log.history().state().files.contains_key(file)
    }
}

/// A thumbnail as stored, if there is one.
async fn token(
    bucket: &Bucket<'_>,
    get: Operation,
    signed: &Signed,
) -> Result<Option<Vec<u8>>, TransferError> {
    match bucket.call_signed(&Call::new(get, MAX_THUMBNAIL), signed, &|_| {}).await? {
        Answer::Success(response) => Ok(Some(response.body)),
        Answer::NotFound => Ok(None),
        Answer::Exists | Answer::NoSuchUpload | Answer::InvalidPart | Answer::OutOfRange => {
            Err(TransferError::InvalidResponse)
        }
    }
}
