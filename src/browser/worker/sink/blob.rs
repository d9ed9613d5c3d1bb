//! A file as a Blob.

use js_sys::Array;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use crate::browser::buffer::arrays;
use crate::bytes::Bytes;
use crate::port::Unwritable;

/// Collects a file piece by piece: browsers keep these outside the Worker, the larger ones on disk.
#[derive(Default)]
pub(super) struct BlobSink {
    pieces: Array,
    whole: Option<Blob>,
}

impl BlobSink {
    /// The file, once it was finished.
    pub(super) fn whole(self) -> Option<Blob> {
        self.whole
    }

    pub(super) fn write(&mut self, bytes: &Bytes) -> Result<(), Unwritable> {
        let piece =
            Blob::new_with_u8_array_sequence(&arrays(bytes)).map_err(|_| Unwritable::Failed)?;
        self.pieces.push(&piece);
        Ok(())
    }

    pub(super) async fn finish(&mut self) -> Result<(), Unwritable> {
        let whole = Blob::new_with_blob_sequence(&self.pieces).map_err(|_| Unwritable::Failed)?;
        // A browser that had no room for a piece says so only when it is read: any byte of the
        // whole will do.
        let first = whole.slice_with_f64_and_f64(0.0, 1.0).map_err(|_| Unwritable::Failed)?;
        JsFuture::from(first.array_buffer()).await.map_err(|_| Unwritable::Failed)?;
        self.whole = Some(whole);
        Ok(())
    }
}
