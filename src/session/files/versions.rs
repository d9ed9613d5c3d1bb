//! Older versions of files.

use super::{ChangeError, Files};
use crate::catalog::{FileRow, Op};
use crate::object::ObjectId;

impl Files {
    /// The older versions of a file, the one that was added last first.
    #[must_use]
    pub fn versions(&self, id: &ObjectId) -> Vec<FileRow> {
        self.index().versions(id)
    }

    /// Makes an older version the current one, under the path of the file that is current now,
    /// which becomes an older version. [`ChangeError::Gone`] if it is no older version.
    pub async fn restore_version(&self, id: ObjectId) -> Result<(), ChangeError> {
        let ops = {
            let index = self.index();
            let current = index.newest(&id).ok_or(ChangeError::Gone)?;
            let file = index.state().files.get(&current).ok_or(ChangeError::Gone)?;
            let (folder, name) = (file.folder, crate::path::mended_name(&file.name).into_owned());
            vec![
                Op::Supersede { object: id, by: None },
                Op::Supersede { object: current, by: Some(id) },
                Op::Place { object: id, folder, name },
                if file.trashed { Op::Trash { object: id } } else { Op::Restore { object: id } },
            ]
        };
        self.append(ops).await
    }
}
