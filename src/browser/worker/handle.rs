//! One Worker of the pool, as the page holds it, and the envelopes that the two exchange.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use futures_channel::mpsc;
use gloo_events::EventListener;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{MessageEvent, MessagePort, Worker};
use zeroize::Zeroizing;

use super::super::number::to_u64;
use super::super::script::{self, Program};
use crate::transfer::{ToPage, ToWorker};

/// A message about a transfer, with its attachment.
pub(super) type Told = (ToPage, JsValue);

/// What the listeners share with the worker.
#[derive(Default)]
struct HandleState {
    /// Started, once its program is here.
    worker: Option<StartedWorker>,
    /// Sent before the Worker could listen; `None` since then.
    early: Option<Vec<Envelope>>,
    /// Who waits for what the Worker says of a transfer.
    transfers: HashMap<u32, mpsc::UnboundedSender<Told>>,
    /// The Worker failed, and answers no more.
    dead: bool,
}

struct StartedWorker {
    worker: Worker,
    _listeners: [EventListener; 2],
}

/// A running Worker; ended when dropped.
pub(super) struct WorkerHandle {
    state: Rc<RefCell<HandleState>>,
}

impl Drop for WorkerHandle {
    fn drop(&mut self) {
        self.end();
    }
}

impl WorkerHandle {
    /// Starts a Worker. Without its program it dies.
    pub(super) fn start() -> Rc<Self> {
        let state = Rc::new(RefCell::new(HandleState {
            early: Some(Vec::new()),
            ..HandleState::default()
        }));
        let started = Rc::clone(&state);
        spawn_local(async move {
            match script::start(Program::Worker).await {
                Ok(worker) if !started.borrow().dead => listen(&started, worker),
                Ok(worker) => worker.terminate(),
                Err(_) => started.borrow_mut().die(),
            }
        });
        Rc::new(Self { state })
    }

    /// Transfers that it carries now.
    pub(super) fn load(&self) -> usize {
        self.state.borrow().transfers.len()
    }

    /// Whether the Worker failed.
    pub(super) fn dead(&self) -> bool {
        self.state.borrow().dead
    }

    /// Takes the keys from it, and all that it does. Whoever waits for a transfer learns that it
    /// ended.
    pub(super) fn end(&self) {
        self.state.borrow_mut().die();
    }

    /// Starts a transfer. `begin` holds [`ToWorker::Begin`].
    pub(super) fn begin(self: &Rc<Self>, begin: Envelope) -> TransferHandle {
        let (transfer, (tell, told)) = (begin.transfer, mpsc::unbounded());
        if !self.dead() {
            self.state.borrow_mut().transfers.insert(transfer, tell);
            self.send(begin);
        }
        TransferHandle { worker: Rc::clone(self), transfer, told }
    }

    fn send(&self, message: Envelope) {
        let state = &mut *self.state.borrow_mut();
        match (&mut state.early, &state.worker) {
            (Some(early), _) => early.push(message),
            (None, Some(running)) => post(&running.worker, &message),
            (None, None) => {}
        }
    }
}

impl HandleState {
    fn die(&mut self) {
        self.dead = true;
        self.transfers.clear();
        self.early = None;
        if let Some(running) = self.worker.take() {
            running.worker.terminate();
        }
    }
}

/// Hears what the Worker says from its start on.
fn listen(state: &Rc<RefCell<HandleState>>, worker: Worker) {
    let (told, sender) = (Rc::clone(state), worker.clone());
    let told = EventListener::new(&worker, "message", move |event| {
        let envelope =
            event.dyn_ref::<MessageEvent>().and_then(|event| Envelope::unpack(&event.data()));
        let Some(Envelope { transfer, message, attachment }) = envelope else { return };
        match ToPage::from_message(&message) {
            Some(ToPage::Ready) => {
                let early = told.borrow_mut().early.take();
                early.into_iter().flatten().for_each(|message| post(&sender, &message));
            }
            Some(message) => {
                if let Some(waits) = told.borrow().transfers.get(&transfer) {
                    let _ = waits.unbounded_send((message, attachment));
                }
            }
            None => {}
        }
    });
    let broken = Rc::clone(state);
    let broken = EventListener::new(&worker, "error", move |_| broken.borrow_mut().die());
    state.borrow_mut().worker = Some(StartedWorker { worker, _listeners: [told, broken] });
}

/// A transfer that a Worker carries; cancelled when dropped, which does nothing to one that has
/// ended.
pub(super) struct TransferHandle {
    worker: Rc<WorkerHandle>,
    transfer: u32,
    /// What the Worker says of it; ends when the Worker does.
    pub(super) told: mpsc::UnboundedReceiver<Told>,
}

impl TransferHandle {
    /// Answers the Worker.
    pub(super) fn send(&self, message: &ToWorker) {
        let (transfer, message) = (self.transfer, message.to_message());
        self.worker.send(Envelope { transfer, message, attachment: JsValue::NULL });
    }
}

impl Drop for TransferHandle {
    fn drop(&mut self) {
        self.worker.state.borrow_mut().transfers.remove(&self.transfer);
        if !self.worker.dead() {
            self.send(&ToWorker::Cancel);
        }
    }
}

fn post(worker: &Worker, envelope: &Envelope) {
    let (message, given) = envelope.pack();
    // Fails only for objects that cannot be cloned; an envelope holds none.
    let _ = worker.post_message_with_transfer(&message, &given);
}

/// What `postMessage` sends, either way: one message about a transfer, and its attachment.
pub(super) struct Envelope {
    /// Number of the transfer, assigned by the page.
    pub(super) transfer: u32,
    /// The encoded [`ToWorker`] or [`ToPage`], which may hold secrets.
    pub(super) message: Zeroizing<Vec<u8>>,
    /// A `File`, a `FileSystemFileHandle`, a `MessagePort`, a `Blob`, or null.
    pub(super) attachment: JsValue,
}

impl Envelope {
    /// Returns the two arguments of `postMessage`: the message, and the objects in it that are
    /// transferred instead of copied. The buffer is among them, so no copy remains on this side.
    pub(super) fn pack(&self) -> (Array, Array) {
        let bytes = Uint8Array::from(self.message.as_slice());
        let given = Array::of1(&bytes.buffer());
        if self.attachment.is_instance_of::<MessagePort>() {
            given.push(&self.attachment);
        }
        (Array::of3(&self.transfer.into(), &bytes, &self.attachment), given)
    }

    /// Reads what [`Envelope::pack`] made, and wipes the buffer that it arrived in.
    pub(super) fn unpack(data: &JsValue) -> Option<Self> {
        let data: &Array = data.dyn_ref()?;
        let transfer = u32::try_from(to_u64(data.get(0).as_f64()?)).ok()?;
        let bytes: Uint8Array = data.get(1).dyn_into().ok()?;
        let message = Zeroizing::new(bytes.to_vec());
        bytes.fill(0, 0, bytes.length());
        Some(Self { transfer, message, attachment: data.get(2) })
    }
}
