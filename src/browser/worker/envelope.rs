//! What crosses between page and Worker: the transfer's number, a message
//! ([`ToWorker`](crate::transfer::ToWorker), [`ToPage`](crate::transfer::ToPage)) and what only the
//! browser can pass on.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::MessagePort;
use zeroize::Zeroizing;

use super::super::number::to_u64;

/// One message on its way.
pub(super) struct Envelope {
    /// Number of the transfer that it is about, given by the page.
    pub(super) transfer: u32,
    /// The message's bytes, which may hold secrets.
    pub(super) message: Zeroizing<Vec<u8>>,
    /// What goes beside it: a `File`, a `FileSystemFileHandle`, a `MessagePort`, a `Blob`, or null.
    pub(super) attachment: JsValue,
}

impl Envelope {
    /// What `postMessage` takes: the message, and what of it is transferred instead of copied. No
    /// second copy of the bytes stays on this side.
    pub(super) fn pack(&self) -> (Array, Array) {
        let bytes = Uint8Array::from(self.message.as_slice());
        let given = Array::of1(&bytes.buffer());
        if self.attachment.is_instance_of::<MessagePort>() {
            given.push(&self.attachment);
        }
        (Array::of3(&self.transfer.into(), &bytes, &self.attachment), given)
    }

    /// What [`Envelope::pack`] made; the buffer that the browser brought the bytes in is wiped.
    pub(super) fn unpack(data: &JsValue) -> Option<Self> {
        let data: &Array = data.dyn_ref()?;
        let transfer = u32::try_from(to_u64(data.get(0).as_f64()?)).ok()?;
        let bytes: Uint8Array = data.get(1).dyn_into().ok()?;
        let message = Zeroizing::new(bytes.to_vec());
        bytes.fill(0, 0, bytes.length());
        Some(Self { transfer, message, attachment: data.get(2) })
    }
}
