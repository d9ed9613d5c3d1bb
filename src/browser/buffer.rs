//! The browser's buffers as [`Bytes`].
//!
//! A buffer's memory is released as soon as the last reference is dropped: the garbage collector
//! sees only a few bytes where half a megabyte is held, so memory would fill up.

use std::any::Any;
use std::ops::Range;
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::JsValue;
use web_sys::{MessageChannel, MessagePort};

use crate::bytes::{Bytes, ExternalBuffer, Location, Span};

/// A view of a buffer that is not shared with other code.
struct Buffer(Uint8Array);

impl Drop for Buffer {
    fn drop(&mut self) {
        release(&self.0);
    }
}

impl ExternalBuffer for Buffer {
    fn length(&self) -> usize {
        usize::try_from(self.0.length()).unwrap_or_default()
    }

    fn copy_to(&self, at: usize, to: &mut [u8]) {
        if let Some(end) = at.checked_add(to.len()).filter(|end| *end <= self.length()) {
            part(&self.0, at..end).copy_to(to);
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Wraps a buffer, which from now on belongs to this program alone.
#[must_use]
pub fn external(array: Uint8Array) -> Bytes {
    Bytes::outside(Rc::new(Buffer(array)))
}

thread_local! {
    /// A port whose other end is closed: buffers transferred to it are freed.
    static NOWHERE: Option<MessagePort> = MessageChannel::new().ok().map(|channel| {
        channel.port2().close();
        channel.port1()
    });
}

/// Frees the memory now. A buffer that was transferred has none.
///
/// Transfers the buffer to a closed port, the only way that frees it everywhere in the browser.
/// After `transfer(0)` the memory stays until garbage collection, which is no longer triggered:
/// reading and sealing 500 MB then held 1,450 MiB in Chromium, 101 when left to the collector, 24
/// in this way.
pub(super) fn release(array: &Uint8Array) {
    NOWHERE.with(|nowhere| {
        if let Some(nowhere) = nowhere {
            let _ = nowhere
                .post_message_with_transferable(&JsValue::NULL, &Array::of1(&array.buffer()));
        }
    });
}

/// Size of [`ballast`], in bytes.
const BALLAST: u32 = 64 << 20;

/// An unused buffer to be held during transfers. It takes address space, but no memory.
///
/// Chromium's allocator returns free memory to the system beyond an eighth of what it holds
/// (PartitionAlloc, `max_empty_slot_spans_dirty_bytes_shift`), and then maps each chunk's buffers
/// anew. With the ballast it keeps 8 MiB for reuse: fetching and opening 200 MiB in one Worker
/// caused 16 MiB of page faults instead of 365; in the page, whose other work also uses that
/// memory, sealing 200 MB caused 290 instead of 445.
#[must_use]
pub(super) fn ballast() -> ArrayBuffer {
    ArrayBuffer::new(BALLAST)
}

/// A view of a range of another view.
pub(super) fn part(array: &Uint8Array, range: Range<usize>) -> Uint8Array {
    let at = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    array.subarray(at(range.start), at(range.end))
}

/// A view of a span, or a copy if the span is not in the browser's buffers.
fn array(span: &Span) -> Uint8Array {
    match span.location() {
        Location::Here(bytes) => Uint8Array::from(bytes),
        Location::ExternalBuffer(outside, range) => match outside.as_any().downcast_ref::<Buffer>()
        {
            Some(Buffer(array)) => part(array, range),
            None => Uint8Array::default(),
        },
    }
}

/// All spans, for APIs that take a list.
pub(super) fn arrays(bytes: &Bytes) -> Array {
    bytes.spans().iter().map(array).collect()
}

/// Bytes in one contiguous array, valid as long as this is held.
pub(super) struct Contiguous {
    array: Uint8Array,
    copied: bool,
}

impl Contiguous {
    /// The contiguous form of `bytes`, which MUST be held as long; copies only if the bytes are
    /// elsewhere or in several spans.
    pub(super) fn of(bytes: &Bytes) -> Self {
        match bytes.spans() {
            [span] => {
                Self { array: array(span), copied: matches!(span.location(), Location::Here(_)) }
            }
            spans => Self::joined(spans),
        }
    }

    /// Like [`Contiguous::of`], but the buffer may be transferred: it holds no other bytes that are
    /// in use.
    pub(super) fn sole(bytes: &Bytes) -> Self {
        match bytes.spans() {
            [span] if span.is_sole() => Self::of(bytes),
            spans => Self::joined(spans),
        }
    }

    fn joined(spans: &[Span]) -> Self {
        let arrays: Vec<_> = spans.iter().map(array).collect();
        let joined = Uint8Array::new_with_length(arrays.iter().map(Uint8Array::length).sum());
        let mut at = 0;
        for array in arrays {
            joined.set(&array, at);
            at += array.length();
        }
        Self { array: joined, copied: true }
    }

    /// The bytes.
    pub(super) fn array(&self) -> &Uint8Array {
        &self.array
    }
}

impl Drop for Contiguous {
    fn drop(&mut self) {
        if self.copied {
            release(&self.array);
        }
    }
}
