//! Words: what a text is cut into, and how two spellings become one.
//!
//! A word is a run of letters and digits, without case and accents. Scripts that are written
//! without spaces between words (Chinese, Japanese, Thai and their neighbours) have no such runs:
//! there each pair of neighbouring characters is a word, and the last character alone. So any part
//! of a run is found, in the same way by every browser and natively, without a dictionary.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

/// Longest word, in bytes; of a longer one only the beginning counts.
pub const MAX_WORD: usize = 48;

/// `text` as it is searched for: in lower case, without accents and other marks on letters, with
/// the letters that do not decompose written as two.
#[must_use]
pub fn fold(text: &str) -> String {
    fold_with(text, |text| text.nfkd().collect(), |text| text.to_lowercase())
}

/// [`fold`] with tables that the caller has: `decompose` gives the compatibility decomposition
/// (NFKD), `lower` the lower case.
pub fn fold_with(
    text: &str,
    decompose: impl Fn(&str) -> String,
    lower: impl Fn(&str) -> String,
) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(text.len());
    // Some letters are decomposed into capitals, and some lower case decomposes again.
    for c in decompose(&lower(&decompose(text))).chars().filter(|c| !is_mark(*c)) {
        match c {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' => folded.push('d'),
            'ı' => folded.push('i'),
            'ς' => folded.push('σ'),
            _ => folded.push(c),
        }
    }
    folded
}

/// Calls `visit` with each word of `text`, in order, and with the bytes of `text` that it is from.
pub fn words(text: &str, mut visit: impl FnMut(&str, Range<usize>)) {
    let (mut start, mut dense) = (None, false);
    let mut folded = String::new();
    let mut end = |range: Range<usize>, dense| match text.get(range.clone()) {
        Some(run) if dense => pairs(run, range.start, &mut visit),
        Some(run) => word(run, range, &mut folded, &mut visit),
        None => {}
    };
    for (at, c) in text.char_indices() {
        let (is_word, is_dense) = class(c);
        if let Some(from) = start
            && (!is_word || (is_dense != dense && !is_mark(c)))
        {
            end(from..at, dense);
            start = None;
        }
        if is_word && start.is_none() {
            (start, dense) = (Some(at), is_dense);
        }
    }
    if let Some(from) = start {
        end(from..text.len(), dense);
    }
}

/// One word of an alphabet.
fn word(
    run: &str,
    range: Range<usize>,
    folded: &mut String,
    visit: &mut impl FnMut(&str, Range<usize>),
) {
    folded.clear();
    if run.is_ascii() {
        folded.extend(run.chars().take(MAX_WORD).map(|c| c.to_ascii_lowercase()));
    } else {
        push(&fold(run), folded);
    }
    if !folded.is_empty() {
        visit(folded, range);
    }
}

/// The letters and digits of `text`, as many as a word has.
fn push(text: &str, word: &mut String) {
    for c in text.chars().filter(|c| c.is_alphanumeric()) {
        if word.len().saturating_add(c.len_utf8()) > MAX_WORD {
            return;
        }
        word.push(c);
    }
}

/// Each pair of neighbouring characters, and the last one alone.
fn pairs(run: &str, from: usize, visit: &mut impl FnMut(&str, Range<usize>)) {
    let characters = run.char_indices().map(|(at, c)| {
        let start = from.saturating_add(at);
        (start..start.saturating_add(c.len_utf8()), c)
    });
    let mut characters = characters.peekable();
    let mut pair = String::new();
    while let Some((range, c)) = characters.next() {
        let next = characters.peek();
        let end = next.map_or(range.end, |(range, _)| range.end);
        let both: String = [Some(c), next.map(|(_, c)| *c)].into_iter().flatten().collect();
        pair.clear();
        push(&fold(&both), &mut pair);
        if !pair.is_empty() {
            visit(&pair, range.start..end);
        }
    }
}

/// Whether a character is part of a word, and whether it is of a script without spaces.
fn class(c: char) -> (bool, bool) {
    if c.is_ascii() {
        return (c.is_ascii_alphanumeric(), false);
    }
    let is_dense = is_dense(c);
    (is_dense || is_mark(c) || c.is_alphanumeric(), is_dense)
}

/// Whether it is in a block of Thai, Lao, Burmese, Khmer, Chinese or Japanese.
fn is_dense(c: char) -> bool {
    matches!(c, '\u{E01}'..='\u{EDF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
        | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF66}'..='\u{FF9F}'
        | '\u{20000}'..='\u{3FFFF}')
}

/// Whether it is in a block of combining diacritical marks.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}'
        | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(text: &str) -> Vec<String> {
        let mut all = Vec::new();
        words(text, |word, _| all.push(word.to_owned()));
        all
    }

    #[test]
    fn words_are_runs_of_letters_and_digits() {
        assert_eq!(
            all("Tax-return 2024: file_name, don't!"),
            ["tax", "return", "2024", "file", "name", "don", "t"]
        );
        assert_eq!(
            all("Éclair e\u{301}clair ŒUVRE Straße ΣΑΣ"),
            ["eclair", "eclair", "oeuvre", "strasse", "σασ"]
        );
        assert_eq!(all("λόγος ΛΌΓΟΣ"), ["λογοσ", "λογοσ"], "a final sigma is as any other");
        assert_eq!(all(" \n…"), [""; 0]);
        assert_eq!(all(&"a".repeat(100)), ["a".repeat(MAX_WORD)]);
    }

    #[test]
    fn any_part_of_a_script_without_spaces_is_found() {
        assert_eq!(all("東京都"), ["東京", "京都", "都"]);
        assert_eq!(all("v2東京abc"), ["v2", "東京", "京", "abc"]);
        assert_eq!(all("カタカナ"), ["カタ", "タカ", "カナ", "ナ"]);
    }

    proptest! {
        #[test]
        fn words_come_from_where_they_say(text in "(?s).{0,60}") {
            let mut last = 0;
            words(&text, |word, range| {
                assert!(!word.is_empty() && word.len() <= MAX_WORD);
                assert!(range.start >= last && !range.is_empty());
                last = range.start;
                let run = fold(text.get(range).unwrap());
                let run: String = run.chars().filter(|c| c.is_alphanumeric()).collect();
                assert!(run.starts_with(word));
            });
        }

        #[test]
        fn folding_twice_is_folding_once(text in "\\PC{0,40}") {
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }
    }
}
