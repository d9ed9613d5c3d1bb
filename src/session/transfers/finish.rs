//! Recording sent files in the catalog: files that end together share one event.

use std::pin::pin;
use std::rc::Rc;

use futures_util::future;

use super::send::content_key;
use super::upload::Upload;
use super::{Finished, Transfers};
use crate::catalog::{Content, Locator, Op};
use crate::path::mended;
use crate::port::{NoEntropy, StoreFailed};
use crate::session::error::AppendError;
use crate::session::records::Change;
use crate::transfer::{SentObject, TransferError, confirm};

/// The longest that an upload waits for others to share its event, in milliseconds.
const WAIT_MS: u64 = 1_000;
/// Most files that one event adds.
const MOST: usize = 500;
/// Most bytes of paths in one event, so that it stays far below the largest.
const MOST_PATHS: usize = 64 * 1024;

impl Transfers {
    /// Records uploads as they end, until dropped.
    pub(in crate::session) async fn finish(&self) {
        let mut failed: u32 = 0;
        loop {
            while self.finished.borrow().is_empty() {
                self.upload_finished.notified().await;
            }
            let enough = async {
                while self.finished.borrow().len() < MOST && self.queue.borrow().more_uploads() {
                    self.upload_finished.notified().await;
                }
            };
            future::select(pin!(enough), self.context.world.clock.sleep(WAIT_MS)).await;
            let Err(error) = self.record().await else {
                failed = 0;
                continue;
            };
            let pause = error.retry().backoff().pause(failed);
            failed = failed.saturating_add(1);
            let wake = self.upload_finished.notified();
            future::select(pin!(wake), self.context.world.clock.sleep(pause)).await;
        }
    }

    /// Confirms uploads, and appends one event that names them. The entry in the catalog and the
    /// end of the upload's record are one transaction; the spool is emptied only when the bucket
    /// has the event.
    ///
    /// # Errors
    /// Transient ones: the uploads still wait to be recorded.
    async fn record(&self) -> Result<(), TransferError> {
        let mut paths: usize = 0;
        let sent: Vec<_> = {
            let finished = self.finished.borrow();
            let fits = finished.iter().take(MOST).take_while(|(_, upload, _)| {
                paths = paths.saturating_add(upload.path.len());
                paths <= MOST_PATHS
            });
            fits.cloned().collect()
        };
        let confirmed = self.confirm(&sent).await;
        let now = self.context.world.clock.now_ms();
        let results = match confirmed {
            Ok(results) => results,
            Err(error) => {
                sent.iter().for_each(|(id, ..)| self.queue.borrow_mut().unconfirmed(*id, error));
                self.context.changed();
                return Err(error);
            }
        };
        {
            let mut finished = self.finished.borrow_mut();
            let count = sent.len().min(finished.len());
            finished.drain(..count);
        }
        let mut batch = Vec::with_capacity(sent.len());
        for (one, result) in sent.into_iter().zip(results) {
            let mut queue = self.queue.borrow_mut();
            match result {
                // Uploads cancelled meanwhile become no files.
                Ok(()) if queue.recording(one.0) => batch.push(one),
                Ok(()) => {}
                Err(error) => queue.failed(one.0, now, error),
            }
        }
        self.queue_changed.notify();
        if batch.is_empty() {
            self.context.changed();
            return Ok(());
        }
        let changes = batch.iter().flat_map(|(_, upload, _)| -> Vec<Change> {
            let record = upload.record.get().map(|number| (self.records.queued(number), None));
            record
                .into_iter()
                .chain([self.cleanups.add(&upload.object, upload.cleanup(false))])
                .collect()
        });
        let mark = self.records.mark_queue(&*self.context.world.entropy);
        let recorded = match (self.ops(&batch), mark) {
            (Ok(ops), Ok(mark)) => {
                self.log.append_with(ops, &[], changes.chain([mark]).collect()).await
            }
            (Err(NoEntropy), _) | (_, Err(StoreFailed)) => Err(AppendError::Device),
        };
        let now = self.context.world.clock.now_ms();
        let mut queue = self.queue.borrow_mut();
        for (id, upload, _) in &batch {
            match recorded {
                Ok(place) => {
                    upload.record.set(None);
                    upload.lock.take();
                    queue.recorded(*id, place);
                    if let Some(source) = upload.source.borrow().clone() {
                        self.thumbnails.added(upload.object, source);
                    }
                }
                Err(error) => queue.failed(*id, now, error.into()),
            }
        }
        drop(queue);
        if recorded.is_ok() {
            self.cleanups.wake();
            for (_, upload, _) in &batch {
                if let Some(added) = self.added.get() {
                    added(upload.object, upload.source.borrow().clone());
                }
            }
        }
        self.context.changed();
        Ok(())
    }

    /// Whether the bucket has what these uploads sent; one result for each.
    async fn confirm(
        &self,
        sent: &[Finished],
    ) -> Result<Vec<Result<(), TransferError>>, TransferError> {
        let keys = self.context.keys().ok_or(TransferError::Unread)?;
        let geometry = self.context.world.geometry;
        let sent = sent.iter().map(|(_, upload, uploaded)| {
            let Upload { object, header, size, .. } = &**upload;
            let key = content_key(&keys, upload);
            SentObject::new(geometry, *object, &key, header, *size, uploaded)
        });
        let sent = sent.collect::<Result<Vec<_>, _>>()?;
        confirm(&self.context.bucket(&*keys.endpoint), &sent).await
    }

    /// What names these uploads in the catalog, under their paths in the tree as it is.
    fn ops(&self, batch: &[Finished]) -> Result<Vec<Op>, NoEntropy> {
        let history = self.log.history();
        let (index, entropy) = (history.index(), &self.context.world.entropy);
        let (mut locator, mut ops) = (Locator::new(index), Vec::new());
        for (_, upload, uploaded) in batch {
            // Uploads begun by another device or an older version may have any path.
            let path = mended(&upload.path).into_owned();
            let located = locator.file(&path, &mut || entropy.bytes())?;
            let older = upload.version.get().then(|| index.files().get(&path)).flatten();
            let object = upload.object;
            ops.extend(located.mkdirs);
            ops.push(Op::Add {
                object,
                path,
                content: Rc::new(Content {
                    size: upload.size,
                    stored: uploaded.stored,
                    header: uploaded.header,
                    media_type: upload.media_type.clone().into(),
                    modified: upload.modified,
                    seal: uploaded.seal,
                }),
            });
            if !located.by_path {
                ops.push(Op::Place { object, folder: located.folder, name: located.name });
            }
            let by = Some(object);
            ops.extend(older.map(|older| Op::Supersede { object: older.id, by }));
        }
        Ok(ops)
    }
}
