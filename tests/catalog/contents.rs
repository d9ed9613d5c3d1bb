//! A query finds a file if each of its terms is in the path or in the contents.

use std::collections::{BTreeMap, BTreeSet};

use frond::catalog::{Index, Matches, Op, terms};
use frond::object::ObjectId;
use frond_search::Match;
use proptest::prelude::*;

use super::support::*;

const TERMS: [&str; 4] = ["ab", "ba", "c", "a b"];

/// A file, and how its contents have each of [`TERMS`].
type File = (String, [Option<Match>; 4]);

fn file() -> impl Strategy<Value = File> {
    let how = || prop::option::of(prop_oneof![Just(Match::Begins), Just(Match::Within)]);
    ("[abc ]{1,4}(/[abc]{1,3})?", [how(), how(), how(), how()])
}

fn vault(files: &[File]) -> Index {
    let mut device = Device::new(1);
    device.make(1, (0..).zip(files).map(|(n, (path, _))| add(n, path, 1)).collect());
    device.index
}

/// What the index of contents would say of the terms of a query.
fn contents(files: &[File], query: &[usize]) -> Vec<(ObjectId, Matches)> {
    let matches = |(n, (_, how)): (u64, &File)| {
        let mut matches = Matches::none(query.len());
        for (at, term) in query.iter().enumerate() {
            // The better counts, whichever comes first.
            how[*term].iter().chain(&how[*term].map(|_| Match::Within)).for_each(|how| {
                matches.add(at, *how);
            });
        }
        (object(n), matches)
    };
    (0..).zip(files).map(matches).collect()
}

proptest! {
    #[test]
    fn names_and_contents_together_have_every_term(
        files in prop::collection::vec(file(), 0..8),
        query in prop::collection::vec(0..TERMS.len(), 1..4),
    ) {
        let index = vault(&files);
        let text: String = query.iter().map(|term| format!("\"{}\" ", TERMS[*term])).collect();
        let hits = index.hits(&text, contents(&files, &query));
        let by_name = index.files().search(&text);
        let rows: BTreeMap<_, _> =
            index.files().rows().into_iter().map(|row| (row.id, row)).collect();
        let (mut either, mut in_contents, mut ranks) =
            (BTreeSet::new(), BTreeSet::new(), BTreeMap::new());
        for (n, (_, how)) in (0..).zip(&files) {
            let path = &rows[&object(n)].path;
            let is_named = |term: &usize| path.contains(TERMS[*term]);
            if query.iter().all(|term| is_named(term) || how[*term].is_some()) {
                either.insert(object(n));
                if query.iter().any(|term| how[*term].is_some()) {
                    in_contents.insert(object(n));
                }
                let is_whole = |term: &usize| is_named(term) || how[*term] == Some(Match::Begins);
                ranks.insert(object(n), !query.iter().all(is_whole));
            }
        }
        let ids = |rows: &[std::rc::Rc<frond::catalog::FileRow>]| -> BTreeSet<_> {
            rows.iter().map(|row| row.id).collect()
        };
        prop_assert_eq!(&ids(&hits), &in_contents);
        prop_assert_eq!(ids(&hits).union(&ids(&by_name)).copied().collect::<BTreeSet<_>>(), either);
        prop_assert!(hits.is_sorted_by_key(|row| (ranks[&row.id], row.path.clone())));
    }
}

#[test]
fn the_filters_hold_and_deleted_files_are_no_hits() {
    let matches = [Some(Match::Begins), None, None, None];
    let files = ["x/a.txt", "x/b.pdf", "y/a.txt"].map(|path| (path.to_owned(), matches));
    let mut device = Device::new(1);
    device.make(1, (0..).zip(&files).map(|(n, (path, _))| add(n, path, 1)).collect());
    let found = |device: &Device, query: &str| -> Vec<_> {
        let hits = device.index.hits(query, contents(&files, &[0]));
        hits.iter().map(|row| row.path.clone()).collect()
    };
    assert_eq!(found(&device, "ab"), ["x/a.txt", "x/b.pdf", "y/a.txt"]);
    assert_eq!(found(&device, "ab in:x"), ["x/a.txt", "x/b.pdf"]);
    assert_eq!(found(&device, "type:txt ab"), ["x/a.txt", "y/a.txt"]);
    assert_eq!(found(&device, "ab before:1970"), [""; 0]);
    device.make(2, vec![Op::Trash { object: object(0) }]);
    assert_eq!(found(&device, "ab"), ["x/b.pdf", "y/a.txt"]);
}

#[test]
fn a_row_knows_which_terms_its_path_has() {
    let row = vault(&[("Zürich/a b.txt".to_owned(), [None; 4])]).files().rows().remove(0);
    let (named, other) = row.terms("zurich \"A B\" b.pdf type:txt –");
    assert_eq!(named, ["zurich", "a b"]);
    assert_eq!(other, ["b.pdf"]);
    assert_eq!(terms("–"), [""; 0]);
}
