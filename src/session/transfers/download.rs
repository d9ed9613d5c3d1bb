//! Running a download: of one file, or of several as one zip archive.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::Transfers;
use super::queue::Start;
use super::upload::base_name;
use crate::object::ObjectId;
use crate::path::parent;
use crate::session::context::Keys;
use crate::session::error::ChangeError;
use crate::session::reading;
use crate::transfer::{
    ArchiveJob, ArchivedFile, DownloadJob, Retry, SignedAhead, Signer, TransferError, safe_name,
};

/// An archive to download.
pub(super) struct Archive {
    /// Name to save it under.
    name: String,
    files: Vec<ObjectId>,
    /// The folder of the vault that their paths in the archive are relative to; empty for the top.
    above: String,
    /// The file that ended the last run, and its path.
    pub(super) faulty: Cell<Option<ObjectId>>,
    pub(super) faulty_path: RefCell<Option<String>>,
}

impl Transfers {
    /// Runs the download of one file, and records in the queue how it ended.
    pub(super) async fn fetch(&self, start: &Start, keys: &Rc<Keys>, file: ObjectId) {
        let ended = match reading::job(&self.log, keys, file) {
            Ok(job) => {
                let (ahead, signer) = (Rc::clone(&self.ahead), keys.endpoint.clone());
                let signer: Rc<dyn Signer> = Rc::new(SignedAhead { ahead, signer });
                self.context.world.runner.download(job, signer, Rc::clone(&start.control)).await
            }
            Err(error) => Err(error),
        };
        reading::note(&self.log, file, ended.err());
        self.fetched(start, ended);
    }

    /// Queues a download of everything in a folder, at any depth, as one zip archive that has the
    /// folder at its top.
    ///
    /// # Errors
    /// [`ChangeError::Gone`] if the folder has no files.
    pub fn download_folder(&self, folder: &str) -> Result<(), ChangeError> {
        let files = {
            let history = self.log.history();
            history.index().files().below(folder).iter().map(|file| file.id).collect()
        };
        self.download_archive(files, parent(folder), base_name(folder))
    }

    /// Queues a download of files as the zip archive `name`.zip. Their paths in it are relative to
    /// the folder `above`, each made safe for any system and distinct. A retry starts anew.
    ///
    /// # Errors
    /// [`ChangeError::Gone`] if there are no files, or one of them does not exist any more.
    pub fn download_archive(
        &self,
        files: Vec<ObjectId>,
        above: &str,
        name: &str,
    ) -> Result<(), ChangeError> {
        let total = {
            let history = self.log.history();
            let size = |id| history.state().files.get(id).map(|file| file.size);
            let total: Option<u64> = files.iter().map(size).sum();
            total.filter(|_| !files.is_empty()).ok_or(ChangeError::Gone)?
        };
        let name = format!("{name}.zip");
        let archive = Archive {
            name: safe_name(&name),
            files,
            above: above.to_owned(),
            faulty: Cell::default(),
            faulty_path: RefCell::default(),
        };
        self.queue.borrow_mut().push_archive(archive, name, total);
        self.queued();
        Ok(())
    }

    /// Runs one download of an archive, and records in the queue how it ended.
    pub(super) async fn fetch_archive(&self, start: &Start, keys: &Rc<Keys>, archive: &Archive) {
        archive.faulty.set(None);
        let ended = match self.archive_job(keys, archive) {
            Ok(job) => {
                let signer: Rc<dyn Signer> = keys.endpoint.clone();
                self.context.world.runner.archive(job, signer, Rc::clone(&start.control)).await
            }
            Err(error) => Err(error),
        };
        match (ended, archive.faulty.get()) {
            (Ok(()), _) => {
                archive.files.iter().for_each(|file| reading::note(&self.log, *file, None))
            }
            (Err(error), Some(file)) => reading::note(&self.log, file, Some(error)),
            (Err(_), None) => {}
        }
        let path = |file| self.log.history().shown_path(&file);
        archive.faulty_path.replace(archive.faulty.get().and_then(path));
        self.fetched(start, ended);
    }

    /// Records in the queue how a download ended.
    pub(super) fn fetched(&self, start: &Start, ended: Result<(), TransferError>) {
        let mut queue = self.queue.borrow_mut();
        match ended {
            Ok(()) => queue.done(start.id),
            Err(error) if error.retry() == Retry::Drop => drop(queue.cancel(start.id)),
            Err(error) => queue.failed(start.id, self.context.world.clock.now_ms(), error),
        }
    }

    fn archive_job(&self, keys: &Keys, archive: &Archive) -> Result<ArchiveJob, TransferError> {
        let paths = reading::saved_paths(&self.log, &archive.files, &archive.above);
        let files = archive.files.iter().zip(paths).map(|(id, path)| {
            let file = DownloadJob { name: path, ..reading::job(&self.log, keys, *id)? };
            Ok(ArchivedFile { file, modified: self.modified(id) })
        });
        let files = files.collect::<Result<_, TransferError>>()?;
        Ok(ArchiveJob { name: archive.name.clone(), files })
    }

    /// The time of a file's last change, else of its upload, in milliseconds since the Unix epoch.
    fn modified(&self, id: &ObjectId) -> i64 {
        let history = self.log.history();
        let file = history.state().files.get(id);
        let modified = file.and_then(|file| file.modified.or(i64::try_from(file.added).ok()));
        modified.unwrap_or_default()
    }
}
