//! What search in contents costs: to read and index texts of each format, to ask, and the size of
//! the index.

mod files;
mod texts;

use frond_search::{Builder, Index, Term};

use self::files::file;
use self::texts::Texts;

/// Files that the index is of.
const FILES: u32 = 10_000;
/// Texts that are read in each format.
const READ: usize = 500;
/// Formats, by the names of files, and how many texts a file has. All that is not one of the others
/// is read as `txt` is. A page of a PDF has 60 lines: three pages, or thirty.
const FORMATS: [(&str, usize); 6] =
    [("a.txt", 1), ("a.html", 1), ("a.eml", 1), ("a.docx", 1), ("a.pdf", 1), ("a.pdf", 10)];
/// Questions: words that begin many others, several, a phrase, and what is within words only.
const QUESTIONS: [&[&str]; 6] =
    [&["b"], &["b", "c", "d"], &["bacedi", "ba"], &["ba ce di", "f"], &["aceb"], &["acedi", "ebe"]];
/// Rounds of each question; the slowest is printed.
const ROUNDS: u32 = 20;
/// Most milliseconds of an answer.
const MAX_ANSWER: f64 = 100.0;
/// Largest part of its text that an index may be.
const MAX_SIZE: f64 = 0.06;
/// Fewest megabytes of text that are read and indexed in a second.
const MIN_SPEED: f64 = 10.0;

/// Measures all of it, and returns the lines of a table. `now` is a clock in milliseconds.
pub fn table(now: &dyn Fn() -> f64) -> Vec<String> {
    let texts: Vec<_> = Texts::default().take(usize::try_from(FILES).unwrap_or_default()).collect();
    let mut lines = vec!["| search | | bar |".to_owned(), "|---|---|---|".to_owned()];
    for (name, each) in FORMATS {
        lines.push(reading(name, each, texts.get(..READ).unwrap_or_default(), now));
    }
    let size = megabytes(&texts);
    let begin = now();
    let index = built(&texts);
    lines.push(format!(
        "| index {FILES} texts, {size:.0} MB | {:.0} MB/s | {MIN_SPEED} or more |",
        size * 1_000.0 / (now() - begin)
    ));
    let part = length(index.len()) / 1e6 / size;
    lines.push(format!(
        "| size of the index | {:.1} % | {} or less |",
        part * 100.0,
        MAX_SIZE * 100.0
    ));
    let begin = now();
    let Ok(index) = Index::read(FILES, &index) else { return lines };
    lines.push(format!("| open the index | {:.0} ms | |", now() - begin));
    lines.extend(QUESTIONS.iter().map(|terms| question(terms, &index, now)));
    lines
}

/// How fast files of one format are read and indexed.
fn reading(name: &str, each: usize, texts: &[String], now: &dyn Fn() -> f64) -> String {
    let files: Vec<_> = texts.chunks(each).map(|texts| file(name, &texts.concat())).collect();
    let begin = now();
    let read: Vec<_> =
        files.iter().map(|file| frond_search::text(name, file).unwrap_or_default()).collect();
    let extracted = now();
    let index = built(&read);
    let (reading, all) = (extracted - begin, now() - begin);
    let size = megabytes(&read);
    format!(
        "| read {} {name} ({:.0} % of the time) and index their {size:.1} MB of text: {} bytes | \
         {:.0} MB/s | {MIN_SPEED} or more |",
        files.len(),
        reading * 100.0 / all,
        index.len(),
        size * 1_000.0 / all
    )
}

/// The longest time that an answer takes.
fn question(terms: &[&str], index: &Index, now: &dyn Fn() -> f64) -> String {
    let parsed: Vec<_> = terms.iter().filter_map(|term| Term::new(term)).collect();
    let (mut slowest, mut found) = (0_f64, 0);
    for _ in 0..ROUNDS {
        let begin = now();
        found = parsed.iter().map(|term| term.find(index).len()).min().unwrap_or_default();
        slowest = slowest.max(now() - begin);
    }
    let terms = terms.join(", ");
    format!("| ask for {terms}: at most {found} files | {slowest:.1} ms | {MAX_ANSWER} or less |")
}

fn built(texts: &[String]) -> Vec<u8> {
    let mut builder = Builder::default();
    texts.iter().for_each(|text| builder.add(text));
    builder.finish()
}

fn megabytes(texts: &[String]) -> f64 {
    length(texts.iter().map(String::len).sum()) / 1e6
}

fn length(length: usize) -> f64 {
    f64::from(u32::try_from(length).unwrap_or(u32::MAX))
}
