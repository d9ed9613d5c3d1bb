//! The trash: what it lists, and what is in it.

use std::collections::BTreeMap;
use std::rc::Rc;

use frond_wire::FolderId;

use super::index::Index;
use super::listing::{FileRow, Row, RowId, by_path, time, walk};
use super::names::disambiguate;
use super::query::Query;
use crate::object::ObjectId;
use crate::unicode::fold;

/// Files and folders in the trash. A folder in the trash is one row with all that it holds.
#[derive(Clone, Copy, Debug)]
pub struct Trash<'a> {
    index: &'a Index,
}

impl<'a> Trash<'a> {
    pub(super) fn new(index: &'a Index) -> Self {
        Self { index }
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        let tree = self.index.tree();
        tree.trashed_files().len().saturating_add(tree.trashed_folders().len())
    }

    /// Whether the trash is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What was put into the trash: folders, then files, each in path order, under the paths where
    /// they were. The paths of files are distinct, and so are those of folders.
    #[must_use]
    pub fn list(&self) -> Vec<Row> {
        let tree = self.index.tree();
        let folder = |id: &FolderId| (*id, tree.path(Some(*id)));
        let folders = distinct(tree.trashed_folders().iter().map(folder).collect());
        let mut rows: Vec<_> = folders
            .into_iter()
            .map(|(id, path)| {
                let node = tree.node(Some(id));
                Row::Folder { id, path, totals: node.map(|node| node.totals).unwrap_or_default() }
            })
            .collect();
        rows.sort_by(|a, b| a.path().cmp(b.path()));
        let files = tree.trashed_files().iter().filter_map(|id| self.index.row(id));
        rows.extend(with_distinct_paths(files.collect()).into_iter().map(Row::File));
        rows
    }

    /// The rows for which every term of `query` holds, as for [`Listing::search`]. Filters find no
    /// folders.
    ///
    /// [`Listing::search`]: super::Listing::search
    pub fn search(&self, query: &str) -> impl Iterator<Item = Row> + use<> {
        let query = Query::parse(query);
        self.list().into_iter().filter(move |row| {
            let path = fold(row.path());
            query.words.iter().chain(&query.folders).all(|word| path.contains(word))
                && match row {
                    Row::Folder { .. } => query.filters_nothing(),
                    Row::File(file) => {
                        query.admits(&path, &file.media_type, time(file.modified, file.added))
                    }
                }
        })
    }

    /// All files in the trash, those in its folders included, in path order. Their paths are
    /// distinct.
    #[must_use]
    pub fn rows(&self) -> Vec<Rc<FileRow>> {
        let tree = self.index.tree();
        let mut rows: Vec<_> =
            tree.trashed_files().iter().filter_map(|id| self.index.row(id)).collect();
        for id in tree.trashed_folders() {
            let path = tree.path(Some(*id));
            walk(self.index, Some(*id), &path, &mut |row| rows.push(row));
        }
        with_distinct_paths(rows)
    }

    /// The files in a folder in the trash, at any depth, and its folders, each after the one that
    /// it is in. What was put into the trash before the folder is not among them.
    #[must_use]
    pub fn below(&self, folder: &FolderId) -> (Vec<ObjectId>, Vec<FolderId>) {
        let (mut files, mut folders, mut at) = (Vec::new(), vec![*folder], 0);
        while let Some(id) = folders.get(at).copied() {
            if let Some(node) = self.index.tree().node(Some(id)) {
                files.extend(node.files.iter().map(|(id, _)| *id));
                folders.extend(node.folders.iter().map(|(id, _)| *id));
            }
            at = at.saturating_add(1);
        }
        (files, folders)
    }

    /// The files that were put into the trash by themselves.
    pub fn own_files(&self) -> impl Iterator<Item = ObjectId> + use<'_> {
        self.index.tree().trashed_files().iter().copied()
    }

    /// The folders that were put into the trash.
    #[must_use]
    pub fn folders(&self) -> Vec<FolderId> {
        self.index.tree().trashed_folders().iter().copied().collect()
    }

    /// The outermost folder in the trash that a folder is, or is in, and the folder that this one
    /// was in; `None` if it is not in the trash.
    #[must_use]
    pub fn outermost(&self, folder: &FolderId) -> Option<(FolderId, Option<FolderId>)> {
        self.index.tree().trashed_above(Some(*folder))
    }

    /// The outermost folder in the trash that a file is in, and the folder that this one was in.
    #[must_use]
    pub fn folder_of(&self, file: &ObjectId) -> Option<(FolderId, Option<FolderId>)> {
        let (folder, _) = self.index.tree().place(file)?;
        self.index.tree().trashed_above(folder)
    }

    /// Whether a file is in the trash, by itself or in a folder.
    #[must_use]
    pub fn contains(&self, file: &ObjectId) -> bool {
        self.entry(file).is_some()
    }

    /// The entry of the trash that a file is, or is in.
    #[must_use]
    pub fn entry(&self, file: &ObjectId) -> Option<RowId> {
        let (folder, trashed) = self.index.tree().place(file)?;
        if trashed {
            return Some(RowId::File(*file));
        }
        self.index.tree().trashed_above(folder).map(|(folder, _)| RowId::Folder(folder))
    }
}

/// Rows in path order, with paths disambiguated in the order of ids.
fn with_distinct_paths(rows: Vec<FileRow>) -> Vec<Rc<FileRow>> {
    let by_id = rows.into_iter().map(|row| (row.id, row)).collect::<BTreeMap<_, _>>();
    let paths = disambiguate(by_id.iter().map(|(id, row)| (id, row.path.as_str())));
    let rows = by_id.into_values().zip(paths);
    let mut rows: Vec<_> = rows.map(|(row, path)| Rc::new(FileRow { path, ..row })).collect();
    rows.sort_by(by_path);
    rows
}

/// Folders, ascending by id, with their paths disambiguated.
fn distinct(folders: Vec<(FolderId, String)>) -> Vec<(FolderId, String)> {
    let paths = disambiguate(folders.iter().map(|(id, path)| (id, path.as_str())));
    folders.iter().map(|(id, _)| *id).zip(paths).collect()
}
