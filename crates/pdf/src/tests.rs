//! Files written here, and what is drawn of them.

use super::{Document, Line, MAX_PIXELS, MAX_TEXT, Picture, Unreadable};

/// A file of these objects, the first of which is the catalog.
fn pdf(objects: &[&str]) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    for (i, object) in objects.iter().enumerate() {
        places.push(file.len());
        file.extend(format!("{} 0 obj\n{object}\nendobj\n", i + 1).into_bytes());
    }
    let table = file.len();
    file.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).into_bytes());
    for place in places {
        file.extend(format!("{place:010} 00000 n \n").into_bytes());
    }
    let size = objects.len() + 1;
    file.extend(
        format!("trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF").into_bytes(),
    );
    file
}

fn stream(content: &str) -> String {
    format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len())
}

/// A file of one page with these entries besides, and this content.
fn page(entries: &str, content: &str) -> Vec<u8> {
    pdf(&[
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        &format!("<< /Type /Page /Parent 2 0 R /Contents 4 0 R {entries} >>"),
        &stream(content),
    ])
}

fn drawn(file: Vec<u8>, width: u32) -> Picture {
    Document::open(file).unwrap().picture(0, width).unwrap()
}

fn pixel(picture: &Picture, x: usize, y: usize) -> &[u8] {
    let at = 4 * (y * usize::from(picture.width) + x);
    &picture.pixels[at..at + 4]
}

const RED: &[u8] = &[255, 0, 0, 255];
const WHITE: &[u8] = &[255; 4];
/// The lower left quarter of a page of 200 × 100.
const QUARTER: &str = "1 0 0 rg 0 0 100 50 re f";

#[test]
fn a_page_is_drawn_as_it_says() {
    let picture = drawn(page("/MediaBox [0 0 200 100]", QUARTER), 400);
    assert_eq!((picture.width, picture.height), (400, 200));
    assert_eq!(picture.pixels.len(), 400 * 200 * 4);
    assert_eq!((pixel(&picture, 10, 190), pixel(&picture, 390, 190)), (RED, WHITE));
    assert_eq!((pixel(&picture, 10, 10), pixel(&picture, 190, 110)), (WHITE, RED));

    let turned = drawn(page("/MediaBox [0 0 200 100] /Rotate 90", QUARTER), 100);
    assert_eq!((turned.width, turned.height), (100, 200));
    assert_eq!((pixel(&turned, 10, 10), pixel(&turned, 90, 190)), (RED, WHITE));
}

#[test]
fn pages_are_counted_and_each_is_drawn() {
    let file = pdf(&[
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 /MediaBox [0 0 200 100] >>",
        "<< /Type /Page /Parent 2 0 R >>",
        "<< /Type /Page /Parent 2 0 R /Contents 5 0 R >>",
        &stream(QUARTER),
    ]);
    let document = Document::open(file).unwrap();
    assert_eq!(document.pages(), 2);
    let first = document.picture(0, 200).unwrap();
    assert!(first.pixels.iter().all(|byte| *byte == 255), "an empty page is white");
    assert_eq!(pixel(&document.picture(1, 200).unwrap(), 10, 90), RED);
    assert_eq!(document.picture(2, 200), None);
}

#[test]
fn text_is_drawn_in_a_font_that_the_file_does_not_bring() {
    let entries = "/MediaBox [0 0 200 100] /Resources << /Font << /F << /Type /Font /Subtype \
                   /Type1 /BaseFont /Helvetica >> >> >>";
    let picture = drawn(page(entries, "BT /F 40 Tf 10 30 Td (Fern) Tj ET"), 200);
    assert!(picture.pixels.as_chunks::<4>().0.contains(&[0, 0, 0, 255]));
}

/// The lines of a page that is 200 wide: what each says, where it begins, how large and which way.
fn written(content: &str) -> Vec<String> {
    let entries = "/MediaBox [0 0 200 100] /Resources << /Font << /F << /Type /Font /Subtype \
                   /Type1 /BaseFont /Helvetica >> >> >>";
    let document = Document::open(page(entries, content)).unwrap();
    let line = |line: Line| {
        let [x, y, size] = [line.x, line.y, line.size].map(|part| part * 200.0);
        format!("{} at {x:.0} {y:.0}, {size:.0} high, {:.0}°", line.text, line.angle)
    };
    document.lines(0).into_iter().map(line).collect()
}

#[test]
fn text_is_found_where_it_is_drawn() {
    assert_eq!(
        written("BT /F 10 Tf 20 70 Td (Two words) Tj 0 -20 Td (below) Tj 100 0 Td (beside) Tj ET"),
        [
            "Two words at 20 30, 10 high, 0°",
            "below at 20 50, 10 high, 0°",
            "beside at 120 50, 10 high, 0°"
        ]
    );
    // Words that are set apart without a space; letters set one by one.
    let kerned = "BT /F 10 Tf 20 70 Td [(T) 80 (wo) -400 (words)] TJ ET";
    assert_eq!(written(kerned), ["Two words at 20 30, 10 high, 0°"]);
    let upwards = "BT /F 10 Tf 0 1 -1 0 50 20 Tm (upwards) Tj ET";
    assert_eq!(written(upwards), ["upwards at 50 80, 10 high, -90°"]);
    let document = Document::open(page("/MediaBox [0 0 200 100]", QUARTER)).unwrap();
    assert_eq!((document.lines(0), document.lines(9)), (Vec::new(), Vec::new()));
}

/// A line is as long as what is drawn of it.
#[test]
fn a_line_has_its_length() {
    let entries = "/MediaBox [0 0 200 100] /Resources << /Font << /F << /Type /Font /Subtype \
                   /Type1 /BaseFont /Courier >> >> >>";
    let file = page(entries, "BT /F 10 Tf 20 70 Td (0123456789) Tj ET");
    let lines = Document::open(file).unwrap().lines(0);
    // Each letter of Courier is 0.6 of its size wide.
    assert_eq!(
        lines.iter().map(|line| format!("{:.2}", line.length)).collect::<Vec<_>>(),
        ["0.30"]
    );
}

#[test]
fn text_without_end_is_cut() {
    let show = "(0123456789) Tj ".repeat(MAX_TEXT / 5);
    let lines = written(&format!("BT /F 10 Tf 1 50 Td {show} ET"));
    assert_eq!(lines.len(), 1);
    assert!((MAX_TEXT..MAX_TEXT + 100).contains(&lines[0].len()), "{}", lines[0].len());
}

#[test]
fn a_page_of_any_dimensions_takes_bounded_memory() {
    for dimensions in [
        "0 0 1000000000 1000000000",
        "0 0 14400 1",
        "0 0 1 1000000",
        "0 0 0 0",
        "5 5 5 5",
        "100 100 -100 -100",
        "0 0 99999999999999999999 -99999999999999999999",
        "/x /y",
    ] {
        let picture = drawn(page(&format!("/MediaBox [{dimensions}]"), QUARTER), 4_000_000_000);
        let pixels = u32::from(picture.width) * u32::from(picture.height);
        assert!((1..=MAX_PIXELS).contains(&pixels), "{dimensions}");
        assert_eq!(picture.pixels.len(), 4 * usize::try_from(pixels).unwrap());
    }
}

#[test]
fn scripts_actions_and_forms_change_nothing() {
    let quiet = drawn(page("/MediaBox [0 0 200 100]", QUARTER), 200);
    let script =
        "/S /JavaScript /JS (app.alert\\(1\\); this.submitForm\\('https://example.org'\\))";
    let loud = pdf(&[
        &format!(
            "<< /Type /Catalog /Pages 2 0 R /OpenAction << {script} >> /AA << /WC << {script} >> \
             >> /Names << /JavaScript << /Names [(a) << {script} >>] >> /EmbeddedFiles << /Names \
             [(a.exe) << /F (a.exe) >>] >> >> /URI << /Base (https://example.org) >> >>"
        ),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        &format!(
            "<< /Type /Page /Parent 2 0 R /Contents 4 0 R /MediaBox [0 0 200 100] /AA << /O << \
             {script} >> >> /Annots [<< /Subtype /Link /Rect [0 0 200 100] /Border [0 0 0] /A << \
             /S /Launch /F (/bin/sh) >> >> << /Subtype /Link /Rect [0 0 200 100] /Border [0 0 0] \
             /A << /S /URI /URI (javascript:alert\\(1\\)) >> >>] >>"
        ),
        &stream(QUARTER),
    ]);
    assert_eq!(drawn(loud, 200), quiet);
}

#[test]
fn loops_in_the_structure_end() {
    // The pages are their own children; a form draws itself.
    let kids = pdf(&[
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 9 /Parent 2 0 R >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] >>",
    ]);
    let _ = Document::open(kids).map(|document| document.picture(0, 100));
    let form = pdf(&[
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Contents 5 0 R /Resources << \
         /XObject << /X 4 0 R >> >> >>",
        "<< /Type /XObject /Subtype /Form /BBox [0 0 200 100] /Resources << /XObject << /X 4 0 R \
         >> >> /Length 5 >>\nstream\n/X Do\nendstream",
        &stream("/X Do"),
    ]);
    let _ = drawn(form, 100);
}

#[test]
fn what_is_no_pdf_is_told_apart_from_what_is_encrypted() {
    for bytes in [&b""[..], b"%PDF-1.7", b"%PDF-1.7\n<html><script>alert(1)</script>"] {
        assert_eq!(Document::open(bytes.to_vec()).err(), Some(Unreadable::Damaged));
    }
    let whole = page("/MediaBox [0 0 200 100]", QUARTER);
    let text = String::from_utf8(whole).unwrap();
    let locked = text.replace(
        "/Root 1 0 R",
        "/Root 1 0 R /ID [<00> <00>] /Encrypt << /Filter /Standard /V 1 /R 2 /O \
         <0000000000000000000000000000000000000000000000000000000000000000> /U \
         <0000000000000000000000000000000000000000000000000000000000000000> /P -4 >>",
    );
    assert_eq!(Document::open(locked.into_bytes()).err(), Some(Unreadable::Encrypted));
}
