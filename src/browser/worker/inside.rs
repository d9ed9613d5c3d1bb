//! The Worker's side: runs transfers, asks the page for signatures.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::pin::pin;
use std::rc::Rc;

use async_trait::async_trait;
use frond_wire::Presigned;
use futures_channel::oneshot;
use futures_util::future::{AbortHandle, Abortable, Either, select};
use gloo_events::EventListener;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{DedicatedWorkerGlobalScope, FileSystemFileHandle, MessageEvent};

use super::super::clock::BrowserClock;
use super::super::entropy::SystemEntropy;
use super::super::file::BrowserFile;
use super::super::http::BulkHttp;
use super::super::spool::BrowserSpool;
use super::super::webcrypto;
use super::message::{ToPage, ToWorker};
use super::sink::FileSink;
use crate::object::Geometry;
use crate::port::{Clock, Source};
use crate::transfer::{
    self, DownloadJob, OperationText, Progress, Signer, TransferControl, TransferError,
    TransferWorld, UploadJob,
};

/// Progress is told once in so many milliseconds: a bar that moves more often costs more than it
/// shows.
const PROGRESS_MS: u64 = 250;
/// A download tells so often that it is under way, in milliseconds: browsers end a service worker
/// that nobody speaks to for 30 seconds. Timers of a page that nobody looks at come too late for
/// that; a Worker's do not.
const ALIVE_MS: u64 = 10_000;

/// Signed requests on their way from the page.
type Signing = HashMap<u32, oneshot::Sender<Result<Vec<Presigned>, TransferError>>>;

struct Running {
    abort: AbortHandle,
    control: Rc<TransferControl>,
    signing: Signing,
}

/// This Worker.
struct WorkerState {
    scope: DedicatedWorkerGlobalScope,
    world: TransferWorld,
    running: RefCell<HashMap<u32, Running>>,
    requests: Cell<u32>,
}

/// Serves the page until it ends this Worker.
pub fn run(scope: DedicatedWorkerGlobalScope) {
    spawn_local(async move {
        let world = TransferWorld {
            http: Rc::new(BulkHttp),
            clock: Rc::new(BrowserClock),
            entropy: Rc::new(SystemEntropy::new()),
            cipher: webcrypto::engine().await,
            geometry: Geometry::FORMAT_1,
            spool: Rc::new(BrowserSpool),
        };
        let state = Rc::new(WorkerState {
            scope: scope.clone(),
            world,
            running: RefCell::default(),
            requests: Cell::new(0),
        });
        let served = Rc::clone(&state);
        EventListener::new(&scope, "message", move |event| {
            let message =
                event.dyn_ref::<MessageEvent>().and_then(|event| ToWorker::unpack(&event.data()));
            if let Some(message) = message {
                served.serve(message);
            }
        })
        .forget();
        state.tell(ToPage::Ready);
    });
}

impl WorkerState {
    fn serve(self: &Rc<Self>, message: ToWorker) {
        match message {
            ToWorker::Upload { transfer, job, source } => {
                let state = Rc::clone(self);
                self.start(transfer, async move |control| {
                    state.upload(transfer, &job, source, &control).await
                });
            }
            ToWorker::Download { transfer, job, place } => {
                let state = Rc::clone(self);
                self.start(transfer, async move |control| {
                    state.download(transfer, &job, place, &control).await
                });
            }
            ToWorker::TransferControl { transfer, held } => {
                let running = self.running.borrow();
                let control = running.get(&transfer).map(|running| Rc::clone(&running.control));
                drop(running);
                if let Some(control) = control {
                    control.hold(held);
                }
            }
            ToWorker::Cancel { transfer } => {
                if let Some(running) = self.running.borrow_mut().remove(&transfer) {
                    running.abort.abort();
                }
            }
            ToWorker::Signed { transfer, request, answer } => {
                let mut running = self.running.borrow_mut();
                if let Some(asked) =
                    running.get_mut(&transfer).and_then(|running| running.signing.remove(&request))
                {
                    let _ = asked.send(answer);
                }
            }
        }
    }

    fn start(
        self: &Rc<Self>,
        transfer: u32,
        work: impl AsyncFnOnce(Rc<TransferControl>) -> Result<ToPage, TransferError> + 'static,
    ) {
        let (abort, registration) = AbortHandle::new_pair();
        let control = self.control(transfer);
        let running = Running { abort, control: Rc::clone(&control), signing: Signing::new() };
        self.running.borrow_mut().insert(transfer, running);
        let state = Rc::clone(self);
        spawn_local(async move {
            // A transfer that was cancelled has no end to tell of.
            if let Ok(end) = Abortable::new(work(control), registration).await {
                state.running.borrow_mut().remove(&transfer);
                state.tell(end.unwrap_or_else(|error| ToPage::Failed { transfer, error }));
            }
        });
    }

    async fn upload(
        self: &Rc<Self>,
        transfer: u32,
        job: &[u8],
        source: Option<web_sys::File>,
        control: &TransferControl,
    ) -> Result<ToPage, TransferError> {
        let job = UploadJob::from_message(job).ok_or(TransferError::Engine)?;
        let (source, signer) = (source.map(BrowserFile::picked), self.signer(transfer));
        let source = source.as_ref().map(|source| -> &dyn Source { source });
        let uploaded = transfer::upload(&self.world, &job, source, &signer, control).await?;
        Ok(ToPage::Uploaded { transfer, uploaded })
    }

    async fn download(
        self: &Rc<Self>,
        transfer: u32,
        job: &[u8],
        place: Option<FileSystemFileHandle>,
        control: &TransferControl,
    ) -> Result<ToPage, TransferError> {
        let job = DownloadJob::from_message(job).ok_or(TransferError::Engine)?;
        let signer = self.signer(transfer);
        let mut sink =
            FileSink::new(job.size, place, |reader| self.tell(ToPage::Open { transfer, reader }));
        {
            let work = pin!(transfer::download(&self.world, &job, &mut sink, &signer, control));
            let alive = pin!(async {
                loop {
                    BrowserClock.sleep(ALIVE_MS).await;
                    self.tell(ToPage::Alive { transfer });
                }
            });
            match select(work, alive).await {
                Either::Left((ended, _)) => ended?,
                Either::Right((never, _)) => never,
            }
        }
        Ok(ToPage::Downloaded { transfer, content: sink.whole() })
    }

    fn signer(self: &Rc<Self>, transfer: u32) -> PageSigner {
        PageSigner { state: Rc::clone(self), transfer }
    }

    fn control(self: &Rc<Self>, transfer: u32) -> Rc<TransferControl> {
        let (state, done) = (Rc::clone(self), Rc::<Cell<Option<u64>>>::default());
        let tell_done = move |state: &Self, done: &Cell<Option<u64>>| {
            if let Some(bytes) = done.take() {
                state.tell(ToPage::Progress { transfer, bytes });
            }
        };
        Rc::new(TransferControl::new(move |told| match told {
            // At the end of the pause and not at its beginning: whatever comes to a halt, its last
            // word is said.
            Progress::Done(bytes) => {
                if done.replace(Some(bytes)).is_none() {
                    let (state, done) = (Rc::clone(&state), Rc::clone(&done));
                    spawn_local(async move {
                        BrowserClock.sleep(PROGRESS_MS).await;
                        tell_done(&state, &done);
                    });
                }
            }
            Progress::Waiting(error) => {
                tell_done(&state, &done);
                state.tell(ToPage::Waiting { transfer, error });
            }
            Progress::Kept => state.tell(ToPage::Kept { transfer }),
        }))
    }

    fn tell(&self, message: ToPage) {
        let (message, given) = message.pack();
        // It fails for what cannot be cloned, of which none of these holds any.
        let _ = self.scope.post_message_with_transfer(&message, &given);
    }
}

/// Asks the page, which holds the login's key.
struct PageSigner {
    state: Rc<WorkerState>,
    transfer: u32,
}

#[async_trait(?Send)]
impl Signer for PageSigner {
    async fn presign(
        &self,
        operations: Vec<OperationText>,
    ) -> Result<Vec<Presigned>, TransferError> {
        let request = self.state.requests.get();
        self.state.requests.set(request.wrapping_add(1));
        let (tell, answer) = oneshot::channel();
        if let Some(running) = self.state.running.borrow_mut().get_mut(&self.transfer) {
            running.signing.insert(request, tell);
        }
        self.state.tell(ToPage::Sign { transfer: self.transfer, request, operations });
        answer.await.unwrap_or(Err(TransferError::Engine))
    }
}
