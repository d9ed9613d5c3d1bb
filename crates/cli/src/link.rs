//! The files of a link, opened from this machine without an account.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use frond::object::ObjectId;
use frond::secret::{Password, ShareSecret};
use frond::session::{FileRow, ShareError, SharedFiles};
use frond::transfer::{Progress, TransferControl, TransferError};
use futures_util::stream::{self, StreamExt};
use tempfile::TempDir;

use super::failure::{Failure, Kind};
use super::message;
use super::output::Output;
use super::progress::Activity;
use super::session::{ask_hidden, line_of, secret};
use super::vault::Locked;
use crate::native::folder::Folder;
use crate::native::runner::InProcess;
use crate::native::target::Target;

/// Files downloaded at one time: small ones wait for round trips, not for bytes.
const AT_ONCE: usize = 4;
/// Number of times that a wrong link password may be re-entered.
const TRIES: u32 = 3;

/// An open link. What the vault's adapters store is in a folder that goes with it.
pub(super) struct Link {
    files: SharedFiles,
    runner: Rc<InProcess>,
    _folder: TempDir,
}

/// Whether an argument is meant as a link, whole or not.
pub(super) fn is_link(name: &str) -> bool {
    name.contains("://") && name.contains('#')
}

impl Link {
    /// Opens a link; asks for its password if it has one and no file holds it.
    pub(super) async fn open(
        link: &str,
        password_file: Option<&Path>,
        output: &Output,
    ) -> Result<Self, Failure> {
        let (page, secret_of) =
            ShareSecret::from_link(link.trim()).map_err(|_| Failure::from(ShareError::Link))?;
        let temporary = tempfile::tempdir()
            .map_err(|error| Failure::other(format!("No temporary folder: {error}.")))?;
        let locked = Locked::new(Folder::new(temporary.path().to_owned()), page)?;
        let link = locked.vault.shared(secret_of).await?;
        let mut tries = 1;
        let files = loop {
            let password = match password_file {
                _ if !link.needs_password() => None,
                Some(file) => Some(secret(&line_of(file)?)),
                None => Some(asked()?),
            };
            match link.open(password.as_ref()).await {
                Err(error @ ShareError::Password) if password_file.is_none() && tries < TRIES => {
                    output.warning(&message::share(&error));
                    tries += 1;
                }
                opened => break opened?,
            }
        };
        Ok(Self { files, runner: locked.runner(), _folder: temporary })
    }

    /// The files, in path order.
    pub(super) fn rows(&self) -> Vec<Rc<FileRow>> {
        self.files.rows().to_vec()
    }

    /// Downloads files to their targets; `ended` is called for each as it ends, with the error if
    /// it failed.
    pub(super) async fn download<'a>(
        &self,
        output: &Output,
        files: Vec<(&'a FileRow, Target)>,
        mut ended: impl FnMut(&'a FileRow, Option<TransferError>),
    ) -> Result<(), Failure> {
        let total = files.iter().fold(0, |sum, (file, _)| file.size.saturating_add(sum));
        let moved = Moved::new(output, total);
        let downloads = files.into_iter().map(|(file, target)| {
            self.runner.aim(file.id, target);
            let control = moved.control(file.id);
            async move { (file, self.files.download(file.id, control).await.err()) }
        });
        let downloads: Vec<_> = downloads.collect();
        let mut downloads = stream::iter(downloads).buffer_unordered(AT_ONCE);
        let all = async {
            while let Some((file, error)) = downloads.next().await {
                moved.bar.suspend(|| ended(file, error));
            }
        };
        interruptible(all).await
    }

    /// Downloads files as one zip archive to this target. Returns the error if it failed, and the
    /// file that it is about.
    pub(super) async fn download_archive(
        &self,
        output: &Output,
        files: &[&FileRow],
        target: Target,
    ) -> Result<Option<(TransferError, Option<String>)>, Failure> {
        let total = files.iter().fold(0, |sum, file| file.size.saturating_add(sum));
        let moved = Moved::new(output, total);
        self.runner.aim_archive(target);
        let ids: Vec<_> = files.iter().map(|file| file.id).collect();
        let control = moved.control(ObjectId::new(0, [0; 16]));
        let ended = interruptible(self.files.download_archive(&ids, "archive", control)).await?;
        let faulty = moved.faulty.borrow();
        let path = files.iter().find(|file| Some(file.id) == *faulty).map(|file| file.path.clone());
        Ok(ended.err().map(|error| (error, path)))
    }
}

/// How far downloads are, and where that is shown.
struct Moved {
    bar: Rc<Activity>,
    bytes: Rc<RefCell<BTreeMap<ObjectId, u64>>>,
    faulty: Rc<RefCell<Option<ObjectId>>>,
}

impl Moved {
    fn new(output: &Output, total: u64) -> Self {
        let bar = Rc::new(Activity::downloading(output, total));
        Self { bar, bytes: Rc::default(), faulty: Rc::default() }
    }

    /// The control of one download, counted under `id`.
    fn control(&self, id: ObjectId) -> Rc<TransferControl> {
        let (bar, bytes, faulty) =
            (Rc::clone(&self.bar), Rc::clone(&self.bytes), Rc::clone(&self.faulty));
        Rc::new(TransferControl::new(move |progress| match progress {
            Progress::Done(done) => {
                let mut bytes = bytes.borrow_mut();
                bytes.insert(id, done);
                bar.moved(bytes.values().fold(0, |sum, done| done.saturating_add(sum)));
            }
            Progress::Waiting(error) => bar.waits(error),
            Progress::Faulty(file) => drop(faulty.replace(Some(file))),
            _ => {}
        }))
    }
}

fn asked() -> Result<Password, Failure> {
    let nobody = "There is no terminal to ask for the link password. Use --link-password-file.";
    Ok(secret(&ask_hidden("Link password: ", nobody)?))
}

async fn interruptible<T>(task: impl Future<Output = T>) -> Result<T, Failure> {
    tokio::select! {
        done = task => Ok(done),
        _ = tokio::signal::ctrl_c() => Err(Failure::new(Kind::Stopped, message::INTERRUPTED)),
    }
}
