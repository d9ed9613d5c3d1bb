//! Files that a later run can read again: their paths on this machine.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use async_trait::async_trait;
use frond::port::{Handles, Source};

use super::file::LocalFile;
use super::folder::{Folder, replace};

/// The folder `sources`: one file per upload, containing the path of its source.
pub struct Paths {
    folder: Folder,
    /// Whether this run may read files that were not named in its arguments.
    pub willing: Cell<bool>,
}

impl Paths {
    /// The sources of this account. A run reads the files named in its arguments, and others only
    /// once it is `willing`.
    #[must_use]
    pub fn new(folder: &Folder) -> Self {
        Self { folder: folder.clone(), willing: Cell::new(false) }
    }

    fn note(&self, name: &str) -> PathBuf {
        self.folder.file("sources").join(name)
    }

    fn write(&self, name: &str, source: &dyn Source) -> Option<()> {
        let place = source.as_any().downcast_ref::<LocalFile>()?.place().to_str()?;
        self.folder.inner("sources").ok()?;
        replace(&self.note(name), place.as_bytes()).ok()
    }
}

#[async_trait(?Send)]
impl Handles for Paths {
    async fn keep(&self, name: &str, source: &dyn Source) -> bool {
        self.write(name, source).is_some()
    }

    async fn find(&self, name: &str, ask: bool) -> Option<Rc<dyn Source>> {
        if !(ask || self.willing.get()) {
            return None;
        }
        let place = std::fs::read_to_string(self.note(name)).ok()?;
        let path = Path::new(&place).file_name()?.to_str()?.to_owned();
        Some(Rc::new(LocalFile::open(Path::new(&place), path).ok()?))
    }

    async fn forget(&self, name: &str) {
        // Fails if no path was stored, and then there is nothing to remove.
        let _ = std::fs::remove_file(self.note(name));
    }
}
