//! Terms: which documents have a word or a phrase, and how.

use crate::index::Index;
use crate::word::words;

/// Fewest characters of a word that is looked for within longer words, too.
const MIN_PART: usize = 4;

/// How a document has a term; the better first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Match {
    /// It has all words of the term, of which the last may go on: `hous` finds "house".
    Begins,
    /// It only has a longer word with the term in it: `versicherung` finds "Krankenversicherung".
    Within,
}

/// A word or a phrase: words that follow each other, of which the last may go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term(Vec<String>);

impl Term {
    /// The words of a term; `None` if it has none.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let mut all = Vec::new();
        words(text, |word, _| all.push(word.to_owned()));
        (!all.is_empty()).then_some(Self(all))
    }

    /// The words, and whether each may go on.
    pub(crate) fn words(&self) -> impl ExactSizeIterator<Item = (&str, bool)> {
        let last = self.0.len().saturating_sub(1);
        self.0.iter().enumerate().map(move |(at, word)| (word.as_str(), at == last))
    }

    /// What is looked for within longer words: a word alone, of four characters or more.
    pub(crate) fn part(&self) -> Option<&str> {
        let [word] = &*self.0 else { return None };
        (word.chars().count() >= MIN_PART).then_some(word)
    }

    /// The documents that have the term, ascending. Of a phrase only the words are looked up.
    #[must_use]
    pub fn find(&self, index: &Index) -> Vec<(u32, Match)> {
        let none = vec![false; usize::try_from(index.documents()).unwrap_or_default()];
        let mark = |has: &mut Vec<bool>, document: u32| {
            if let Some(has) = usize::try_from(document).ok().and_then(|at| has.get_mut(at)) {
                *has = true;
            }
        };
        let mut begins = vec![true; none.len()];
        for (word, prefix) in self.words() {
            let mut has = none.clone();
            index.find(word, prefix, |document| mark(&mut has, document));
            begins.iter_mut().zip(has).for_each(|(all, has)| *all &= has);
        }
        let mut within = none;
        if let Some(part) = self.part() {
            index.find_within(part, |document| mark(&mut within, document));
        }
        let found = (0..).zip(begins.into_iter().zip(within));
        let how = |(document, (begins, within))| match (begins, within) {
            (true, _) => Some((document, Match::Begins)),
            (false, true) => Some((document, Match::Within)),
            (false, false) => None,
        };
        found.filter_map(how).collect()
    }
}
