//! What is in the vault already of files that are to be added.

use std::rc::Rc;

use super::Files;
use crate::catalog::FileRow;
use crate::port::Source;

/// A file to add, and the file that has its path.
#[derive(Clone)]
pub struct Taken {
    /// The file to add.
    pub source: Rc<dyn Source>,
    /// The file that is there.
    pub there: Rc<FileRow>,
}

/// Files to add, by what has their paths.
#[derive(Default)]
pub struct Compared {
    /// Nothing has the path.
    pub new: Vec<Rc<dyn Source>>,
    /// Another file has it.
    pub taken: Vec<Taken>,
    /// A file of the same size and modification time has it.
    pub unchanged: Vec<Rc<dyn Source>>,
}

impl Files {
    /// Compares files to add with those that are listed. Content is not read: a file with the size
    /// and modification time of the one that has its path counts as unchanged.
    #[must_use]
    pub fn compare(&self, sources: Vec<Rc<dyn Source>>) -> Compared {
        let (index, mut compared) = (self.index(), Compared::default());
        for source in sources {
            let Some(there) = index.files().get(&source.path()) else {
                compared.new.push(source);
                continue;
            };
            let modified = source.modified();
            if modified.is_some() && (modified, source.size()) == (there.modified, there.size) {
                compared.unchanged.push(source);
            } else {
                compared.taken.push(Taken { source, there });
            }
        }
        compared
    }
}
