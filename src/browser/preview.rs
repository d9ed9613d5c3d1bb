//! Previews: a separate program, fetched when the user opens the first one, which reads hostile
//! files in a Worker of its own for each question.

use std::cell::Cell;
use std::rc::Rc;

use async_trait::async_trait;
use frond_preview::{Encoding, MediaType, Preview};
use futures_channel::oneshot;
use gloo_events::EventListener;
use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, BlobPropertyBag, MessageEvent, Worker};

use super::buffer::{Contiguous, arrays};
use super::script::{self, Program};
use crate::bytes::Bytes;
use crate::port::Previewer;

/// The program `frond-preview`.
pub struct BrowserPreviewer;

/// Ends the Worker when dropped, whatever it is doing.
struct WorkerGuard(Worker);

impl Drop for WorkerGuard {
    fn drop(&mut self) {
        self.0.terminate();
    }
}

#[async_trait(?Send)]
impl Previewer for BrowserPreviewer {
    async fn preview(
        &self,
        name: &str,
        encoding: Option<Encoding>,
        bytes: &Bytes,
        whole: bool,
    ) -> Option<Preview> {
        let running = WorkerGuard(script::start(Program::Preview).await.ok()?);
        let (tell, answer) = oneshot::channel();
        let tell = Rc::new(Cell::new(Some(tell)));
        let failed = Rc::clone(&tell);
        let _listeners = [
            EventListener::new(&running.0, "message", move |event| {
                let data = event.dyn_ref::<MessageEvent>().map(MessageEvent::data);
                if let (Some(tell), Some(data)) = (tell.take(), data) {
                    let _ = tell.send(data);
                }
            }),
            EventListener::new(&running.0, "error", move |_| drop(failed.take())),
        ];
        let encoding = encoding.map(Encoding::as_str).map_or(JsValue::UNDEFINED, JsValue::from_str);
        let bytes = Contiguous::of(bytes);
        let question = Array::of4(&name.into(), &encoding, bytes.array(), &whole.into());
        running.0.post_message(&question).ok()?;
        let strings = Array::from(&answer.await.ok()?);
        Preview::from_strings(strings.iter().filter_map(|string| string.as_string()).collect())
    }
}

/// An image's bytes for an `<img>`, of a type that browsers treat as nothing but an image. `None`
/// if the browser has no room.
#[must_use]
pub fn image(bytes: &Bytes, kind: MediaType) -> Option<Blob> {
    let options = BlobPropertyBag::new();
    options.set_type(kind.as_str());
    Blob::new_with_u8_array_sequence_and_options(&arrays(bytes), &options).ok()
}
