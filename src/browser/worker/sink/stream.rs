//! A file as a stream that somebody else reads.

use std::cell::RefCell;
use std::rc::Rc;

use futures_channel::mpsc;
use futures_util::StreamExt;
use gloo_events::EventListener;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{MessageChannel, MessageEvent, MessagePort};

use crate::port::Unwritable;

/// What the reader says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// Another piece, or the end.
    More,
    /// It has them all.
    Done,
    /// It reads no more: cancelled, or the browser has as many bytes as it was told to expect.
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
    /// "more" was said, and no piece given since.
    wanted: bool,
    /// The last piece, which the reader gave back: memory for the next one.
    spare: Rc<RefCell<Option<Uint8Array>>>,
    _listeners: [EventListener; 2],
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.port.close();
    }
}

impl Stream {
    /// A stream, and the port for its reader.
    pub(super) fn new() -> Result<(Self, MessagePort), Unwritable> {
        let channel = MessageChannel::new().map_err(|_| Unwritable)?;
        let (port, reader) = (channel.port1(), channel.port2());
        let (tell, words) = mpsc::unbounded();
        let (ended, spare) = (tell.clone(), Rc::<RefCell<_>>::default());
        let given = Rc::clone(&spare);
        let told = EventListener::new(&port, "message", move |event| {
            let said = event.dyn_ref::<MessageEvent>().map(MessageEvent::data).unwrap_or_default();
            let word = match said.dyn_into::<Uint8Array>() {
                Ok(piece) => {
                    *given.borrow_mut() = Some(piece);
                    Some(Word::More)
                }
                Err(said) => Word::of(&said),
            };
            let _ = tell.unbounded_send(word);
        });
        // Where the browser tells it: the service worker was ended.
        let ended = EventListener::new(&port, "close", move |_| {
            let _ = ended.unbounded_send(None);
        });
        port.start();
        Ok((Self { port, words, wanted: false, spare, _listeners: [told, ended] }, reader))
    }

    /// The next word.
    pub(super) async fn word(&mut self) -> Result<Word, Unwritable> {
        let word = self.words.next().await.flatten().ok_or(Unwritable)?;
        self.wanted = word == Word::More;
        Ok(word)
    }

    /// Gives a piece when it is wanted.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), Unwritable> {
        if !self.wanted && self.word().await? != Word::More {
            return Err(Unwritable);
        }
        self.wanted = false;
        let length = u32::try_from(bytes.len()).map_err(|_| Unwritable)?;
        let spare = self.spare.take().filter(|spare| spare.length() == length);
        let piece = spare.unwrap_or_else(|| Uint8Array::new_with_length(length));
        piece.copy_from(bytes);
        let given = Array::of1(&piece.buffer());
        self.port.post_message_with_transferable(&piece, &given).map_err(|_| Unwritable)
    }

    /// All pieces were given; returns once the reader took the last.
    pub(super) async fn finish(&mut self) -> Result<(), Unwritable> {
        if !self.wanted && self.word().await? != Word::More {
            return Ok(());
        }
        self.port.post_message(&JsValue::NULL).map_err(|_| Unwritable)?;
        self.word().await.map(|_| ())
    }
}

#[cfg(test)]
mod tests;
