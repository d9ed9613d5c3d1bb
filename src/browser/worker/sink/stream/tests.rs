//! The stream against a reader of its own, in the browser.

use futures_util::FutureExt;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::MessagePort;

use super::{Stream, Word};
use crate::port::{Clock, Unwritable};

wasm_bindgen_test_configure!(run_in_browser);

fn say(reader: &MessagePort, word: &str) {
    reader.post_message(&word.into()).unwrap();
}

/// Gives what was said the time to arrive.
async fn arrived() {
    crate::browser::clock::BrowserClock.sleep(50).await;
}

#[wasm_bindgen_test]
async fn a_piece_is_given_when_it_is_wanted_and_not_before() {
    let (mut stream, reader) = Stream::new().unwrap();
    arrived().await;
    assert!(stream.write(b"too early").now_or_never().is_none());
    say(&reader, "more");
    assert_eq!(stream.word().await, Ok(Word::More));
    assert_eq!(stream.write(b"first").await, Ok(()), "what was wanted stays wanted");
    assert!(stream.write(b"second").now_or_never().is_none(), "one piece for one word");
    say(&reader, "more");
    assert_eq!(stream.write(b"second").await, Ok(()));
}

#[wasm_bindgen_test]
async fn memory_that_is_given_back_is_used_again() {
    let (mut stream, reader) = Stream::new().unwrap();
    say(&reader, "more");
    assert_eq!(stream.write(b"first").await, Ok(()));
    let piece = Uint8Array::new_with_length(5);
    reader.post_message_with_transferable(&piece, &Array::of1(&piece.buffer())).unwrap();
    assert_eq!(stream.word().await, Ok(Word::More));
    assert_eq!(stream.spare.borrow().as_ref().map(Uint8Array::length), Some(5));
    assert_eq!(stream.write(b"other").await, Ok(()));
    assert!(stream.spare.borrow().is_none());
}

#[wasm_bindgen_test]
async fn a_reader_that_is_gone_ends_it() {
    let (mut stream, reader) = Stream::new().unwrap();
    say(&reader, "more");
    say(&reader, "gone");
    assert_eq!(stream.write(b"first").await, Ok(()));
    assert_eq!(stream.write(b"second").await, Err(Unwritable));
}

#[wasm_bindgen_test]
async fn it_is_finished_once_the_reader_took_the_last_piece() {
    for after in ["done", "gone"] {
        let (mut stream, reader) = Stream::new().unwrap();
        say(&reader, "more");
        assert_eq!(stream.write(b"last").await, Ok(()));
        arrived().await;
        assert!(stream.finish().now_or_never().is_none(), "the last piece was not taken yet");
        say(&reader, "more");
        say(&reader, after);
        assert_eq!(stream.finish().await, Ok(()));
    }
    // A browser that has as many bytes as it was told to expect asks for nothing more.
    let (mut stream, reader) = Stream::new().unwrap();
    say(&reader, "more");
    assert_eq!(stream.write(b"last").await, Ok(()));
    say(&reader, "gone");
    assert_eq!(stream.finish().await, Ok(()));
}

#[wasm_bindgen_test]
async fn what_nobody_says_is_the_end() {
    let (mut stream, reader) = Stream::new().unwrap();
    reader.post_message(&JsValue::from(7)).unwrap();
    assert_eq!(stream.word().await, Err(Unwritable));
}
