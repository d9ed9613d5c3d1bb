//! Search in contents: a separate program, fetched when the first file is indexed or searched. It
//! runs in two Workers: one reads files, which are hostile, and is ended where one makes it fail or
//! take long; the other has the indexes.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use async_trait::async_trait;
use frond_search::{Line, Match};
use futures_channel::oneshot;
use futures_util::future::{Either, select};
use gloo_events::{EventListener, EventListenerOptions};
use js_sys::{Array, Uint8Array, Uint32Array};
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, Worker};

use super::buffer::Contiguous;
use super::clock::timer;
use super::number::to_u64;
use super::script::{self, Program};
use crate::bytes::Bytes;
use crate::port::{Merging, OpenIndex, SearchFault, SearchProgram};

/// A Worker that has not answered after this many milliseconds is ended.
const LIMIT_MS: u64 = 60_000;
/// Number of a document that is left out of a merged index.
const NONE: u32 = u32::MAX;

/// The program `frond-search`.
#[derive(Default)]
pub struct BrowserSearch {
    reads: Lane,
    finds: Rc<Lane>,
}

/// A Worker that is started when it is first asked, and again after it was ended.
#[derive(Default)]
struct Lane {
    running: RefCell<Option<Rc<SearchWorker>>>,
    asked: Cell<u32>,
}

struct SearchWorker {
    worker: Worker,
    waiting: Requests,
    _listeners: [EventListener; 2],
}

/// Who waits for which answer.
type Requests = Rc<RefCell<HashMap<u32, oneshot::Sender<JsValue>>>>;

impl Drop for SearchWorker {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

impl SearchWorker {
    async fn start() -> Result<Rc<Self>, SearchFault> {
        let worker = script::start(Program::Search).await.map_err(|_| SearchFault::NotLoaded)?;
        let waiting = Requests::default();
        let (told, failed) = (Rc::clone(&waiting), Rc::clone(&waiting));
        let options = EventListenerOptions::enable_prevent_default();
        let listeners = [
            EventListener::new(&worker, "message", move |event| {
                let data = event.dyn_ref::<MessageEvent>().map(MessageEvent::data);
                let answer = Array::from(&data.unwrap_or_default());
                let number = to_u64(answer.get(0).as_f64().unwrap_or_default());
                let tell = u32::try_from(number).ok().and_then(|at| told.borrow_mut().remove(&at));
                if let Some(tell) = tell {
                    let _ = tell.send(answer.get(1));
                }
            }),
            // Dealt with here: the files are hostile, and the program may not have come.
            EventListener::new_with_options(&worker, "error", options, move |event| {
                event.prevent_default();
                failed.borrow_mut().clear();
            }),
        ];
        Ok(Rc::new(Self { worker, waiting, _listeners: listeners }))
    }
}

impl Lane {
    fn next(&self) -> u32 {
        self.asked.set(self.asked.get().wrapping_add(1));
        self.asked.get()
    }

    /// Asks the Worker, and ends it if it fails.
    async fn ask(&self, what: &str, given: &[JsValue]) -> Result<JsValue, SearchFault> {
        let running = self.running.borrow().clone();
        let running = match running {
            Some(running) => running,
            None => {
                let running = SearchWorker::start().await?;
                self.running.replace(Some(Rc::clone(&running)));
                running
            }
        };
        let number = self.next();
        let (tell, answer) = oneshot::channel();
        running.waiting.borrow_mut().insert(number, tell);
        let question = [number.into(), what.into()];
        let question: Array = question.iter().chain(given).collect();
        running.worker.post_message(&question).map_err(|_| SearchFault::Failed)?;
        match select(answer, timer(LIMIT_MS)).await {
            Either::Left((Ok(answer), _)) if !answer.is_undefined() => Ok(answer),
            // What it was asked about is at fault, and not the Worker.
            Either::Left((Ok(_), _)) => Err(SearchFault::Failed),
            Either::Left((Err(_), _)) | Either::Right(_) => {
                self.stop();
                Err(SearchFault::Failed)
            }
        }
    }

    fn stop(&self) {
        self.running.take();
    }
}

#[async_trait(?Send)]
impl SearchProgram for BrowserSearch {
    async fn text(&self, name: &str, bytes: &Bytes) -> Result<Option<String>, SearchFault> {
        let bytes = Contiguous::of(bytes);
        let text = self.reads.ask("text", &[name.into(), bytes.array().into()]).await?;
        Ok(text.as_string())
    }

    async fn index(&self, texts: &[String]) -> Result<Vec<u8>, SearchFault> {
        let texts: Array = texts.iter().map(|text| JsValue::from_str(text)).collect();
        bytes(self.finds.ask("index", &[texts.into()]).await?)
    }

    async fn merge(&self, documents: u32, indexes: &[Merging]) -> Result<Vec<u8>, SearchFault> {
        let one = |Merging { index, numbers }: &Merging| {
            let numbers: Vec<_> = numbers.iter().map(|number| number.unwrap_or(NONE)).collect();
            let numbers = Uint32Array::from(&*numbers);
            Array::of2(&Uint8Array::from(&**index), &numbers)
        };
        let indexes: Array = indexes.iter().map(one).collect();
        bytes(self.finds.ask("merge", &[documents.into(), indexes.into()]).await?)
    }

    async fn open(&self, documents: u32, index: &[u8]) -> Result<Rc<dyn OpenIndex>, SearchFault> {
        let number = self.finds.next();
        let given = [number.into(), documents.into(), Uint8Array::from(index).into()];
        self.finds.ask("open", &given).await?;
        Ok(Rc::new(Opened { lane: Rc::clone(&self.finds), number }))
    }

    async fn line(
        &self,
        text: &str,
        required: &[String],
        other: &[String],
    ) -> Result<Option<Line>, SearchFault> {
        let given = [text.into(), strings(required), strings(other)];
        let line = self.finds.ask("line", &given).await?;
        let mut parts = Array::from(&line).into_iter().filter_map(|part| part.as_string());
        let (before, hit, after) = (parts.next(), parts.next(), parts.next());
        let line = before.zip(hit).zip(after);
        Ok(line.map(|((before, hit), after)| Line { before, hit, after }))
    }

    fn stop(&self) {
        self.reads.stop();
        self.finds.stop();
    }
}

/// An index that the Worker has open under a number.
struct Opened {
    lane: Rc<Lane>,
    number: u32,
}

impl Drop for Opened {
    fn drop(&mut self) {
        if let Some(running) = &*self.lane.running.borrow() {
            // Nobody waits for the answer.
            let question = Array::of3(&0.into(), &"close".into(), &self.number.into());
            let _ = running.worker.post_message(&question);
        }
    }
}

#[async_trait(?Send)]
impl OpenIndex for Opened {
    async fn find(&self, terms: &[String]) -> Result<Vec<Vec<(u32, Match)>>, SearchFault> {
        let found = self.lane.ask("find", &[self.number.into(), strings(terms)]).await?;
        let how = |sent: u32| match sent & 1 {
            0 => (sent >> 1, Match::Begins),
            _ => (sent >> 1, Match::Within),
        };
        let documents = |sent: JsValue| {
            let sent = sent.dyn_into::<Uint32Array>().map_err(|_| SearchFault::Failed)?;
            Ok(sent.to_vec().into_iter().map(how).collect())
        };
        Array::from(&found).into_iter().map(documents).collect()
    }
}

fn strings(terms: &[String]) -> JsValue {
    terms.iter().map(|term| JsValue::from_str(term)).collect::<Array>().into()
}

fn bytes(answer: JsValue) -> Result<Vec<u8>, SearchFault> {
    Ok(answer.dyn_into::<Uint8Array>().map_err(|_| SearchFault::Failed)?.to_vec())
}
