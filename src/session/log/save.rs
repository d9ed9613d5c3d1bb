//! Emptying the outbox: events first, in order, each alone at its place (`reseal`); then, once the
//! bucket has them all, the deletions they announced, of objects and of their thumbnails.

use frond_wire::{Name, Operation};

use super::SessionLog;
use crate::catalog::{self, Doubt, EventKey, MAX_TOKEN, Op};
use crate::secret::VaultKey;
use crate::transfer::{Answer, Bucket, Call, Signed, TransferError};

/// Events signed by one request, so that their URLs are used long before they expire.
const BATCH: usize = 100;

impl SessionLog {
    /// Uploads the outbox. One tab of this browser at a time.
    pub(in crate::session) async fn save(&self) -> Result<(), TransferError> {
        let Some(keys) = self.context.keys() else { return Ok(()) };
        if !self.history.borrow().waits() {
            return Ok(());
        }
        let store = &*self.context.world.store;
        let _lock = store.lock(&self.records.outbox_lock()).await?;
        // Another tab may have resealed waiting events meanwhile.
        self.know_own().await?;
        let (before, pending_before) = {
            let history = self.history.borrow();
            (history.unsaved.clone(), history.pending_deletes.clone())
        };
        let bucket = self.context.bucket(&*keys.endpoint);
        // Read before the events, so that the event of every deletion below is saved first.
        let pending_deletes = self.records.all_pending_deletes().await?;
        let waiting = self.records.outbox("").await?;
        // Events no longer in the outbox were saved by another tab.
        for place in before {
            if waiting.iter().all(|(other, _)| *other != place) {
                self.saved(&place);
            }
        }
        // Take in events that another tab wrote and this one is about to save.
        for (place, token) in &waiting {
            if self.history.borrow().knows(place) {
                continue;
            }
            if let Ok((hash, event)) = catalog::open(&keys.vault_key, place, token) {
                let mut history = self.history.borrow_mut();
                history.expect(*place, hash, event);
                history.settle_own();
            }
        }
        let waiting = self.claim_places(&bucket, &keys.vault_key, waiting).await?;
        for batch in waiting.chunks(BATCH) {
            let signed = bucket
                .sign(batch.iter().map(|(place, token)| put_event(place, token)).collect())
                .await?;
            for ((place, token), signed) in batch.iter().zip(signed) {
                self.put_event(&bucket, place, token, &signed).await?;
                let adds = adds(&keys.vault_key, place, token);
                if !adds.is_empty() {
                    self.refresh().await?;
                    if let Some(observer) = self.observer() {
                        observer.files_named(place, adds).await?;
                    }
                }
                let logged = (self.records.logged(place), Some(token.clone()));
                store.write(vec![(self.records.waiting(place), None), logged]).await?;
                self.saved(place);
            }
        }
        self.history
            .borrow_mut()
            .pending_deletes
            .retain(|object| !pending_before.contains(object) || pending_deletes.contains(object));
        for object in pending_deletes {
            // An endpoint of an earlier version refuses; the next search for leftovers finds it.
            let thumbnail = Call::new(Operation::Delete(Name::Thumbnail(object)), 0);
            match bucket.call(&thumbnail).await {
                Err(error) if error.is_passing() => return Err(error),
                Ok(_) | Err(_) => {}
            }
            let operation = Operation::Delete(Name::Object(object));
            match bucket.call(&Call::new(operation, 0)).await? {
                Answer::Success(_) | Answer::NotFound => {}
                Answer::Exists
                | Answer::NoSuchUpload
                | Answer::InvalidPart
                | Answer::OutOfRange => {
                    return Err(TransferError::InvalidResponse);
                }
            }
            store.write(vec![(self.records.pending_deletes(&object), None)]).await?;
            self.history.borrow_mut().pending_deletes.remove(&object);
        }
        self.context.changed();
        Ok(())
    }

    /// [PutObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html) of an event,
    /// write-once; then reads it back: an intermediary may have answered the PUT with "200", and
    /// only what the bucket returns counts as saved.
    async fn put_event(
        &self,
        bucket: &Bucket<'_>,
        place: &EventKey,
        token: &[u8],
        signed: &Signed,
    ) -> Result<(), TransferError> {
        let call = Call::with_body(put_event(place, token), token.to_vec());
        match bucket.call_signed(&call, signed, &|_| {}).await? {
            // Exists: our own put whose response was lost, unless another device wrote there.
            Answer::Success(_) | Answer::Exists => {}
            Answer::NotFound | Answer::NoSuchUpload | Answer::InvalidPart | Answer::OutOfRange => {
                return Err(TransferError::InvalidResponse);
            }
        }
        let call = Call::new(Operation::Get(Name::Event(*place)), MAX_TOKEN);
        match bucket.call(&call).await? {
            Answer::Success(response) if response.body == token => Ok(()),
            Answer::NotFound => Err(TransferError::StoreDown),
            _ => {
                self.history.borrow_mut().doubts.insert(Doubt::BadEvent);
                Err(TransferError::InvalidResponse)
            }
        }
    }

    fn saved(&self, place: &EventKey) {
        self.history.borrow_mut().saved(place);
        if let Some(observer) = self.observer() {
            observer.event_saved(place);
        }
        self.context.changed();
    }
}

/// The files that an event adds, regardless of age: timestamps in their ids, and what other devices
/// assume about them, may be wrong.
fn adds(key: &VaultKey, place: &EventKey, token: &[u8]) -> Vec<Op> {
    let ops = catalog::open(key, place, token).map(|(_, event)| event.ops).unwrap_or_default();
    ops.into_iter().filter(|op| matches!(op, Op::Add { .. })).collect()
}

fn put_event(place: &EventKey, token: &[u8]) -> Operation {
    let length = u64::try_from(token.len()).unwrap_or(u64::MAX);
    Operation::put(Name::Event(*place), length)
}
