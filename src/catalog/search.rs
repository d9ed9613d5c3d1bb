//! A search over names and paths, in steps, between which whoever searches can do other things.

use std::rc::Rc;

use frond_wire::FolderId;

use super::listing::{Listing, NamedRow, RowId};
use super::name::Name;
use super::query::{Query, contains};
use super::table::Spot;
use crate::path::joined;

/// A search that goes on: each folder's files before those of its folders.
#[derive(Debug)]
pub struct NameSearch {
    query: Query,
    /// Folders to look into, the next one last.
    unseen: Vec<Above>,
    open: Option<Open>,
}

/// A folder, `None` for the top, with its path as it is searched for.
#[derive(Debug, Default)]
struct Above {
    folder: Option<FolderId>,
    path: String,
}

/// The folder that is being looked into.
#[derive(Debug)]
struct Open {
    above: Above,
    /// The words that its path does not contain; `None` if it is not where the query looks.
    missing: Option<Vec<String>>,
    /// The file that was looked at last.
    last: Option<Rc<Name>>,
}

impl NameSearch {
    /// A search for the files for which every term of `query` holds.
    ///
    /// A term is a word or a quoted phrase that the path contains, ignoring case and accents;
    /// `type:pdf` (extension or media type), `in:folder` (a word in the path of the folder),
    /// `before:2025` or `after:2025-03-09` (modified, or else added, in UTC).
    #[must_use]
    pub fn new(query: &str) -> Self {
        Self { query: Query::parse(query), unseen: vec![Above::default()], open: None }
    }

    /// Looks at up to `limit` more files, and adds those that it looked for to `found`; whether it
    /// has looked at all. Between steps the index must not change, or files may be missed.
    pub fn step(&mut self, files: Listing<'_>, limit: usize, found: &mut Vec<NamedRow>) -> bool {
        let mut left = limit;
        while left > 0 {
            let open = match self.open.take() {
                Some(open) => open,
                None => match self.unseen.pop() {
                    Some(above) => {
                        // A folder counts too: there may be many that are empty.
                        left = left.saturating_sub(1);
                        self.enter(files, above)
                    }
                    None => return true,
                },
            };
            self.open = self.look(files, open, &mut left, found);
        }
        false
    }

    /// Opens a folder; those in it come after its files.
    fn enter(&mut self, files: Listing<'_>, above: Above) -> Open {
        let first = self.unseen.len();
        let node = files.node_of(above.folder).into_iter();
        self.unseen.extend(node.flat_map(|node| node.folders.iter()).map(|(id, name)| Above {
            folder: Some(*id),
            path: joined(&above.path, &name.folded().to_ascii_lowercase()),
        }));
        self.unseen.get_mut(first..).unwrap_or_default().reverse();
        let is_below = self.query.folders.iter().all(|folder| above.path.contains(folder));
        let missing = || {
            let words = self.query.words.iter();
            words.filter(|word| !above.path.contains(*word)).cloned().collect()
        };
        Open { missing: is_below.then(missing), above, last: None }
    }

    /// Looks at files of an open folder; returns it if it has more.
    fn look(
        &self,
        files: Listing<'_>,
        mut open: Open,
        left: &mut usize,
        found: &mut Vec<NamedRow>,
    ) -> Option<Open> {
        let (missing, node) = (open.missing.as_ref()?, files.node_of(open.above.folder)?);
        let from = open.last.take();
        let (mut last, mut near) = (from.as_ref(), Spot::default());
        for (id, name) in node.files.after(from.as_ref()) {
            if *left == 0 {
                open.last = last.map(Rc::clone);
                return Some(open);
            }
            *left = left.saturating_sub(1);
            if missing.iter().all(|word| open.above.has(name, word))
                && (self.query.admits_all()
                    || files.type_and_time(id, &mut near).is_some_and(|(media_type, at)| {
                        self.query.admits(name.folded(), media_type, at)
                    }))
            {
                found.push(NamedRow { id: RowId::File(*id), name: Rc::clone(&name.name) });
            }
            last = Some(name);
        }
        None
    }
}

impl Above {
    /// Whether the path of a file contains a word that the folder's does not.
    fn has(&self, name: &Name, word: &str) -> bool {
        contains(name.folded(), word)
            // Only such a word may begin in the folder's path.
            || (word.contains('/') && contains(&joined(&self.path, name.folded()), word))
    }
}
