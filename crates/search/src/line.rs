//! The line around a hit, and whether a text has the phrases of a query.

use std::collections::VecDeque;
use std::ops::Range;

use crate::term::Term;
use crate::word::words;

/// Most bytes that are shown before and after a hit.
const AROUND: usize = 100;

/// A line of a text, or the part of it around a hit. Control characters and white space are spaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What precedes the hit.
    pub before: String,
    /// The word, or the words.
    pub hit: String,
    /// What follows it.
    pub after: String,
}

/// The line where the first of some terms is in a text, of `required`, then of `other`; `None` if
/// the text lacks one that is required, or has none at all.
#[must_use]
pub fn line(text: &str, required: &[Term], other: &[Term]) -> Option<Line> {
    let mut seeks: Vec<_> = required.iter().chain(other).map(Seek::new).collect();
    words(text, |word, range| seeks.iter_mut().for_each(|seek| seek.next(word, &range)));
    let places: Vec<_> = seeks.into_iter().map(|seek| seek.found.or(seek.within)).collect();
    if places.iter().zip(required).any(|(place, _)| place.is_none()) {
        return None;
    }
    Some(around(text, places.into_iter().flatten().next()?))
}

/// Looks for a term, word by word.
struct Seek<'a> {
    term: &'a Term,
    /// The last words, as many as the term has.
    last: VecDeque<(String, Range<usize>)>,
    found: Option<Range<usize>>,
    /// The first longer word that the term is in.
    within: Option<Range<usize>>,
}

impl<'a> Seek<'a> {
    fn new(term: &'a Term) -> Self {
        Self { term, last: VecDeque::new(), found: None, within: None }
    }

    fn next(&mut self, word: &str, range: &Range<usize>) {
        if self.found.is_some() {
            return;
        }
        let wanted = self.term.words();
        // The common case without a copy.
        if wanted.len() == 1 {
            if self.term.words().all(|(wanted, _)| word.starts_with(wanted)) {
                self.found = Some(range.clone());
            } else if self.within.is_none() && self.term.part().is_some_and(|p| word.contains(p)) {
                self.within = Some(range.clone());
            }
            return;
        }
        if self.last.len() == wanted.len() {
            self.last.pop_front();
        }
        self.last.push_back((word.to_owned(), range.clone()));
        let is = |((has, _), (wanted, goes_on)): (&(String, _), (&str, bool))| {
            if goes_on { has.starts_with(wanted) } else { has == wanted }
        };
        if self.last.len() == wanted.len() && self.last.iter().zip(wanted).all(is) {
            let ends = (self.last.front(), self.last.back());
            if let (Some((_, first)), Some((_, last))) = ends {
                self.found = Some(first.start..last.end);
            }
        }
    }
}

fn around(text: &str, place: Range<usize>) -> Line {
    let before = text.get(..place.start).unwrap_or_default();
    let hit = text.get(place.clone()).unwrap_or_default();
    let after = text.get(place.end..).unwrap_or_default();
    let before = before.rsplit('\n').next().unwrap_or_default();
    let after = after.split('\n').next().unwrap_or_default();
    let from = (before.len().saturating_sub(AROUND)..=before.len())
        .find_map(|at| before.get(at..))
        .unwrap_or_default();
    let to = (0..=AROUND.min(after.len())).rev().find_map(|at| after.get(..at)).unwrap_or_default();
    Line { before: plain(from), hit: plain(hit), after: plain(to) }
}

fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || c.is_whitespace() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(terms: &[&str]) -> Vec<Term> {
        terms.iter().filter_map(|term| Term::new(term)).collect()
    }

    fn shown(text: &str, required: &[&str]) -> Option<(String, String, String)> {
        let line = line(text, &terms(required), &[])?;
        Some((line.before, line.hit, line.after))
    }

    fn some(before: &str, hit: &str, after: &str) -> Option<(String, String, String)> {
        Some((before.to_owned(), hit.to_owned(), after.to_owned()))
    }

    #[test]
    fn the_line_is_the_one_with_the_first_term() {
        let text = "one\ntwo\tthree Vier fünf\r\nsix";
        assert_eq!(shown(text, &["vie"]), some("two three ", "Vier", " fünf "));
        assert_eq!(shown(text, &["FUNF", "one"]), some("two three Vier ", "fünf", " "));
        assert_eq!(shown(text, &["one", "seven"]), None);
        assert_eq!(shown(text, &[]), None);
    }

    #[test]
    fn a_word_is_also_shown_within_a_longer_one() {
        let text = "Unfallversicherung\nVersicherungen";
        assert_eq!(shown(text, &["versicherung"]), some("", "Versicherungen", ""));
        assert_eq!(shown(text, &["fallversicher"]), some("", "Unfallversicherung", ""));
        // Too short, and a phrase.
        assert_eq!(shown(text, &["ung"]), None);
        assert_eq!(shown(text, &["versicherung versicherung"]), None);
    }

    #[test]
    fn what_is_not_required_is_shown_if_it_is_there() {
        let text = "one\ntwo\nthree";
        let hit = |required: &[&str], other: &[&str]| {
            line(text, &terms(required), &terms(other)).map(|line| line.hit)
        };
        assert_eq!(hit(&["three"], &["four", "two"]).as_deref(), Some("three"));
        assert_eq!(hit(&[], &["four", "two"]).as_deref(), Some("two"));
        assert_eq!(hit(&["four"], &["two"]), None);
        assert_eq!(hit(&[], &["four"]), None);
    }

    #[test]
    fn the_words_of_a_phrase_follow_each_other() {
        let text = "my old house\nmy\nhouses";
        assert_eq!(shown(text, &["my old"]), some("", "my old", " house"));
        assert_eq!(shown(text, &["my house"]), some("", "my houses", ""));
        assert_eq!(shown(text, &["old my"]), None);
        assert_eq!(shown("x東京都y", &["京都"]), some("x東", "京都", "y"));
    }

    #[test]
    fn a_long_line_is_cut_around_the_hit() {
        let text = format!("{} hit {}", "ä".repeat(200), "ö".repeat(200));
        let line = line(&text, &terms(&["hit"]), &[]).unwrap();
        assert!(line.before.len() <= AROUND && line.after.len() <= AROUND);
        assert!(line.before.ends_with("ä ") && line.after.starts_with(" ö"));
    }
}
