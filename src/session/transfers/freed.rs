//! What happens to an upload after its event was appended: the bucket has the event, the event was
//! resealed, or another device freed the object meanwhile.

use async_trait::async_trait;

use super::Transfers;
use super::upload::Upload;
use crate::catalog::{EventKey, Op};
use crate::session::log::LogObserver;
use crate::transfer::TransferError;

#[async_trait(?Send)]
impl LogObserver for Transfers {
    fn event_saved(&self, event: &EventKey) {
        self.queue.borrow_mut().saved(event);
    }

    fn event_resealed(&self, from: &EventKey, to: &EventKey) {
        self.queue.borrow_mut().moved(from, to);
    }

    /// An object that another device freed, or may be about to free, is sent anew if its source can
    /// be read, and the old object is deleted. Without a source, an upload whose object is gone
    /// fails.
    async fn files_named(&self, event: &EventKey, adds: Vec<Op>) -> Result<(), TransferError> {
        let keys = self.context.keys().ok_or(TransferError::ReadOnly)?;
        for op in adds {
            let Op::Add { object, path, content } = op else { continue };
            let (purged, freeing) = {
                let history = self.log.history();
                let state = history.state();
                (state.purged.contains(&object), state.freeing.contains(&object))
            };
            if !purged && !freeing {
                continue;
            }
            let row = self.queue.borrow().waits_for_event(event, &object);
            let source = row.as_ref().and_then(|(_, upload)| upload.source.borrow().clone());
            let (world, most) = (&self.context.world, self.context.config.max_object_bytes);
            let anew =
                source.and_then(|source| Upload::new(world, &keys.vault_key, source, most).ok());
            if let (Some((id, upload)), Some(anew)) = (&row, anew) {
                anew.version.set(upload.version.get());
                // With several parts it may be another device's file as well: then there may be
                // two.
                if !purged && !upload.in_parts {
                    self.log
                        .append(vec![Op::Purge { object }], &[object])
                        .await
                        .map_err(TransferError::from)?;
                }
                self.queue.borrow_mut().renew(*id, anew);
            } else if purged {
                let mut queue = self.queue.borrow_mut();
                drop(row.and_then(|(id, _)| queue.cancel(id)));
                queue.push_refused(&path, content.size, TransferError::Source);
            }
        }
        self.queue_changed.notify();
        Ok(())
    }
}
