//! Queries: which documents have all terms.

use crate::index::Index;
use crate::word::words;

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
}

/// Terms, all of which must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(pub(crate) Vec<Term>);

impl Query {
    /// A query of these terms; those without a letter or digit are left out.
    #[must_use]
    pub fn new<'a>(terms: impl IntoIterator<Item = &'a str>) -> Self {
        Self(terms.into_iter().filter_map(Term::new).collect())
    }

    /// Whether it has no term; then it finds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a document with all words may still not have a phrase.
    #[must_use]
    pub fn has_phrases(&self) -> bool {
        self.0.iter().any(|term| term.0.len() > 1)
    }

    /// The documents that have all words of all terms, ascending.
    #[must_use]
    pub fn find(&self, index: &Index) -> Vec<u32> {
        if self.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<u32> = (0..index.documents()).collect();
        let mut has = vec![false; found.len()];
        for (word, prefix) in self.0.iter().flat_map(Term::words) {
            has.fill(false);
            index.find(word, prefix, |document| {
                if let Some(has) = usize::try_from(document).ok().and_then(|at| has.get_mut(at)) {
                    *has = true;
                }
            });
            let has = |at: u32| usize::try_from(at).is_ok_and(|at| has.get(at) == Some(&true));
            found.retain(|document| has(*document));
        }
        found
    }
}
