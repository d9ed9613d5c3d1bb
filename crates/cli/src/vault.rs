//! The vault of one account, opened from this machine's state.

use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use frond::object::{Geometry, ObjectId};
use frond::port::Clock;
use frond::session::{
    ChangeError, Direction, Ending, FileRow, LockedVault, Restored, Session, SnapshotLimits,
    TransferRow, TransferState, Verification, World,
};
use frond::transfer::{Backoff, TransferError, TransferWorld};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::arguments::{Place, WaitLimit};
use super::failure::{Failure, Kind};
use super::message;
use super::output::Output;
use super::progress::{Activity, Progress};
use crate::native::cipher::Threads;
use crate::native::clock::SystemClock;
use crate::native::entropy::SystemEntropy;
use crate::native::folder::Folder;
use crate::native::http::NativeHttp;
use crate::native::keys::Keys;
use crate::native::meter::Zxcvbn;
use crate::native::notes::OwnNotes;
use crate::native::paths::Paths;
use crate::native::records::Records;
use crate::native::runner::InProcess;
use crate::native::search::NativeSearch;
use crate::native::spool::Blobs;
use crate::native::target::Target;

/// Lifetime of an unused session: 30 days.
const SESSION_SECONDS: u64 = 30 * 86_400;
/// Timeout for telling the endpoint to end a session.
const TELLING: Duration = Duration::from_secs(10);
/// Delay for handling transfers that end together at once.
const TOGETHER: Duration = Duration::from_millis(10);

/// The vault, open.
pub(super) struct Vault {
    pub(super) session: Session,
    runner: Rc<InProcess>,
    pub(super) paths: Rc<Paths>,
    pub(super) folder: Folder,
}

/// The locked vault, with the adapters that commands use.
pub(super) struct Locked {
    pub(super) vault: LockedVault,
    runner: Rc<InProcess>,
    paths: Rc<Paths>,
    folder: Folder,
}

impl Locked {
    /// The vault at this address, from this machine's state.
    pub(super) fn new(folder: Folder, address: &str) -> Result<Self, Failure> {
        let kept = |_| {
            let place = message::visible(&folder.path().display().to_string());
            Failure::other(format!(
                "The state folder {place} could not be opened. Your files are safe. Check free \
                 space and permissions of the folder, then try again."
            ))
        };
        let http = Rc::new(
            NativeHttp::new()
                .map_err(|_| Failure::other("TLS could not be set up, so nothing was sent."))?,
        );
        let (clock, entropy, cipher) =
            (Rc::new(SystemClock), Rc::new(SystemEntropy), Rc::new(Threads));
        let store = Rc::new(Records::open(&folder).map_err(kept)?);
        let (spool, paths) = (Rc::new(Blobs::new(&folder)), Rc::new(Paths::new(store.clone())));
        let runner = Rc::new(InProcess::new(TransferWorld {
            http: http.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            cipher: cipher.clone(),
            spool: spool.clone(),
            geometry: Geometry::FORMAT_1,
        }));
        let vault = LockedVault::new(Rc::new(World {
            http,
            clock,
            entropy,
            cipher,
            store,
            keys: Rc::new(Keys::new(&folder)),
            notes: Rc::new(OwnNotes::default()),
            session_seconds: Some(SESSION_SECONDS),
            runner: runner.clone(),
            spool,
            handles: paths.clone(),
            geometry: Geometry::FORMAT_1,
            snapshots: SnapshotLimits::DEFAULT,
            search: Some(Rc::new(NativeSearch)),
            meter: Rc::new(Zxcvbn),
            base_url: address.to_owned(),
            deployment: None,
        }));
        Ok(Self { vault, runner, paths, folder })
    }

    /// What carries the transfers.
    pub(super) fn runner(&self) -> Rc<InProcess> {
        Rc::clone(&self.runner)
    }

    pub(super) fn opened(self, session: Session) -> Vault {
        let Self { vault: _, runner, paths, folder } = self;
        Vault { session, runner, paths, folder }
    }
}

impl Vault {
    /// Opens the vault that is signed in on this machine, from local state and the server's share.
    pub(super) async fn known(place: &Place) -> Result<Self, Failure> {
        let refused = |message| Failure::new(Kind::Refused, message);
        let folder = folder(place)?;
        let nobody = "Nobody is signed in on this machine. Sign in with `frond login ADDRESS`.";
        let address = folder.address().ok_or_else(|| refused(nobody))?;
        let locked = Locked::new(folder, &address)?;
        match locked.vault.restore().await {
            Restored::Open(session) => Ok(locked.opened(session)),
            Restored::NoAnswer => Err(Failure::new(Kind::NoAnswer, message::NO_SHARE)),
            Restored::None => Err(refused(nobody)),
            Restored::Over(ending) => {
                tell(ending).await;
                Err(refused(message::ENDED))
            }
        }
    }

    /// Like [`Vault::known`], with the list refreshed from the bucket.
    pub(super) async fn open(place: &Place, output: &Output) -> Result<Self, Failure> {
        let vault = Self::known(place).await?;
        vault.session.sync().await?;
        vault.warn(output);
        Ok(vault)
    }

    /// Like [`Vault::open`], but retries until there is a response: uploads can wait.
    pub(super) async fn awaited(
        place: &Place,
        output: &Output,
        wait_limit: WaitLimit,
    ) -> Result<Self, Failure> {
        let began = Instant::now();
        let (mut failed, mut said) = (0_u32, None);
        let mut opened: Option<Self> = None;
        let vault = loop {
            let (failure, error) = match opened.take() {
                None => match Self::known(place).await {
                    Ok(vault) => {
                        opened = Some(vault);
                        continue;
                    }
                    Err(failure) => (failure, TransferError::EndpointDown),
                },
                Some(vault) => match vault.session.sync().await {
                    Ok(()) => break vault,
                    Err(error) => {
                        opened = Some(vault);
                        (error.into(), error)
                    }
                },
            };
            let pause = Duration::from_millis(Backoff::OUTAGE.pause(failed));
            let over =
                |seconds| began.elapsed().saturating_add(pause) > Duration::from_secs(seconds);
            if failure.kind != Kind::NoAnswer || wait_limit.seconds.is_some_and(over) {
                return Err(failure);
            }
            if said.replace(error) != Some(error) {
                let waits = message::waiting(error);
                output.warning(&format!("{waits}. Nothing is lost. Press ^C to stop."));
            }
            tokio::time::sleep(pause).await;
            failed = failed.saturating_add(1);
        };
        vault.warn(output);
        Ok(vault)
    }

    /// Says why the vault is read-only, if it is.
    pub(super) fn warn(&self, output: &Output) {
        let view = self.session.view();
        for doubt in &view.doubts {
            output.warning(message::doubt(*doubt));
        }
        if !view.doubts.is_empty() {
            output.warning(&format!(
                "Nothing can be changed here until this is resolved. You can still download what \
                 is listed, and every file is verified. Compare the list fingerprint with another \
                 of your devices: {}",
                view.list_fingerprint
            ));
        }
    }

    /// Downloads files to their targets; `ended` is called for each as it ends, with the error if
    /// it failed.
    pub(super) async fn download<'a>(
        &self,
        output: &Output,
        files: Vec<(&'a FileRow, Target)>,
        mut ended: impl FnMut(&'a FileRow, Option<TransferError>),
    ) -> Result<(), Failure> {
        for (file, target) in &files {
            self.runner.aim(file.id, target.clone());
            self.session.transfers().download(file.id)?;
        }
        let is_down = |row: &TransferRow| row.direction == Direction::Down;
        // Their ids are consecutive, in the order of the files.
        let first = self
            .session
            .view()
            .transfers
            .into_iter()
            .find(|row| is_down(row))
            .map_or(0, |row| row.id);
        let told = |row: &TransferRow| {
            let file =
                usize::try_from(row.id.saturating_sub(first)).ok().and_then(|at| files.get(at));
            match (file.filter(|_| is_down(row)), &row.state) {
                (Some((file, _)), TransferState::Failed(error)) => ended(file, Some(*error)),
                (Some((file, _)), _) => ended(file, None),
                // A small upload from an earlier run that was sent meanwhile.
                (None, _) => {}
            }
        };
        self.run_transfers(output, told).await.map(drop)
    }

    /// Downloads files as one zip archive to this target; their paths in it are relative to the
    /// folder `above`. Returns its row if it failed.
    pub(super) async fn download_archive(
        &self,
        output: &Output,
        files: Vec<ObjectId>,
        above: &str,
        target: Target,
    ) -> Result<Option<TransferRow>, Failure> {
        self.runner.aim_archive(target);
        self.session.transfers().download_archive(files, above, "archive")?;
        let rows = self.run_transfers(output, |_| {}).await?;
        let failed = |row: &TransferRow| {
            row.direction == Direction::Down && matches!(row.state, TransferState::Failed(_))
        };
        Ok(rows.into_iter().find(failed))
    }

    /// Runs transfers until none proceeds by itself, then cleans up. `ended` is called for each as
    /// it ends.
    pub(super) async fn run_transfers(
        &self,
        output: &Output,
        ended: impl FnMut(&TransferRow),
    ) -> Result<Vec<TransferRow>, Failure> {
        let changed = Rc::new(Notify::new());
        let notify = Rc::clone(&changed);
        self.session.on_change(Rc::new(move || notify.notify_one()));
        let watched = async {
            let (mut progress, mut ended) = (Progress::new(output), ended);
            loop {
                let view = self.session.view();
                progress.show(&view, &mut ended);
                if !view.transfers.iter().any(moves) {
                    return view.transfers;
                }
                changed.notified().await;
                // Handle transfers that end together at once.
                tokio::time::sleep(TOGETHER).await;
            }
        };
        let rows = self.working(watched).await?;
        // If this fails, the next command cleans up.
        let _: Result<(), TransferError> = self.session.sync().await;
        let _: Result<(), ChangeError> = self.session.files().delete_due().await;
        let _: Result<(), TransferError> = self.session.write_snapshot().await;
        if self.session.search().is_pending() {
            self.index(output).await;
        }
        Ok(rows)
    }

    /// Indexes the contents of files that were added. What fails stays recorded, and the next
    /// command that moves files does it.
    async fn index(&self, output: &Output) {
        let _activity = Activity::new(output, "Indexing contents");
        let indexed = self.session.search().sync();
        tokio::select! {
            _ = indexed => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    }

    /// Reads files to their last byte and discards the content; `ended` is called with each as it
    /// ends, and with its error.
    pub(super) async fn verify(
        &self,
        output: &Output,
        verification: &Verification,
        mut ended: impl FnMut(ObjectId, Option<TransferError>),
    ) -> Result<(), Failure> {
        let changed = Rc::new(Notify::new());
        let notify = Rc::clone(&changed);
        self.session.on_change(Rc::new(move || notify.notify_one()));
        let total = Activity::verifying(output, verification.progress().of_bytes);
        let run = verification.run(|file, error| total.suspend(|| ended(file, error)));
        let shown = async {
            loop {
                total.show(&verification.progress());
                changed.notified().await;
                tokio::time::sleep(TOGETHER).await;
            }
        };
        self.working(async {
            tokio::select! {
                () = run => {}
                () = shown => {}
            }
        })
        .await
    }

    /// Runs a task while the session works. Fails if the session ends or the user interrupts.
    async fn working<T>(&self, task: impl Future<Output = T>) -> Result<T, Failure> {
        tokio::select! {
            done = task => Ok(done),
            () = self.session.work() => Err(Failure::new(Kind::Refused, message::ENDED)),
            _ = tokio::signal::ctrl_c() => Err(Failure::new(Kind::Stopped, message::INTERRUPTED)),
        }
    }
}

/// Tells the server that a session has ended; false if it does not respond.
pub(super) async fn tell(ending: Ending) -> bool {
    tokio::time::timeout(TELLING, ending.told()).await.is_ok()
}

/// Whether the transfer proceeds by itself.
fn moves(row: &TransferRow) -> bool {
    matches!(row.state, TransferState::Queued | TransferState::Running | TransferState::Waiting(_))
}

/// The folder of the selected account.
pub(super) fn folder(place: &Place) -> Result<Folder, Failure> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@');
    let Place { profile, state } = place;
    if profile.is_empty() || profile.starts_with('.') || !profile.chars().all(plain) {
        return Err(Failure::usage(
            "A profile name has only letters, digits and - _ . @, and does not start with a dot.",
        ));
    }
    let base = state.clone().or_else(state_folder).ok_or_else(|| {
        Failure::other(
            "There is no home folder for the state folder. Choose a folder with --state or \
             FROND_STATE.",
        )
    })?;
    Ok(Folder::new(base.join(profile)))
}

/// `frond` in the state folder of the [XDG base
/// directories](https://specifications.freedesktop.org/basedir-spec/).
fn state_folder() -> Option<PathBuf> {
    let named =
        std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let base = named.or_else(|| Some(std::env::home_dir()?.join(".local/state")))?;
    Some(base.join("frond"))
}

/// Formats a time, in milliseconds since the Unix epoch, in local time.
pub(super) fn local(at_ms: i64) -> String {
    message::moment(at_ms, SystemClock.local_offset(at_ms))
}
