//! Telling files apart whose paths collide.

use std::collections::{BTreeMap, BTreeSet};

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
    let files: BTreeMap<_, _> = files.into_iter().collect();
    let mut taken = BTreeSet::new();
    let mut named = BTreeMap::new();
    let mut twins = Vec::new();
    for (id, path) in files {
        if taken.insert(folded(path)) {
            named.insert(*id, path.to_owned());
        } else {
            twins.push((id, path));
        }
    }
    // Where the search for a free number begins, by folded path: a thousand twins are no million looks.
    let mut next: BTreeMap<String, u64> = BTreeMap::new();
    for (id, path) in twins {
        let n = next.entry(folded(path)).or_insert(2);
        let name = loop {
            let name = numbered(path, *n);
            *n = n.saturating_add(1);
            if taken.insert(folded(&name)) {
                break name;
            }
        };
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
