//! The browser's order of names, found out once and then applied here. A comparison by the browser
//! takes half a microsecond, and a name as a text of JavaScript some hundred bytes: too much for
//! the names of a million files. Pure.
//!
//! It is applied to names in ASCII, as the browser does it in most languages: letter by letter,
//! case apart, and digits as numbers. Where a language has letters of two characters, such as `ch`
//! in Czech, or skips punctuation, [`Weights::of`] finds that out, and the browser compares all.

use std::cmp::Ordering;

/// What ASCII's characters weigh in the browser's order; letters that differ in case weigh the
/// same.
#[derive(Debug)]
pub struct Weights([u8; 128]);

impl Weights {
    /// The weights by the browser's comparison of two texts; `None` if its order does not follow
    /// from weights. Takes some 1,300 comparisons.
    #[must_use]
    pub fn of(compare: impl Fn(&str, &str) -> Ordering) -> Option<Self> {
        let is_less = |a: &str, b: &str| compare(a, b).is_lt();
        let mut order = Vec::<char>::new();
        for c in ' '..='~' {
            let text = c.to_string();
            order.insert(order.partition_point(|other| is_less(&other.to_string(), &text)), c);
        }
        let (mut weights, mut weight, mut before) = ([0; 128], 0_u8, None);
        for c in &order {
            if before.is_none_or(|before: char| !before.eq_ignore_ascii_case(c)) {
                weight = weight.saturating_add(1);
            }
            *weights.get_mut(usize::from(u8::try_from(*c).ok()?))? = weight;
            before = Some(*c);
        }
        let weights = Self(weights);
        let weight = |c: char| u8::try_from(c).map_or(0, |byte| weights.weight(byte));
        let letters: Vec<char> = order.iter().copied().filter(char::is_ascii_lowercase).collect();
        let cased = |c: &char| weight(*c) == weight(c.to_ascii_uppercase());
        let digits: Vec<u8> = ('0'..='9').map(weight).collect();
        let digits =
            digits.windows(2).all(|pair| matches!(pair, [a, b] if a.checked_add(1) == Some(*b)));
        // Each letter is one by itself, whatever follows.
        let letter = |(at, first): (usize, &char)| {
            let two = |second: &char| format!("{first}{second}");
            let mut texts = vec![first.to_string()];
            texts.extend(letters.iter().map(two));
            texts.extend(letters.get(at.saturating_add(1)).map(char::to_string));
            texts.is_sorted_by(|a, b| is_less(a, b))
        };
        // And so is each other character.
        let other = |c: &char| {
            c.is_ascii_alphanumeric()
                || compare(&format!("a{c}c"), "ab") == weight(*c).cmp(&weight('b'))
        };
        let follows = letters.iter().all(cased)
            && digits
            && letters.iter().enumerate().all(letter)
            && order.iter().all(other)
            && [("ab", "Ac"), ("Ab", "ac"), ("2", "10"), ("a2b", "a10a"), ("a09", "a10")]
                .iter()
                .all(|(a, b)| is_less(a, b));
        follows.then_some(weights)
    }

    fn weight(&self, byte: u8) -> u8 {
        self.0.get(usize::from(byte)).copied().unwrap_or_default()
    }

    /// Whether a name can be compared by weights.
    #[must_use]
    pub fn has(name: &str) -> bool {
        name.bytes().all(|byte| (b' '..=b'~').contains(&byte))
    }

    /// Compares two names by weights ([`Weights::has`]); `None` if they differ in case or in
    /// leading zeros at most.
    #[must_use]
    pub fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
        loop {
            let order = match (a, b) {
                ([], []) => return None,
                ([x, rest @ ..], [y, others @ ..])
                    if !(x.is_ascii_digit() && y.is_ascii_digit()) =>
                {
                    (a, b) = (rest, others);
                    self.weight(*x).cmp(&self.weight(*y))
                }
                ([_, ..], [_, ..]) => {
                    let (x, y);
                    ((x, a), (y, b)) = (number(a), number(b));
                    x.len().cmp(&y.len()).then_with(|| x.cmp(y))
                }
                _ => a.len().cmp(&b.len()),
            };
            if order.is_ne() {
                return Some(order);
            }
        }
    }
}

/// The digits that a text begins with, without leading zeros, and the rest.
fn number(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end).unwrap_or_default();
    let zeros = digits.iter().position(|byte| *byte != b'0').unwrap_or(digits.len());
    (digits.get(zeros..).unwrap_or_default(), rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a text is compared by: of each character its class and weight, of digits their number.
    fn key(text: &str) -> Vec<(u8, u64)> {
        let mut key: Vec<(u8, u64)> = Vec::new();
        let mut after_digit = false;
        for c in text.chars() {
            match (c.to_digit(10).map(u64::from), key.last_mut()) {
                (Some(digit), Some((1, number))) if after_digit => *number = *number * 10 + digit,
                (Some(digit), _) => key.push((1, digit)),
                (None, _) if c.is_ascii_alphabetic() => {
                    key.push((2, u64::from(c.to_ascii_lowercase())));
                }
                (None, _) => key.push((0, u64::from(c))),
            }
            after_digit = c.is_ascii_digit();
        }
        key
    }

    /// As most languages have it: small letters before capitals if nothing else differs.
    fn plain(a: &str, b: &str) -> Ordering {
        key(a).cmp(&key(b)).then_with(|| b.cmp(a))
    }

    /// Compares with a letter of two characters, after all that begin with the first one.
    fn with_letter(pair: &'static str) -> impl Fn(&str, &str) -> Ordering {
        let first = pair.chars().next().unwrap();
        move |a, b| {
            let letter = |text: &str| text.to_ascii_lowercase().replace(pair, &format!("{first}~"));
            let key = |text: &str| {
                let weigh = |(class, c)| if c == u64::from('~') { (2, 200) } else { (class, c) };
                key(&letter(text)).into_iter().map(weigh).collect::<Vec<_>>()
            };
            key(a).cmp(&key(b)).then_with(|| b.cmp(a))
        }
    }

    #[test]
    fn letters_of_two_characters_are_found_out() {
        assert!(Weights::of(plain).is_some());
        for pair in ["ch", "aa", "zs", "cs"] {
            assert!(Weights::of(with_letter(pair)).is_none(), "{pair}");
        }
    }

    #[test]
    fn an_order_that_skips_punctuation_is_found_out() {
        let letters = |text: &str| text.replace(|c: char| !c.is_ascii_alphanumeric(), "");
        assert!(Weights::of(|a, b| plain(&letters(a), &letters(b))).is_none());
    }

    #[test]
    fn an_order_without_numbers_is_found_out() {
        assert!(Weights::of(|a: &str, b: &str| a.to_lowercase().cmp(&b.to_lowercase())).is_none());
        assert!(Weights::of(|_: &str, _: &str| Ordering::Equal).is_none());
    }

    #[test]
    fn names_are_compared_by_numbers_and_letters() {
        let weights = Weights::of(plain).unwrap();
        let is_less = |a, b| weights.compare(a, b) == Some(Ordering::Less);
        assert!(is_less("IMG_2.jpg", "img_10.jpg") && is_less("a 1", "a10") && is_less("a", "a0"));
        assert!(is_less("_", "1") && is_less("1", "a") && is_less("a", "B") && is_less("", " "));
        assert_eq!(weights.compare("Img 007", "img 7"), None);
        assert!(Weights::has("a b~") && !Weights::has("é") && !Weights::has("a\tb"));
    }

    proptest! {
        #[test]
        fn it_is_the_order_that_was_found_out(
            a in "[a-cA-C01 2_.-]{0,8}",
            b in "[a-cA-C01 2_.-]{0,8}",
        ) {
            let weights = Weights::of(plain).unwrap();
            let order = weights.compare(&a, &b);
            prop_assert_eq!(order, Some(key(&a).cmp(&key(&b))).filter(|order| order.is_ne()));
        }
    }
}
