//! Where a path leads in the tree as it is, so that it can be written into an event.

use std::collections::BTreeMap;

use super::FolderId;
use super::event::Op;
use super::index::Index;
use crate::path::{name, parent};

/// Finds the folders of paths, and plans those that do not exist yet. For the paths of one event:
/// two paths share the folders that the first one needs.
pub struct Locator<'a> {
    index: &'a Index,
    /// Folders that do not exist yet, by parent and name.
    new: BTreeMap<(Option<FolderId>, String), FolderId>,
}

/// A file's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The folder; `None` is the top.
    pub folder: Option<FolderId>,
    /// The name.
    pub name: String,
    /// Whether a path in `add` or `move` says this place. Otherwise it takes a `place`.
    pub by_path: bool,
    /// Operations that make the folders that do not exist yet, and that no path makes.
    pub mkdirs: Vec<Op>,
}

impl<'a> Locator<'a> {
    /// For the paths of one event.
    #[must_use]
    pub fn new(index: &'a Index) -> Self {
        Self { index, new: BTreeMap::new() }
    }

    /// The place of a file with this path, a path as the lists show it. `random` makes the id of a
    /// folder whose derived id is taken.
    ///
    /// # Errors
    ///
    /// That of `random`.
    pub fn file<E>(
        &mut self,
        path: &str,
        random: &mut impl FnMut() -> Result<[u8; 16], E>,
    ) -> Result<Located, E> {
        let (folder, mkdirs) = self.folder(parent(path), random)?;
        let by_path = self.index.paths().split(path).0 == folder;
        let mkdirs = if by_path { Vec::new() } else { mkdirs };
        Ok(Located { folder, name: name(path).to_owned(), by_path, mkdirs })
    }

    /// The folder with this path, and the operations that make it and those above it where they do
    /// not exist yet. The empty path is the top.
    ///
    /// # Errors
    ///
    /// That of `random`.
    pub fn folder<E>(
        &mut self,
        path: &str,
        random: &mut impl FnMut() -> Result<[u8; 16], E>,
    ) -> Result<(Option<FolderId>, Vec<Op>), E> {
        let (mut folder, mut mkdirs) = (None, Vec::new());
        for name in path.split('/').filter(|_| !path.is_empty()) {
            let known = self.index.tree().node(folder).and_then(|node| node.folders.find(name));
            let place = (folder, name.to_owned());
            let id = match known.or_else(|| self.new.get(&place)) {
                Some(known) => *known,
                None => {
                    let derived = FolderId::derived(folder.as_ref(), name);
                    let id = if self.is_free(&derived, &place) {
                        derived
                    } else {
                        FolderId::from_bytes(random()?)
                    };
                    self.new.insert(place, id);
                    mkdirs.push(Op::Mkdir { folder: id, parent: folder, name: name.to_owned() });
                    id
                }
            };
            folder = Some(id);
        }
        Ok((folder, mkdirs))
    }

    /// Whether a folder that is not listed may get this place: no event names it, or it is just
    /// empty where it always was.
    fn is_free(&self, id: &FolderId, (parent, name): &(Option<FolderId>, String)) -> bool {
        self.index.state().folders.get(id).is_none_or(|folder| {
            let there = folder
                .place
                .as_ref()
                .is_some_and(|place| (&place.parent, &place.name) == (parent, name));
            there && !folder.trashed && !folder.purged
        })
    }
}
