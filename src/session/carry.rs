//! Running the queue: some transfers at a time, each started, watched, and judged when it ends.

use std::pin::pin;
use std::rc::Rc;

use futures_util::future::{self, AbortHandle, Abortable};
use futures_util::stream::{FuturesUnordered, StreamExt};

use super::inner::{Inner, Keys};
use super::queue::{Load, MAX_PAUSE};
use super::view::{ChangeError, FileFault};
use crate::catalog::{MAX_PATH, Op, Place};
use crate::object::{Layout, Meta, ObjectId};
use crate::port::{Signer, Source};
use crate::transfer::{Course, DownloadJob, Progress, TransferError, UploadJob, safe_name};

/// Transfers at one time: enough that small files do not wait for each other's round trips; at most 75 MiB of parts.
const AT_ONCE: usize = 3;
/// Longest header (`object`), for judging a size before anything is sealed.
const MAX_HEADER: u32 = 4096;
/// Shortest time between two calls of the listener for progress alone, in milliseconds.
const PROGRESS_MS: u64 = 100;

impl Inner {
    /// Runs transfers as they come, until dropped.
    pub(super) async fn carry(self: &Rc<Self>) {
        let mut running = FuturesUnordered::new();
        loop {
            while running.len() < AT_ONCE {
                let (handle, registration) = AbortHandle::new_pair();
                let next = self.queue.borrow_mut().start(self.world.clock.now_ms(), handle);
                let Some((id, load)) = next else { break };
                self.changed();
                running.push(Abortable::new(self.transfer(id, load), registration));
            }
            let room = running.len() < AT_ONCE;
            let next_at = self.queue.borrow().next_at().filter(|_| room);
            let pause = async {
                match next_at {
                    Some(at) => {
                        let left = at.saturating_sub(self.world.clock.now_ms());
                        self.world.clock.sleep(left.clamp(1, MAX_PAUSE)).await;
                    }
                    None => future::pending().await,
                }
            };
            let ended = async {
                if running.next().await.is_none() {
                    future::pending::<()>().await;
                }
            };
            let bell = self.wake_queue.heard();
            future::select(pin!(ended), future::select(pin!(pause), pin!(bell))).await;
        }
    }

    async fn transfer(self: &Rc<Self>, id: u64, load: Load) {
        let Some(keys) = self.keys() else { return };
        let ended = match load {
            Load::Up(source) => {
                self.upload(id, &keys, source).await.map(|event| self.queue.borrow_mut().recorded(id, event))
            }
            Load::Down(file) => {
                let ended = self.download(id, &keys, file).await;
                self.note(file, ended.err());
                ended.map(|()| self.queue.borrow_mut().done(id))
            }
        };
        if let Err(error) = ended {
            self.queue.borrow_mut().failed(id, self.world.clock.now_ms(), error);
        }
        self.changed();
    }

    /// Parts → complete → looked at → event. Every try has an object id of its own, so no object mixes two tries.
    async fn upload(
        self: &Rc<Self>,
        id: u64,
        keys: &Rc<Keys>,
        source: Rc<dyn Source>,
    ) -> Result<Place, TransferError> {
        let path = source.path();
        if path.is_empty() || path.len() > MAX_PATH {
            return Err(TransferError::Name);
        }
        let meta = Meta {
            name: base_name(&path).to_owned(),
            size: source.size(),
            media_type: source.media_type(),
            modified: source.modified(),
        };
        let meta = meta.fitted()?;
        if Layout::new(meta.size, MAX_HEADER)?.stored() > self.config.max_object_bytes {
            return Err(TransferError::TooLarge);
        }
        let world = &*self.world;
        let object = ObjectId::generate(world.clock.now_ms(), &*world.entropy)?;
        let (size, media_type, modified) = (meta.size, meta.media_type.clone(), meta.modified);
        let job = UploadJob { id: object, file_key: keys.vault_key.file_key(&object), meta };
        let signer: Rc<dyn Signer> = keys.endpoint.clone();
        let uploaded = world.carrier.upload(job, source, signer, self.course(id)).await?;
        let add = Op::Add {
            object,
            path,
            size,
            stored: uploaded.stored,
            header: uploaded.header,
            media_type,
            modified,
            seal: uploaded.seal,
        };
        self.append(vec![add], &[]).await.map_err(|error| match error {
            ChangeError::Name => TransferError::Name,
            ChangeError::Device => TransferError::Engine,
            ChangeError::ReadOnly | ChangeError::Gone | ChangeError::NoAnswer => TransferError::Refused,
        })
    }

    async fn download(
        self: &Rc<Self>,
        id: u64,
        keys: &Rc<Keys>,
        file: ObjectId,
    ) -> Result<(), TransferError> {
        let job = {
            let history = self.history.borrow();
            let found = history.state.files.get(&file).ok_or(TransferError::Missing)?;
            if found.two_seals {
                return Err(TransferError::Changed);
            }
            DownloadJob {
                id: file,
                content_key: keys.vault_key.file_key(&file).content_key(),
                size: found.size,
                header: found.header,
                seal: found.seal,
                name: safe_name(history.shown_path(&file).unwrap_or(&found.path)),
                media_type: found.media_type.clone(),
            }
        };
        let signer: Rc<dyn Signer> = keys.endpoint.clone();
        self.world.carrier.download(job, signer, self.course(id)).await
    }

    /// What a download tells of its file.
    fn note(&self, file: ObjectId, error: Option<TransferError>) {
        let mut history = self.history.borrow_mut();
        match error {
            None => drop(history.faults.remove(&file)),
            Some(TransferError::Missing) => drop(history.faults.insert(file, FileFault::Missing)),
            Some(TransferError::Truncated | TransferError::Changed) => {
                history.faults.insert(file, FileFault::Changed);
            }
            Some(_) => return,
        }
        history.show();
    }

    fn course(self: &Rc<Self>, id: u64) -> Rc<Course> {
        let inner = Rc::downgrade(self);
        Rc::new(Course::new(move |told| {
            let (Some(inner), Progress::Done(done)) = (inner.upgrade(), told) else { return };
            let now = inner.world.clock.now_ms();
            inner.queue.borrow_mut().progress(id, now, done);
            if now.saturating_sub(inner.progressed.get()) >= PROGRESS_MS {
                inner.progressed.set(now);
                inner.changed();
            }
        }))
    }
}

/// The last part of a path.
pub(super) fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
