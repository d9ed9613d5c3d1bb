//! The stream against a reader of its own, in the browser.

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::FutureExt;
use gloo_events::EventListener;
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{MessageEvent, MessagePort};

use super::{Stream, Word};
use crate::browser::buffer;
use crate::browser::store::lock;
use crate::bytes::Bytes;
use crate::port::{Clock, Sink, Unwritable};

wasm_bindgen_test_configure!(run_in_browser);

fn say(reader: &MessagePort, word: &str) {
    reader.post_message(&word.into()).unwrap();
}

fn b(bytes: &[u8]) -> Bytes {
    bytes.into()
}

/// Gives what was said the time to arrive.
async fn arrived() {
    crate::browser::clock::BrowserClock.sleep(50).await;
}

#[wasm_bindgen_test]
async fn a_piece_is_given_when_it_is_wanted_and_not_before() {
    let (mut stream, reader) = Stream::new().unwrap();
    arrived().await;
    assert!(stream.write(b(b"too early")).now_or_never().is_none());
    say(&reader, "more");
    assert_eq!(stream.word().await, Ok(Word::More));
    assert_eq!(stream.write(b(b"first")).await, Ok(()), "what was wanted stays wanted");
    assert!(stream.write(b(b"second")).now_or_never().is_none(), "one piece for one word");
    say(&reader, "more");
    assert_eq!(stream.write(b(b"second")).await, Ok(()));
}

#[wasm_bindgen_test]
async fn as_many_pieces_as_were_asked_for_go_ahead_in_order() {
    let (mut stream, reader) = Stream::new().unwrap();
    let came = Rc::<RefCell<Vec<Vec<u8>>>>::default();
    let takes = Rc::clone(&came);
    let _taken = EventListener::new(&reader, "message", move |event| {
        let piece: Uint8Array = event.dyn_ref::<MessageEvent>().unwrap().data().unchecked_into();
        takes.borrow_mut().push(piece.to_vec());
    });
    reader.start();
    (0..3).for_each(|_| say(&reader, "more"));
    arrived().await;
    for piece in [1, 2, 3] {
        assert_eq!(stream.write(vec![piece; 5].into()).now_or_never(), Some(Ok(())), "{piece}");
    }
    assert!(stream.write(vec![4; 5].into()).now_or_never().is_none());
    arrived().await;
    assert_eq!(*came.borrow(), [vec![1; 5], vec![2; 5], vec![3; 5]]);
}

#[wasm_bindgen_test]
async fn a_piece_changes_hands_and_what_shares_it_stays() {
    let (mut stream, reader) = Stream::new().unwrap();
    (0..2).for_each(|_| say(&reader, "more"));
    let array = Uint8Array::from(&[7; 10][..]);
    let whole = buffer::external(array.clone());
    let half = whole.cut(0..5).unwrap();
    assert_eq!(stream.write(half).await, Ok(()));
    assert_eq!(array.length(), 10, "shared: a copy was given");
    assert_eq!(stream.write(whole).await, Ok(()));
    assert_eq!(array.length(), 0, "nobody else's: it was given itself");
}

#[wasm_bindgen_test]
async fn a_reader_that_is_gone_ends_it() {
    let (mut stream, reader) = Stream::new().unwrap();
    say(&reader, "more");
    say(&reader, "gone");
    assert_eq!(stream.write(b(b"first")).await, Ok(()));
    assert_eq!(stream.write(b(b"second")).await, Err(Unwritable::Failed));
}

#[wasm_bindgen_test]
async fn a_reader_that_leaves_is_noticed_between_two_pieces() {
    let (mut stream, reader) = Stream::new().unwrap();
    say(&reader, "more");
    arrived().await;
    assert!(stream.gone().now_or_never().is_none());
    assert_eq!(stream.write(b(b"first")).await, Ok(()), "what was wanted stays wanted");
    say(&reader, "gone");
    stream.gone().await;
}

#[wasm_bindgen_test]
async fn a_reader_is_told_of_a_stream_that_ends_early() {
    let (stream, reader) = Stream::new().unwrap();
    let told = Rc::<RefCell<Vec<Option<String>>>>::default();
    let tells = Rc::clone(&told);
    let _told = EventListener::new(&reader, "message", move |event| {
        let said = event.dyn_ref::<MessageEvent>().unwrap().data().as_string();
        tells.borrow_mut().push(said);
    });
    reader.start();
    drop(stream);
    arrived().await;
    assert_eq!(*told.borrow(), [Some("failed".to_owned())]);
}

#[wasm_bindgen_test]
async fn a_reader_that_was_ended_without_a_word_ends_it() {
    let life = lock::request("the life of a reader", false).await.unwrap();
    let (mut stream, reader) = Stream::new().unwrap();
    say(&reader, "while the life of a reader");
    say(&reader, "more");
    assert_eq!(stream.write(b(b"first")).await, Ok(()));
    arrived().await;
    assert!(stream.write(b(b"second")).now_or_never().is_none(), "it lives");
    drop(life);
    assert_eq!(stream.write(b(b"second")).await, Err(Unwritable::Failed));
}

#[wasm_bindgen_test]
async fn it_is_finished_once_the_reader_took_the_last_piece() {
    for (after, ended) in [("done", Ok(())), ("gone", Err(Unwritable::Failed))] {
        let (mut stream, reader) = Stream::new().unwrap();
        say(&reader, "more");
        assert_eq!(stream.write(b(b"last")).await, Ok(()));
        arrived().await;
        assert!(stream.finish().now_or_never().is_none(), "the last piece was not taken yet");
        say(&reader, "more");
        say(&reader, after);
        assert_eq!(stream.finish().await, ended);
    }
}

#[wasm_bindgen_test]
async fn what_nobody_says_is_the_end() {
    let (mut stream, reader) = Stream::new().unwrap();
    reader.post_message(&JsValue::from(7)).unwrap();
    assert_eq!(stream.word().await, Err(Unwritable::Failed));
}
