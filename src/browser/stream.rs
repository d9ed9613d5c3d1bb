//! Bytes for the service worker (www/sw.js), which answers a request of the browser with them.
//!
//! ```text
//!       ◄── "more": it takes another piece         ── as many pieces, null after the last ──►
//! here  ◄── "while LOCK": it lives as long as it holds that               "failed": no more ──►  service
//!       ◄── "done": it took them all    "gone": it reads no more    "none": no service worker    worker
//! ```

use async_trait::async_trait;
use futures_channel::mpsc;
use futures_util::StreamExt;
use gloo_events::EventListener;
use js_sys::Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{MessageChannel, MessageEvent, MessagePort};

use super::buffer::Contiguous;
use super::store::lock;
use crate::bytes::Bytes;
use crate::port::{Sink, Unwritable};

/// Said to the reader of a stream that ends before its last piece.
const FAILED: &str = "failed";
/// What the reader says before the name of a lock that it holds for as long as it lives.
const WHILE: &str = "while ";

/// What the reader says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// Another piece may come.
    More,
    /// It took them all.
    Done,
    /// It reads no more: cancelled.
    Gone,
    /// There is no reader.
    None,
}

impl Word {
    fn of(said: &JsValue) -> Option<Self> {
        match said.as_string()?.as_str() {
            "more" => Some(Self::More),
            "done" => Some(Self::Done),
            "gone" => Some(Self::Gone),
            "none" => Some(Self::None),
            _ => None,
        }
    }
}

/// The writing end of a stream.
pub(super) struct Stream {
    port: MessagePort,
    words: mpsc::UnboundedReceiver<Option<Word>>,
    /// How often "more" was said, and no piece given since.
    wanted: u32,
    _listeners: [EventListener; 2],
}

impl Drop for Stream {
    fn drop(&mut self) {
        // A reader that took them all no longer listens.
        let _ = self.port.post_message(&FAILED.into());
        self.port.close();
    }
}

impl Stream {
    /// A stream, and the port for its reader.
    pub(super) fn new() -> Result<(Self, MessagePort), Unwritable> {
        let channel = MessageChannel::new().map_err(|_| Unwritable::Failed)?;
        Ok((Self::through(channel.port1()), channel.port2()))
    }

    /// A stream whose reader has the other port.
    pub(super) fn through(port: MessagePort) -> Self {
        let (tell, words) = mpsc::unbounded();
        let ended = tell.clone();
        let told = EventListener::new(&port, "message", move |event| {
            let said = event.dyn_ref::<MessageEvent>().map(MessageEvent::data).unwrap_or_default();
            match said.as_string().as_deref().and_then(|said| said.strip_prefix(WHILE)) {
                Some(life) => spawn_local(end_with(life.to_owned(), tell.clone())),
                None => drop(tell.unbounded_send(Word::of(&said))),
            }
        });
        // The reader's thread is gone, where the browser tells it.
        let ended = EventListener::new(&port, "close", move |_| {
            let _ = ended.unbounded_send(None);
        });
        port.start();
        Self { port, words, wanted: 0, _listeners: [told, ended] }
    }

    /// The next word.
    pub(super) async fn word(&mut self) -> Result<Word, Unwritable> {
        let word = self.words.next().await.flatten().ok_or(Unwritable::Failed)?;
        self.wanted = self.wanted.saturating_add(u32::from(word == Word::More));
        Ok(word)
    }

    async fn asked(&mut self) -> Result<(), Unwritable> {
        while self.wanted == 0 {
            if self.word().await? != Word::More {
                return Err(Unwritable::Failed);
            }
        }
        self.wanted = self.wanted.saturating_sub(1);
        Ok(())
    }
}

#[async_trait(?Send)]
impl Sink for Stream {
    /// Gives a piece when it is wanted: it is transferred, nothing is copied.
    async fn write(&mut self, bytes: Bytes) -> Result<(), Unwritable> {
        self.asked().await?;
        let piece = Contiguous::sole(&bytes);
        let given = Array::of1(&piece.array().buffer());
        self.port
            .post_message_with_transferable(piece.array(), &given)
            .map_err(|_| Unwritable::Failed)
    }

    /// All pieces were given; returns once the reader took the last.
    async fn finish(&mut self) -> Result<(), Unwritable> {
        self.port.post_message(&JsValue::NULL).map_err(|_| Unwritable::Failed)?;
        loop {
            match self.word().await? {
                Word::More => {}
                Word::Done => return Ok(()),
                Word::Gone | Word::None => return Err(Unwritable::Failed),
            }
        }
    }

    async fn gone(&mut self) {
        while self.word().await == Ok(Word::More) {}
    }
}

/// Says that the reader was ended, once its lock is to be had: browsers end a service worker
/// without a word to the ports that it holds.
async fn end_with(life: String, ended: mpsc::UnboundedSender<Option<Word>>) {
    if lock::request(&life, false).await.is_ok() {
        let _ = ended.unbounded_send(None);
    }
}

#[cfg(test)]
mod tests;
