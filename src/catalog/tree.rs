//! The tree that the lists show: each folder with the names, order and totals of what is in it.
//!
//! Everything is attached to the folder in which it is shown. What is in the trash is attached to
//! the trash instead, a folder with all that it holds: so a folder that is renamed, moved or put
//! into the trash costs the same whatever it holds. A folder is listed as long as it is kept or
//! holds something that is listed.

use std::collections::BTreeSet;
use std::rc::Rc;

use frond_wire::FolderId;

use super::children::Children;
use super::listing::{Revision, Totals};
use super::name::Name;
use super::names::Renamed;
use super::table::Table;
use crate::object::ObjectId;
use crate::path::mended_name;

/// Where something is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    /// The folder; `None` is the top.
    pub(super) parent: Option<FolderId>,
    /// Name as it was given.
    pub(super) name: Rc<str>,
    /// Whether it is in the trash on its own account.
    pub(super) trashed: bool,
}

/// The tree, and the trash.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    /// The folders that hold something or are shown somewhere; the top is `None`.
    nodes: Table<Option<FolderId>, Node>,
    leaves: Table<ObjectId, Leaf>,
    /// The names under which folders are listed.
    folder_names: Table<FolderId, Rc<Name>>,
    trashed_files: BTreeSet<ObjectId>,
    trashed_folders: BTreeSet<FolderId>,
    revision: Revision,
    /// When it took the place of another tree.
    since: Revision,
    /// The revision of the changes being made.
    current: Revision,
}

/// A folder.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    /// `None` for the top, and for a folder that is shown nowhere.
    spot: Option<Spot>,
    kept: bool,
    /// Whether the folder is attached to its parent or to the trash.
    listed: bool,
    pub(super) folders: Children<FolderId>,
    pub(super) files: Children<ObjectId>,
    /// Total of all that is listed below, at any depth.
    pub(super) totals: Totals,
    /// When anything in it changed last, at any depth.
    changed: Revision,
    /// When its own name or place changed last.
    renamed: Revision,
}

#[derive(Clone, Debug)]
struct Leaf {
    parent: Option<FolderId>,
    trashed: bool,
    size: u64,
    /// The name under which the file is listed; `None` in the trash.
    name: Option<Rc<Name>>,
}

impl Node {
    fn holds_nothing(&self) -> bool {
        self.folders.is_empty() && self.files.is_empty()
    }

    fn is_in_trash(&self) -> bool {
        self.spot.as_ref().is_some_and(|spot| spot.trashed)
    }
}

impl Tree {
    /// Takes the place of another tree: all of it changed after the last change of the other.
    pub(super) fn replace(&mut self, old: &Self) {
        self.current = Revision(self.revision.max(old.revision).0.saturating_add(1));
        (self.revision, self.since) = (self.current, self.current);
    }

    /// Begins changes that share one revision.
    pub(super) fn begin(&mut self) {
        self.current = Revision(self.revision.0.saturating_add(1));
    }

    /// Increases with every change.
    pub(super) fn revision(&self) -> Revision {
        self.revision
    }

    pub(super) fn node(&self, id: Option<FolderId>) -> Option<&Node> {
        self.nodes.get(&id)
    }

    /// The folders in the trash, each with all that it holds.
    pub(super) fn trashed_folders(&self) -> &BTreeSet<FolderId> {
        &self.trashed_folders
    }

    /// The files in the trash on their own account.
    pub(super) fn trashed_files(&self) -> &BTreeSet<ObjectId> {
        &self.trashed_files
    }

    /// The folder under a path as the lists show it; the empty path is the top, `Some(None)`.
    pub(super) fn folder(&self, path: &str) -> Option<Option<FolderId>> {
        let mut folder = None;
        for name in path.split('/').filter(|_| !path.is_empty()) {
            folder = Some(*self.nodes.get(&folder)?.folders.find(name)?);
        }
        Some(folder)
    }

    /// The folder in which a file is shown, and whether the file is in the trash on its own
    /// account.
    pub(super) fn place(&self, id: &ObjectId) -> Option<(Option<FolderId>, bool)> {
        self.leaves.get(id).map(|leaf| (leaf.parent, leaf.trashed))
    }

    /// The outermost folder in the trash that a folder is, or is in; with the folder above it.
    pub(super) fn trashed_above(
        &self,
        folder: Option<FolderId>,
    ) -> Option<(FolderId, Option<FolderId>)> {
        let (mut found, mut folder) = (None, folder);
        while let Some((id, spot)) = folder.zip(self.spot(folder)) {
            if spot.trashed {
                found = Some((id, spot.parent));
            }
            folder = spot.parent;
        }
        found
    }

    pub(super) fn spot(&self, folder: Option<FolderId>) -> Option<&Spot> {
        self.nodes.get(&folder)?.spot.as_ref()
    }

    /// Whether a folder is shown in a list, or in the trash.
    pub(super) fn is_listed(&self, id: FolderId) -> bool {
        self.nodes.get(&Some(id)).is_some_and(|node| node.listed)
    }

    /// A folder's path, by the names that the lists show; empty for the top.
    pub(super) fn path(&self, folder: Option<FolderId>) -> String {
        let (mut names, mut folder) = (Vec::new(), folder);
        while let Some((id, spot)) = folder.zip(self.spot(folder)) {
            let shown = self.folder_name(&id).map(ToOwned::to_owned);
            names.push(shown.unwrap_or_else(|| mended_name(&spot.name).into_owned()));
            folder = spot.parent;
        }
        names.reverse();
        names.join("/")
    }

    /// The name under which a file is listed; `None` if it is in the trash or nowhere.
    pub(super) fn file_name(&self, id: &ObjectId) -> Option<&str> {
        self.leaves.get(id)?.name.as_ref().map(|name| &*name.name)
    }

    /// The name under which a folder is listed; `None` if it is in the trash or nowhere.
    pub(super) fn folder_name(&self, id: &FolderId) -> Option<&str> {
        self.folder_names.get(id).map(|name| &*name.name)
    }

    /// When anything under a folder's path changed last, at any depth, or the path began to mean
    /// this folder.
    pub(super) fn changed(&self, folder: Option<FolderId>) -> Revision {
        let node = self.nodes.get(&folder);
        let mut changed = node.map(|node| node.changed).unwrap_or_default().max(self.since);
        let mut node = node;
        while let Some(found) = node {
            changed = changed.max(found.renamed);
            node = found.spot.as_ref().and_then(|spot| self.nodes.get(&spot.parent));
        }
        changed
    }

    /// Whether a folder is attached there already.
    pub(super) fn is_at(&self, id: FolderId, spot: Option<&Spot>, kept: bool) -> bool {
        let node = self.nodes.get(&Some(id));
        let (now, held) = node.map(|node| (node.spot.as_ref(), node.kept)).unwrap_or_default();
        now == spot && held == kept
    }

    /// Attaches a file.
    pub(super) fn attach_file(&mut self, id: ObjectId, spot: &Spot, size: u64) {
        let Spot { parent, trashed, .. } = *spot;
        self.leaves.insert(id, Leaf { parent, trashed, size, name: None });
        self.revision = self.current;
        if trashed {
            self.trashed_files.insert(id);
            return;
        }
        let Self { nodes, leaves, .. } = self;
        let shown = |id: &ObjectId| leaves.get(id)?.name.clone();
        let renamed = nodes.update(parent, |node| node.files.insert(id, &spot.name, shown));
        self.rename_files(&renamed);
        self.climb(parent, |totals| totals.add(Totals { files: 1, bytes: size }));
        self.list(parent);
    }

    /// Detaches a file, if it is attached.
    pub(super) fn detach_file(&mut self, id: &ObjectId) {
        let Some(Leaf { parent, trashed, size, name }) = self.leaves.remove(id) else { return };
        self.revision = self.current;
        if trashed {
            self.trashed_files.remove(id);
            return;
        }
        let Self { nodes, leaves, .. } = self;
        if let Some((node, name)) = nodes.get_mut(&parent).zip(name) {
            let shown = |id: &ObjectId| leaves.get(id)?.name.clone();
            let renamed = node.files.remove(id, &name, shown);
            self.rename_files(&renamed);
        }
        self.climb(parent, |totals| totals.remove(Totals { files: 1, bytes: size }));
        self.unlist(parent);
    }

    fn rename_files(&mut self, files: &Renamed<ObjectId>) {
        for (id, name) in files.iter() {
            if let Some(leaf) = self.leaves.get_mut(id) {
                leaf.name = Some(Rc::clone(name));
            }
        }
    }

    /// Something about a file changed that is not its place.
    pub(super) fn touch(&mut self, id: &ObjectId) {
        self.revision = self.current;
        if let Some(Leaf { parent, trashed: false, .. }) = self.leaves.get(id) {
            self.climb(*parent, |_| {});
        }
    }

    /// Attaches a folder with all that it holds.
    pub(super) fn attach_folder(&mut self, id: FolderId, spot: Spot, kept: bool) {
        self.nodes.update(Some(id), |node| (node.spot, node.kept) = (Some(spot), kept));
        self.list(Some(id));
    }

    /// Detaches a folder with all that it holds, if it is attached.
    pub(super) fn detach_folder(&mut self, id: FolderId) {
        let id = Some(id);
        if let Some(node) = self.nodes.get_mut(&id) {
            node.kept = false;
        }
        if let Some(above) = self.take_off(id) {
            self.unlist(above);
        }
        if let Some(node) = self.nodes.get_mut(&id) {
            node.spot = None;
            if node.holds_nothing() {
                self.nodes.remove(&id);
            }
        }
    }

    /// Lists a folder, and those above it, if there is a reason to that was not there before.
    fn list(&mut self, mut folder: Option<FolderId>) {
        while let Some((id, node)) = folder.zip(self.nodes.get_mut(&folder)) {
            let reason = node.kept || !node.holds_nothing();
            let Some(spot) = node.spot.as_ref().filter(|_| reason && !node.listed) else { return };
            let spot = spot.clone();
            (node.listed, node.renamed) = (true, self.current);
            self.revision = self.current;
            let totals = node.totals;
            if spot.trashed {
                self.trashed_folders.insert(id);
                return;
            }
            let Self { nodes, folder_names, .. } = self;
            let shown = |id: &FolderId| folder_names.get(id).cloned();
            let renamed =
                nodes.update(spot.parent, |above| above.folders.insert(id, &spot.name, shown));
            self.rename_folders(&renamed);
            self.climb(spot.parent, |all| all.add(totals));
            folder = spot.parent;
        }
    }

    /// Removes a folder, and those above it, from the lists if there is no reason left.
    fn unlist(&mut self, mut folder: Option<FolderId>) {
        while folder.is_some() {
            let node = self.nodes.get(&folder);
            if node.is_none_or(|node| node.kept || !node.holds_nothing()) {
                return;
            }
            let above = self.take_off(folder);
            let unused = |node: &Node| node.spot.is_none() && node.holds_nothing();
            if self.nodes.get(&folder).is_some_and(unused) {
                self.nodes.remove(&folder);
            }
            let Some(above) = above else { return };
            folder = above;
        }
    }

    /// Takes a folder off its parent's list, or off the trash. Returns the parent if that list has
    /// changed.
    fn take_off(&mut self, folder: Option<FolderId>) -> Option<Option<FolderId>> {
        let (id, node) = folder.zip(self.nodes.get_mut(&folder))?;
        let spot = node.spot.clone().filter(|_| node.listed)?;
        node.listed = false;
        self.revision = self.current;
        let totals = node.totals;
        if spot.trashed {
            self.trashed_folders.remove(&id);
            return None;
        }
        let Self { nodes, folder_names, .. } = self;
        let name = folder_names.remove(&id);
        if let Some((above, name)) = nodes.get_mut(&spot.parent).zip(name) {
            let shown = |id: &FolderId| folder_names.get(id).cloned();
            let renamed = above.folders.remove(&id, &name, shown);
            self.rename_folders(&renamed);
        }
        self.climb(spot.parent, |all| all.remove(totals));
        Some(spot.parent)
    }

    fn rename_folders(&mut self, folders: &Renamed<FolderId>) {
        for (id, name) in folders.iter() {
            self.folder_names.insert(*id, Rc::clone(name));
            if let Some(node) = self.nodes.get_mut(&Some(*id)) {
                node.renamed = self.current;
            }
        }
    }

    /// Changes the totals of a folder and of those above that list it.
    fn climb(&mut self, folder: Option<FolderId>, change: impl Fn(&mut Totals)) {
        self.revision = self.current;
        let mut next = Some(folder);
        while let Some(node) = next.and_then(|folder| self.nodes.get_mut(&folder)) {
            change(&mut node.totals);
            node.changed = self.current;
            let listed = node.spot.as_ref().filter(|_| node.listed && !node.is_in_trash());
            next = listed.map(|spot| spot.parent);
        }
    }
}
