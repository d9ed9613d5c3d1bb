//! Files of a text, one of each format.

use std::io::Write;

use miniz_oxide::deflate::compress_to_vec;

/// Lines of a PDF page.
const LINES: usize = 60;

/// A file with this name and text.
pub(super) fn file(name: &str, text: &str) -> Vec<u8> {
    match name {
        "a.html" => html(text).into_bytes(),
        "a.eml" => mail(text).into_bytes(),
        "a.docx" => document(text).unwrap_or_default(),
        "a.pdf" => pdf(text),
        _ => text.into(),
    }
}

fn html(text: &str) -> String {
    let line = |line: &str| format!("<div class=\"line\"><p>{line} <b>&amp;</b></p></div>\n");
    let lines: String = text.lines().map(line).collect();
    format!("<!doctype html><meta charset=utf-8><style>p {{ color: red }}</style>{lines}")
}

/// A mail whose text is quoted-printable.
fn mail(text: &str) -> String {
    let head = "Subject: a\r\nFrom: a@example.org\r\nMIME-Version: 1.0\r\n\
        Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n";
    format!("{head}\r\n{}", text.replace('é', "=C3=A9").replace('\n', "\r\n"))
}

/// A docx of one paragraph a line, in two runs each.
fn document(text: &str) -> Result<Vec<u8>, rawzip::Error> {
    let run = |text: &str| format!("<w:r><w:t xml:space=\"preserve\">{text} </w:t></w:r>");
    let paragraph = |line: &str| {
        let (first, second) = line.split_once(' ').unwrap_or((line, ""));
        format!("<w:p>{}{}</w:p>", run(first), run(second))
    };
    let paragraphs: String = text.lines().map(paragraph).collect();
    let xml = format!("<w:document xmlns:w=\"w\"><w:body>{paragraphs}</w:body></w:document>");
    let mut bytes = Vec::new();
    let mut archive = rawzip::ZipArchiveWriter::new(&mut bytes);
    let file = archive.new_file("word/document.xml");
    let file = file.compression_method(rawzip::CompressionMethod::DEFLATE);
    let (mut entry, config) = file.start()?;
    let mut writer = config.wrap(Vec::new());
    writer.write_all(xml.as_bytes())?;
    let (_, output) = writer.finish()?;
    entry.write_all(&compress_to_vec(xml.as_bytes(), 6))?;
    entry.finish(output)?;
    archive.finish()?;
    Ok(bytes)
}

/// A PDF in one of the fonts that every reader has, its pages deflated.
fn pdf(text: &str) -> Vec<u8> {
    let lines: Vec<_> = text.lines().collect();
    let pages = lines.chunks(LINES).map(|lines| {
        let shown: String =
            lines.iter().map(|line| format!("({line}) Tj T*\n").replace('é', "\\351")).collect();
        format!("BT /F 8 Tf 9 TL 40 800 Td {shown} ET")
    });
    let pages: Vec<_> = pages.map(|page| compress_to_vec(page.as_bytes(), 6)).collect();
    // A raw deflate stream; the filter wants zlib's two bytes before it, and can do without the
    // checksum after it.
    let kids: String = (0..pages.len()).map(|page| format!("{} 0 R ", 4 + page * 2)).collect();
    let mut file = Pdf { bytes: b"%PDF-1.4\n".to_vec(), places: Vec::new() };
    file.object("<</Type/Catalog/Pages 2 0 R>>".into());
    file.object(format!("<</Type/Pages/Count {}/Kids[{kids}]>>", pages.len()).into());
    file.object("<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>".into());
    for (at, page) in pages.into_iter().enumerate() {
        let contents = 5 + at * 2;
        file.object(
            format!(
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F 3 0 R>>>>\
                 /Contents {contents} 0 R>>"
            )
            .into(),
        );
        let head = format!("<</Length {}/Filter/FlateDecode>>stream\n", page.len() + 2);
        file.object([head.as_bytes(), b"\x78\x9c", &page, b"\nendstream"].concat());
    }
    file.finish()
}

/// A PDF that is being written.
struct Pdf {
    bytes: Vec<u8>,
    /// Where each object begins.
    places: Vec<usize>,
}

impl Pdf {
    fn object(&mut self, content: Vec<u8>) {
        self.places.push(self.bytes.len());
        self.bytes.extend(format!("{} 0 obj\n", self.places.len()).into_bytes());
        self.bytes.extend(content);
        self.bytes.extend(b"\nendobj\n");
    }

    fn finish(mut self) -> Vec<u8> {
        let (start, count) = (self.bytes.len(), self.places.len() + 1);
        let places: String =
            self.places.iter().map(|place| format!("{place:010} 00000 n \n")).collect();
        self.bytes.extend(
            format!(
                "xref\n0 {count}\n0000000000 65535 f \n{places}\
                 trailer<</Size {count}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n"
            )
            .into_bytes(),
        );
        self.bytes
    }
}
