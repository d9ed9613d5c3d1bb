//! Disambiguates files whose paths collide, and likewise the names of the folders, and of the
//! files, of one folder.
//!
//! Paths collide if some file system would treat them as the same: equal, or equal except for case
//! or Unicode form. Of colliding files the oldest object keeps its path; the others get a number
//! before the extension: ` (2)`, ` (3)`, … In the order of their ids, each gets the first number
//! after its predecessor's whose path is neither any file's recorded path nor assigned to an older
//! object. The result depends only on ids and paths, so all devices show the same.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::name::{Key, Name, folded};
use super::table::Table;
use crate::path::{MAX_NAME, cut, mended, split_ending};

/// Gives every file a distinct path, assigned in the order of ids; each name follows the rules of
/// [`crate::path`].
#[must_use]
pub fn disambiguate<'a, Id: Copy + Ord + 'a>(
    files: impl IntoIterator<Item = (&'a Id, &'a str)>,
) -> Vec<String> {
    let (mut names, mut shown) = (Names::default(), Renamed::default());
    for (id, path) in files {
        names.insert(*id, &Rc::new(Name::new(mended(path).into())), &mut shown);
    }
    shown.values().map(|path| path.name.as_ref().to_owned()).collect()
}

/// Displayed paths that changed.
pub(super) type Renamed<Id> = Table<Id, Rc<Name>>;

/// The disambiguated paths of a set of files.
#[derive(Clone, Debug)]
pub(super) struct Names<Id> {
    /// Files by folded path. None is empty.
    groups: Table<Key, Group<Id>>,
    /// The folded numbered paths, and the files that have them.
    numbered: BTreeMap<String, Collision<Id>>,
    /// Folded paths that a file was denied because another file has them.
    passed: BTreeMap<String, BTreeSet<Collision<Id>>>,
}

/// A file whose path collides with an older file's.
type Collision<Id> = (Key, Id);

/// The files with one folded path.
#[derive(Clone, Debug)]
enum Group<Id> {
    /// Most groups have a single file.
    One(Rc<Name>, Id),
    /// Ascending by id.
    Several(Vec<Member<Id>>),
}

#[derive(Clone, Debug)]
struct Member<Id> {
    id: Id,
    path: Rc<Name>,
    /// The number in its name; 0 for the first of a group, which has none.
    number: u64,
}

impl<Id> Default for Names<Id> {
    fn default() -> Self {
        Self { groups: Table::default(), numbered: BTreeMap::new(), passed: BTreeMap::new() }
    }
}

impl<Id: Copy + Ord> Names<Id> {
    /// Adds a file. Its path follows the rules of [`crate::path`].
    pub(super) fn insert(&mut self, id: Id, path: &Rc<Name>, renamed: &mut Renamed<Id>) {
        let (key, mut work) = (Key(Rc::clone(path)), BTreeSet::new());
        let mut group = self.take(&key);
        let at = group.partition_point(|member| member.id < id);
        group.insert(at, Member { id, path: Rc::clone(path), number: 0 });
        if at == 0 {
            renamed.insert(id, Rc::clone(path));
        }
        if group.len() > 1 {
            // If the new file is the first, the former first now needs a number.
            work.extend(group.get(at.max(1)).map(|next| (key.clone(), next.id)));
        } else if !self.numbered.is_empty() {
            // A file whose numbered path equals this path must give it up.
            work.extend(self.numbered.get(&key.text()).cloned());
        }
        self.put(key, group);
        self.number(work, renamed);
    }

    /// Removes a file.
    pub(super) fn remove(&mut self, id: Id, path: &Rc<Name>, renamed: &mut Renamed<Id>) {
        let (key, mut work) = (Key(Rc::clone(path)), BTreeSet::new());
        let mut group = self.take(&key);
        let Ok(at) = group.binary_search_by(|member| member.id.cmp(&id)) else {
            self.put(key, group);
            return;
        };
        renamed.remove(&id);
        let mut free = self.release(&key, group.get(..=at).unwrap_or_default(), at);
        group.remove(at);
        if group.is_empty() {
            free.insert(key.text());
        } else if let Some(next) = group.get(at) {
            work.insert((key.clone(), next.id));
        }
        self.put(key, group);
        self.offer(&free, &mut work);
        self.number(work, renamed);
    }

    /// Takes the files with a folded path, which count as being there until they are put back.
    fn take(&mut self, key: &Key) -> Vec<Member<Id>> {
        let Some(group) = self.groups.get_mut(key) else { return Vec::new() };
        match std::mem::replace(group, Group::Several(Vec::new())) {
            Group::One(path, id) => vec![Member { id, path, number: 0 }],
            Group::Several(members) => members,
        }
    }

    /// Puts back what was taken.
    fn put(&mut self, key: Key, members: Vec<Member<Id>>) {
        match members.as_slice() {
            [] => drop(self.groups.remove(&key)),
            [Member { id, path, number: 0 }] => {
                let only = Group::One(Rc::clone(path), *id);
                self.groups.insert(key, only);
            }
            _ => drop(self.groups.insert(key, Group::Several(members))),
        }
    }

    /// Renumbers files, each with its successors in the group, until every numbered file has the
    /// first path that is neither any file's recorded path nor assigned to an older one.
    /// Terminates: the oldest file gets its final path when its turn comes, then the next, and so
    /// on.
    fn number(&mut self, mut work: BTreeSet<Collision<Id>>, renamed: &mut Renamed<Id>) {
        while let Some((key, from)) = work.pop_first() {
            let mut members = self.take(&key);
            let first = members.partition_point(|member| member.id < from);
            let before = first.checked_sub(1).and_then(|before| members.get(before));
            let mut number = before.map_or(0, |before| before.number);
            let mut free = self.release(&key, &members, first);
            for (at, member) in members.iter_mut().enumerate().skip(first) {
                let mut shown = Rc::clone(&member.path);
                if at > 0 {
                    let file = (key.clone(), member.id);
                    let free_path;
                    (number, free_path) = self.next_free(&member.path.name, number, &file);
                    let path = folded(&free_path);
                    shown = Rc::new(Name::instead_of(&member.path, &free_path));
                    free.remove(&path);
                    work.extend(self.numbered.insert(path, file));
                }
                member.number = number;
                renamed.insert(member.id, shown);
            }
            self.put(key, members);
            self.offer(&free, &mut work);
        }
    }

    /// The first number after `number`, and the path with it, that is neither any file's recorded
    /// path nor assigned to an older file.
    fn next_free(&mut self, path: &str, mut number: u64, file: &Collision<Id>) -> (u64, String) {
        loop {
            number = number.max(1).saturating_add(1);
            let shown = numbered(path, number);
            let path = folded(&shown);
            let older = self.numbered.get(&path).is_some_and(|(_, other)| *other < file.1);
            let key = Key(Rc::new(Name::new(shown.as_str().into())));
            if !older && !self.groups.contains_key(&key) {
                return (number, shown);
            }
            self.passed.entry(path).or_default().insert(file.clone());
        }
    }

    /// Releases the numbers of the files of a group from `first` on; returns the folded paths that
    /// this frees.
    fn release(&mut self, key: &Key, group: &[Member<Id>], first: usize) -> BTreeSet<String> {
        let mut free = BTreeSet::new();
        let before = first.checked_sub(1).and_then(|before| group.get(before));
        let mut before = before.map_or(1, |member| member.number.max(1));
        for member in group.iter().skip(first).filter(|member| member.number > 0) {
            let file = (key.clone(), member.id);
            for number in before.saturating_add(1)..=member.number {
                let path = folded(&numbered(&member.path.name, number));
                if self.numbered.get(&path) == Some(&file) {
                    self.numbered.remove(&path);
                    free.insert(path);
                } else if let Some(passed) = self.passed.get_mut(&path) {
                    passed.remove(&file);
                    if passed.is_empty() {
                        self.passed.remove(&path);
                    }
                }
            }
            before = member.number;
        }
        free
    }

    /// Queues the files that were denied these paths for renumbering.
    fn offer(&self, free: &BTreeSet<String>, work: &mut BTreeSet<Collision<Id>>) {
        work.extend(free.iter().filter_map(|path| self.passed.get(path)).flatten().cloned());
    }
}

/// `dir/name.ending` → `dir/name (2).ending`. The stem is truncated if the name would exceed the
/// maximum length.
pub(super) fn numbered(path: &str, n: u64) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (folder, _) =
        path.split_at_checked(path.len().saturating_sub(name.len())).unwrap_or_default();
    let (stem, ending) = split_ending(name);
    let number = format!(" ({n})");
    let stem = cut(stem, MAX_NAME.saturating_sub(number.len() + ending.len()));
    format!("{folder}{stem}{number}{ending}")
}
