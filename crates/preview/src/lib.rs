//! Previews: what a file shows, worked out from its first bytes and its name.
//!
//! Files are hostile here. Their type is read from their bytes, a name decides only between kinds
//! of text, and nothing becomes markup: a [`Preview`] is a type for an image or a player, text, or
//! a tree of [`Step`]s that the page builds from elements of its own. No input panics; sizes are
//! capped.
//!
//! The page uses the types and [`Preview::from_strings`]. The parsers run in a Worker that serves
//! one question and then ends (`main.rs`), so an input that takes long stops nothing but itself.

mod csv;
mod image;
mod markdown;
mod media;
mod message;
mod step;
mod text;

pub use image::{MAX_PIXELS, MediaType, may_show};
pub use media::Playable;
pub use step::{Step, Tag};
pub use text::{Encoding, Text};

/// Bytes of a file that are looked at first, and that each "Show more" of a text adds.
pub const PORTION: u64 = 1 << 20;

/// What a file shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Preview {
    /// An image for the browser to decode.
    Image(MediaType),
    /// An image of more than [`MAX_PIXELS`], which is not decoded.
    LargeImage {
        /// In pixels.
        width: u64,
        /// In pixels.
        height: u64,
    },
    /// It begins like an image, but its dimensions cannot be read.
    BadImage,
    /// Audio or video, for the browser to play.
    Playable(Playable),
    /// A PDF file, for the program `frond-pdf` to draw.
    Pdf,
    /// Text or code, or the first part of it.
    Text(Text),
    /// Formatted text or a table.
    Document {
        /// Its tree, as opening and closing steps.
        steps: Vec<Step>,
        /// Whether that is all of it.
        whole: bool,
    },
    /// Nothing: the type has no preview.
    None,
}

/// The preview of a file that begins with `bytes`; `whole` says whether they are all of it.
#[must_use]
pub fn preview(name: &str, bytes: &[u8], whole: bool) -> Preview {
    if let Some(image) = image::preview(bytes) {
        return image;
    }
    if let Some(kind) = media::playable(bytes) {
        return Preview::Playable(kind);
    }
    if bytes.starts_with(b"%PDF-") {
        return Preview::Pdf;
    }
    let Some(text) = text::preview(bytes, whole) else { return Preview::None };
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    match ending.as_deref() {
        Some("md" | "markdown") => markdown::preview(&text.text, whole),
        Some("csv") => csv::preview(&text.text, None, whole),
        Some("tsv") => csv::preview(&text.text, Some(b'\t'), whole),
        _ => Preview::Text(text),
    }
}

/// The type of a picture that may be shown small: an image of at most `side` pixels a side.
#[must_use]
pub fn small_image(bytes: &[u8], side: usize) -> Option<MediaType> {
    image::small(bytes, side)
}

/// The next part of a text, in the encoding that its first part was in.
#[must_use]
pub fn more(encoding: Encoding, bytes: &[u8], whole: bool) -> Preview {
    Preview::Text(text::decode(encoding, bytes, whole))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Encoding, Preview, Tag, more, preview};
    use crate::step::Step;

    fn text(name: &str, bytes: &[u8]) -> String {
        match preview(name, bytes, true) {
            Preview::Text(text) => text.text,
            other => panic!("{name}: {other:?}"),
        }
    }

    #[test]
    fn what_a_browser_would_run_is_text() {
        let svg = "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>";
        let html = "<!doctype html><script>alert(1)</script>";
        for name in
            ["a.svg", "a.html", "a.xhtml", "a.xml", "a.png", "a.mp4", "a.pdf", "a.mhtml", "a"]
        {
            assert_eq!(text(name, svg.as_bytes()), svg, "{name}");
            assert_eq!(text(name, html.as_bytes()), html, "{name}");
        }
    }

    #[test]
    fn the_bytes_decide_and_not_the_name() {
        let pixel = b"GIF89a\x01\0\x01\0\0\0\0;/*=0*/";
        for name in ["a.html", "a.js", "a.svg", "a.md", "a.csv", "a"] {
            let shown = preview(name, pixel, true);
            assert!(matches!(shown, Preview::Image(kind) if kind.as_str() == "image/gif"));
        }
        for name in ["a.html", "a.js", "a.svg", "a.md", "a.csv", "a"] {
            let shown = preview(name, b"ID3\x04<script>alert(1)</script>", true);
            assert!(matches!(shown, Preview::Playable(kind) if kind.as_str() == "audio/mpeg"));
        }
        for name in ["a.html", "a.txt", "a"] {
            assert_eq!(preview(name, b"%PDF-1.7\n<script>alert(1)</script>", true), Preview::Pdf);
        }
        for bytes in [&b"PK\x03\x04"[..], b"\0\0\0\x18ftypheic\0\0\0\0"] {
            assert_eq!(preview("a.txt", bytes, true), Preview::None);
            assert_eq!(preview("a.md", bytes, true), Preview::None);
        }
    }

    #[test]
    fn the_name_decides_between_kinds_of_text() {
        let first = |name| match preview(name, b"# a;b", true) {
            Preview::Document { steps, .. } => steps.into_iter().next(),
            _ => None,
        };
        assert_eq!(first("a.MD"), Some(Step::Open(Tag::Heading(1))));
        assert_eq!(first("a.md.csv"), Some(Step::Open(Tag::Table)));
        assert_eq!(first("a.tsv"), Some(Step::Open(Tag::Table)));
        assert_eq!(first("md"), None);
    }

    fn hostile() -> impl Strategy<Value = Vec<u8>> {
        let begin = proptest::sample::select(vec![
            &b""[..],
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
            b"\xff\xd8\xff\xe0",
            b"GIF89a",
            b"RIFF\xff\xff\xff\xffWEBPVP8X",
            b"\0\0\0\x14ftypavif\0\0\0\0avif\0\0\0\x40meta\0\0\0\0\
              \0\0\0\x30iprp\0\0\0\x28ipco\0\0\0\x14ispe",
            b"OggS",
            b"\0\0\0\x18ftyp",
            b"\x1a\x45\xdf\xa3",
            b"\xff\xfe",
            b"\xef\xbb\xbf",
            b"> - 1. # [x](javascript:x) <b> | - | ",
            b"a,b;\"c\t|",
        ]);
        (begin, proptest::collection::vec(any::<u8>(), 0..400))
            .prop_map(|(begin, rest)| [begin, &rest].concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn no_input_panics_and_every_preview_travels(
            bytes in hostile(),
            name in proptest::sample::select(vec!["a", "a.md", "a.csv", "a.tsv", "a.png"]),
            whole: bool,
        ) {
            let shown = preview(name, &bytes, whole);
            if let Preview::Document { steps, .. } = &shown {
                let mut open = 0_i64;
                for step in steps {
                    open += match step {
                        Step::Open(_) => 1,
                        Step::Close => -1,
                        Step::Text(_) => 0,
                    };
                    prop_assert!((0..=64).contains(&open));
                }
                prop_assert_eq!(open, 0);
            }
            prop_assert_eq!(Preview::from_strings(shown.clone().into_strings()), Some(shown));
        }

        #[test]
        fn strings_of_any_kind_are_no_trouble(
            strings in proptest::collection::vec(
                "(text|whole|part|image|play|pdf|large|1|<a [a-z:/]{0,9}|<h 7|>|=x|.{0,4})",
                0..6,
            ),
        ) {
            let _ = Preview::from_strings(strings);
        }

        #[test]
        fn parts_of_a_text_make_the_whole(
            text in "(?s).{0,60}",
            at in 1_usize..40,
            encoding in proptest::sample::select(
                vec![Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be],
            ),
        ) {
            let bytes: Vec<u8> = match encoding {
                Encoding::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
                Encoding::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
                _ => text.clone().into_bytes(),
            };
            let (mut shown, mut read) = (String::new(), 0);
            while read < bytes.len() {
                let end = bytes.len().min(read + at.max(4));
                let part = more(encoding, &bytes[read..end], end == bytes.len());
                let Preview::Text(part) = part else { panic!("text") };
                prop_assert!(part.read > 0);
                shown.push_str(&part.text);
                read += part.read;
            }
            prop_assert_eq!(shown, text);
        }
    }
}
