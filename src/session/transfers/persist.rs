//! The queue's records on this device: waiting uploads, recorded before anything is sent and read
//! after every unlock.

use std::rc::Rc;

use super::Transfers;
use super::queue::Listed;
use super::upload::Upload;
use crate::catalog::Op;
use crate::port::StoreFailed;
use crate::session::error::AppendError;
use crate::session::records::Change;
use crate::session::view::TransferState;

impl Transfers {
    /// Records what is new or changed in the queue, and releases cancelled uploads.
    pub(in crate::session) async fn enlist(&self) {
        let cancelled = self.cancelled.take();
        for upload in cancelled {
            if self.release(&upload, upload.resumed.get()).await.is_err() {
                // Retried with the next change; after a reload its record brings it back.
                self.cancelled.borrow_mut().push(upload);
            }
        }
        let more = self.take_in();
        let new = self.queue.borrow_mut().take_unrecorded();
        if more {
            self.queue_changed.notify();
        }
        if new.is_empty() {
            return;
        }
        let (mut with_source, mut files) = (Vec::new(), Vec::new());
        let mut small = None;
        for upload in new.iter().filter(|upload| upload.record.get().is_none()) {
            if !upload.in_parts {
                upload.lock_name.set(*small.get_or_insert(upload.object));
            }
            if let Ok(Some(lock)) = self.cleanups.locks.acquire(&upload.lock_name.get()).await {
                upload.lock.replace(Some(lock));
            }
            if let Some(source) = upload.source.borrow().clone() {
                with_source.push(upload);
                files.push((upload.object.to_string(), source));
            }
        }
        if !files.is_empty() {
            let last = self.context.world.handles.keep(&files).await;
            with_source.iter().zip(last).for_each(|(upload, lasts)| upload.lasts.set(lasts));
        }
        // If it cannot be recorded, it is sent all the same and shown as at risk.
        let _ = self.write_down(&new).await;
        new.iter().for_each(|upload| upload.unrecorded.set(false));
        self.context.changed();
    }

    async fn write_down(&self, uploads: &[Rc<Upload>]) -> Result<(), StoreFailed> {
        let Some(keys) = self.context.keys() else { return Ok(()) };
        let _lock = self.context.world.store.lock(&self.records.queue_lock()).await?;
        let mut next = self.records.next_queued().await?;
        let mut changes = Vec::with_capacity(uploads.len() + 1);
        let mut numbers = Vec::with_capacity(uploads.len());
        for upload in uploads {
            let number = upload.record.get().unwrap_or(next);
            next = next.max(number.saturating_add(1));
            let mut iv = [0; 16];
            self.context.world.entropy.fill(&mut iv).map_err(|_| StoreFailed)?;
            changes
                .push((self.records.queued(number), Some(upload.to_record(&keys.vault_key, iv))));
            numbers.push(number);
        }
        changes.push(self.records.claim_queued(next));
        changes.push(self.records.mark_queue(&*self.context.world.entropy)?);
        self.context.world.store.write(changes).await?;
        uploads.iter().zip(numbers).for_each(|(upload, number)| upload.record.set(Some(number)));
        Ok(())
    }

    /// Reads what earlier or other tabs recorded; forgets what they ended.
    pub(in crate::session) async fn load(&self) -> Result<(), StoreFailed> {
        let Some(keys) = self.context.keys() else { return Ok(()) };
        let _lock = self.context.world.store.lock(&self.records.queue_lock()).await?;
        // Before the records, so that the next read sees changes made meanwhile.
        let mark = self.records.queue_mark().await?;
        if mark.is_some() && *self.mark.borrow() == mark {
            // Even so, retry releasing cancelled uploads.
            self.queue_changed.notify();
            return Ok(());
        }
        let records = self.records.all_queued().await?;
        self.mark.replace(mark);
        let mut numbers: Vec<_> = records.iter().map(|(number, _)| *number).collect();
        numbers.sort_unstable();
        let mut queue = self.queue.borrow_mut();
        let ended = |upload: &Upload, state: &TransferState| {
            let gone =
                upload.record.get().is_some_and(|number| numbers.binary_search(&number).is_err());
            gone && upload.lock.borrow().is_none() && !matches!(state, TransferState::Done)
        };
        queue.forget(ended);
        let listed = queue.uploads();
        let mut known: Vec<_> =
            listed.iter().filter_map(|(_, upload)| upload.record.get()).collect();
        known.sort_unstable();
        for (number, record) in
            records.iter().filter(|(number, _)| known.binary_search(number).is_err())
        {
            // A record that this device damaged holds nothing that could be sent.
            let Some(upload) = Upload::from_record(&self.context.world, &keys.vault_key, record)
            else {
                continue;
            };
            if let Some((id, known)) =
                listed.iter().find(|(_, known)| known.object == upload.object)
            {
                // Listed as begun before its record was read: another tab's upload.
                if known.record.get().is_none() && known.source.borrow().is_none() {
                    known.record.set(Some(*number));
                    queue.resume(*id);
                }
                continue;
            }
            upload.record.set(Some(*number));
            let listed = if upload.paused.get() { Listed::Paused } else { Listed::Queued };
            queue.push_upload(upload, listed);
        }
        drop(queue);
        self.queue_changed.notify();
        Ok(())
    }

    /// Lists uploads that some device began and this browser does not run; forgets those that
    /// ended.
    pub(in crate::session) fn show_begun(&self) {
        let Some(keys) = self.context.keys() else { return };
        let history = self.log.history();
        let begun = &history.state().begun;
        let mut queue = self.queue.borrow_mut();
        queue.forget(|upload, state| {
            let foreign = upload.record.get().is_none() && *state == TransferState::Unfinished;
            foreign && !begun.contains_key(&upload.object)
        });
        let mut known: Vec<_> = queue.uploads().iter().map(|(_, upload)| upload.object).collect();
        known.extend(self.cancelled.borrow().iter().map(|upload| upload.object));
        known.sort_unstable();
        for (object, begun) in
            begun.iter().filter(|(object, _)| known.binary_search(object).is_err())
        {
            if let Some(upload) =
                Upload::begun(&self.context.world, &keys.vault_key, *object, begun)
            {
                upload.unrecorded.set(false);
                queue.push_upload(upload, Listed::Unfinished);
            }
        }
    }

    /// Removes an upload's record from this device for good. If `abandoned`, what it sent is
    /// removed from the bucket later.
    pub(super) async fn release(
        &self,
        upload: &Upload,
        abandoned: bool,
    ) -> Result<(), AppendError> {
        let mut changes: Vec<Change> = Vec::new();
        changes.extend(upload.record.get().map(|number| (self.records.queued(number), None)));
        changes.push(self.cleanups.add(&upload.object, upload.cleanup(abandoned)));
        changes.push(self.records.mark_queue(&*self.context.world.entropy)?);
        let begun = self.log.history().state().begun.contains_key(&upload.object);
        if abandoned && begun {
            self.log.append_with(vec![Op::Abandon { object: upload.object }], &[], changes).await?;
        } else {
            self.context.world.store.write(changes).await?;
        }
        upload.record.set(None);
        upload.lock.take();
        self.cleanups.wake();
        Ok(())
    }
}
