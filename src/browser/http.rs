//! HTTP: `fetch`, through gloo-net, except for large bodies, which use `XMLHttpRequest`, the only
//! API that reports upload progress.
//!
//! Redirects are refused, credentials and referrer never sent, nothing is cached. Dropping the
//! future aborts the request through its `AbortSignal` or `XMLHttpRequest`, also when the response
//! exceeds its limit or the connection stalls.

mod body;
mod fetch;
mod upload;

use std::future::Future;

use async_trait::async_trait;
use futures_util::future::{Either, select};
use js_sys::Reflect;
use std::pin::pin;
use wasm_bindgen::JsValue;

use super::clock::timer;
use crate::bytes::Bytes;
use crate::port::{Http, HttpError, Request, Response};

/// Bodies larger than this, in bytes, report progress.
const LARGE: usize = 256 * 1024;

/// A request fails after this many milliseconds without progress.
const STALL_MS: u64 = 30_000;

/// The browser's HTTP for small requests: all that the page needs.
pub struct BrowserHttp;

#[async_trait(?Send)]
impl Http for BrowserHttp {
    fn is_offline(&self) -> bool {
        is_offline()
    }

    async fn is_hidden(&self, url: &str) -> bool {
        fetch::is_hidden(url).await
    }

    async fn send(&self, request: Request, sent: &dyn Fn(u64)) -> Result<Response, HttpError> {
        fetch::send(&request, sent).await
    }
}

/// The browser's HTTP for Workers, which transfer content.
pub struct BulkHttp;

#[async_trait(?Send)]
impl Http for BulkHttp {
    fn is_offline(&self) -> bool {
        is_offline()
    }

    async fn is_hidden(&self, url: &str) -> bool {
        fetch::is_hidden(url).await
    }

    async fn send(&self, request: Request, sent: &dyn Fn(u64)) -> Result<Response, HttpError> {
        if request.body.len() > LARGE {
            upload::send(&request, sent).await
        } else {
            fetch::send(&request, sent).await
        }
    }

    async fn receive(
        &self,
        request: Request,
        piece: usize,
        received: &dyn Fn(u64),
    ) -> Result<(Response, Bytes), HttpError> {
        fetch::receive(&request, piece, received).await
    }
}

/// Whether the browser reports that it is offline
/// ([`navigator.onLine`](https://html.spec.whatwg.org/multipage/system-state.html#navigator.online),
/// in a window and in a Worker alike). It cannot know that it is online.
fn is_offline() -> bool {
    let navigator = Reflect::get(&js_sys::global(), &"navigator".into()).unwrap_or_default();
    Reflect::get(&navigator, &"onLine".into()).is_ok_and(|line| line == JsValue::FALSE)
}

/// False for headers that the browser sets itself, from body and URL; it complains when a page sets
/// them.
fn is_ours(name: &str) -> bool {
    !name.eq_ignore_ascii_case("content-length") && !name.eq_ignore_ascii_case("host")
}

/// Awaits the next step, or returns [`HttpError::Stalled`] after [`STALL_MS`].
async fn next<T>(step: impl Future<Output = T>) -> Result<T, HttpError> {
    match select(pin!(step), timer(STALL_MS)).await {
        Either::Left((done, _)) => Ok(done),
        Either::Right(_) => Err(HttpError::Stalled),
    }
}
