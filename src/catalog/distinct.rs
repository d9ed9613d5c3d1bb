//! Distinct paths for files that leave the vault together.

use std::collections::{BTreeMap, BTreeSet};

use super::name::folded;
use super::names::numbered;

/// Gives every path a distinct one, in order: of several that some file system would treat as the
/// same, the first keeps its path, and so does a folder of other paths; the rest get a number
/// before the extension.
#[must_use]
pub fn distinct(paths: &[String]) -> Vec<String> {
    let mut taken: BTreeSet<String> =
        paths.iter().flat_map(|path| folders(&folded(path))).collect();
    let mut numbers: BTreeMap<String, u64> = BTreeMap::new();
    let mut apart = |path: &String| {
        let key = folded(path);
        if taken.insert(key.clone()) {
            return path.clone();
        }
        let number = numbers.entry(key).or_insert(1);
        loop {
            *number = number.saturating_add(1);
            let other = numbered(path, *number);
            if taken.insert(folded(&other)) {
                return other;
            }
        }
    };
    paths.iter().map(&mut apart).collect()
}

/// The folders of a path, from the top.
fn folders(path: &str) -> Vec<String> {
    let ends = path.match_indices('/').map(|(end, _)| end);
    ends.filter_map(|end| path.get(..end)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::{distinct, folded, folders};

    fn of(paths: &[&str]) -> Vec<String> {
        distinct(&paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn the_first_keeps_its_path() {
        assert_eq!(
            of(&["a.txt", "b", "A.TXT", "a (2).txt", "a.txt"]),
            ["a.txt", "b", "A (2).TXT", "a (2) (2).txt", "a (3).txt",]
        );
        assert_eq!(of(&["caf\u{e9}", "cafe\u{301}"]), ["caf\u{e9}", "cafe\u{301} (2)"]);
    }

    #[test]
    fn a_folder_keeps_its_path_before_a_file() {
        assert_eq!(of(&["x", "X/y", "x/z"]), ["x (2)", "X/y", "x/z"]);
        assert_eq!(of(&["a/b", "a/b/c"]), ["a/b (2)", "a/b/c"]);
    }

    proptest! {
        /// Few letters, so that paths collide.
        #[test]
        fn all_fit_into_one_folder(
            paths in prop::collection::vec("[aAb]( \\(2\\))?(/[aAb]( \\(2\\))?){0,2}", 0..12),
        ) {
            let apart = distinct(&paths);
            prop_assert_eq!(apart.len(), paths.len());
            let files: BTreeSet<String> = apart.iter().map(|path| folded(path)).collect();
            prop_assert_eq!(files.len(), paths.len(), "distinct");
            for path in &apart {
                for folder in folders(&folded(path)) {
                    prop_assert!(!files.contains(&folder), "{folder} is a file and a folder");
                }
            }
        }
    }
}
