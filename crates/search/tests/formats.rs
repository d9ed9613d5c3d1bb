//! Each format gives the text that was put into it, and hostile files do no harm.

#![cfg(test)]

use std::io::Write;
use std::path::Path;

use frond_search::{MAX_TEXT, text};
use proptest::prelude::*;

const LINES: [&str; 3] =
    ["Quarterly report & outlook", "The Zürich office moved to Straße 7.", "Total 4711"];

fn file(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files").join(name);
    std::fs::read(path).unwrap()
}

#[test]
fn each_format_gives_its_lines() {
    for name in ["a.docx", "a.xlsx", "a.pptx", "a.odt", "a.ods", "a.html", "a.eml", "a.pdf"] {
        let text = text(name, &file(name)).unwrap();
        let lines: Vec<_> = text.lines().map(str::trim).collect();
        for line in LINES {
            // A sheet has its shared strings apart from its numbers.
            let words: Vec<_> =
                if name == "a.xlsx" { line.split(' ').collect() } else { vec![line] };
            for words in words {
                assert!(lines.iter().any(|line| line.contains(words)), "{name}: {lines:?}");
            }
        }
        assert!(!text.contains("hidden"), "{name}: {text}");
    }
}

#[test]
fn a_mail_has_its_people_and_attachments() {
    let text = text("a.eml", &file("a.eml")).unwrap();
    for words in ["Zoë zoe@example.org", "ann@example.org", "attached.docx"] {
        assert!(text.contains(words), "{text}");
    }
    assert_eq!(text.matches(LINES[1]).count(), 2, "the message and its attachment: {text}");
}

#[test]
fn plain_text_is_as_it_is_in_any_encoding() {
    for name in ["a.txt", "a.MD", "a.rs", "a.csv"] {
        assert_eq!(text(name, "Zoë\n# x".as_bytes()).as_deref(), Some("Zoë\n# x"));
        assert_eq!(text(name, b"Zo\xeb").as_deref(), Some("Zoë"));
        assert_eq!(text(name, b"\xff\xfea\0b\0").as_deref(), Some("ab"));
    }
    for (name, bytes) in
        [("a.txt", &b"\x89PNG\r\n\x1a\n\0\0"[..]), ("a.txt", b"a\0b"), ("a.jpg", b"a")]
    {
        assert_eq!(text(name, bytes), None, "{name}");
    }
}

/// A zip archive of one deflated entry.
fn archive(name: &str, xml: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut archive = rawzip::ZipArchiveWriter::new(&mut bytes);
    let entry = archive.new_file(name).compression_method(rawzip::CompressionMethod::DEFLATE);
    let (mut entry, config) = entry.start().unwrap();
    let mut writer = config.wrap(Vec::new());
    writer.write_all(xml).unwrap();
    let (_, output) = writer.finish().unwrap();
    entry.write_all(&miniz_oxide::deflate::compress_to_vec(xml, 6)).unwrap();
    entry.finish(output).unwrap();
    archive.finish().unwrap();
    bytes
}

#[test]
fn what_is_unpacked_is_bounded() {
    let bomb = [&b"<w:t>"[..], &vec![b'a'; 65 << 20], b"</w:t>"].concat();
    let packed = archive("word/document.xml", &bomb);
    assert!(packed.len() < 1 << 20);
    assert_eq!(text("a.docx", &packed).as_deref(), Some(""));
    let large = [&b"<w:t>"[..], &vec![b'a'; MAX_TEXT + 10], b"</w:t>"].concat();
    let text = text("a.docx", &archive("word/document.xml", &large)).unwrap();
    assert_eq!(text.len(), MAX_TEXT);
}

#[test]
fn deep_and_declared_xml_does_no_harm() {
    let deep = "<x>".repeat(1_000_000) + "<w:t>end</w:t>";
    let read = text("a.docx", &archive("word/document.xml", deep.as_bytes())).unwrap();
    assert_eq!(read.trim(), "end");
    let lol = r#"<!DOCTYPE x [<!ENTITY a "hahaha"><!ENTITY b "&a;&a;&a;">]><t>1&b;&#50;&lt;</t>"#;
    let read = text("a.xlsx", &archive("xl/sharedStrings.xml", lol.as_bytes())).unwrap();
    assert_eq!(read.trim(), "12<");
}

#[test]
fn what_is_not_what_it_says_has_no_text() {
    for name in ["a.docx", "a.pdf", "a.xlsx"] {
        for bytes in [&b""[..], b"text", b"PK\x03\x04", b"%PDF-1.7\n"] {
            assert!(text(name, bytes).is_none_or(|text| text.is_empty()), "{name}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn damaged_files_do_no_harm(
        name in prop::sample::select(vec![
            "a.docx", "a.xlsx", "a.pptx", "a.odt", "a.html", "a.eml", "a.pdf",
        ]),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut: prop::sample::Index,
    ) {
        let mut bytes = file(name);
        for (at, byte) in &changes {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        let _ = text(name, &bytes);
        let _ = text(name, &bytes[..cut.index(bytes.len())]);
    }
}
