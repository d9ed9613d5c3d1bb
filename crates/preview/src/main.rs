//! The program of the Worker that makes previews (`www/preview.js`).

/// The preview of a file's first bytes, or, with the name of an encoding, the next part of a text;
/// as strings, see [`frond_preview::Preview::into_strings`].
#[cfg(target_arch = "wasm32")]
#[wasm_bindgen::prelude::wasm_bindgen]
#[must_use]
pub fn preview(name: &str, encoding: Option<String>, bytes: &[u8], whole: bool) -> Vec<String> {
    let encoding = encoding.as_deref().and_then(frond_preview::Encoding::named);
    let preview = match encoding {
        Some(encoding) => frond_preview::more(encoding, bytes, whole),
        None => frond_preview::preview(name, bytes, whole),
    };
    preview.into_strings()
}

fn main() {}
