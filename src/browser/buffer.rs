//! The browser's buffers as [`Bytes`].
//!
//! What they hold is given back as soon as nobody holds it: left to the collector, which sees a few
//! bytes where there is half a megabyte, it would fill the memory.

use std::any::Any;
use std::ops::Range;
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::JsValue;
use web_sys::{MessageChannel, MessagePort};

use crate::bytes::{Bytes, ExternalBuffer, Location, Piece};

/// A view on a buffer that nobody else has.
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

/// What a buffer holds, which is this program's alone from now on.
#[must_use]
pub fn external(array: Uint8Array) -> Bytes {
    Bytes::outside(Rc::new(Buffer(array)))
}

thread_local! {
    /// A port whose other end is closed: what is sent there is freed.
    static NOWHERE: Option<MessagePort> = MessageChannel::new().ok().map(|channel| {
        channel.port2().close();
        channel.port1()
    });
}

/// Gives memory back now. What was handed over has none.
///
/// It is sent to nobody: that alone takes it from all of the browser that has seen it. Detached by
/// `transfer(0)`, it stays until the collector comes, who is then told of no reason to come: 500 MB
/// read and sealed so held 1,450 MiB in Chromium, 101 when left to the collector, 24 in this way.
pub(super) fn release(array: &Uint8Array) {
    NOWHERE.with(|nowhere| {
        if let Some(nowhere) = nowhere {
            let _ = nowhere
                .post_message_with_transferable(&JsValue::NULL, &Array::of1(&array.buffer()));
        }
    });
}

/// Bytes of [`ballast`].
const BALLAST: u32 = 64 << 20;

/// A buffer that nobody touches, to be held while files are on their way. It takes addresses, no
/// memory.
///
/// Chromium's allocator gives free memory back to the system beyond an eighth of what it holds
/// (PartitionAlloc, `max_empty_slot_spans_dirty_bytes_shift`), and maps a chunk's buffers anew each
/// time. With this it keeps 8 MiB for the next ones: fetching and opening 200 MiB in one Worker
/// took 16 MiB of page faults instead of 365; in the page, whose other work turns that memory over
/// too, sealing 200 MB took 290 instead of 445.
#[must_use]
pub(super) fn ballast() -> ArrayBuffer {
    ArrayBuffer::new(BALLAST)
}

/// A view on some bytes of another.
pub(super) fn part(array: &Uint8Array, range: Range<usize>) -> Uint8Array {
    let at = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    array.subarray(at(range.start), at(range.end))
}

/// A view on a piece, or a copy of one that is not the browser's.
fn array(piece: &Piece) -> Uint8Array {
    match piece.location() {
        Location::Here(bytes) => Uint8Array::from(bytes),
        Location::ExternalBuffer(outside, range) => match outside.as_any().downcast_ref::<Buffer>()
        {
            Some(Buffer(array)) => part(array, range),
            None => Uint8Array::default(),
        },
    }
}

/// All pieces, for what takes a list of them.
pub(super) fn arrays(bytes: &Bytes) -> Array {
    bytes.pieces().iter().map(array).collect()
}

/// Bytes in one array, for as long as this is held.
pub(super) struct Contiguous {
    array: Uint8Array,
    copied: bool,
}

impl Contiguous {
    /// Of `bytes`, which MUST be held as long; copied only where it lies elsewhere or in several
    /// pieces.
    pub(super) fn of(bytes: &Bytes) -> Self {
        match bytes.pieces() {
            [piece] => {
                Self { array: array(piece), copied: matches!(piece.location(), Location::Here(_)) }
            }
            pieces => Self::joined(pieces),
        }
    }

    /// As [`Contiguous::of`], whose buffer may change hands: nobody else's bytes are in it.
    pub(super) fn sole(bytes: &Bytes) -> Self {
        match bytes.pieces() {
            [piece] if piece.is_sole() => Self::of(bytes),
            pieces => Self::joined(pieces),
        }
    }

    fn joined(pieces: &[Piece]) -> Self {
        let arrays: Vec<_> = pieces.iter().map(array).collect();
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
