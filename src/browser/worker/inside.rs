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
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{DedicatedWorkerGlobalScope, File, FileSystemFileHandle, MessageEvent, MessagePort};

use super::super::clock::BrowserClock;
use super::super::entropy::SystemEntropy;
use super::super::file::BrowserFile;
use super::super::http::BulkHttp;
use super::super::spool::BrowserSpool;
use super::super::webcrypto;
use super::handle::Envelope;
use super::sink::FileSink;
use crate::object::Geometry;
use crate::port::{Clock, Sink, Source};
use crate::software::SideBySide;
use crate::transfer::{
    self, ArchiveJob, DownloadJob, Job, JobIo, OperationText, Outcome, Progress, Signer, ToPage,
    ToWorker, TransferControl, TransferError, TransferWorld,
};

/// Shortest time between two progress reports, in milliseconds. More would cost the page's thread
/// time without being visible.
const PROGRESS_MS: u64 = 250;
/// Time between two [`ToPage::Alive`] messages of a transfer, in milliseconds; at each the page
/// sends a message to the service worker, which browsers terminate after 30 seconds without one. A
/// Worker sends them because browsers throttle the timers of a page in the background, but not a
/// Worker's.
const ALIVE_MS: u64 = 10_000;

/// Signed requests on their way from the page.
type Signing = HashMap<u32, oneshot::Sender<Result<Vec<Presigned>, TransferError>>>;

struct RunningJob {
    abort: AbortHandle,
    control: Rc<TransferControl>,
    signing: Signing,
}

/// This Worker.
struct WorkerState {
    scope: DedicatedWorkerGlobalScope,
    world: TransferWorld,
    running: RefCell<HashMap<u32, RunningJob>>,
    requests: Cell<u32>,
}

/// Serves the page until it ends this Worker.
pub fn run(scope: DedicatedWorkerGlobalScope) {
    spawn_local(async move {
        let world = TransferWorld {
            http: Rc::new(BulkHttp),
            clock: Rc::new(BrowserClock),
            entropy: Rc::new(SystemEntropy::new()),
            cipher: webcrypto::engine(Rc::new(SideBySide::default())).await,
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
            let envelope =
                event.dyn_ref::<MessageEvent>().and_then(|event| Envelope::unpack(&event.data()));
            if let Some(envelope) = envelope {
                served.serve(envelope);
            }
        })
        .forget();
        state.tell(0, &ToPage::Ready);
    });
}

impl WorkerState {
    fn serve(self: &Rc<Self>, envelope: Envelope) {
        let Envelope { transfer, message, attachment } = envelope;
        match ToWorker::from_message(&message) {
            Some(ToWorker::Begin(job)) => self.start(transfer, job, attachment),
            Some(ToWorker::Hold(held)) => {
                let running = self.running.borrow();
                let control = running.get(&transfer).map(|running| Rc::clone(&running.control));
                drop(running);
                if let Some(control) = control {
                    control.hold(held);
                }
            }
            Some(ToWorker::Cancel) => {
                if let Some(running) = self.running.borrow_mut().remove(&transfer) {
                    running.abort.abort();
                }
            }
            Some(ToWorker::Signed { request, answer }) => {
                let mut running = self.running.borrow_mut();
                if let Some(asked) =
                    running.get_mut(&transfer).and_then(|running| running.signing.remove(&request))
                {
                    let _ = asked.send(answer);
                }
            }
            None => self.tell(transfer, &ToPage::Ended(Err(TransferError::Engine))),
        }
    }

    fn start(self: &Rc<Self>, transfer: u32, job: Job, attachment: JsValue) {
        let (abort, registration) = AbortHandle::new_pair();
        let control = self.control(transfer);
        let running = RunningJob { abort, control: Rc::clone(&control), signing: Signing::new() };
        self.running.borrow_mut().insert(transfer, running);
        let state = Rc::clone(self);
        let work = async move {
            let mut io = PageIo {
                state: Rc::clone(&state),
                transfer,
                source: attachment.dyn_ref::<File>().cloned().map(BrowserFile::picked),
                place: attachment.dyn_into().ok(),
                sink: None,
            };
            let ended = state.run(transfer, &job, &mut io, &control).await;
            // Not reached by a cancelled transfer, whose end nobody waits for.
            state.running.borrow_mut().remove(&transfer);
            let content = io.sink.filter(|_| ended.is_ok()).and_then(FileSink::whole);
            let content = content.map_or(JsValue::NULL, Into::into);
            state.post(transfer, &ToPage::Ended(ended), content);
        };
        spawn_local(async move {
            let _ = Abortable::new(work, registration).await;
        });
    }

    async fn run(
        self: &Rc<Self>,
        transfer: u32,
        job: &Job,
        io: &mut PageIo,
        control: &TransferControl,
    ) -> Result<Outcome, TransferError> {
        let signer = self.signer(transfer);
        let work = pin!(transfer::run(&self.world, job, io, &signer, control));
        let alive = pin!(async {
            loop {
                BrowserClock.sleep(ALIVE_MS).await;
                self.tell(transfer, &ToPage::Alive);
            }
        });
        match select(work, alive).await {
            Either::Left((ended, _)) => ended,
            Either::Right((never, _)) => never,
        }
    }

    fn signer(self: &Rc<Self>, transfer: u32) -> PageSigner {
        PageSigner { state: Rc::clone(self), transfer }
    }

    fn control(self: &Rc<Self>, transfer: u32) -> Rc<TransferControl> {
        let (state, done) = (Rc::clone(self), Rc::<Cell<Option<u64>>>::default());
        let tell_done = move |state: &Self, done: &Cell<Option<u64>>| {
            if let Some(bytes) = done.take() {
                state.tell(transfer, &ToPage::Progress(Progress::Done(bytes)));
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
            Progress::Waiting(_) => {
                tell_done(&state, &done);
                state.tell(transfer, &ToPage::Progress(told));
            }
            Progress::Faulty(_) | Progress::Kept => {
                state.tell(transfer, &ToPage::Progress(told));
            }
        }))
    }

    fn tell(&self, transfer: u32, message: &ToPage) {
        self.post(transfer, message, JsValue::NULL);
    }

    fn post(&self, transfer: u32, message: &ToPage, attachment: JsValue) {
        let message = message.to_message();
        let (message, given) = Envelope { transfer, message, attachment }.pack();
        // Fails only for objects that cannot be cloned; an envelope holds none.
        let _ = self.scope.post_message_with_transfer(&message, &given);
    }
}

/// The file that the page attached, and the sink of a download.
struct PageIo {
    state: Rc<WorkerState>,
    transfer: u32,
    source: Option<BrowserFile>,
    place: Option<FileSystemFileHandle>,
    sink: Option<FileSink>,
}

impl JobIo for PageIo {
    fn source(&self) -> Option<&dyn Source> {
        self.source.as_ref().map(|source| -> &dyn Source { source })
    }

    fn sink(&mut self, job: &DownloadJob) -> Result<&mut dyn Sink, TransferError> {
        Ok(self.file(job.size))
    }

    fn archive_sink(&mut self, job: &ArchiveJob) -> Result<&mut dyn Sink, TransferError> {
        Ok(self.file(job.length()))
    }
}

impl PageIo {
    /// What a file of `size` bytes is written to.
    fn file(&mut self, size: u64) -> &mut FileSink {
        let (state, transfer) = (Rc::clone(&self.state), self.transfer);
        let open = move |reader: MessagePort| state.post(transfer, &ToPage::Open, reader.into());
        self.sink.insert(FileSink::new(size, self.place.take(), open))
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
        self.state.tell(self.transfer, &ToPage::Sign { request, operations });
        answer.await.unwrap_or(Err(TransferError::Engine))
    }
}
