//! Text: whether bytes are text, in which encoding, and their characters.

use std::str;

/// Windows-1252's characters from 0x80 to 0x9F (WHATWG Encoding); all others are Latin-1's.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// Encoding of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8
    Utf8,
    /// UTF-16, low byte first; only with a byte order mark
    Utf16Le,
    /// UTF-16, high byte first; only with a byte order mark
    Utf16Be,
    /// Windows-1252: what is text, and none of the others
    Windows1252,
}

impl Encoding {
    pub(crate) const ALL: [Self; 4] = [Self::Utf8, Self::Utf16Le, Self::Utf16Be, Self::Windows1252];

    /// Its name in the WHATWG's Encoding Standard.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Windows1252 => "windows-1252",
        }
    }

    /// The encoding with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == name)
    }
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Its characters; U+FFFD for bytes that are none.
    pub text: String,
    /// Its encoding.
    pub encoding: Encoding,
    /// How many bytes it was read from: the next part begins there. A character that was cut at the
    /// end belongs to the next part.
    pub read: usize,
}

/// `None` for what is no text: with control characters that no text has.
pub(crate) fn preview(bytes: &[u8], whole: bool) -> Option<Text> {
    let marks: [(&[u8], _); 3] = [
        (b"\xef\xbb\xbf", Encoding::Utf8),
        (b"\xff\xfe", Encoding::Utf16Le),
        (b"\xfe\xff", Encoding::Utf16Be),
    ];
    for (mark, encoding) in marks {
        if let Some(rest) = bytes.strip_prefix(mark) {
            let mut text = decode(encoding, rest, whole);
            text.read = text.read.saturating_add(mark.len());
            return Some(text);
        }
    }
    let is_control = |byte: &u8| matches!(byte, 0..=8 | 0x0e..=0x1a | 0x1c..=0x1f);
    if bytes.iter().any(is_control) {
        return None;
    }
    let is_utf8 = match str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && !whole,
    };
    let encoding = if is_utf8 { Encoding::Utf8 } else { Encoding::Windows1252 };
    Some(decode(encoding, bytes, whole))
}

/// The characters of these bytes; `whole` says whether nothing follows.
pub(crate) fn decode(encoding: Encoding, bytes: &[u8], whole: bool) -> Text {
    let (text, cut) = match encoding {
        Encoding::Utf8 => utf8(bytes, whole),
        Encoding::Utf16Le => utf16(bytes, whole, u16::from_le_bytes),
        Encoding::Utf16Be => utf16(bytes, whole, u16::from_be_bytes),
        Encoding::Windows1252 => (bytes.iter().map(|byte| windows_1252(*byte)).collect(), 0),
    };
    Text { text, encoding, read: bytes.len().saturating_sub(cut) }
}

/// Text, and how many bytes of a cut character follow it.
fn utf8(bytes: &[u8], whole: bool) -> (String, usize) {
    // A character has up to 4 bytes, so one that is cut begins within the last 3.
    let cut = (1..=3).find(|cut| {
        let tail = bytes.len().checked_sub(*cut).and_then(|at| bytes.get(at..));
        let error = tail.and_then(|tail| str::from_utf8(tail).err());
        error.is_some_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
    });
    let cut = if whole { 0 } else { cut.unwrap_or(0) };
    let text = bytes.get(..bytes.len().saturating_sub(cut)).unwrap_or_default();
    (String::from_utf8_lossy(text).into_owned(), cut)
}

fn utf16(bytes: &[u8], whole: bool, unit: fn([u8; 2]) -> u16) -> (String, usize) {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    let mut cut = if whole { 0 } else { rest.len() };
    // Half of a surrogate pair, whose other half follows.
    if !whole && units.pop_if(|last| (0xd800..0xdc00).contains(last)).is_some() {
        cut = cut.saturating_add(2);
    }
    let mut text = String::from_utf16_lossy(&units);
    if whole && !rest.is_empty() {
        text.push(char::REPLACEMENT_CHARACTER);
    }
    (text, cut)
}

fn windows_1252(byte: u8) -> char {
    let special = byte.checked_sub(0x80).and_then(|at| WINDOWS_1252.get(usize::from(at)));
    special.copied().unwrap_or(char::from(byte))
}

#[cfg(test)]
mod tests {
    use super::{Encoding, Text, preview};

    fn read(bytes: &[u8], whole: bool) -> Option<(String, Encoding, usize)> {
        preview(bytes, whole).map(|Text { text, encoding, read }| (text, encoding, read))
    }

    #[test]
    fn encodings_are_told_by_marks_then_by_what_is_valid() {
        let some = |text: &str, encoding, read| Some((text.to_owned(), encoding, read));
        assert_eq!(read("Zoë".as_bytes(), true), some("Zoë", Encoding::Utf8, 4));
        assert_eq!(read(b"\xef\xbb\xbfa", true), some("a", Encoding::Utf8, 4));
        assert_eq!(read(b"\xff\xfea\0\x58\x7d", true), some("a絘", Encoding::Utf16Le, 6));
        assert_eq!(read(b"\xfe\xff\0a\x7d\x58", true), some("a絘", Encoding::Utf16Be, 6));
        assert_eq!(read(b"Zo\xeb \x8010", true), some("Zoë €10", Encoding::Windows1252, 7));
        assert_eq!(read(b"", true), some("", Encoding::Utf8, 0));
    }

    #[test]
    fn a_character_that_is_cut_waits_for_the_rest() {
        assert_eq!(read(b"Zo\xc3", false).map(|(.., read)| read), Some(2));
        let cut = read(b"Zo\xc3", true);
        assert_eq!(cut, Some(("ZoÃ".to_owned(), Encoding::Windows1252, 3)));
        let half = read(b"\xff\xfea\0\x3d\xd8\0", false);
        assert_eq!(half, Some(("a".to_owned(), Encoding::Utf16Le, 4)));
    }

    #[test]
    fn binary_is_no_text() {
        for bytes in [&b"a\0b"[..], b"\x7fELF\x02\x01", b"\x1f\x8b\x08", b"OggS\0\x02"] {
            assert_eq!(preview(bytes, true), None);
        }
        assert!(preview(b"\x1b[1mcolours\x1b[0m\t\x0c\r\n", true).is_some());
    }
}
