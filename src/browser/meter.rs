//! The strength meter: a second program, larger than many pages, fetched only when somebody chooses a password.
//!
//! It runs in a Worker of its own, which ends with the meter: so does the memory that passwords went through.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use async_trait::async_trait;
use futures_channel::oneshot;
use gloo_events::EventListener;
use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, Worker};

use super::number::to_u64;
use super::script::{Script, spawn};
use crate::port::Meter;

/// Those who wait for a score, in the order they asked.
type Waiting = Rc<RefCell<VecDeque<oneshot::Sender<u8>>>>;

struct Running {
    worker: Worker,
    waiting: Waiting,
    _listeners: [EventListener; 2],
}

impl Drop for Running {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

/// zxcvbn, loaded at the first question.
#[derive(Default)]
pub struct BrowserMeter {
    running: RefCell<Option<Running>>,
}

#[async_trait(?Send)]
impl Meter for BrowserMeter {
    async fn score(&self, password: &str, inputs: &[&str]) -> Option<u8> {
        let score = self.ask(password, inputs).ok()?.await;
        if score.is_err() {
            // It could not be loaded, perhaps for want of a network: the next question tries again.
            self.running.take();
        }
        score.ok()
    }
}

impl BrowserMeter {
    fn ask(&self, password: &str, inputs: &[&str]) -> Result<oneshot::Receiver<u8>, JsValue> {
        let mut running = self.running.borrow_mut();
        let running = match &mut *running {
            Some(running) => running,
            none => none.insert(start()?),
        };
        let (tell, score) = oneshot::channel();
        let inputs: Array = inputs.iter().map(|input| JsValue::from_str(input)).collect();
        running.worker.post_message(&Array::of2(&password.into(), &inputs))?;
        running.waiting.borrow_mut().push_back(tell);
        Ok(score)
    }
}

fn start() -> Result<Running, JsValue> {
    let worker = spawn(Script::Strength)?;
    let waiting = Waiting::default();
    let answered = Rc::clone(&waiting);
    let scored = EventListener::new(&worker, "message", move |event| {
        let score = event.dyn_ref::<MessageEvent>().and_then(|event| event.data().as_f64());
        let score = score.and_then(|score| u8::try_from(to_u64(score)).ok());
        if let (Some(asked), Some(score)) = (answered.borrow_mut().pop_front(), score) {
            let _ = asked.send(score);
        }
    });
    let failed = Rc::clone(&waiting);
    let failed = EventListener::new(&worker, "error", move |_| failed.borrow_mut().clear());
    Ok(Running { worker, waiting, _listeners: [scored, failed] })
}
