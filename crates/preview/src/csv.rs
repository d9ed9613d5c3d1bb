//! Values with a separator between them as a table.

use csv::{ByteRecord, ReaderBuilder};

use crate::step::Steps;
use crate::{Preview, Tag};

/// Most rows of a table.
const MAX_ROWS: usize = 1_000;
/// Most columns of a table.
const MAX_COLUMNS: usize = 50;
/// Most characters of a cell.
const MAX_CELL: usize = 1_000;
/// What may separate values, the likelier first.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Rows that are looked at to find the separator.
const SAMPLE: usize = 20;

/// A table; its first row names the columns. The separator is found if it is not known.
pub(crate) fn preview(text: &str, separator: Option<u8>, whole: bool) -> Preview {
    let separator = separator.unwrap_or_else(|| found(text));
    let mut steps = Steps::default();
    let mut cut = !whole;
    steps.open(Tag::Table);
    for (n, row) in rows(text, separator).enumerate() {
        if n == MAX_ROWS || steps.is_full() {
            cut = true;
            break;
        }
        cut = cut || row.len() > MAX_COLUMNS;
        steps.open(Tag::Row);
        for value in row.iter().take(MAX_COLUMNS) {
            let value = String::from_utf8_lossy(value);
            let shown: String = value.chars().take(MAX_CELL).collect();
            cut = cut || shown.len() < value.len();
            steps.within(if n == 0 { Tag::Head } else { Tag::Cell }, &shown);
        }
        steps.close();
    }
    cut = cut || steps.is_full();
    Preview::Document { steps: steps.finish(), whole: !cut }
}

/// The separator that gives the first rows the most columns, all the same number if possible.
fn found(text: &str) -> u8 {
    let judge = |separator: &u8| {
        let columns: Vec<_> = rows(text, *separator).take(SAMPLE).map(|row| row.len()).collect();
        let (least, most) = (columns.iter().min().copied(), columns.iter().max().copied());
        (least == most && most > Some(1), least, most)
    };
    // Of equals the last is taken.
    SEPARATORS.into_iter().rev().max_by_key(judge).unwrap_or(b',')
}

fn rows(text: &str, separator: u8) -> impl Iterator<Item = ByteRecord> {
    let reader = ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    reader.into_byte_records().map_while(Result::ok)
}

#[cfg(test)]
mod tests {
    use super::{MAX_CELL, MAX_COLUMNS, MAX_ROWS, found, preview};
    use crate::{Preview, Step, Tag};

    fn table(text: &str) -> (Vec<Vec<String>>, bool) {
        let Preview::Document { steps, whole } = preview(text, None, true) else {
            return Default::default();
        };
        let mut rows = Vec::<Vec<String>>::new();
        for step in steps {
            match (step, rows.last_mut()) {
                (Step::Open(Tag::Row), _) => rows.push(Vec::new()),
                (Step::Open(Tag::Head | Tag::Cell), Some(row)) => row.push(String::new()),
                (Step::Text(text), Some(row)) => {
                    if let Some(cell) = row.last_mut() {
                        *cell = text;
                    }
                }
                _ => {}
            }
        }
        (rows, whole)
    }

    #[test]
    fn values_are_text_whatever_they_say() {
        let (rows, whole) =
            table("name,sum\r\n\"a \"\"b\"\", c\",=1+1\n<b>,\"two\nlines\"\n,@SUM(A1)\n");
        assert_eq!(
            rows,
            [["name", "sum"], ["a \"b\", c", "=1+1"], ["<b>", "two\nlines"], ["", "@SUM(A1)"]]
        );
        assert!(whole);
    }

    #[test]
    fn the_separator_is_found() {
        for (text, separator) in [
            ("a,b\n1,2", b','),
            ("a;b\n1,5;2,5", b';'),
            ("a;b;c\n1,5;2;3", b';'),
            ("a\tb\n1,2\t3", b'\t'),
            ("a|b\n1|2", b'|'),
            ("a\nb", b','),
            ("", b','),
        ] {
            assert_eq!(found(text), separator, "{text}");
        }
    }

    #[test]
    fn large_tables_are_cut() {
        let (rows, whole) = table(&"1,2\n".repeat(MAX_ROWS + 1));
        assert_eq!((rows.len(), whole), (MAX_ROWS, false));
        let (rows, whole) = table(&"1,".repeat(MAX_COLUMNS + 1));
        assert_eq!((rows.first().map(Vec::len), whole), (Some(MAX_COLUMNS), false));
        let (rows, whole) = table(&"é".repeat(MAX_CELL + 1));
        let length = rows.first().and_then(|row| row.first()).map(|cell| cell.chars().count());
        assert_eq!((length, whole), (Some(MAX_CELL), false));
        assert!(table(&"1,2\n".repeat(MAX_ROWS)).1);
    }
}
