//! The Worker's side: runs transfers, asks the page for signatures.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use async_trait::async_trait;
use frond_wire::Presigned;
use futures_channel::oneshot;
use futures_util::future::{AbortHandle, Abortable};
use gloo_events::EventListener;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use super::super::clock::BrowserClock;
use super::super::entropy::SystemEntropy;
use super::super::file::BrowserFile;
use super::super::http::BrowserHttp;
use super::super::webcrypto;
use super::message::{ToPage, ToWorker};
use super::sink::BlobSink;
use crate::object::Geometry;
use crate::port::{Clock, OperationText, Signer};
use crate::transfer::{self, Course, DownloadJob, Progress, TransferError, TransferWorld, UploadJob};

/// Progress is told at most once in so many milliseconds.
const PROGRESS_MS: u64 = 50;

/// Signed requests on their way from the page.
type Signing = HashMap<u32, oneshot::Sender<Result<Vec<Presigned>, TransferError>>>;

struct Running {
    abort: AbortHandle,
    signing: Signing,
}

/// This Worker.
struct Desk {
    scope: DedicatedWorkerGlobalScope,
    world: TransferWorld,
    running: RefCell<HashMap<u32, Running>>,
    requests: Cell<u32>,
}

/// Serves the page until it ends this Worker.
pub fn run(scope: DedicatedWorkerGlobalScope) {
    spawn_local(async move {
        let world = TransferWorld {
            http: Rc::new(BrowserHttp::new()),
            clock: Rc::new(BrowserClock),
            entropy: Rc::new(SystemEntropy::new()),
            cipher: webcrypto::engine().await,
            geometry: Geometry::FORMAT_1,
        };
        let desk = Rc::new(Desk {
            scope: scope.clone(),
            world,
            running: RefCell::default(),
            requests: Cell::new(0),
        });
        let served = Rc::clone(&desk);
        EventListener::new(&scope, "message", move |event| {
            let message = event.dyn_ref::<MessageEvent>().and_then(|event| ToWorker::unpack(&event.data()));
            if let Some(message) = message {
                served.serve(message);
            }
        })
        .forget();
        desk.tell(ToPage::Ready);
    });
}

impl Desk {
    fn serve(self: &Rc<Self>, message: ToWorker) {
        match message {
            ToWorker::Upload { transfer, job, source } => {
                let desk = Rc::clone(self);
                self.start(transfer, async move { desk.upload(transfer, &job, source).await });
            }
            ToWorker::Download { transfer, job } => {
                let desk = Rc::clone(self);
                self.start(transfer, async move { desk.download(transfer, &job).await });
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
        work: impl Future<Output = Result<ToPage, TransferError>> + 'static,
    ) {
        let (abort, registration) = AbortHandle::new_pair();
        self.running.borrow_mut().insert(transfer, Running { abort, signing: Signing::new() });
        let desk = Rc::clone(self);
        spawn_local(async move {
            // A transfer that was cancelled has no end to tell of.
            if let Ok(end) = Abortable::new(work, registration).await {
                desk.running.borrow_mut().remove(&transfer);
                desk.tell(end.unwrap_or_else(|error| ToPage::Failed { transfer, error }));
            }
        });
    }

    async fn upload(
        self: &Rc<Self>,
        transfer: u32,
        job: &[u8],
        source: web_sys::File,
    ) -> Result<ToPage, TransferError> {
        let job = UploadJob::from_message(job).ok_or(TransferError::Engine)?;
        let (source, signer, course) =
            (BrowserFile::picked(source), self.signer(transfer), self.course(transfer));
        let uploaded = transfer::upload(&self.world, &job, &source, &signer, &course).await?;
        Ok(ToPage::Uploaded { transfer, uploaded })
    }

    async fn download(self: &Rc<Self>, transfer: u32, job: &[u8]) -> Result<ToPage, TransferError> {
        let job = DownloadJob::from_message(job).ok_or(TransferError::Engine)?;
        let (mut sink, signer, course) = (BlobSink::default(), self.signer(transfer), self.course(transfer));
        transfer::download(&self.world, &job, &mut sink, &signer, &course).await?;
        let content = sink.whole().ok_or(TransferError::Target)?;
        Ok(ToPage::Downloaded { transfer, content })
    }

    fn signer(self: &Rc<Self>, transfer: u32) -> PageSigner {
        PageSigner { desk: Rc::clone(self), transfer }
    }

    fn course(self: &Rc<Self>, transfer: u32) -> Course {
        let (desk, last) = (Rc::clone(self), Cell::new(0));
        Course::new(move |told| {
            let Progress::Done(bytes) = told else { return };
            let now = BrowserClock.now_ms();
            if now.abs_diff(last.replace(now)) >= PROGRESS_MS {
                desk.tell(ToPage::Progress { transfer, bytes });
            }
        })
    }

    fn tell(&self, message: ToPage) {
        // It fails for what cannot be cloned, of which none of these holds any.
        if let Some(message) = message.pack() {
            let _ = self.scope.post_message(&message);
        }
    }
}

/// Asks the page, which holds the login's key.
struct PageSigner {
    desk: Rc<Desk>,
    transfer: u32,
}

#[async_trait(?Send)]
impl Signer for PageSigner {
    async fn presign(&self, operations: Vec<OperationText>) -> Result<Vec<Presigned>, TransferError> {
        let request = self.desk.requests.get();
        self.desk.requests.set(request.wrapping_add(1));
        let (tell, answer) = oneshot::channel();
        if let Some(running) = self.desk.running.borrow_mut().get_mut(&self.transfer) {
            running.signing.insert(request, tell);
        }
        self.desk.tell(ToPage::Sign { transfer: self.transfer, request, operations });
        answer.await.unwrap_or(Err(TransferError::Engine))
    }
}
