//! Telling files apart whose paths collide.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::object::ObjectId;
use crate::unicode::{Form, lower, normalise};

/// Gives every file a path of its own. Of those that collide the oldest object keeps its path, the others get ` (2)`,
/// ` (3)`, … before the ending.
///
/// Paths collide when some file system would take them for one: equal, or equal but for case or Unicode form. What is
/// given follows from ids and paths alone, so all devices show the same.
#[must_use]
pub fn tell_apart<'a>(
    files: impl IntoIterator<Item = (&'a ObjectId, &'a str)>,
) -> BTreeMap<ObjectId, String> {
    let mut files: Vec<_> = files.into_iter().collect();
    files.sort_unstable();
    // The folded paths that are taken, and where the search for a free number begins: a thousand twins are no million
    // looks.
    let mut taken: BTreeMap<String, u64> = BTreeMap::new();
    let mut named = BTreeMap::new();
    let mut twins = Vec::new();
    for (id, path) in files {
        if taken.insert(folded(path), 2).is_none() {
            named.insert(*id, path.to_owned());
        } else {
            twins.push((id, path));
        }
    }
    for (id, path) in twins {
        let folded_path = folded(path);
        let mut n = taken.get(&folded_path).copied().unwrap_or(2);
        let name = loop {
            let name = numbered(path, n);
            n = n.saturating_add(1);
            if let Entry::Vacant(free) = taken.entry(folded(&name)) {
                free.insert(2);
                break name;
            }
        };
        taken.insert(folded_path, n);
        named.insert(*id, name);
    }
    named
}

/// What a file system that ignores case and Unicode form would compare.
fn folded(path: &str) -> String {
    normalise(&lower(&normalise(path, Form::Nfc)), Form::Nfc)
}

/// `dir/name.ending` → `dir/name (2).ending`
fn numbered(path: &str, n: u64) -> String {
    let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
    let slash = if path.contains('/') { "/" } else { "" };
    match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => format!("{folder}{slash}{stem} ({n}).{ending}"),
        _ => format!("{folder}{slash}{name} ({n})"),
    }
}
