//! Changes to folders. Each is one event, whatever the folder holds.

use super::{ChangeError, Files};
use crate::catalog::{FolderId, Locator, Op, RowId};
use crate::path;

impl Files {
    /// Makes an empty folder, and those above it that do not exist yet; [`ChangeError::Exists`] if
    /// there is a folder of that path, [`ChangeError::Name`] if it contains an invalid name.
    pub async fn create_folder(&self, path: &str) -> Result<FolderId, ChangeError> {
        path::check(path).map_err(ChangeError::Name)?;
        if self.index().files().folder(path).is_some() {
            return Err(ChangeError::Exists);
        }
        let (folder, mkdirs) = Locator::new(&self.index()).folder(path, &mut || self.random())?;
        let folder = folder.ok_or(ChangeError::Gone)?;
        self.append(mkdirs).await?;
        Ok(folder)
    }

    /// Makes those of these folders that do not exist yet, empty.
    pub async fn create_folders(&self, paths: &[String]) -> Result<(), ChangeError> {
        let ops = {
            let index = self.index();
            let (mut locator, mut ops) = (Locator::new(&index), Vec::new());
            for path in paths {
                path::check(path).map_err(ChangeError::Name)?;
                ops.extend(locator.folder(path, &mut || self.random())?.1);
            }
            ops
        };
        self.append_all(&ops).await
    }

    /// Changes the path of a folder with all that it holds, and makes the folders that the path
    /// needs.
    ///
    /// # Errors
    ///
    /// [`ChangeError::Exists`] if there is another folder of that path, [`ChangeError::Inside`] if
    /// the path is in the folder itself, [`ChangeError::Name`] if it contains an invalid name.
    pub async fn rename_folder(&self, id: FolderId, path: &str) -> Result<(), ChangeError> {
        path::check(path).map_err(ChangeError::Name)?;
        let ops = {
            let index = self.index();
            let files = index.files();
            let from = files.path(&id).ok_or(ChangeError::NoFolder)?;
            if path.strip_prefix(&from).is_some_and(|rest| rest.starts_with('/')) {
                return Err(ChangeError::Inside);
            }
            if files.folder(path).is_some_and(|there| there != id) {
                return Err(ChangeError::Exists);
            }
            let (parent, mut ops) =
                Locator::new(&index).folder(path::parent(path), &mut || self.random())?;
            let name = path::name(path).to_owned();
            ops.push(Op::MoveFolder { folder: id, parent, name });
            ops
        };
        self.append(ops).await
    }

    /// Moves a folder to the trash, with all that it holds.
    pub async fn trash_folder(&self, id: FolderId) -> Result<(), ChangeError> {
        self.trash_all(&[RowId::Folder(id)]).await
    }

    /// Takes a folder back out of the trash, with all that it holds. If it was in another folder
    /// that is in the trash, it leaves that one for the nearest folder above that is not.
    pub async fn restore_folder(&self, id: FolderId) -> Result<(), ChangeError> {
        self.restore_all(&[RowId::Folder(id)]).await
    }

    /// Permanently deletes a folder in the trash with all that it holds; as [`Files::purge`]. What
    /// was put into the trash before the folder stays there.
    pub async fn purge_folder(&self, id: FolderId) -> Result<(), ChangeError> {
        let (files, folders) = {
            let index = self.index();
            let trash = index.trash();
            trash.outermost(&id).ok_or(ChangeError::NoFolder)?;
            trash.below(&id)
        };
        self.delete(files, folders).await
    }
}
