//! The password strength meter: a separate program, larger than many pages, fetched only when the
//! user chooses a password.
//!
//! It runs in its own Worker, which is terminated after sign-in, releasing the memory that held
//! passwords.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use async_trait::async_trait;
use futures_channel::oneshot;
use gloo_events::EventListener;
use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, Worker};

use super::script::{self, Program};
use crate::port::Meter;

/// Callers waiting for a result, in order.
type Callers = Rc<RefCell<VecDeque<oneshot::Sender<f64>>>>;

struct StrengthWorker {
    worker: Worker,
    waiting: Callers,
    _listeners: [EventListener; 2],
}

impl Drop for StrengthWorker {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

/// zxcvbn, loaded on first use.
#[derive(Default)]
pub struct BrowserMeter {
    running: RefCell<Option<Rc<StrengthWorker>>>,
}

#[async_trait(?Send)]
impl Meter for BrowserMeter {
    async fn guesses_log10(&self, password: &str, inputs: &[&str]) -> Option<f64> {
        let running = self.running().await.ok()?;
        let guesses = running.ask(password, inputs).ok()?.await;
        if guesses.is_err() {
            // It could not be loaded, perhaps for lack of a network: the next call tries again.
            self.running.take();
        }
        guesses.ok()
    }

    fn stop(&self) {
        self.running.take();
    }
}

impl BrowserMeter {
    async fn running(&self) -> Result<Rc<StrengthWorker>, JsValue> {
        if let Some(running) = &*self.running.borrow() {
            return Ok(Rc::clone(running));
        }
        let started = Rc::new(start().await?);
        // A concurrent call may have started one meanwhile.
        Ok(Rc::clone(self.running.borrow_mut().get_or_insert(started)))
    }
}

impl StrengthWorker {
    fn ask(&self, password: &str, inputs: &[&str]) -> Result<oneshot::Receiver<f64>, JsValue> {
        let (tell, guesses) = oneshot::channel();
        let inputs: Array = inputs.iter().map(|input| JsValue::from_str(input)).collect();
        self.worker.post_message(&Array::of2(&password.into(), &inputs))?;
        self.waiting.borrow_mut().push_back(tell);
        Ok(guesses)
    }
}

async fn start() -> Result<StrengthWorker, JsValue> {
    let worker = script::start(Program::Strength).await?;
    let waiting = Callers::default();
    let answered = Rc::clone(&waiting);
    let judged = EventListener::new(&worker, "message", move |event| {
        let guesses = event.dyn_ref::<MessageEvent>().and_then(|event| event.data().as_f64());
        if let (Some(asked), Some(guesses)) = (answered.borrow_mut().pop_front(), guesses) {
            let _ = asked.send(guesses);
        }
    });
    let failed = Rc::clone(&waiting);
    let failed = EventListener::new(&worker, "error", move |_| failed.borrow_mut().clear());
    Ok(StrengthWorker { worker, waiting, _listeners: [judged, failed] })
}
