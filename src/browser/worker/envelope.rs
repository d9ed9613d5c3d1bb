//! What `postMessage` sends between page and Worker: the transfer's number, an encoded message
//! ([`ToWorker`](crate::transfer::ToWorker), [`ToPage`](crate::transfer::ToPage)) and its
//! attachment.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::MessagePort;
use zeroize::Zeroizing;

use super::super::number::to_u64;

/// One message, and what it is sent with.
pub(super) struct Envelope {
    /// Number of the transfer, assigned by the page.
    pub(super) transfer: u32,
    /// The encoded message, which may hold secrets.
    pub(super) message: Zeroizing<Vec<u8>>,
    /// A `File`, a `FileSystemFileHandle`, a `MessagePort`, a `Blob`, or null.
    pub(super) attachment: JsValue,
}

impl Envelope {
    /// Returns the two arguments of `postMessage`: the message, and the objects in it that are
    /// transferred instead of copied. The buffer is among them, so no copy remains on this side.
    pub(super) fn pack(&self) -> (Array, Array) {
        let bytes = Uint8Array::from(self.message.as_slice());
        let given = Array::of1(&bytes.buffer());
        if self.attachment.is_instance_of::<MessagePort>() {
            given.push(&self.attachment);
        }
        (Array::of3(&self.transfer.into(), &bytes, &self.attachment), given)
    }

    /// Reads what [`Envelope::pack`] made, and wipes the buffer that it arrived in.
    pub(super) fn unpack(data: &JsValue) -> Option<Self> {
        let data: &Array = data.dyn_ref()?;
        let transfer = u32::try_from(to_u64(data.get(0).as_f64()?)).ok()?;
        let bytes: Uint8Array = data.get(1).dyn_into().ok()?;
        let message = Zeroizing::new(bytes.to_vec());
        bytes.fill(0, 0, bytes.length());
        Some(Self { transfer, message, attachment: data.get(2) })
    }
}
