//! HTTP by `fetch` and by `XMLHttpRequest`, against the server that these tests come from.
//! Redirects, CORS, progress over a real network and a line that stalls are in the stories.

#![cfg(test)]
#![cfg(target_arch = "wasm32")]

use std::cell::RefCell;
use std::rc::Rc;

use frond::browser::http::{BrowserHttp, BulkHttp};
use frond::port::{Http, HttpError, Request, Response};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_test::wasm_bindgen_test;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// Larger than what goes by `fetch`.
const LARGE: usize = 300_000;

fn request(method: &str, url: &str, body: usize) -> Request {
    Request {
        method: method.to_owned(),
        url: url.to_owned(),
        headers: vec![
            ("content-length".to_owned(), body.to_string()),
            ("x-test".to_owned(), "1".to_owned()),
        ],
        body: Rc::new(vec![7; body].into()),
        max_response: 1 << 20,
    }
}

// A server that these tests do not have: a body that never ends, or stops without a word. What
// would take half a minute or longer happens at once.
#[wasm_bindgen(inline_js = r#"
const { fetch, setTimeout } = globalThis;
let sent, aborted;
export function answer_in_pieces(most) {
  [sent, aborted] = [0, false];
  globalThis.setTimeout = (act, ms) => setTimeout(act, ms >= 30_000 ? 0 : ms);
  globalThis.fetch = async ({ signal }) => {
    signal.addEventListener("abort", () => { aborted = true; });
    const pull = (stream) => {
      if (sent === most) return new Promise(() => {});
      sent += 1;
      stream.enqueue(new Uint8Array(65_536));
    };
    return new Response(new ReadableStream({ type: "bytes", pull }));
  };
}
export function answer_as_before() {
  Object.assign(globalThis, { fetch, setTimeout });
}
export const pieces_sent = () => sent;
export const was_aborted = () => aborted;
"#)]
extern "C" {
    /// From now on each answer is a body of so many pieces of 64 KiB, and no end.
    fn answer_in_pieces(most: u32);
    fn answer_as_before();
    /// Pieces of the last body that the browser asked for.
    fn pieces_sent() -> u32;
    fn was_aborted() -> bool;
}

async fn send(request: Request) -> Result<Response, HttpError> {
    BulkHttp.send(request, &|_| {}).await
}

/// A URL below the tests' own server.
fn here(path: &str) -> String {
    format!("{}/{path}", web_sys::window().unwrap().location().origin().unwrap())
}

#[wasm_bindgen_test]
async fn an_answer_comes_with_status_headers_and_body() {
    let answer = send(request("GET", "data:text/x-test,four", 0)).await.unwrap();
    assert_eq!((answer.status, &answer.body[..]), (200, &b"four"[..]));
    assert_eq!(answer.header("content-type"), Some("text/x-test"));
}

#[wasm_bindgen_test]
async fn an_error_is_an_answer_too() {
    assert_eq!(send(request("GET", &here("nothing/here"), 0)).await.unwrap().status, 404);
    assert_eq!(send(request("PUT", &here("nothing/here"), LARGE)).await.unwrap().status, 404);
    // However little a success may bring.
    for body in [0, LARGE] {
        let mut capped = request("PUT", &here("nothing/here"), body);
        capped.max_response = 0;
        assert_eq!(send(capped).await.unwrap().status, 404);
    }
}

#[wasm_bindgen_test]
async fn nobody_there_is_no_answer() {
    for body in [0, 1, LARGE] {
        let answer = send(request("PUT", "http://127.0.0.1:9/", body)).await;
        assert_eq!(answer.err(), Some(HttpError::NoAnswer), "{body}");
    }
}

#[wasm_bindgen_test]
async fn an_answer_above_the_cap_is_refused() {
    let mut capped = request("GET", "data:,12345", 0);
    capped.max_response = 4;
    assert_eq!(send(capped).await.err(), Some(HttpError::TooLarge));
    let mut fits = request("GET", "data:,1234", 0);
    fits.max_response = 4;
    assert_eq!(send(fits).await.unwrap().body, b"1234");

    let mut capped = request("PUT", &here(""), LARGE);
    let whole = send(request("PUT", &here(""), LARGE)).await.unwrap().body.len();
    assert_ne!(whole, 0);
    capped.max_response = whole - 1;
    assert_eq!(send(capped).await.err(), Some(HttpError::TooLarge));
}

#[wasm_bindgen_test]
async fn progress_grows_to_the_whole_body() {
    for body in [1, LARGE] {
        let told = RefCell::new(Vec::new());
        let sent = |bytes| told.borrow_mut().push(bytes);
        BulkHttp.send(request("PUT", &here("nothing/here"), body), &sent).await.unwrap();
        let told = told.into_inner();
        assert!(told.is_sorted(), "{told:?}");
        assert_eq!(told.last().copied(), Some(u64::try_from(body).unwrap()));
    }
}

#[wasm_bindgen_test]
async fn an_answer_above_the_cap_is_not_read_to_its_end() {
    let mut capped = request("GET", &here("endless"), 0);
    capped.max_response = 100_000;
    answer_in_pieces(u32::MAX);
    let answer = BrowserHttp.send(capped, &|_| {}).await;
    answer_as_before();
    assert_eq!(answer.err(), Some(HttpError::TooLarge));
    assert!(pieces_sent() <= 3, "{} pieces", pieces_sent());
    assert!(was_aborted());
}

#[wasm_bindgen_test]
async fn a_body_that_stalls_ends_as_stalled() {
    answer_in_pieces(1);
    let answer = BrowserHttp.send(request("GET", &here("stalls"), 0), &|_| {}).await;
    answer_as_before();
    assert_eq!(answer.err(), Some(HttpError::Stalled));
    assert!(was_aborted());
}

#[wasm_bindgen_test]
async fn a_header_that_browsers_refuse_is_no_answer() {
    let mut odd = request("GET", &here(""), 0);
    odd.headers.push(("x-odd".to_owned(), "a\nb".to_owned()));
    assert_eq!(BrowserHttp.send(odd, &|_| {}).await.err(), Some(HttpError::NoAnswer));
    let mut odd = request("GET", &here(""), 0);
    odd.method = "GET IT".to_owned();
    assert_eq!(BrowserHttp.send(odd, &|_| {}).await.err(), Some(HttpError::NoAnswer));
}

#[wasm_bindgen_test]
async fn a_delete_is_sent() {
    assert_eq!(send(request("DELETE", &here("nothing/here"), 0)).await.unwrap().status, 404);
}
