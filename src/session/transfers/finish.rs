//! Recording sent files in the catalog: files that end together share one event.

use std::pin::pin;

use futures_util::future;

use super::{Finished, Transfers};
use crate::catalog::{Locator, Op};
use crate::path::mended;
use crate::port::{NoEntropy, StoreFailed};
use crate::session::error::AppendError;
use crate::session::records::Change;

/// The longest that an upload waits for others to share its event, in milliseconds.
const WAIT_MS: u64 = 500;
/// Most files that one event adds.
const MOST: usize = 200;
/// Most bytes of paths in one event, so that it stays far below the largest.
const MOST_PATHS: usize = 32 * 1024;

impl Transfers {
    /// Records uploads as they end, until dropped.
    pub(in crate::session) async fn finish(&self) {
        loop {
            self.upload_finished.notified().await;
            let more = self.queue.borrow().more_uploads();
            if more {
                let enough = async {
                    while self.finished.borrow().len() < MOST && self.queue.borrow().more_uploads()
                    {
                        self.upload_finished.notified().await;
                    }
                };
                future::select(self.context.world.clock.sleep(WAIT_MS), pin!(enough)).await;
            }
            while self.record().await {}
        }
    }

    /// Appends one event. The entry in the catalog and the end of the upload's record are one
    /// transaction; the spool is emptied only when the bucket has the event.
    async fn record(&self) -> bool {
        let mut paths: usize = 0;
        let batch: Vec<_> = {
            let mut finished = self.finished.borrow_mut();
            let fits = finished.iter().take(MOST).take_while(|(_, upload, _)| {
                paths = paths.saturating_add(upload.path.len());
                paths <= MOST_PATHS
            });
            let count = fits.count();
            let mut queue = self.queue.borrow_mut();
            // Uploads cancelled meanwhile become no files.
            finished.drain(..count).filter(|(id, ..)| queue.recording(*id)).collect()
        };
        if batch.is_empty() {
            return !self.finished.borrow().is_empty();
        }
        let changes = batch.iter().flat_map(|(_, upload, _)| -> Vec<Change> {
            let record = upload.record.get().map(|number| (self.records.queued(number), None));
            record
                .into_iter()
                .chain([self.cleanups.add(&upload.object, upload.in_parts, false)])
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
        true
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
                size: upload.size,
                stored: uploaded.stored,
                header: uploaded.header,
                media_type: upload.media_type.clone().into(),
                modified: upload.modified,
                seal: uploaded.seal,
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
