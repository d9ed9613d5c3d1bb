//! Folders that paths name. A path in `add` or `move` names a folder for each of its parts but the
//! last; the folder's id derives from its parent and name, and so does its first place.

use std::collections::{BTreeMap, BTreeSet};

use frond_wire::FolderId;

use super::event::{Event, Op};

/// The folders that the paths of a set of events name.
#[derive(Clone, Debug, Default)]
pub(super) struct Implicit {
    /// Ids by path.
    ids: BTreeMap<Box<str>, FolderId>,
    folders: BTreeMap<FolderId, ImplicitFolder>,
}

/// A folder that paths name.
#[derive(Clone, Debug)]
struct ImplicitFolder {
    parent: Option<FolderId>,
    name: Box<str>,
    /// Number of paths of files directly in it, and of folders directly in it.
    count: usize,
}

impl Implicit {
    /// The first place of a folder that some path names: its parent and name.
    pub(super) fn place(&self, id: &FolderId) -> Option<(Option<FolderId>, &str)> {
        self.folders.get(id).map(|named| (named.parent, &*named.name))
    }

    /// A path as folder and name.
    pub(super) fn split<'a>(&self, path: &'a str) -> (Option<FolderId>, &'a str) {
        match path.rsplit_once('/') {
            Some((folder, name)) => (Some(self.id(folder)), name),
            None => (None, path),
        }
    }

    fn id(&self, folder: &str) -> FolderId {
        self.ids.get(folder).copied().unwrap_or_else(|| {
            let (parent, name) = self.split(folder);
            FolderId::derived(parent.as_ref(), name)
        })
    }

    /// Adds the path of an operation; adds to `changed` the folders that are new.
    pub(super) fn insert(&mut self, op: &Op, changed: &mut BTreeSet<FolderId>) {
        for path in op.implicit() {
            let id = self.id(path);
            if let Some(named) = self.folders.get_mut(&id) {
                named.count = named.count.saturating_add(1);
                break;
            }
            let (parent, name) = self.split(path);
            self.ids.insert(path.into(), id);
            self.folders.insert(id, ImplicitFolder { parent, name: name.into(), count: 1 });
            changed.insert(id);
        }
    }

    /// Removes the paths of an event; adds to `changed` the folders that no path names any more.
    pub(super) fn remove(&mut self, event: &Event, changed: &mut BTreeSet<FolderId>) {
        for op in &event.ops {
            for path in op.implicit() {
                let id = self.id(path);
                let Some(named) = self.folders.get_mut(&id) else { break };
                named.count = named.count.saturating_sub(1);
                if named.count > 0 {
                    break;
                }
                self.folders.remove(&id);
                self.ids.remove(path);
                changed.insert(id);
            }
        }
    }
}
