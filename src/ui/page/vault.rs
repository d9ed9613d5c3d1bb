//! The open vault: the bar at the top, the screen below it, the transfers beside it.

use std::rc::Rc;

use frond_view::dom::tag::{button, div, main};
use frond_view::dom::{Drawn, Element, View, event};
use frond_view::reactive::{Memo, Signal, effect, on_cleanup};
use gloo_timers::callback::Timeout;
use wasm_bindgen_futures::spawn_local;

use crate::catalog::{FolderId, Revision, RowId};
use crate::session::{
    self, Audit, Doubt, FolderAddress, Indexing, Merged, Session, Taken, TransferRow,
    TransferState, Verification, Verified,
};
use crate::transfer::TransferError;
use crate::ui::page::app::App;
use crate::ui::page::dialog::{self, Dialog};
use crate::ui::page::screens::{Kind, screen};
use crate::ui::page::thumbnails::Thumbnails;
use crate::ui::page::thumbnails::make::Making;
use crate::ui::page::{background, bar, dropping, files, focus_on, idle, notices};
use crate::ui::route::Route;
use crate::ui::selection::Selection;
use crate::ui::sort::Sort;

/// How long the sheet stays open once all transfers are done, in milliseconds.
const FOLD: u32 = 6_000;
/// Minimum interval between updates of the page from the session, in milliseconds.
const FRAME: u32 = 80;

/// The open session and its view, one signal per part, so that a moving progress bar redraws no
/// list.
#[derive(Clone, Copy)]
pub(super) struct Vault {
    session: Signal<Session>,
    /// Whether the list was read.
    pub listed: Signal<bool>,
    /// Changes whenever a list of files changes.
    pub revision: Signal<Revision>,
    /// Whether there is neither a file nor a folder outside the trash.
    pub is_empty: Signal<bool>,
    /// Number of entries in the trash.
    pub trash_count: Signal<usize>,
    /// Transfers, oldest first.
    pub transfers: Signal<Vec<TransferRow>>,
    /// Why the vault is read-only.
    pub doubts: Signal<Vec<Doubt>>,
    /// Why the list or changes have to wait.
    pub list_error: Signal<Option<TransferError>>,
    /// Number of changes that are only on this device.
    pub unsaved: Signal<usize>,
    /// Number of files that are only on this device.
    pub only_here: Signal<usize>,
    /// The list could not be read in this session, and the user does not work offline.
    pub unread: Signal<bool>,
    /// Forks that were merged.
    pub merges: Signal<Vec<Merged>>,
    /// The list fingerprint.
    pub list_fingerprint: Signal<String>,
    /// The folder that the address names, if it is listed.
    pub folder_id: Memo<Option<FolderId>>,
    /// Its path; empty at the top.
    pub folder: Memo<String>,
    /// The order of its rows.
    pub sort: Signal<Sort>,
    /// Files and folders that were cut, to be pasted into another folder.
    pub cut: Signal<Selection<RowId>>,
    /// The folder that was left for the one above it, and is to be current there.
    pub left: Signal<Option<FolderId>>,
    /// The dialog that is open.
    pub dialog: Signal<Option<Dialog>>,
    /// Files to add whose paths are taken, until it is decided what to do with them.
    pub taken: Signal<Vec<Taken>>,
    /// The addresses that were shown, ascending, with their folders.
    addresses: Signal<Vec<(FolderAddress, FolderId)>>,
    /// The thumbnails that were seen.
    pub thumbnails: Thumbnails,
    /// "Make thumbnails", if it ran since the vault was opened.
    pub making: Signal<Option<Making>>,
    /// The search text.
    pub query: Signal<String>,
    /// Whether the transfers are shown.
    pub sheet: Signal<bool>,
    /// "Verify everything".
    pub verification: Run,
    /// "Export everything" into a folder.
    pub export: Run,
    /// Whether to remind of recovery words.
    pub lacks_words: Signal<bool>,
    /// How far the index of contents is.
    pub indexing: Signal<Indexing>,
    /// How the newest snapshot compares with the log, once all files are verified.
    pub audited: Signal<Option<Audit>>,
}

/// A run over all files, and how far it is.
#[derive(Clone, Copy)]
pub(super) struct Run {
    last: Signal<Option<Rc<Verification>>>,
    /// The progress, if there was a run since the vault was opened.
    pub progress: Signal<Option<Verified>>,
}

impl Run {
    fn new() -> Self {
        Self { last: Signal::new(None), progress: Signal::new(None) }
    }

    /// The last run.
    pub fn last(self) -> Option<Rc<Verification>> {
        self.last.get_untracked()
    }

    /// Stops the last run, and follows this one if there is one.
    pub fn follow(self, run: Option<Rc<Verification>>) {
        if let Some(last) = self.last() {
            last.stop();
        }
        self.progress.set(run.as_ref().map(|run| run.progress()));
        self.last.set(run);
    }

    fn update(self) {
        self.progress.change(self.last().map(|run| run.progress()));
    }
}

impl Vault {
    /// Follows `session` for as long as the current owner lives.
    pub fn new(app: App, session: Session) -> Self {
        let revision = Signal::new(Revision::default());
        let addresses = Signal::new(Vec::<(FolderAddress, FolderId)>::new());
        let (finds, names) = (session.clone(), session.clone());
        let folder_id = Memo::new(move || {
            let Route::Folder(address) = app.route.get() else { return None };
            let known = addresses.with_untracked(|known| {
                let at = known.binary_search_by_key(&address, |(address, _)| *address).ok()?;
                known.get(at).map(|(_, id)| *id)
            });
            known.or_else(|| {
                revision.get();
                finds.files().at_address(address)
            })
        });
        let folder = Memo::new(move || {
            revision.get();
            let path = folder_id.get().and_then(|id| names.files().index().files().path(&id));
            path.unwrap_or_default()
        });
        let vault = Self {
            session: Signal::new(session.clone()),
            listed: Signal::new(false),
            revision,
            is_empty: Signal::new(true),
            trash_count: Signal::new(0),
            transfers: Signal::new(Vec::new()),
            doubts: Signal::new(Vec::new()),
            list_error: Signal::new(None),
            unsaved: Signal::new(0),
            only_here: Signal::new(0),
            unread: Signal::new(false),
            merges: Signal::new(Vec::new()),
            list_fingerprint: Signal::new(String::new()),
            folder_id,
            folder,
            sort: Signal::new(Sort::default()),
            cut: Signal::new(Selection::default()),
            left: Signal::new(None),
            dialog: Signal::new(None),
            taken: Signal::new(Vec::new()),
            addresses,
            thumbnails: Thumbnails::new(),
            making: Signal::new(None),
            query: Signal::new(String::new()),
            sheet: Signal::new(true),
            verification: Run::new(),
            export: Run::new(),
            lacks_words: Signal::new(false),
            indexing: Signal::new(Indexing::default()),
            audited: Signal::new(None),
        };
        vault.show(session.view());
        let due = Signal::new(false);
        session.on_change(Rc::new(move || {
            // Already due, or the vault is closed.
            if due.try_get() != Some(false) {
                return;
            }
            due.set(true);
            let show = move || {
                due.set(false);
                if let Some(session) = vault.open_session() {
                    vault.show(session.view());
                }
            };
            Timeout::new(FRAME, show).forget();
        }));
        vault
    }

    pub fn session(self) -> Session {
        self.session.get_untracked()
    }

    /// The session; `None` once the vault is closed, as it may be after an await.
    pub fn open_session(self) -> Option<Session> {
        self.session.try_get()
    }

    /// Whether the list shows what was searched for.
    pub fn is_searching(self) -> bool {
        self.query.with(|query| !query.trim().is_empty())
    }

    /// The route of a folder; `None` is the top.
    pub fn route(self, folder: Option<FolderId>) -> Route {
        let address = folder.and_then(|id| {
            let address = self.session().files().address(&id)?;
            self.addresses.update(|known| {
                if let Err(at) = known.binary_search(&(address, id)) {
                    known.insert(at, (address, id));
                }
            });
            Some(address)
        });
        address.map_or(Route::Files, Route::Folder)
    }

    /// Closes the sheet some time after all transfers are done.
    fn fold_sheet(self) {
        let open = Memo::new(move || {
            self.transfers.with(|all| all.iter().any(|row| row.state != TransferState::Done))
        });
        effect(move || {
            if !open.get() {
                let timeout = Timeout::new(FOLD, move || self.sheet.set(false));
                on_cleanup(move || drop(timeout));
            }
        });
    }

    /// Updates the counts and the revision; a moving progress bar re-evaluates no list.
    fn count_files(self, revision: Revision) {
        let session = self.session();
        let (empty, trash) = {
            let index = session.files().index();
            (index.files().count_in("") == 0, index.trash().len())
        };
        self.is_empty.change(empty);
        self.trash_count.change(trash);
        self.revision.change(revision);
    }

    fn show(self, view: session::View) {
        let session::View {
            listed,
            revision,
            transfers,
            doubts,
            list_error,
            unsaved,
            only_here,
            unread,
            merges,
            list_fingerprint,
        } = view;
        if transfers.len() > self.transfers.with_untracked(Vec::len) {
            self.sheet.set(true);
        }
        self.listed.change(listed);
        self.count_files(revision);
        self.transfers.change(transfers);
        self.doubts.change(doubts);
        self.list_error.change(list_error);
        self.unsaved.change(unsaved);
        self.only_here.change(only_here);
        self.unread.change(unread);
        self.merges.change(merges);
        self.list_fingerprint.change(list_fingerprint);
        self.verification.update();
        self.export.update();
        self.indexing.change(self.session().search().indexing());
    }
}

/// Shows the open vault and keeps it in step with the bucket: the entrance of the module.
#[must_use]
pub fn open(app: App, session: Session) -> Drawn {
    let works = session.clone();
    spawn_local(async move { works.keep_in_step().await });
    frame(app, Vault::new(app, session)).drawn()
}

/// The whole screen of an open vault.
fn frame(app: App, vault: Vault) -> Element {
    idle::watch(app, vault);
    background::begin(app, vault);
    let shown_screen = move || match app.route.get() {
        Route::Files | Route::Folder(_) => files::view(app, vault).drawn(),
        Route::Trash => screen(app, Kind::Trash(vault)).drawn(),
        Route::Settings => screen(app, Kind::Settings(vault)).drawn(),
        Route::Fernet => screen(app, Kind::Fernet).drawn(),
        Route::Server => screen(app, Kind::Server(true)).drawn(),
        Route::Bucket => screen(app, Kind::Bucket(vault)).drawn(),
        Route::Shared => screen(app, Kind::Shared).drawn(),
    };
    let tools = [Route::Fernet, Route::Server, Route::Shared];
    let own = Memo::new(move || !tools.contains(&app.route.get()));
    let reminded = Memo::new(move || app.route.get().is_files() && vault.lacks_words.get());
    vault.fold_sheet();
    let shown = Memo::new(move || vault.sheet.get() && vault.transfers.with(|all| !all.is_empty()));
    let skip = button()
        .attr("type", "button")
        .attr("class", "skip")
        .on(event::CLICK, |_| focus_on("main"))
        .child("Skip to content");
    div().attr("class", "vault").toggle("with-sheet", move || shown.get()).child((
        skip,
        bar::view(app, vault),
        main().attr("id", "main").attr("tabindex", "-1").attr("class", "inside").child((
            move || own.get().then(|| notices::view(app, vault)),
            move || reminded.get().then(|| screen(app, Kind::Reminder(vault))),
            shown_screen,
        )),
        move || shown.get().then(|| screen(app, Kind::Transfers(vault))),
        dialog::of_vault(app, vault),
        dropping::target(app, vault),
    ))
}
