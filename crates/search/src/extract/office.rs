//! Office documents: a zip archive of XML. OOXML has text in elements `t` and numbers of cells in
//! `v`, OpenDocument in paragraphs and headings.

use miniz_oxide::inflate::decompress_to_vec_with_limit;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use rawzip::{CompressionMethod, ZipArchive, ZipSliceArchive};

use super::Lines;

/// Most entries of an archive that are looked at.
const MAX_ENTRIES: usize = 10_000;
/// Most bytes that are unpacked of an archive.
const MAX_UNPACKED: usize = 64 << 20;

pub(super) fn read(bytes: &[u8], to: &mut Lines) -> Option<()> {
    let archive = ZipArchive::from_slice(bytes).ok()?;
    let mut left = MAX_UNPACKED;
    let mut found = None;
    for entry in archive.entries().take(MAX_ENTRIES) {
        // What follows a damaged entry cannot be found.
        let Ok(entry) = entry else { break };
        let path = entry.file_path();
        let Ok(path) = std::str::from_utf8(path.as_bytes()) else { continue };
        let Some(kind) = kind(path) else { continue };
        found = Some(());
        let method = entry.compression_method();
        let Some(xml) = unpacked(&archive, entry.wayfinder(), method, left) else { continue };
        left = left.saturating_sub(xml.len());
        texts(&xml, kind, to);
        if left == 0 || to.is_full() {
            break;
        }
    }
    found
}

/// Where the text is in an XML file.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Ooxml,
    OpenDocument,
}

fn kind(path: &str) -> Option<Kind> {
    const OOXML: [&str; 8] = [
        "word/document",
        "word/footnotes",
        "word/endnotes",
        "word/comments",
        "xl/sharedStrings",
        "xl/worksheets/sheet",
        "ppt/slides/slide",
        "ppt/notesSlides/notesSlide",
    ];
    if path == "content.xml" {
        return Some(Kind::OpenDocument);
    }
    let is_text = path.ends_with(".xml") && OOXML.iter().any(|start| path.starts_with(start));
    is_text.then_some(Kind::Ooxml)
}

/// An entry's bytes; `None` if it is damaged or has more than `most` bytes.
fn unpacked(
    archive: &ZipSliceArchive<&[u8]>,
    place: rawzip::ZipArchiveEntryWayfinder,
    method: CompressionMethod,
    most: usize,
) -> Option<Vec<u8>> {
    let data = archive.get_entry(place).ok()?.data();
    match method {
        CompressionMethod::STORE => (data.len() <= most).then(|| data.to_vec()),
        CompressionMethod::DEFLATE => decompress_to_vec_with_limit(data, most).ok(),
        _ => None,
    }
}

fn texts(xml: &[u8], kind: Kind, to: &mut Lines) {
    let mut reader = Reader::from_reader(xml);
    reader.config_mut().check_end_names = false;
    let (mut buffer, mut shows, mut refers) = (Vec::new(), kind == Kind::OpenDocument, false);
    while !to.is_full() {
        buffer.clear();
        match reader.read_event_into(&mut buffer) {
            Ok(Event::Start(tag)) => match (kind, tag.local_name().as_ref()) {
                (Kind::Ooxml, b"t") => shows = true,
                (Kind::Ooxml, b"v") => shows = !refers,
                (Kind::Ooxml, b"c") => refers = is_shared(&tag),
                _ => {}
            },
            Ok(Event::Empty(tag)) => match tag.local_name().as_ref() {
                b"br" | b"line-break" => to.end(),
                b"tab" | b"s" => to.space(),
                _ => {}
            },
            Ok(Event::Text(text)) if shows => to.push(&text.decode().unwrap_or_default()),
            Ok(Event::CData(text)) if shows => to.push(&text.decode().unwrap_or_default()),
            Ok(Event::GeneralRef(name)) if shows => {
                let character = match name.resolve_char_ref() {
                    Ok(Some(character)) => Some(character),
                    _ => named(&name),
                };
                if let Some(character) = character {
                    to.push(character.encode_utf8(&mut [0; 4]));
                }
            }
            Ok(Event::End(tag)) => match tag.local_name().as_ref() {
                b"t" | b"v" if kind == Kind::Ooxml => shows = false,
                b"c" | b"table-cell" => to.space(),
                b"p" | b"h" | b"si" | b"row" | b"table-row" => to.end(),
                _ => {}
            },
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    to.end();
}

/// Whether a cell has the number of a shared string, and no value of its own.
fn is_shared(cell: &BytesStart<'_>) -> bool {
    let kind = cell.try_get_attribute("t").ok().flatten();
    kind.is_some_and(|kind| kind.value.as_ref() == b"s")
}

/// XML's own entities; a document cannot declare others here.
fn named(name: &[u8]) -> Option<char> {
    match name {
        b"amp" => Some('&'),
        b"lt" => Some('<'),
        b"gt" => Some('>'),
        b"quot" => Some('"'),
        b"apos" => Some('\''),
        _ => None,
    }
}
