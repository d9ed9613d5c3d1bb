//! A stream of bytes to the service worker (www/sw.js), which answers a request of the browser with
//! it. Both ends hold a port of one channel; the service worker is the reader.
//!
//! ```text
//! to the reader    a piece       an ArrayBuffer, one for each "more"
//!                  null          that was the last piece
//!                  "failed"      the stream ends before its last piece
//! from the reader  "more"        send another piece
//!                  "while LOCK"  the reader holds this lock for as long as it runs
//!                  "done"        it has taken every piece
//!                  "gone"        it reads no more: the download was cancelled
//! from the page    "none"        there is no service worker
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

/// Sent to the reader of a stream that ends before its last piece.
const FAILED: &str = "failed";
/// Prefix of the message that names the lock which the reader holds for as long as it runs.
const WHILE: &str = "while ";

/// A message from the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// It is ready for another piece.
    More,
    /// It has taken every piece.
    Done,
    /// It reads no more, because the download was cancelled.
    Gone,
    /// There is no service worker, so nobody reads. The page sends this in its place.
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
    /// How many pieces the reader asked for and was not sent yet.
    wanted: u32,
    _listeners: [EventListener; 2],
}

impl Drop for Stream {
    fn drop(&mut self) {
        // A reader that has taken every piece no longer listens.
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
        // The reader's thread ended. Not every browser reports that.
        let ended = EventListener::new(&port, "close", move |_| {
            let _ = ended.unbounded_send(None);
        });
        port.start();
        Self { port, words, wanted: 0, _listeners: [told, ended] }
    }

    /// The next message from the reader.
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
    /// Sends a piece once the reader asks for one. Its buffer is transferred, not copied.
    async fn write(&mut self, bytes: Bytes) -> Result<(), Unwritable> {
        self.asked().await?;
        let piece = Contiguous::sole(&bytes);
        let given = Array::of1(&piece.array().buffer());
        self.port
            .post_message_with_transferable(piece.array(), &given)
            .map_err(|_| Unwritable::Failed)
    }

    /// Sends the end of the stream; returns once the reader has taken the last piece.
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

/// Reports the end of the reader once its lock becomes free: browsers terminate a service worker
/// without closing its ports.
async fn end_with(life: String, ended: mpsc::UnboundedSender<Option<Word>>) {
    if lock::request(&life, false).await.is_ok() {
        let _ = ended.unbounded_send(None);
    }
}

#[cfg(test)]
mod tests;
