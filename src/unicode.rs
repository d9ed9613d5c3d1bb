//! Unicode normalisation forms ([UAX #15](https://www.unicode.org/reports/tr15/)).
//!
//! A pure function, but its tables are 90 KB, and every browser has them: in the tab `String.prototype.normalize`
//! answers, natively a crate. Both are stable for all text that is assigned today. ASCII is its own form and asks nobody.

/// A normalisation form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Canonical composition: what most systems write.
    Nfc,
    /// Compatibility composition: one password typed on two systems is one.
    Nfkc,
}

/// `text` in that form. It may be a password: it is measured first, for a growing copy would leave unwiped pieces behind.
pub(crate) fn normalise(text: &str, form: Form) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let length = characters(text, form).map(char::len_utf8).sum();
    let mut whole = String::with_capacity(length);
    whole.extend(characters(text, form));
    whole
}

#[cfg(not(target_arch = "wasm32"))]
fn characters(text: &str, form: Form) -> impl Iterator<Item = char> {
    use unicode_normalization::UnicodeNormalization;

    let (nfc, nfkc) = match form {
        Form::Nfc => (Some(text.nfc()), None),
        Form::Nfkc => (None, Some(text.nfkc())),
    };
    nfc.into_iter().flatten().chain(nfkc.into_iter().flatten())
}

#[cfg(target_arch = "wasm32")]
fn characters(text: &str, form: Form) -> impl Iterator<Item = char> {
    use zeroize::Zeroizing;

    let form = match form {
        Form::Nfc => "NFC",
        Form::Nfkc => "NFKC",
    };
    let text = js_sys::JsString::from(text).normalize(form);
    // Read unit by unit: text that wasm-bindgen copies as a whole grows on its way.
    let units = Zeroizing::new(text.iter().collect::<Vec<u16>>());
    let units = (0..units.len()).map_while(move |at| units.get(at).copied());
    // Never half a character: the text came from Rust.
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
}
