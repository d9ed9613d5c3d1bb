//! An index: which words are in which of some documents.
//!
//! ```text
//! index    = number of words ‖ word … ‖ bits         words ascending as bytes
//! word     = shared ‖ length of the rest ‖ rest ‖ number of documents that have it
//! bits     = of each word, of the documents that have it, or, where those are more than half, of
//!            those that do not: the gaps, each as a Rice code; then zeros to a whole byte
//! gap      = how many documents lie between two, or before the first
//! k        = ⌊log2 max(1, ⌊69 × documents ÷ (100 × listed)⌋)⌋       Rice parameter
//! ```
//!
//! Documents are numbered from 0; who keeps an index says what they are. A number is unsigned
//! LEB128 in the fewest bytes. `shared` is how many bytes a word begins with that the word before
//! begins with too, as many as there are. An index has one spelling, and any other bytes are
//! refused.

use std::collections::HashMap;

use crate::bits::{Reader, Writer, number, put_number};
use crate::word::{MAX_WORD, words};

/// Most documents of one index.
pub const MAX_DOCUMENTS: u32 = 1 << 20;
/// Most distinct words that are indexed of one document; it is found by the first of them only.
pub const MAX_WORDS: u32 = 1 << 16;

/// Not an index, or not of so many documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadIndex;

/// An index that is being made.
#[derive(Default)]
pub struct Builder {
    /// The documents that have each word, ascending.
    words: HashMap<String, Vec<u32>>,
    documents: u32,
}

impl Builder {
    /// Adds the next document.
    pub fn add(&mut self, text: &str) {
        let (document, mut distinct) = (self.documents, 0_u32);
        words(text, |word, _| {
            let fresh = match self.words.get_mut(word) {
                Some(documents) if documents.last() == Some(&document) => false,
                _ if distinct >= MAX_WORDS => false,
                Some(documents) => {
                    documents.push(document);
                    true
                }
                None => {
                    self.words.insert(word.to_owned(), vec![document]);
                    true
                }
            };
            distinct = distinct.saturating_add(fresh.into());
        });
        self.documents = self.documents.saturating_add(1);
    }

    /// The bytes of the index.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        let mut words: Vec<_> = self.words.into_iter().collect();
        words.sort_unstable();
        write(self.documents, words.iter().map(|(word, documents)| (word.as_str(), documents)))
    }
}

/// Writes an index; words ascending, each with its documents, ascending.
fn write<'a>(
    documents: u32,
    words: impl ExactSizeIterator<Item = (&'a str, &'a Vec<u32>)>,
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut bits = Writer::default();
    put_number(&mut bytes, length(words.len()));
    let mut before = "";
    for (word, having) in words {
        let shared = before.bytes().zip(word.bytes()).take_while(|(a, b)| a == b).count();
        let rest = word.as_bytes().get(shared..).unwrap_or_default();
        put_number(&mut bytes, length(shared));
        put_number(&mut bytes, length(rest.len()));
        bytes.extend_from_slice(rest);
        let count = length(having.len());
        put_number(&mut bytes, count);
        before = word;
        let (listed, k) = code(documents, count);
        let mut next = 0;
        let mut put = |document: u32| {
            bits.rice(document - next, k);
            next = document + 1;
        };
        if listed == count {
            having.iter().for_each(|document| put(*document));
        } else {
            let mut having = having.iter().peekable();
            for document in 0..documents {
                if having.next_if(|has| **has == document).is_none() {
                    put(document);
                }
            }
        }
    }
    bytes.extend(bits.finish());
    bytes
}

/// How many documents are listed of a word that `count` have, and the Rice parameter.
fn code(documents: u32, count: u32) -> (u32, u32) {
    let listed = if count > documents / 2 { documents.saturating_sub(count) } else { count };
    let gap = u64::from(documents) * 69 / (u64::from(listed.max(1)) * 100);
    (listed, gap.max(1).ilog2())
}

fn length(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// An index that was read.
#[derive(Clone, Debug)]
pub struct Index {
    documents: u32,
    /// All words, one after the other.
    text: String,
    words: Vec<SortedWord>,
    bits: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct SortedWord {
    /// Where the word ends in the text of all.
    end: usize,
    /// How many documents have it.
    count: u32,
    /// Where its bits begin.
    bits: usize,
}

impl Index {
    /// Reads an index of so many documents.
    ///
    /// # Errors
    /// [`BadIndex`]
    pub fn read(documents: u32, mut bytes: &[u8]) -> Result<Self, BadIndex> {
        let from = &mut bytes;
        if documents > MAX_DOCUMENTS {
            return Err(BadIndex);
        }
        let count = number(from)?;
        let (mut text, mut words) = (String::new(), Vec::new());
        let mut before = Vec::new();
        for _ in 0..count {
            let shared = usize::try_from(number(from)?).map_err(|_| BadIndex)?;
            let length = usize::try_from(number(from)?).map_err(|_| BadIndex)?;
            let (rest, after) = from.split_at_checked(length).ok_or(BadIndex)?;
            *from = after;
            let mut word = before.get(..shared).ok_or(BadIndex)?.to_vec();
            word.extend_from_slice(rest);
            // Ascending, and all that is shared is: the first byte that is not is larger.
            let is_next = rest
                .first()
                .is_some_and(|first| before.get(shared).is_none_or(|replaced| replaced < first));
            let count = number(from)?;
            if !is_next || word.len() > MAX_WORD || count == 0 || count > documents {
                return Err(BadIndex);
            }
            text.push_str(std::str::from_utf8(&word).map_err(|_| BadIndex)?);
            words.push(SortedWord { end: text.len(), count, bits: 0 });
            before = word;
        }
        let mut reader = Reader::new(from, 0);
        for word in &mut words {
            word.bits = reader.at;
            gaps(&mut reader, documents, word.count, |_| {})?;
        }
        if !reader.is_at_end() {
            return Err(BadIndex);
        }
        Ok(Self { documents, text, words, bits: from.to_vec() })
    }

    /// How many documents it is of.
    #[must_use]
    pub fn documents(&self) -> u32 {
        self.documents
    }

    /// All words, ascending.
    pub fn words(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.words.len()).map(|at| self.word(at))
    }

    fn word(&self, at: usize) -> &str {
        let before = at.checked_sub(1).and_then(|at| self.words.get(at));
        let start = before.map_or(0, |entry| entry.end);
        let end = self.words.get(at).map_or(start, |entry| entry.end);
        self.text.get(start..end).unwrap_or_default()
    }

    /// Calls `visit` with each document that has this word, or a word that begins with it.
    pub fn find(&self, word: &str, prefix: bool, mut visit: impl FnMut(u32)) {
        let (mut from, mut to) = (0, self.words.len());
        while from < to {
            let middle = from.midpoint(to);
            if self.word(middle) < word { from = middle + 1 } else { to = middle }
        }
        let matches = |found: &str| if prefix { found.starts_with(word) } else { found == word };
        for at in from..self.words.len() {
            if !matches(self.word(at)) {
                return;
            }
            self.having(at, &mut visit);
        }
    }

    /// Calls `visit` with each document that has a word with this text in it, which is not empty.
    pub(crate) fn find_within(&self, part: &str, mut visit: impl FnMut(u32)) {
        let mut from = 0;
        while let Some(place) = self.text.get(from..).and_then(|rest| rest.find(part)) {
            let start = from.saturating_add(place);
            let at = self.words.partition_point(|entry| entry.end <= start);
            let end = self.words.get(at).map_or(self.text.len(), |entry| entry.end);
            if start.saturating_add(part.len()) <= end {
                self.having(at, &mut visit);
                from = end;
            } else {
                // Across the end of a word; the next one begins there.
                from = start.saturating_add(1);
                while !self.text.is_char_boundary(from) {
                    from = from.saturating_add(1);
                }
            }
        }
    }

    /// Calls `visit` with each document that has a word, by the number of the word.
    fn having(&self, at: usize, visit: &mut impl FnMut(u32)) {
        let Some(entry) = self.words.get(at) else { return };
        let mut reader = Reader::new(&self.bits, entry.bits);
        let (listed, _) = code(self.documents, entry.count);
        let mut next = 0;
        // The index was read as a whole, so this succeeds.
        let _ = gaps(&mut reader, self.documents, entry.count, |document| {
            if listed == entry.count {
                visit(document);
            } else {
                (next..document).for_each(&mut *visit);
                next = document.saturating_add(1);
            }
        });
        if listed != entry.count {
            (next..self.documents).for_each(visit);
        }
    }
}

/// Reads the documents that are listed of a word that `count` have.
fn gaps(
    reader: &mut Reader<'_>,
    documents: u32,
    count: u32,
    mut visit: impl FnMut(u32),
) -> Result<(), BadIndex> {
    let (listed, k) = code(documents, count);
    let mut next = 0_u32;
    for _ in 0..listed {
        let most = documents.checked_sub(next).and_then(|left| left.checked_sub(1));
        let document = next + reader.rice(k, most.ok_or(BadIndex)?)?;
        visit(document);
        next = document + 1;
    }
    Ok(())
}

/// One index from several: `numbers` has for each, in order, the new number of each of its
/// documents, or `None` for one that is left out. Two documents may become one. New numbers are
/// below `documents`.
#[must_use]
pub fn merge(documents: u32, indexes: &[(&Index, Vec<Option<u32>>)]) -> Vec<u8> {
    let mut all: Vec<(&str, usize, usize)> = Vec::new();
    for (which, (index, _)) in indexes.iter().enumerate() {
        all.extend(index.words().enumerate().map(|(at, word)| (word, which, at)));
    }
    all.sort_unstable();
    let mut merged: Vec<(&str, Vec<u32>)> = Vec::new();
    for same in all.chunk_by(|a, b| a.0 == b.0) {
        let mut having = Vec::new();
        for (_, which, at) in same {
            let Some((index, numbers)) = indexes.get(*which) else { continue };
            index.having(*at, &mut |document| {
                let number = usize::try_from(document).ok().and_then(|at| numbers.get(at));
                having.extend(number.copied().flatten().filter(|number| *number < documents));
            });
        }
        having.sort_unstable();
        having.dedup();
        if let (Some((word, ..)), false) = (same.first(), having.is_empty()) {
            merged.push((word, having));
        }
    }
    write(documents, merged.iter().map(|(word, having)| (*word, having)))
}

#[cfg(test)]
mod tests;
