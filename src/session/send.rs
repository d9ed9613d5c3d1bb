//! Running one upload: its lock, its source, the event that begins it, the transfer, and what comes of it.

use std::rc::Rc;

use super::inner::{Inner, Keys};
use super::queue::Start;
use super::upload::Upload;
use super::view::ChangeError;
use crate::catalog::Op;
use crate::port::{Signer, Source, StoreFailed};
use crate::secret::{ContentKey, FernetKey};
use crate::transfer::{TransferError, UploadJob, Uploaded};

/// What came of a run.
enum Ended {
    Sent(Uploaded),
    /// The vault has the file already.
    There,
    /// Another tab of this browser has it.
    Elsewhere,
    /// Another tab of this browser has ended it.
    Gone,
}

impl Inner {
    /// Runs one upload, and says in the queue what came of it.
    pub(super) async fn send(self: &Rc<Self>, start: &Start, keys: &Rc<Keys>, upload: &Rc<Upload>) {
        let mut ended = self.run(start, keys, upload).await;
        // Something else may stand there because another device was faster: then its event tells.
        if matches!(ended, Err(TransferError::SourceChanged))
            && self.refresh().await.is_ok()
            && self.history.borrow().state.files.contains_key(&upload.object)
        {
            ended = Ok(Ended::There);
        }
        let now = self.world.clock.now_ms();
        let source = upload.source.borrow().clone();
        match (ended, source) {
            (Ok(Ended::Sent(uploaded)), _) => {
                self.queue.borrow_mut().stopped(start.id);
                self.finished.borrow_mut().push((start.id, Rc::clone(upload), uploaded));
                self.wake_finish.ring();
            }
            (Ok(Ended::There), _) => match self.let_go(upload, false).await {
                Ok(()) => self.queue.borrow_mut().done(start.id),
                Err(_) => self.queue.borrow_mut().failed(start.id, now, TransferError::Engine),
            },
            (Ok(Ended::Elsewhere), _) => self.queue.borrow_mut().elsewhere(start.id, now),
            (Ok(Ended::Gone), _) => drop(self.queue.borrow_mut().cancel(start.id)),
            (Err(TransferError::SourceChanged), Some(source)) => {
                if let Err(error) = self.renew(start.id, keys, upload, source).await {
                    self.queue.borrow_mut().failed(start.id, now, error);
                }
            }
            (Err(TransferError::Source | TransferError::SourceChanged), None) => {
                self.queue.borrow_mut().unfinished(start.id);
            }
            (Err(error), _) => self.queue.borrow_mut().failed(start.id, now, error),
        }
    }

    async fn run(
        self: &Rc<Self>,
        start: &Start,
        keys: &Rc<Keys>,
        upload: &Rc<Upload>,
    ) -> Result<Ended, TransferError> {
        let world = &*self.world;
        if upload.lock.borrow().is_none() {
            match world.store.try_lock(&self.records.upload_lock(&upload.object)).await {
                Ok(None) => return Ok(Ended::Elsewhere),
                Ok(lock) => drop(upload.lock.replace(lock)),
                // Where it is written down, another tab may have it: asked again when the storage works.
                Err(StoreFailed) if upload.record.get().is_some() => return Ok(Ended::Elsewhere),
                // Without storage there is no other tab to share with.
                Err(StoreFailed) => {}
            }
            if let Some(record) = upload.record.get()
                && let Ok(None) = world.store.get(&self.records.queued(record)).await
            {
                return Ok(Ended::Gone);
            }
            // Whoever had the lock before may have named it.
            self.know_own().await.map_err(|StoreFailed| TransferError::Engine)?;
        }
        if self.history.borrow().state.files.contains_key(&upload.object) {
            return Ok(Ended::There);
        }
        if upload.source.borrow().is_none()
            && let Some(source) = world.handles.find(&upload.object.to_string(), start.ask).await
        {
            let same = upload.is_of(&*source);
            upload.source.replace(Some(source));
            upload.lasts.set(true);
            if !same {
                return Err(TransferError::SourceChanged);
            }
        }
        if upload.in_parts
            && !start.keeps
            && let Err(error) = self.begin(upload).await
        {
            // Nothing may be sent yet; what would be lost with the tab is kept all the same.
            if error.is_passing() && upload.at_risk() {
                self.carry_off(start, keys, upload, true).await.map(Ended::Sent)?;
            }
            return Err(error);
        }
        self.carry_off(start, keys, upload, start.keeps).await.map(Ended::Sent)
    }

    /// The bucket has the event that begins it, before its first part.
    async fn begin(&self, upload: &Upload) -> Result<(), TransferError> {
        let object = upload.object;
        if !self.history.borrow().state.begun.contains_key(&object) {
            let begin = Op::Begin { object, header: upload.header.clone(), source: upload.origin() };
            self.append(vec![begin], &[]).await?;
        }
        let saved = self.history.borrow().unsaved.is_empty();
        if saved { Ok(()) } else { Ok(self.save().await?) }
    }

    async fn carry_off(
        &self,
        start: &Start,
        keys: &Rc<Keys>,
        upload: &Upload,
        offline: bool,
    ) -> Result<Uploaded, TransferError> {
        let source: Option<Rc<dyn Source>> = upload.source.borrow().clone();
        let job = UploadJob {
            id: upload.object,
            content_key: content_key(keys, upload),
            journal_key: journal_key(keys, upload),
            header: upload.header.clone(),
            size: upload.size,
            // From now on there may be something, whatever becomes of this run.
            resumed: upload.resumed.replace(true),
            offline,
            spooled: !upload.lasts.get(),
        };
        let signer: Rc<dyn Signer> = keys.endpoint.clone();
        self.world.carrier.upload(job, source, signer, Rc::clone(&start.course)).await
    }

    /// The source is not what was sent: it begins anew, under another object id, and nothing is mixed.
    async fn renew(
        &self,
        id: u64,
        keys: &Rc<Keys>,
        upload: &Upload,
        source: Rc<dyn Source>,
    ) -> Result<(), TransferError> {
        let new = Upload::new(&self.world, &keys.vault_key, source, self.config.max_object_bytes)?;
        self.let_go(upload, true).await?;
        self.queue.borrow_mut().renew(id, new);
        self.wake_queue.ring();
        Ok(())
    }
}

fn content_key(keys: &Keys, upload: &Upload) -> ContentKey {
    keys.vault_key.file_key(&upload.object).content_key()
}

fn journal_key(keys: &Keys, upload: &Upload) -> FernetKey {
    keys.vault_key.upload_key(&upload.object)
}

impl From<ChangeError> for TransferError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Name => Self::Name,
            ChangeError::Device => Self::Engine,
            ChangeError::ReadOnly | ChangeError::Gone | ChangeError::NoAnswer => Self::Refused,
        }
    }
}
