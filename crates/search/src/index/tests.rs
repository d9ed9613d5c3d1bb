use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::{Match, Term};

fn build(texts: &[String]) -> (Vec<u8>, Index) {
    let mut builder = Builder::default();
    texts.iter().for_each(|text| builder.add(text));
    let bytes = builder.finish();
    let index = Index::read(length(texts.len()), &bytes).unwrap();
    (bytes, index)
}

/// The words of each text.
fn naive(texts: &[String]) -> Vec<BTreeSet<String>> {
    let set = |text: &String| {
        let mut set = BTreeSet::new();
        words(text, |word, _| set.extend([word.to_owned()]));
        set
    };
    texts.iter().map(set).collect()
}

fn all(index: &Index) -> BTreeMap<String, Vec<u32>> {
    let having = |(at, word): (usize, &str)| {
        let mut documents = Vec::new();
        index.having(at, &mut |document| documents.push(document));
        (word.to_owned(), documents)
    };
    index.words().enumerate().map(having).collect()
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    // Few letters, so that words are in several texts and begin like others.
    proptest::collection::vec("[abäß ]{0,30}|a b ab|[東京都]{0,4}", 0..20)
}

/// As files would be searched without an index.
fn scan(texts: &[String], term: &Term) -> Vec<(u32, Match)> {
    let how = |words: &BTreeSet<String>| {
        let begins = term.words().all(|(wanted, prefix)| {
            words.iter().any(|word| if prefix { word.starts_with(wanted) } else { word == wanted })
        });
        let within = || term.part().is_some_and(|part| words.iter().any(|w| w.contains(part)));
        match begins {
            true => Some(Match::Begins),
            false => within().then_some(Match::Within),
        }
    };
    let all = (0..).zip(naive(texts));
    all.filter_map(|(at, words)| how(&words).map(|how| (at, how))).collect()
}

proptest! {
    #[test]
    fn a_term_finds_what_a_scan_finds(texts in texts(), term in "[abß]{1,5}|a b|京都|都") {
        let (_, index) = build(&texts);
        let term = Term::new(&term).unwrap();
        prop_assert_eq!(term.find(&index), scan(&texts, &term));
    }

    #[test]
    fn a_merge_is_what_would_have_been_built(
        first in texts(),
        second in texts(),
        gone: u64,
    ) {
        let mut numbers = Vec::new();
        let mut left = Vec::new();
        for (at, text) in first.iter().chain(&second).enumerate() {
            let stays = gone >> at & 1 == 0;
            numbers.push(stays.then(|| length(left.len())));
            left.extend(stays.then(|| text.clone()));
        }
        let later = numbers.split_off(first.len());
        let (a, b) = (build(&first).1, build(&second).1);
        let merged = merge(length(left.len()), &[(&a, numbers), (&b, later)]);
        prop_assert_eq!(merged, build(&left).0);
    }

    #[test]
    fn two_that_become_one_are_one(texts in texts()) {
        let index = build(&texts).1;
        let numbers: Vec<_> = (0..length(texts.len())).map(Some).collect();
        let merged = merge(length(texts.len()), &[(&index, numbers.clone()), (&index, numbers)]);
        prop_assert_eq!(merged, build(&texts).0);
    }

    #[test]
    fn what_is_read_is_what_was_written(texts in texts()) {
        let index = build(&texts).1;
        let mut wanted: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for (at, words) in naive(&texts).into_iter().enumerate() {
            for word in words {
                wanted.entry(word).or_default().push(length(at));
            }
        }
        prop_assert_eq!(all(&index), wanted);
    }

    #[test]
    fn other_bytes_are_refused_or_are_the_one_spelling(
        texts in texts(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut: prop::sample::Index,
    ) {
        let (mut bytes, _) = build(&texts);
        for (at, byte) in &changes {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        for bytes in [&bytes[..], &bytes[..cut.index(bytes.len())]] {
            if let Ok(index) = Index::read(length(texts.len()), bytes) {
                let words = all(&index);
                let again = write(
                    length(texts.len()),
                    words.iter().map(|(word, having)| (word.as_str(), having)),
                );
                prop_assert_eq!(again, bytes);
            }
        }
    }

    #[test]
    fn any_bytes_are_refused_without_harm(
        documents in prop_oneof![0_u32..100, any::<u32>()],
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let _ = Index::read(documents, &bytes);
    }
}

#[test]
fn the_words_of_one_document_are_bounded() {
    let many: String = (0..MAX_WORDS + 10).map(|n| format!("w{n} ")).collect();
    let (_, index) = build(&[many]);
    assert_eq!(length(index.words().len()), MAX_WORDS);
}

#[test]
fn a_small_index_has_these_bytes() {
    let texts = ["a ab", "ab b", "ab"].map(str::to_owned);
    // Three words; "a" in document 0, "ab" in all, "b" in document 1.
    let wanted = [3, 0, 1, b'a', 1, 1, 1, b'b', 3, 0, 1, b'b', 1, 0b0001_0000];
    let (bytes, _) = build(&texts);
    assert_eq!(bytes, wanted);
}

#[test]
fn a_part_of_a_compound_is_found_after_what_begins_with_it() {
    let texts = ["Krankenversicherung", "Versicherungen", "sicher", "Rück-Versicherung"];
    let index = build(&texts.map(str::to_owned)).1;
    let find = |term: &str| Term::new(term).map(|term| term.find(&index)).unwrap_or_default();
    let (begins, within) = (Match::Begins, Match::Within);
    assert_eq!(find("versicherung"), [(0, within), (1, begins), (3, begins)]);
    assert_eq!(find("SICHER"), [(0, within), (1, within), (2, begins), (3, within)]);
    // Of three letters, and a phrase, only the beginning counts.
    assert_eq!(find("ung"), []);
    assert_eq!(find("rück-versicherung"), [(3, begins)]);
    assert_eq!(find("\"—\""), []);
}

/// Words are stored one after the other; none is found across two.
#[test]
fn nothing_is_found_across_two_words() {
    let texts = ["aab aabb", "baab", "öööö ööööö"];
    let index = build(&texts.map(str::to_owned)).1;
    let find = |part: &str| {
        let mut found = BTreeSet::new();
        index.find_within(part, |document| found.extend([document]));
        found.into_iter().collect::<Vec<_>>()
    };
    assert_eq!(find("aabb"), [0]);
    assert_eq!(find("baab"), [1]);
    assert_eq!(find("abaa"), []);
    assert_eq!(find("bbba"), []);
    assert_eq!(find("oooo"), [2]);
    assert_eq!(find("boooo"), []);
}
