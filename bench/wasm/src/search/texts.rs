//! Generated texts: words by Zipf's law, of which a text repeats its own, as texts do (Simon's
//! model). One word in twelve has an accent.

/// Words of a text: about 8 KB.
const WORDS: u32 = 1_700;
/// Ranks of the words: as many as 80 MB of text have by Heaps' law.
const RANKS: f64 = 150_000.0;
/// How often a word is one that the text has already.
const REPEATED: f64 = 0.6;

/// Texts without end, always the same: by a linear congruential generator (Knuth's MMIX).
pub(super) struct Texts(u64);

impl Default for Texts {
    fn default() -> Self {
        Self(1)
    }
}

impl Iterator for Texts {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        Some(self.text())
    }
}

impl Texts {
    /// A number from 0 to 1.
    fn number(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let [a, b, c, d, ..] = self.0.to_be_bytes();
        f64::from(u32::from_be_bytes([a, b, c, d])) / f64::from(u32::MAX)
    }

    /// A word by Zipf's law: that of rank r is drawn about 1 ÷ r times as often as the first.
    fn word(&mut self) -> String {
        let mut rank = RANKS.powf(self.number());
        let mut word = String::new();
        if rank % 12.0 < 1.0 {
            word.push('é');
        }
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
            let repeated = self.number() < REPEATED;
            let before = (self.number() * f64::from(at)).floor();
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
