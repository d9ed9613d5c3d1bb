//! Reads the body of a response ([`ReadableStream`](https://streams.spec.whatwg.org/#rs)) as it
//! arrives, never beyond its limit.

use std::cell::Cell;

use js_sys::{Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::ReadableStream;

use super::super::buffer;
use super::next;
use crate::bytes::Bytes;
use crate::port::HttpError;

#[wasm_bindgen]
extern "C" {
    // web-sys assumes that every browser can read into a buffer.
    type Body;
    #[wasm_bindgen(method, catch, js_name = getReader)]
    fn reader(this: &Body, options: &JsValue) -> Result<BodyReader, JsValue>;
    type BodyReader;
    #[wasm_bindgen(method)]
    fn read(this: &BodyReader, view: &JsValue) -> Promise;
}

/// Reads into buffers of `piece` bytes if the browser can; otherwise the browser chooses the
/// pieces, which are small. `received` is called with the number of bytes received so far.
pub(super) async fn read(
    stream: &ReadableStream,
    piece: usize,
    cap: usize,
    received: &dyn Fn(u64),
) -> Result<Bytes, HttpError> {
    let body: &Body = stream.unchecked_ref();
    let options = Object::new();
    let _ = Reflect::set(&options, &"mode".into(), &"byob".into());
    let filling = body.reader(&options);
    let fills = filling.is_ok();
    let reader =
        filling.or_else(|_| body.reader(&JsValue::UNDEFINED)).map_err(|_| HttpError::NoAnswer)?;
    let all = Cell::new(0_u64);
    let came = |bytes: u32| {
        all.set(all.get().saturating_add(bytes.into()));
        received(all.get());
    };
    let mut content = Bytes::default();
    loop {
        // One byte more than the limit, to detect that it is exceeded.
        let room = piece.min(cap.saturating_sub(content.len()).saturating_add(1));
        let (piece, ended) = if fills {
            fill(&reader, room, &came).await?
        } else {
            let piece = step(&reader, &JsValue::UNDEFINED, &came).await?;
            let ended = piece.as_ref().is_none_or(|piece| piece.length() == 0);
            (piece.map(buffer::external).unwrap_or_default(), ended)
        };
        content.append(piece);
        if content.len() > cap {
            return Err(HttpError::TooLarge);
        }
        if ended {
            return Ok(content);
        }
    }
}

/// Fills a buffer of `room` bytes; returns whether the stream ended before it was full.
async fn fill(
    reader: &BodyReader,
    room: usize,
    came: &dyn Fn(u32),
) -> Result<(Bytes, bool), HttpError> {
    let room = u32::try_from(room).map_err(|_| HttpError::TooLarge)?;
    let mut buffer = Uint8Array::new_with_length(room);
    let mut filled = 0;
    while filled < room {
        let piece =
            step(reader, &buffer.subarray(filled, room), came).await?.ok_or(HttpError::NoAnswer)?;
        // The buffer was transferred and is returned with the data; an empty view marks the end.
        buffer = Uint8Array::new(&piece.buffer());
        if piece.length() == 0 {
            break;
        }
        filled = filled.saturating_add(piece.length());
    }
    let end = usize::try_from(filled).unwrap_or_default();
    Ok((buffer::external(buffer).cut(0..end).unwrap_or_default(), filled < room))
}

/// Reads the next piece; `None` or an empty piece marks the end.
async fn step(
    reader: &BodyReader,
    room: &JsValue,
    came: &dyn Fn(u32),
) -> Result<Option<Uint8Array>, HttpError> {
    let step = next(JsFuture::from(reader.read(room))).await?.map_err(|_| HttpError::NoAnswer)?;
    let piece: Option<Uint8Array> =
        Reflect::get(&step, &"value".into()).unwrap_or_default().dyn_into().ok();
    came(piece.as_ref().map_or(0, Uint8Array::length));
    Ok(piece)
}
