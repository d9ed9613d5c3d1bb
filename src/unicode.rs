//! Unicode: normalisation forms ([UAX #15](https://www.unicode.org/reports/tr15/)) and lowercasing.
//!
//! Pure functions, but their tables are 100 KB, and every browser has them: the tab uses
//! `String.prototype`, native builds a crate and `std`. Both are stable for all text that is
//! assigned today. ASCII uses neither.

/// A normalisation form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Canonical composition: what most systems write.
    Nfc,
    /// Compatibility composition: the same password typed on two systems is the same.
    Nfkc,
    /// Compatibility decomposition: letters apart from their marks.
    Nfkd,
}

/// `text` in that form. It may be a password: its length is computed first, because a growing copy
/// would leave unwiped copies behind.
pub(crate) fn normalise(text: &str, form: Form) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let length = characters(text, form).map(char::len_utf8).sum();
    let mut whole = String::with_capacity(length);
    whole.extend(characters(text, form));
    whole
}

/// `text` as it is searched for: as the words of contents are folded.
pub(crate) fn fold(text: &str) -> String {
    frond_search::fold_with(text, |text| normalise(text, Form::Nfkd), small)
}

/// `text` in lowercase, without context: the one context-dependent mapping, a final sigma, is not
/// applied.
pub(crate) fn lower(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { small(&text.replace('Σ', "σ")) }
}

#[cfg(not(target_arch = "wasm32"))]
fn small(text: &str) -> String {
    text.to_lowercase()
}

#[cfg(target_arch = "wasm32")]
fn small(text: &str) -> String {
    js_sys::JsString::from(text).to_lower_case().into()
}

#[cfg(not(target_arch = "wasm32"))]
fn characters(text: &str, form: Form) -> impl Iterator<Item = char> {
    use unicode_normalization::UnicodeNormalization;

    let (nfc, nfkc, nfkd) = match form {
        Form::Nfc => (Some(text.nfc()), None, None),
        Form::Nfkc => (None, Some(text.nfkc()), None),
        Form::Nfkd => (None, None, Some(text.nfkd())),
    };
    let composed = nfc.into_iter().flatten().chain(nfkc.into_iter().flatten());
    composed.chain(nfkd.into_iter().flatten())
}

#[cfg(target_arch = "wasm32")]
fn characters(text: &str, form: Form) -> impl Iterator<Item = char> {
    use zeroize::Zeroizing;

    let form = match form {
        Form::Nfc => "NFC",
        Form::Nfkc => "NFKC",
        Form::Nfkd => "NFKD",
    };
    let text = js_sys::JsString::from(text).normalize(form);
    // Read unit by unit: wasm-bindgen copies whole text into a growing buffer.
    let units = Zeroizing::new(text.iter().collect::<Vec<u16>>());
    let units = (0..units.len()).map_while(move |at| units.get(at).copied());
    // Never a lone surrogate: the text came from Rust.
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
}
