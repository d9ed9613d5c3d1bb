//! Lists of files: rows in path order, and folder by folder with totals.
//!
//! Folders derive from the paths of files and are not stored: a folder exists as long as it
//! contains something. Every folder has the revision of its last change, at any depth below it, so
//! that a view can cheaply check whether it must refresh.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::object::ObjectId;
use crate::path::{name, parent};
use crate::unicode::lower;

/// A file as lists show it. Rows are shared and immutable: a change creates a new row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRow {
    /// Object id, which identifies the file in every call.
    pub id: ObjectId,
    /// Path with `/`, disambiguated from equal paths by ` (2)` before the extension.
    pub path: String,
    /// Size in bytes.
    pub size: u64,
    /// Media type, possibly empty. Never trusted for display.
    pub media_type: String,
    /// Modification time of the file when it was added, milliseconds since the Unix epoch.
    pub modified: Option<i64>,
    /// When it was added, milliseconds since the Unix epoch, by the adding device's clock.
    pub added: u64,
    /// What is wrong with it, if anything.
    pub fault: Option<FileFault>,
}

/// A fault of one file. Other files are not affected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileFault {
    /// Two devices recorded the same object with different seals.
    TwoSeals,
    /// The bucket does not have the object.
    Missing,
    /// The stored object differs from what was saved.
    Changed,
}

/// A row of a folder's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// A folder.
    Folder {
        /// Its path.
        path: String,
        /// Total of everything below it, at any depth.
        totals: Totals,
    },
    /// A file.
    File(Rc<FileRow>),
}

impl Row {
    /// The path.
    #[must_use]
    pub fn path(&self) -> &str {
        match self {
            Self::Folder { path, .. } => path,
            Self::File(file) => &file.path,
        }
    }
}

/// Number of files and their total size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Number of files.
    pub files: usize,
    /// Bytes.
    pub bytes: u64,
}

/// Counts the changes of an index. Of two revisions of one index, the larger is the later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Revision(pub(super) u64);

/// The rows of a set of files. Their paths are distinct.
#[derive(Clone, Debug)]
pub struct Listing {
    rows: BTreeSet<ByPath>,
    /// Folders by path; the root, which always exists, has the empty path.
    folders: BTreeMap<String, Folder>,
}

/// A folder's direct children, and the total below it.
#[derive(Clone, Debug, Default)]
struct Folder {
    /// Names of its subfolders, in display order.
    folders: BTreeSet<(String, String)>,
    files: BTreeSet<ByName>,
    totals: Totals,
    changed: Revision,
}

impl Default for Listing {
    fn default() -> Self {
        Self {
            rows: BTreeSet::new(),
            folders: BTreeMap::from([(String::new(), Folder::default())]),
        }
    }
}

impl Listing {
    /// All files, in path order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &Rc<FileRow>> {
        self.rows.iter().map(|row| &row.0)
    }

    /// The file displayed under a path.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Rc<FileRow>> {
        self.rows.get(path).map(|row| &row.0)
    }

    /// The total below a folder, at any depth; `None` if there is no such folder. The empty path is
    /// the root, which always exists.
    #[must_use]
    pub fn totals(&self, folder: &str) -> Option<Totals> {
        self.folders.get(folder).map(|folder| folder.totals)
    }

    /// The revision at which anything in a folder last changed, at any depth; `None` if there is no
    /// such folder.
    #[must_use]
    pub fn changed(&self, folder: &str) -> Option<Revision> {
        self.folders.get(folder).map(|folder| folder.changed)
    }

    /// Number of direct children of a folder.
    #[must_use]
    pub fn count_in(&self, folder: &str) -> usize {
        self.folders.get(folder).map_or(0, |folder| folder.folders.len() + folder.files.len())
    }

    /// The direct children of a folder: its folders, then its files, each ordered by name without
    /// regard to case. Lazy: take only as many as are shown; each costs the same, the rest nothing.
    pub fn in_folder(&self, folder: &str) -> impl Iterator<Item = Row> {
        let found = self.folders.get_key_value(folder);
        found.into_iter().flat_map(move |(path, folder)| {
            let folders = folder.folders.iter().map(move |(_, name)| {
                let path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
                let totals = self.totals(&path).unwrap_or_default();
                Row::Folder { path, totals }
            });
            folders.chain(folder.files.iter().map(|file| Row::File(Rc::clone(&file.row))))
        })
    }

    /// Files below a folder, at any depth, in path order.
    pub fn below(&self, folder: &str) -> impl Iterator<Item = &Rc<FileRow>> {
        let under = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let from = self.rows.range::<str, _>((
            std::ops::Bound::Included(under.as_str()),
            std::ops::Bound::Unbounded,
        ));
        from.map(|row| &row.0).take_while(move |row| row.path.starts_with(&under))
    }

    /// Files whose path contains every word of `query`, ignoring case, in path order.
    pub fn search(&self, query: &str) -> impl Iterator<Item = &Rc<FileRow>> {
        let query = lower(query);
        self.rows().filter(move |row| {
            let path = lower(&row.path);
            query.split_whitespace().all(|word| path.contains(word))
        })
    }

    pub(super) fn insert(&mut self, row: &Rc<FileRow>, revision: Revision) {
        for folder in folders(&row.path) {
            if !self.folders.contains_key(folder) {
                self.folders.insert(folder.to_owned(), Folder::default());
                self.at(parent(folder), |above| above.folders.insert(ordered(name(folder))));
            }
            self.at(folder, |folder| {
                folder.totals.files = folder.totals.files.saturating_add(1);
                folder.totals.bytes = folder.totals.bytes.saturating_add(row.size);
                folder.changed = revision;
            });
        }
        self.at(parent(&row.path), |folder| folder.files.insert(ByName::new(row)));
        self.rows.insert(ByPath(Rc::clone(row)));
    }

    pub(super) fn remove(&mut self, row: &Rc<FileRow>, revision: Revision) {
        self.rows.remove(row.path.as_str());
        self.at(parent(&row.path), |folder| folder.files.remove(&ByName::new(row)));
        for folder in folders(&row.path) {
            self.at(folder, |folder| {
                folder.totals.files = folder.totals.files.saturating_sub(1);
                folder.totals.bytes = folder.totals.bytes.saturating_sub(row.size);
                folder.changed = revision;
            });
            if !folder.is_empty() && self.totals(folder) == Some(Totals::default()) {
                self.folders.remove(folder);
                self.at(parent(folder), |above| above.folders.remove(&ordered(name(folder))));
            }
        }
    }

    fn at<T>(&mut self, folder: &str, change: impl FnOnce(&mut Folder) -> T) {
        self.folders.get_mut(folder).map(change);
    }
}

/// The ancestor folders of a path, the root first.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    let ends = path.match_indices('/').map(|(end, _)| end);
    std::iter::once("").chain(ends.filter_map(|end| path.get(..end)))
}

/// Names sort without regard to case; ties are broken by the name itself.
fn ordered(name: &str) -> (String, String) {
    (lower(name), name.to_owned())
}

/// A row, ordered by path.
#[derive(Clone, Debug)]
struct ByPath(Rc<FileRow>);

impl Borrow<str> for ByPath {
    fn borrow(&self) -> &str {
        &self.0.path
    }
}

impl PartialEq for ByPath {
    fn eq(&self, other: &Self) -> bool {
        self.0.path == other.0.path
    }
}

impl Eq for ByPath {}

impl PartialOrd for ByPath {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ByPath {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.path.cmp(&other.0.path)
    }
}

/// A row, ordered by name.
#[derive(Clone, Debug)]
struct ByName {
    lower: Box<str>,
    row: Rc<FileRow>,
}

impl ByName {
    fn new(row: &Rc<FileRow>) -> Self {
        Self { lower: lower(name(&row.path)).into(), row: Rc::clone(row) }
    }

    fn key(&self) -> (&str, &str, &ObjectId) {
        (&self.lower, name(&self.row.path), &self.row.id)
    }
}

impl PartialEq for ByName {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for ByName {}

impl PartialOrd for ByName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ByName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}
