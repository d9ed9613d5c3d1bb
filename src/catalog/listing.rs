//! Lists of files and folders: rows in path order, and folder by folder with totals.
//!
//! Every folder has the revision of its last change, at any depth below it, so that a view can
//! cheaply check whether it must refresh. Lists are read from the index when asked; a path is made
//! only for a row that is shown.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::rc::Rc;

use frond_wire::FolderId;

use super::index::Index;
use super::name::Name;
use super::search::NameSearch;
use super::state::File;
use super::table::Spot;
use super::tree::Node;
use crate::object::ObjectId;
use crate::path::{joined, mended_name};

/// A file as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRow {
    /// Object id, which identifies the file in every call.
    pub id: ObjectId,
    /// Path with `/`, disambiguated from equal paths by ` (2)` before the extension.
    pub path: String,
    /// Size in bytes.
    pub size: u64,
    /// Media type, possibly empty. Never trusted for display.
    pub media_type: Cow<'static, str>,
    /// Modification time of the file when it was added, milliseconds since the Unix epoch.
    pub modified: Option<i64>,
    /// When it was added, milliseconds since the Unix epoch, by the adding device's clock.
    pub added: u64,
    /// What is wrong with it, if anything.
    pub fault: Option<FileFault>,
}

impl FileRow {
    /// When the file was last modified, else when it was added, milliseconds since the Unix epoch.
    #[must_use]
    pub fn shown_time(&self) -> i64 {
        self.modified.unwrap_or_else(|| i64::try_from(self.added).unwrap_or(i64::MAX))
    }

    pub(super) fn of(index: &Index, id: ObjectId, file: &File) -> Self {
        let tree = index.tree();
        let folder = match tree.place(&id) {
            Some((folder, _)) => folder,
            None => index.layout().shown_in(index.state(), file.folder),
        };
        let shown = tree.file_name(&id).map(ToOwned::to_owned);
        let name = shown.unwrap_or_else(|| mended_name(&file.name).into_owned());
        Self::at(index, id, file, joined(&tree.path(folder), &name))
    }

    fn at(index: &Index, id: ObjectId, file: &File, path: String) -> Self {
        let two_seals = file.two_seals.then_some(FileFault::TwoSeals);
        Self {
            id,
            path,
            size: file.size,
            media_type: file.media_type.clone(),
            modified: file.modified,
            added: file.added,
            fault: two_seals.or_else(|| index.fault(&id)),
        }
    }
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
        /// Folder id, which identifies the folder in every call.
        id: FolderId,
        /// Its path.
        path: String,
        /// Total of everything below it, at any depth.
        totals: Totals,
    },
    /// A file.
    File(Rc<FileRow>),
}

/// Identifies a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowId {
    /// A folder.
    Folder(FolderId),
    /// A file.
    File(ObjectId),
}

/// A row and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedRow {
    /// What identifies it.
    pub id: RowId,
    /// The name that the list shows.
    pub name: Rc<str>,
}

/// What rows are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts<'a> {
    /// The name that the list shows.
    pub name: &'a str,
    /// Bytes; of a folder, of everything below it.
    pub size: u64,
    /// When the file was last modified, else when it was added, milliseconds since the Unix epoch;
    /// `None` for a folder.
    pub modified: Option<i64>,
}

impl Row {
    /// What identifies it.
    #[must_use]
    pub fn id(&self) -> RowId {
        match self {
            Self::Folder { id, .. } => RowId::Folder(*id),
            Self::File(file) => RowId::File(file.id),
        }
    }

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

impl Totals {
    /// Adds these to it.
    pub fn add(&mut self, more: Self) {
        self.files = self.files.saturating_add(more.files);
        self.bytes = self.bytes.saturating_add(more.bytes);
    }

    pub(super) fn remove(&mut self, less: Self) {
        self.files = self.files.saturating_sub(less.files);
        self.bytes = self.bytes.saturating_sub(less.bytes);
    }
}

/// Counts the changes of an index. Of two revisions of one index, the larger is the later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Revision(pub(super) u64);

/// The files and folders that are not in the trash. The paths of files are distinct, and so are
/// those of folders.
#[derive(Clone, Copy, Debug)]
pub struct Listing<'a> {
    index: &'a Index,
}

impl<'a> Listing<'a> {
    pub(super) fn new(index: &'a Index) -> Self {
        Self { index }
    }

    /// All files, in path order.
    #[must_use]
    pub fn rows(&self) -> Vec<Rc<FileRow>> {
        self.below("")
    }

    /// The file displayed under a path.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<Rc<FileRow>> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let id = self.node(folder)?.files.find(name)?;
        let file = self.index.state().files.get(id)?;
        Some(Rc::new(FileRow::at(self.index, *id, file, path.to_owned())))
    }

    /// The folder displayed under a path; `None` if there is none, or for the top, which has no id.
    #[must_use]
    pub fn folder(&self, path: &str) -> Option<FolderId> {
        self.index.tree().folder(path)?
    }

    /// The path under which a folder is displayed; `None` if it is not listed or in the trash.
    #[must_use]
    pub fn path(&self, folder: &FolderId) -> Option<String> {
        let tree = self.index.tree();
        let listed = tree.is_listed(*folder) && tree.trashed_above(Some(*folder)).is_none();
        listed.then(|| tree.path(Some(*folder)))
    }

    /// The total below a folder, at any depth; `None` if there is no such folder. The empty path is
    /// the top, which always exists.
    #[must_use]
    pub fn totals(&self, folder: &str) -> Option<Totals> {
        let folder = self.index.tree().folder(folder)?;
        Some(self.index.tree().node(folder).map(|node| node.totals).unwrap_or_default())
    }

    /// The revision at which a folder, or anything in it at any depth, last changed; `None` if
    /// there is no such folder.
    #[must_use]
    pub fn changed(&self, folder: &str) -> Option<Revision> {
        let tree = self.index.tree();
        tree.folder(folder).map(|folder| tree.changed(folder))
    }

    /// Number of direct children of a folder.
    #[must_use]
    pub fn count_in(&self, folder: &str) -> usize {
        self.node(folder).map_or(0, |node| node.folders.len().saturating_add(node.files.len()))
    }

    /// The direct children of a folder: its folders, then its files, each ordered by name without
    /// regard to case. Lazy: take only as many as are shown; each costs the same, the rest nothing.
    pub fn in_folder(&self, folder: &str) -> impl Iterator<Item = Row> + use<'a> {
        let (index, folder) = (self.index, folder.to_owned());
        self.node(&folder).into_iter().flat_map(move |node| {
            let above = folder.clone();
            let folders = node.folders.iter().map(move |(id, name)| {
                let node = index.tree().node(Some(*id));
                let totals = node.map(|node| node.totals).unwrap_or_default();
                Row::Folder { id: *id, path: joined(&above, &name.name), totals }
            });
            let above = folder.clone();
            let files = node.files.iter().filter_map(move |(id, name)| {
                let file = index.state().files.get(id)?;
                let path = joined(&above, &name.name);
                Some(Row::File(Rc::new(FileRow::at(index, *id, file, path))))
            });
            folders.chain(files)
        })
    }

    /// The names of [`Listing::in_folder`], which cost next to nothing.
    #[must_use]
    pub fn names(&self, folder: &str) -> Vec<NamedRow> {
        let mut names = Vec::with_capacity(self.count_in(folder));
        let named = |id, name: &Name| NamedRow { id, name: Rc::clone(&name.name) };
        if let Some(node) = self.node(folder) {
            names.extend(node.folders.iter().map(|(id, name)| named(RowId::Folder(*id), name)));
            names.extend(node.files.iter().map(|(id, name)| named(RowId::File(*id), name)));
        }
        names
    }

    /// One row; `None` if it is not listed.
    #[must_use]
    pub fn row(&self, id: &RowId) -> Option<Row> {
        let tree = self.index.tree();
        match id {
            RowId::Folder(id) => {
                let path = self.path(id)?;
                let totals = tree.node(Some(*id)).map(|node| node.totals).unwrap_or_default();
                Some(Row::Folder { id: *id, path, totals })
            }
            RowId::File(id) => {
                let (name, (folder, _)) = (tree.file_name(id)?, tree.place(id)?);
                if tree.trashed_above(folder).is_some() {
                    return None;
                }
                let path = joined(&tree.path(folder), name);
                let file = self.index.state().files.get(id)?;
                Some(Row::File(Rc::new(FileRow::at(self.index, *id, file, path))))
            }
        }
    }

    /// What a row is sorted by; `None` if it is not listed.
    #[must_use]
    pub fn facts(&self, id: &RowId) -> Option<Facts<'a>> {
        let tree = self.index.tree();
        match id {
            RowId::Folder(id) => {
                let name = tree.folder_name(id)?;
                Some(Facts { name, size: tree.node(Some(*id))?.totals.bytes, modified: None })
            }
            RowId::File(id) => {
                let (name, file) = (tree.file_name(id)?, self.index.state().files.get(id)?);
                let added = i64::try_from(file.added).unwrap_or(i64::MAX);
                let modified = Some(file.modified.unwrap_or(added));
                Some(Facts { name, size: file.size, modified })
            }
        }
    }

    /// The folder that a row is in, `None` for the top, and the name that it was given, which is
    /// not told apart from equal ones; `None` if it is not listed.
    #[must_use]
    pub fn place(&self, id: &RowId) -> Option<(Option<FolderId>, String)> {
        let tree = self.index.tree();
        let (folder, name) = match id {
            RowId::Folder(id) => {
                let spot = tree.spot(Some(*id)).filter(|_| tree.is_listed(*id))?;
                (spot.parent, &spot.name)
            }
            RowId::File(id) => {
                let (folder, _) = tree.place(id).filter(|(_, trashed)| !trashed)?;
                (folder, &self.index.state().files.get(id)?.name)
            }
        };
        Some((folder, mended_name(name).into_owned()))
    }

    /// Files below a folder, at any depth, in path order.
    #[must_use]
    pub fn below(&self, folder: &str) -> Vec<Rc<FileRow>> {
        let mut rows = Vec::new();
        if let Some(id) = self.index.tree().folder(folder) {
            let mut add = |row: FileRow| rows.push(Rc::new(row));
            walk(self.index, id, folder, &mut add);
        }
        rows.sort_by(by_path);
        rows
    }

    /// Folders below a folder, at any depth, each after the one that it is in.
    #[must_use]
    pub fn folders_below(&self, folder: &str) -> Vec<(FolderId, String)> {
        let mut found = Vec::new();
        let mut unseen: Vec<_> = self
            .index
            .tree()
            .folder(folder)
            .map(|id| (id, folder.to_owned()))
            .into_iter()
            .collect();
        while let Some((id, path)) = unseen.pop() {
            let node = self.index.tree().node(id).into_iter();
            for (id, name) in node.flat_map(|node| node.folders.iter()) {
                let path = joined(&path, &name.name);
                found.push((*id, path.clone()));
                unseen.push((Some(*id), path));
            }
        }
        found
    }

    /// Files for which every term of a query holds, in the order of [`NameSearch`].
    #[must_use]
    pub fn search(&self, query: &str) -> Vec<Rc<FileRow>> {
        let (mut search, mut found) = (NameSearch::new(query), Vec::new());
        while !search.step(*self, usize::MAX, &mut found) {}
        let file = |found: &NamedRow| match self.row(&found.id)? {
            Row::File(file) => Some(file),
            Row::Folder { .. } => None,
        };
        found.iter().filter_map(file).collect()
    }

    pub(super) fn node_of(&self, folder: Option<FolderId>) -> Option<&'a Node> {
        self.index.tree().node(folder)
    }

    /// The media type of a file, and its time for lists.
    /// `near` as of [`Table::get_near`].
    ///
    /// [`Table::get_near`]: super::Table::get_near
    pub(super) fn type_and_time(&self, id: &ObjectId, near: &mut Spot) -> Option<(&'a str, i64)> {
        let file = self.index.state().files.get_near(id, near)?;
        Some((&file.media_type, time(file.modified, file.added)))
    }

    fn node(&self, folder: &str) -> Option<&'a Node> {
        let tree = self.index.tree();
        tree.node(tree.folder(folder)?)
    }
}

/// Calls `visit` with every file below a folder, at any depth, in the order of the lists.
pub(super) fn walk(
    index: &Index,
    folder: Option<FolderId>,
    path: &str,
    visit: &mut impl FnMut(FileRow),
) {
    let mut unseen = vec![(folder, path.to_owned())];
    while let Some((id, path)) = unseen.pop() {
        let Some(node) = index.tree().node(id) else { continue };
        for (id, name) in node.files.iter() {
            if let Some(file) = index.state().files.get(id) {
                visit(FileRow::at(index, *id, file, joined(&path, &name.name)));
            }
        }
        let folders = node.folders.iter();
        unseen.extend(folders.map(|(id, name)| (Some(*id), joined(&path, &name.name))));
    }
}

/// The time of a file for lists: when it was modified, or else added.
pub(super) fn time(modified: Option<i64>, added: u64) -> i64 {
    modified.unwrap_or_else(|| i64::try_from(added).unwrap_or(i64::MAX))
}

pub(super) fn by_path(a: &Rc<FileRow>, b: &Rc<FileRow>) -> Ordering {
    a.path.cmp(&b.path)
}
