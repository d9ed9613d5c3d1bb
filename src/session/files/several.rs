//! Changes to several files and folders at once.
//!
//! Each is one event for up to [`BATCH`] of them. A change that is not possible for one of them is
//! made for none.

use super::{BATCH, ChangeError, Files};
use crate::catalog::{FolderId, Index, Op, RowId};
use crate::path;

/// Where files and folders were before they were moved: those of each folder, `None` for the top.
pub type Moved = Vec<(Option<FolderId>, Vec<RowId>)>;

impl Files {
    /// Moves files and folders to the trash, with their older versions and with all that they hold.
    ///
    /// # Errors
    ///
    /// [`ChangeError::Gone`] or [`ChangeError::NoFolder`] if one of them does not exist any more.
    pub async fn trash_all(&self, ids: &[RowId]) -> Result<(), ChangeError> {
        let ops = {
            let index = self.index();
            let ops = ids.iter().map(|id| match *id {
                RowId::File(object) if index.state().files.contains_key(&object) => {
                    Ok(Op::Trash { object })
                }
                RowId::File(_) => Err(ChangeError::Gone),
                RowId::Folder(folder) if index.files().path(&folder).is_some() => {
                    Ok(Op::TrashFolder { folder })
                }
                RowId::Folder(_) => Err(ChangeError::NoFolder),
            });
            ops.collect::<Result<Vec<_>, _>>()?
        };
        self.append_all(&ops).await
    }

    /// Takes files and folders back out of the trash. What was in a folder that is in the trash as
    /// well leaves it for the nearest folder above that is not.
    ///
    /// # Errors
    ///
    /// [`ChangeError::Gone`] or [`ChangeError::NoFolder`] if one of them does not exist any more.
    pub async fn restore_all(&self, ids: &[RowId]) -> Result<(), ChangeError> {
        let ops = {
            let index = self.index();
            let mut ops = Vec::with_capacity(ids.len());
            for id in ids {
                restore(&index, id, &mut ops)?;
            }
            ops
        };
        self.append_all(&ops).await
    }

    /// Moves files and folders into a folder, `None` for the top; returns where they were. Those
    /// that are in it already are left alone.
    ///
    /// # Errors
    ///
    /// [`ChangeError::NoFolder`] or [`ChangeError::Gone`] if the folder or one of them does not
    /// exist any more, [`ChangeError::Inside`] if a folder is to be moved into itself,
    /// [`ChangeError::Exists`] if the folder has another folder of that name.
    pub async fn move_all(
        &self,
        ids: &[RowId],
        to: Option<FolderId>,
    ) -> Result<Moved, ChangeError> {
        let (mut moved, mut ops) = (Moved::new(), Vec::with_capacity(ids.len()));
        {
            let index = self.index();
            let files = index.files();
            if to.is_some_and(|to| is_gone(&index, to)) {
                return Err(ChangeError::NoFolder);
            }
            // A folder that only the paths of files named is not listed while it is empty.
            let into = to.map_or_else(|| Some(String::new()), |to| files.path(&to));
            for id in ids {
                let (from, name) = files.place(id).ok_or(ChangeError::Gone)?;
                if from == to {
                    continue;
                }
                if let (RowId::Folder(folder), Some(into)) = (id, &into) {
                    let path = files.path(folder).ok_or(ChangeError::NoFolder)?;
                    let rest = into.strip_prefix(&path);
                    if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
                        return Err(ChangeError::Inside);
                    }
                    if files.folder(&path::joined(into, &name)).is_some() {
                        return Err(ChangeError::Exists);
                    }
                }
                ops.push(match *id {
                    RowId::File(object) => Op::Place { object, folder: to, name },
                    RowId::Folder(folder) => Op::MoveFolder { folder, parent: to, name },
                });
                match moved.iter_mut().find(|(folder, _)| *folder == from) {
                    Some((_, ids)) => ids.push(*id),
                    None => moved.push((from, vec![*id])),
                }
            }
        }
        self.append_all(&ops).await?;
        Ok(moved)
    }

    /// In batches: an event has a maximum size.
    pub(super) async fn append_all(&self, ops: &[Op]) -> Result<(), ChangeError> {
        for ops in ops.chunks(BATCH) {
            self.append(ops.to_vec()).await?;
        }
        Ok(())
    }
}

/// Whether a folder is in the trash, or permanently gone.
fn is_gone(index: &Index, folder: FolderId) -> bool {
    let purged = index.state().folders.get(&folder).is_some_and(|folder| folder.purged);
    purged || index.trash().outermost(&folder).is_some()
}

/// What takes one file or folder out of the trash.
fn restore(index: &Index, id: &RowId, ops: &mut Vec<Op>) -> Result<(), ChangeError> {
    let trash = index.trash();
    match *id {
        RowId::File(object) => {
            let file = index.state().files.get(&object).ok_or(ChangeError::Gone)?;
            ops.push(Op::Restore { object });
            if let Some((_, folder)) = trash.folder_of(&object) {
                let name = path::mended_name(&file.name).into_owned();
                ops.push(Op::Place { object, folder, name });
            }
        }
        RowId::Folder(folder) => {
            let (outer, parent) = trash.outermost(&folder).ok_or(ChangeError::NoFolder)?;
            ops.push(Op::RestoreFolder { folder });
            let place = index.state().folders.get(&folder).and_then(|folder| folder.place.as_ref());
            if let Some(place) = place.filter(|_| outer != folder) {
                let name = path::mended_name(&place.name).into_owned();
                ops.push(Op::MoveFolder { folder, parent, name });
            }
        }
    }
    Ok(())
}
