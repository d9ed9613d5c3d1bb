//! Running one upload: its lock, its source, the event that begins it, the transfer, and its end.
//!
//! Several devices may resume one upload at the same time, and no store needs compare-and-swap for
//! it: the `begin` of an object names the one multipart upload that may become it, and a multipart
//! upload is completed once. If it is gone and left no object, only the device that began it names
//! another, and first aborts the previous one; any other device begins anew under an object id of
//! its own. So at most one content ever exists under an id, whichever device completes it, and the
//! seal in the catalog is that content's.

use std::rc::Rc;

use frond_wire::Operation;

use super::Transfers;
use super::queue::Start;
use super::upload::Upload;
use crate::catalog::Op;
use crate::object::{ObjectId, UploadId};
use crate::port::{Source, StoreFailed};
use crate::secret::{ContentKey, FernetKey};
use crate::session::context::Keys;
use crate::transfer::{Answer, Call, Retry, Signer, TransferError, UploadJob, Uploaded, upload_id};

/// Largest response to CreateMultipartUpload, in bytes.
const MAX_CREATED: usize = 64 * 1024;

/// How a run ended.
enum Ended {
    Sent(Uploaded),
    /// The vault already has the file.
    There,
    /// Another tab of this browser has it.
    Elsewhere,
    /// Another tab of this browser has ended it.
    Gone,
    /// An unfinished upload waited for this very source and continues with it.
    Forwarded,
}

impl Transfers {
    /// Runs one upload, and records in the queue how it ended.
    pub(super) async fn send(self: &Rc<Self>, start: &Start, keys: &Rc<Keys>, upload: &Rc<Upload>) {
        let had_source = upload.source.borrow().is_some();
        let mut ended = self.attempt(start, keys, upload).await;
        // Another device may have been faster and stored other content: the log has its event then.
        if matches!(ended, Err(TransferError::SourceChanged))
            && self.log.refresh().await.is_ok()
            && self.log.history().state().has_ended(&upload.object)
        {
            ended = Ok(Ended::There);
        }
        let now = self.context.world.clock.now_ms();
        let source = upload.source.borrow().clone();
        match ended {
            Ok(Ended::Sent(uploaded)) => {
                self.queue.borrow_mut().sent(start.id);
                self.finished.borrow_mut().push((start.id, Rc::clone(upload), uploaded));
                self.upload_finished.notify();
            }
            Ok(Ended::There) => match self.release(upload, false).await {
                Ok(()) => self.queue.borrow_mut().done(start.id),
                Err(error) => self.queue.borrow_mut().failed(start.id, now, error.into()),
            },
            Ok(Ended::Elsewhere) => self.queue.borrow_mut().elsewhere(start.id, now),
            Ok(Ended::Gone) => drop(self.queue.borrow_mut().cancel(start.id)),
            Ok(Ended::Forwarded) => {
                let cancelled = self.queue.borrow_mut().cancel(start.id);
                self.cancelled.borrow_mut().extend(cancelled);
                self.queue_changed.notify();
            }
            Err(error) => match (error.retry(), source) {
                // The user added the source while this run was looking for it.
                (Retry::BringSource, Some(_)) if !had_source => {
                    let mut queue = self.queue.borrow_mut();
                    queue.unfinished(start.id);
                    queue.resume(start.id);
                    drop(queue);
                    self.queue_changed.notify();
                }
                (Retry::BeginAnew, Some(source)) => {
                    if let Err(error) = self.renew(start.id, keys, upload, source).await {
                        self.queue.borrow_mut().failed(start.id, now, error);
                    }
                }
                (Retry::BringSource | Retry::BeginAnew, None) => {
                    self.queue.borrow_mut().unfinished(start.id);
                }
                _ => self.queue.borrow_mut().failed(start.id, now, error),
            },
        }
    }

    async fn attempt(
        self: &Rc<Self>,
        start: &Start,
        keys: &Rc<Keys>,
        upload: &Rc<Upload>,
    ) -> Result<Ended, TransferError> {
        let world = &*self.context.world;
        // Before the lock: a File System Access permission lasts only while some tab holds the
        // handle, and the other tab may be closed.
        let found = self.find_source(start, upload).await;
        if upload.lock.borrow().is_none() {
            match self.cleanups.locks.acquire(&upload.lock_name.get()).await {
                Ok(None) => return Ok(Ended::Elsewhere),
                Ok(lock) => drop(upload.lock.replace(lock)),
                // If it is recorded, another tab may have it: checked again when the storage works.
                Err(StoreFailed) if upload.record.get().is_some() => return Ok(Ended::Elsewhere),
                // Without storage there is no other tab to share with.
                Err(StoreFailed) => {}
            }
            if let Some(record) = upload.record.get()
                && let Ok(None) = world.store.get(&self.records.queued(record)).await
            {
                return Ok(Ended::Gone);
            }
            // The previous holder of the lock may have named it.
            self.log.know_own().await?;
        }
        if self.log.history().state().has_ended(&upload.object) {
            return Ok(Ended::There);
        }
        // Its data in the bucket was so old that another device freed it.
        if self.log.history().state().purged.contains(&upload.object) {
            return Err(TransferError::SourceChanged);
        }
        if let Some(source) = found.filter(|source| !upload.is_of(&**source)) {
            upload.source.replace(Some(source));
            return Err(TransferError::SourceChanged);
        }
        if !upload.in_parts || start.keeps {
            return self.run_job(start, keys, upload, None, start.keeps).await.map(Ended::Sent);
        }
        let (mut gone, mut lost) = (None, 0);
        loop {
            let named = match self.begin(keys, upload, gone.as_ref()).await {
                Ok(Some(named)) => named,
                Ok(None) => return Ok(Ended::Forwarded),
                Err(error) => {
                    // Nothing may be sent yet; still spool what would be lost with the tab.
                    if error.is_passing() && upload.at_risk() {
                        self.run_job(start, keys, upload, None, true).await.map(Ended::Sent)?;
                    }
                    return Err(error);
                }
            };
            let error = match self.run_job(start, keys, upload, Some(named.clone()), false).await {
                Ok(uploaded) => return Ok(Ended::Sent(uploaded)),
                Err(error) => error,
            };
            let Retry::AtOnce(times) = error.retry() else { return Err(error) };
            // The device that began it may have named another upload by now, or the file was
            // permanently deleted.
            self.log.refresh().await?;
            if self.log.history().state().has_ended(&upload.object) {
                return Ok(Ended::There);
            }
            lost += 1;
            if lost >= times {
                return Err(error);
            }
            gone = Some(named);
        }
    }

    /// Reopens the source if this tab had none; stored in the upload if it is the one that the
    /// upload began with.
    async fn find_source(&self, start: &Start, upload: &Upload) -> Option<Rc<dyn Source>> {
        if upload.source.borrow().is_some() {
            return None;
        }
        let source = self.context.world.handles.find(&upload.object.to_string(), start.ask).await?;
        upload.lasts.set(true);
        if upload.is_of(&*source) {
            upload.source.replace(Some(Rc::clone(&source)));
        }
        Some(source)
    }

    /// The multipart upload that may become the object; before the first part is sent, the bucket
    /// has an event that names it. `None` if another upload had waited for its source.
    ///
    /// `gone` is an upload that no longer exists and left no object.
    /// [`TransferError::SourceChanged`] if another device would have to name the next one.
    async fn begin(
        &self,
        keys: &Keys,
        upload: &Upload,
        gone: Option<&UploadId>,
    ) -> Result<Option<UploadId>, TransferError> {
        let object = upload.object;
        let known = self
            .log
            .history()
            .state()
            .upload(&object)
            .map(|begun| (begun.device, begun.upload.clone()));
        let (named, own) = match known {
            // The endpoint signs for no other.
            Some((_, named)) if !named.is_plain() => return Err(TransferError::InvalidResponse),
            Some((_, named)) if Some(&named) != gone => (named, false),
            Some((device, _)) if !self.log.is_own(device).await? => {
                return Err(TransferError::SourceChanged);
            }
            None if self.forwarded(upload).await? => return Ok(None),
            _ => {
                if let Some(gone) = gone
                    && !self.is_over(keys, &object, gone).await?
                {
                    return Ok(Some(gone.clone()));
                }
                let named = self.create_upload(keys, &object).await?;
                let (header, source) = (upload.header.clone(), upload.origin());
                let begin =
                    Op::Begin { object, upload: named.clone(), header, source: source.into() };
                self.log.append(vec![begin], &[]).await?;
                (named, true)
            }
        };
        let saved = self.log.history().unsaved.is_empty();
        if !saved {
            self.log.save().await?;
        }
        // After a reseal the event may come from another device than the one that began the upload:
        // then it does not count.
        let history = self.log.history();
        let counts = history.state().upload(&object).is_some_and(|begun| begun.upload == named);
        if own && !counts { Err(TransferError::SourceChanged) } else { Ok(Some(named)) }
    }

    /// Gives the source to an upload that some device began and that waits for it; false if there
    /// is none. Refreshes once if needed: a file may be added before the first read of the list.
    async fn forwarded(&self, upload: &Upload) -> Result<bool, TransferError> {
        if !self.log.was_read() {
            self.log.refresh().await?;
            self.show_begun();
        }
        let source = upload.source.borrow().clone();
        Ok(source.is_some_and(|source| self.queue.borrow_mut().give_source(&source)))
    }

    /// Whether a multipart upload that the store reports as gone left no object and never will. It
    /// is aborted first, so that no other device completes it while the next one is named.
    async fn is_over(
        &self,
        keys: &Keys,
        object: &ObjectId,
        upload: &UploadId,
    ) -> Result<bool, TransferError> {
        let bucket = self.context.bucket(&*keys.endpoint);
        let abort = Operation::AbortUpload { object: *object, upload: upload.clone() };
        match bucket.call(&Call::new(abort, 0)).await? {
            Answer::Success(_) | Answer::NoSuchUpload => {}
            Answer::NotFound => return Err(TransferError::StoreDown),
            Answer::Exists | Answer::InvalidPart | Answer::OutOfRange => {
                return Err(TransferError::InvalidResponse);
            }
        }
        match bucket.call(&Call::new(Operation::Head(*object), 0)).await? {
            Answer::Success(_) => Ok(false),
            Answer::NotFound => Ok(true),
            Answer::Exists | Answer::NoSuchUpload | Answer::InvalidPart | Answer::OutOfRange => {
                Err(TransferError::InvalidResponse)
            }
        }
    }

    /// [CreateMultipartUpload](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html).
    /// If the response is lost, the upload holds no parts and `garbage` finds it.
    async fn create_upload(
        &self,
        keys: &Keys,
        object: &ObjectId,
    ) -> Result<UploadId, TransferError> {
        let call = Call::new(Operation::CreateUpload(*object), MAX_CREATED);
        match self.context.bucket(&*keys.endpoint).call(&call).await? {
            Answer::Success(response) => {
                upload_id(&response.body).map_err(|_| TransferError::InvalidResponse)
            }
            Answer::NotFound
            | Answer::Exists
            | Answer::NoSuchUpload
            | Answer::InvalidPart
            | Answer::OutOfRange => Err(TransferError::InvalidResponse),
        }
    }

    async fn run_job(
        &self,
        start: &Start,
        keys: &Rc<Keys>,
        upload: &Upload,
        named: Option<UploadId>,
        offline: bool,
    ) -> Result<Uploaded, TransferError> {
        let source: Option<Rc<dyn Source>> = upload.source.borrow().clone();
        let job = UploadJob {
            id: upload.object,
            content_key: content_key(keys, upload),
            journal_key: journal_key(keys, upload),
            header: upload.header.clone(),
            size: upload.size,
            upload: named,
            // From now on this run may have left parts, however it ends.
            resumed: upload.resumed.replace(true),
            offline,
            spooled: !upload.lasts.get(),
            checksum: self.context.config.checksum,
        };
        let mut signer: Rc<dyn Signer> = keys.endpoint.clone();
        if !upload.in_parts {
            signer = self.together.signer(&self.context.world.clock, signer);
        }
        self.context.world.runner.upload(job, source, signer, Rc::clone(&start.control)).await
    }

    /// The source differs from what was sent: restarts under another object id, so that contents
    /// are never mixed.
    async fn renew(
        &self,
        id: u64,
        keys: &Rc<Keys>,
        upload: &Upload,
        source: Rc<dyn Source>,
    ) -> Result<(), TransferError> {
        let new = Upload::new(
            &self.context.world,
            &keys.vault_key,
            source,
            self.context.config.max_object_bytes,
        )?;
        self.release(upload, true).await?;
        self.queue.borrow_mut().renew(id, new);
        self.queue_changed.notify();
        Ok(())
    }
}

pub(super) fn content_key(keys: &Keys, upload: &Upload) -> ContentKey {
    keys.vault_key.file_key(&upload.object).content_key()
}

fn journal_key(keys: &Keys, upload: &Upload) -> FernetKey {
    keys.vault_key.upload_key(&upload.object)
}
