//! What page and Worker say to each other: an array of kind, transfer and the rest. Both are this
//! same program, so what does not parse is dropped.

use frond_wire::Presigned;
use js_sys::{Array, JsString, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, File, FileSystemFileHandle, MessagePort};
use zeroize::Zeroizing;

use super::super::number::{to_f64, to_u64};
use crate::transfer::{OperationText, TransferError, Uploaded};

/// From the page. Transfers are numbered by the page, requests for signatures by the Worker.
pub(super) enum ToWorker {
    /// Begin; the job holds a key.
    Upload { transfer: u32, job: Zeroizing<Vec<u8>>, source: Option<File> },
    /// Begin; the job holds a key. `place` is where the person wants it, if they were asked.
    Download { transfer: u32, job: Zeroizing<Vec<u8>>, place: Option<FileSystemFileHandle> },
    /// What its owner decided of it: it is held or not, and need not wait for the network any
    /// longer.
    TransferControl { transfer: u32, held: bool },
    /// Nobody waits for it any more.
    Cancel { transfer: u32 },
    /// What was asked for by [`ToPage::Sign`].
    Signed { transfer: u32, request: u32, answer: Result<Vec<Presigned>, TransferError> },
}

/// From the Worker.
pub(super) enum ToPage {
    /// It takes transfers from now on.
    Ready,
    /// So many bytes are done.
    Progress { transfer: u32, bytes: u64 },
    /// It waits for the line, by itself.
    Waiting { transfer: u32, error: TransferError },
    /// All that is still to be sent lies on this device.
    Kept { transfer: u32 },
    /// Only the page can ask the endpoint.
    Sign { transfer: u32, request: u32, operations: Vec<OperationText> },
    /// The first bytes of a large file are verified: the browser should begin to save it. Who reads
    /// it speaks through this port ([`super::sink`]).
    Open { transfer: u32, reader: MessagePort },
    /// A download is under way still.
    Alive { transfer: u32 },
    /// The end.
    Uploaded { transfer: u32, uploaded: Uploaded },
    /// The end; the content was verified to its last byte. A small file is still to be saved.
    Downloaded { transfer: u32, content: Option<Blob> },
    /// The end.
    Failed { transfer: u32, error: TransferError },
}

impl ToWorker {
    /// The message, and what of it is transferred instead of copied.
    pub(super) fn pack(self) -> Option<(Array, Array)> {
        let mut given = Array::new();
        let mut give = |job: &[u8]| {
            let job = Uint8Array::from(job);
            given = Array::of1(&job.buffer());
            job.into()
        };
        let message = match self {
            Self::Upload { transfer, job, source } => {
                pack("upload", transfer, [give(&job), source.map_or(JsValue::NULL, Into::into)])
            }
            Self::Download { transfer, job, place } => {
                pack("download", transfer, [give(&job), place.map_or(JsValue::NULL, Into::into)])
            }
            Self::TransferControl { transfer, held } => {
                pack("control", transfer, [held.into(), JsValue::NULL])
            }
            Self::Cancel { transfer } => pack("cancel", transfer, [JsValue::NULL, JsValue::NULL]),
            Self::Signed { transfer, request, answer } => {
                let answer = match answer {
                    Ok(urls) => json(&urls)?,
                    Err(error) => Array::of1(&error.code().into()).into(),
                };
                pack("signed", transfer, [request.into(), answer])
            }
        };
        Some((message, given))
    }

    /// The message again; keys are wiped from what the browser brought them in.
    pub(super) fn unpack(message: &JsValue) -> Option<Self> {
        let (kind, transfer, [first, second]) = unpack(message)?;
        Some(match kind.as_str() {
            "upload" => {
                Self::Upload { transfer, job: take(&first)?, source: second.dyn_into().ok() }
            }
            "download" => {
                Self::Download { transfer, job: take(&first)?, place: second.dyn_into().ok() }
            }
            "control" => Self::TransferControl { transfer, held: first.as_bool()? },
            "cancel" => Self::Cancel { transfer },
            "signed" => {
                let answer = match second.dyn_ref::<Array>() {
                    Some(error) => Err(TransferError::from_code(&error.get(0).as_string()?)?),
                    None => Ok(parse(&second)?),
                };
                Self::Signed { transfer, request: number(&first)?, answer }
            }
            _ => return None,
        })
    }
}

impl ToPage {
    /// The message, and what of it is transferred.
    pub(super) fn pack(self) -> (Array, Array) {
        let mut given = Array::new();
        let message = match self {
            Self::Ready => pack("ready", 0, [JsValue::NULL, JsValue::NULL]),
            Self::Progress { transfer, bytes } => {
                pack("progress", transfer, [to_f64(bytes).into(), JsValue::NULL])
            }
            Self::Waiting { transfer, error } => {
                pack("waiting", transfer, [error.code().into(), JsValue::NULL])
            }
            Self::Kept { transfer } => pack("kept", transfer, [JsValue::NULL, JsValue::NULL]),
            Self::Open { transfer, reader } => {
                given = Array::of1(&reader);
                pack("open", transfer, [reader.into(), JsValue::NULL])
            }
            Self::Alive { transfer } => pack("alive", transfer, [JsValue::NULL, JsValue::NULL]),
            Self::Sign { transfer, request, operations } => {
                let texts: Array =
                    operations.iter().map(|text| JsValue::from(text.as_str())).collect();
                pack("sign", transfer, [request.into(), texts.into()])
            }
            Self::Uploaded { transfer, uploaded } => {
                let uploaded = Uint8Array::from(uploaded.to_message().as_slice());
                pack("uploaded", transfer, [uploaded.into(), JsValue::NULL])
            }
            Self::Downloaded { transfer, content } => {
                pack("downloaded", transfer, [content.into(), JsValue::NULL])
            }
            Self::Failed { transfer, error } => {
                pack("failed", transfer, [error.code().into(), JsValue::NULL])
            }
        };
        (message, given)
    }

    /// The message again.
    pub(super) fn unpack(message: &JsValue) -> Option<Self> {
        let (kind, transfer, [first, second]) = unpack(message)?;
        Some(match kind.as_str() {
            "ready" => Self::Ready,
            "progress" => Self::Progress { transfer, bytes: to_u64(first.as_f64()?) },
            "waiting" => {
                Self::Waiting { transfer, error: TransferError::from_code(&first.as_string()?)? }
            }
            "kept" => Self::Kept { transfer },
            "open" => Self::Open { transfer, reader: first.dyn_into().ok()? },
            "alive" => Self::Alive { transfer },
            "sign" => {
                Self::Sign { transfer, request: number(&first)?, operations: texts(&second)? }
            }
            "uploaded" => {
                Self::Uploaded { transfer, uploaded: Uploaded::from_message(&take(&first)?)? }
            }
            "downloaded" => Self::Downloaded { transfer, content: first.dyn_into().ok() },
            "failed" => {
                Self::Failed { transfer, error: TransferError::from_code(&first.as_string()?)? }
            }
            _ => return None,
        })
    }

    /// The transfer that it speaks of; `None` for [`ToPage::Ready`].
    pub(super) fn transfer(&self) -> Option<u32> {
        match self {
            Self::Ready => None,
            Self::Progress { transfer, .. }
            | Self::Waiting { transfer, .. }
            | Self::Kept { transfer }
            | Self::Sign { transfer, .. }
            | Self::Open { transfer, .. }
            | Self::Alive { transfer }
            | Self::Uploaded { transfer, .. }
            | Self::Downloaded { transfer, .. }
            | Self::Failed { transfer, .. } => Some(*transfer),
        }
    }
}

fn pack(kind: &str, transfer: u32, [first, second]: [JsValue; 2]) -> Array {
    Array::of4(&kind.into(), &transfer.into(), &first, &second)
}

fn unpack(message: &JsValue) -> Option<(String, u32, [JsValue; 2])> {
    let message: &Array = message.dyn_ref()?;
    Some((message.get(0).as_string()?, number(&message.get(1))?, [message.get(2), message.get(3)]))
}

fn number(value: &JsValue) -> Option<u32> {
    u32::try_from(to_u64(value.as_f64()?)).ok()
}

fn take(bytes: &JsValue) -> Option<Zeroizing<Vec<u8>>> {
    let bytes: &Uint8Array = bytes.dyn_ref()?;
    let taken = Zeroizing::new(bytes.to_vec());
    bytes.fill(0, 0, bytes.length());
    Some(taken)
}

fn texts(array: &JsValue) -> Option<Vec<OperationText>> {
    let array: &Array = array.dyn_ref()?;
    array.iter().map(|text| text.as_string().map(OperationText::from_json)).collect()
}

fn json(value: &impl serde::Serialize) -> Option<JsValue> {
    serde_json::to_string(value).ok().map(JsValue::from)
}

fn parse<T: serde::de::DeserializeOwned>(text: &JsValue) -> Option<T> {
    let text = String::from(text.dyn_ref::<JsString>()?);
    // As bytes, as everywhere: each kind of reader is compiled once more.
    serde_json::from_slice(text.as_bytes()).ok()
}
