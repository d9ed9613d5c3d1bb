//! What search in contents costs: to index texts, to ask, and the size of the index. The texts are
//! generated: words by Zipf's law, of which a text repeats its own, as texts do (Simon's model).

use frond_search::{Builder, Index, Query};

/// Files of the corpus.
const FILES: u32 = 10_000;
/// Words of a file: about 8 KB.
const WORDS: u32 = 1_700;
/// Ranks of the words: as many as a text of this size has by Heaps' law.
const RANKS: f64 = 150_000.0;
/// How often a word is one that the text has already.
const REPEATED: f64 = 0.6;
/// Rounds of each question; the slowest is printed.
const ROUNDS: u32 = 20;
/// Most milliseconds of an answer.
const MAX_ANSWER: f64 = 100.0;
/// Largest part of its text that an index may be.
const MAX_SIZE: f64 = 0.06;
/// Fewest megabytes of text that are indexed in a second.
const MIN_SPEED: f64 = 10.0;

/// Measures all of it, and returns the lines of a table. `now` is a clock in milliseconds.
pub fn table(now: &dyn Fn() -> f64) -> Vec<String> {
    let mut random = Random(1);
    let texts: Vec<_> = (0..FILES).map(|_| random.text()).collect();
    let bytes = |length: usize| f64::from(u32::try_from(length).unwrap_or(u32::MAX));
    let size = bytes(texts.iter().map(String::len).sum());
    let begin = now();
    let mut builder = Builder::default();
    for text in &texts {
        // As the text of a file is read.
        builder.add(&frond_search::text("a.txt", text.as_bytes()).unwrap_or_default());
    }
    let index = builder.finish();
    let speed = size / 1_000.0 / (now() - begin);
    let part = bytes(index.len()) / size;
    let mut lines = vec!["| search | | bar |".to_owned(), "|---|---|---|".to_owned()];
    lines.push(format!(
        "| read and index {FILES} files, {:.0} MB | {speed:.0} MB/s | {MIN_SPEED} or more |",
        size / 1e6
    ));
    lines.push(format!(
        "| size of the index | {:.1} % | {} or less |",
        part * 100.0,
        MAX_SIZE * 100.0
    ));
    let begin = now();
    let Ok(index) = Index::read(FILES, &index) else { return lines };
    lines.push(format!("| open the index | {:.0} ms | |", now() - begin));
    for terms in [&["b"][..], &["b", "c", "d"], &["bacedi", "ba"], &["ba ce di", "f"]] {
        let query = Query::new(terms.iter().copied());
        let (mut slowest, mut found) = (0_f64, 0);
        for _ in 0..ROUNDS {
            let begin = now();
            found = query.find(&index).len();
            slowest = slowest.max(now() - begin);
        }
        lines.push(format!(
            "| ask for {}: {found} files | {slowest:.1} ms | {MAX_ANSWER} or less |",
            terms.join(" ")
        ));
    }
    lines
}

/// A linear congruential generator (Knuth's MMIX).
struct Random(u64);

impl Random {
    /// A number from 0 to 1.
    fn next(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let [a, b, c, d, ..] = self.0.to_be_bytes();
        f64::from(u32::from_be_bytes([a, b, c, d])) / f64::from(u32::MAX)
    }

    /// A word by Zipf's law: that of rank r is drawn about 1 ÷ r times as often as the first.
    fn word(&mut self) -> String {
        let mut rank = RANKS.powf(self.next());
        let mut word = String::new();
        // Syllables, so that words begin alike.
        while rank >= 1.0 {
            let syllable = rank % 80.0;
            let letter = |set: &str, at: f64| {
                let passed =
                    (0..20_u32).take_while(|passed| f64::from(*passed) + 1.0 <= at).count();
                set.chars().nth(passed).unwrap_or('x')
            };
            word.push(letter("bcdfghjklmnprstvwzyq", syllable / 4.0));
            word.push(letter("aeio", syllable % 4.0));
            rank /= 80.0;
        }
        word
    }

    fn text(&mut self) -> String {
        let (mut text, mut words) = (String::new(), Vec::<String>::new());
        for at in 0..WORDS {
            let repeated = self.next() < REPEATED;
            let before = (self.next() * f64::from(at)).floor();
            let before = (0..at).find(|at| repeated && f64::from(*at) >= before);
            let before = before.and_then(|at| words.get(usize::try_from(at).ok()?).cloned());
            let word = before.unwrap_or_else(|| self.word());
            text.push_str(&word);
            text.push(if at % 12 == 11 { '\n' } else { ' ' });
            words.push(word);
        }
        text
    }
}
