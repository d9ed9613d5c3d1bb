//! Telling files apart whose paths collide.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::object::ObjectId;
use crate::path::{MAX_NAME, cut, mended, split_ending};
use crate::unicode::{Form, lower, normalise};

/// Gives every file a path of its own, told in the order of their ids, in which each name keeps the
/// rule of [`crate::path`]. Of those that collide the oldest object keeps its path, the others get
/// ` (2)`, ` (3)`, … before the ending.
///
/// Paths collide when some file system would take them for one: equal, or equal but for case or
/// Unicode form. What is given follows from ids and paths alone, so all devices show the same.
#[must_use]
pub fn disambiguate<'a>(files: impl IntoIterator<Item = (&'a ObjectId, &'a str)>) -> Vec<String> {
    let mut files: Vec<_> = files.into_iter().collect();
    files.sort_unstable();
    let mut names: Vec<_> = files.into_iter().map(|(_, path)| mended(path).into_owned()).collect();
    // The folded paths that are taken, and where the search for a free number begins: a thousand
    // twins are no million looks.
    let mut taken: BTreeMap<String, u64> = BTreeMap::new();
    let twins: Vec<_> =
        names.iter_mut().filter(|path| taken.insert(folded(path), 2).is_some()).collect();
    for name in twins {
        let path = std::mem::take(name);
        let path_folded = folded(&path);
        let mut n = taken.get(&path_folded).copied().unwrap_or(2);
        *name = loop {
            let name = numbered(&path, n);
            n = n.saturating_add(1);
            if let Entry::Vacant(free) = taken.entry(folded(&name)) {
                free.insert(2);
                break name;
            }
        };
        taken.insert(path_folded, n);
    }
    names
}

/// What a file system that ignores case and Unicode form would compare.
fn folded(path: &str) -> String {
    normalise(&lower(&normalise(path, Form::Nfc)), Form::Nfc)
}

/// `dir/name.ending` → `dir/name (2).ending`. The stem is cut where the name would be longer than
/// one may be.
fn numbered(path: &str, n: u64) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (folder, _) =
        path.split_at_checked(path.len().saturating_sub(name.len())).unwrap_or_default();
    let (stem, ending) = split_ending(name);
    let number = format!(" ({n})");
    let stem = cut(stem, MAX_NAME.saturating_sub(number.len() + ending.len()));
    format!("{folder}{stem}{number}{ending}")
}
