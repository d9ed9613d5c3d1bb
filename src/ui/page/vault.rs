//! The open vault: the bar at the top, the screen below it, the transfers beside it.

use std::rc::Rc;

use frond_view::dom::tag::{button, div, main};
use frond_view::dom::{Element, View, event};
use frond_view::reactive::{Memo, Signal, effect, on_cleanup};
use gloo_timers::callback::Timeout;

use crate::catalog::Revision;
use crate::session::{self, Doubt, Merged, Session, TransferRow, TransferState};
use crate::transfer::TransferError;
use crate::ui::page::app::App;
use crate::ui::page::{
    bar, dropping, fernet, files, focus_on, idle, notices, server, settings, transfers, trash,
};
use crate::ui::route::Route;

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
    pub trouble: Signal<Option<TransferError>>,
    /// Number of changes that are only on this device.
    pub unsaved: Signal<usize>,
    /// Number of files that are only on this device.
    pub only_here: Signal<usize>,
    /// The list could not be read in this session, and the user does not work offline.
    pub unread: Signal<bool>,
    /// Forks that were merged.
    pub merges: Signal<Vec<Merged>>,
    /// The list fingerprint.
    pub code: Signal<String>,
    /// The open folder; empty at the top.
    pub folder: Signal<String>,
    /// The search text.
    pub query: Signal<String>,
    /// Whether the transfers are shown.
    pub sheet: Signal<bool>,
}

impl Vault {
    /// Follows `session` for as long as the current owner lives.
    pub fn new(session: Session) -> Self {
        let vault = Self {
            session: Signal::new(session.clone()),
            listed: Signal::new(false),
            revision: Signal::new(Revision::default()),
            is_empty: Signal::new(true),
            trash_count: Signal::new(0),
            transfers: Signal::new(Vec::new()),
            doubts: Signal::new(Vec::new()),
            trouble: Signal::new(None),
            unsaved: Signal::new(0),
            only_here: Signal::new(0),
            unread: Signal::new(false),
            merges: Signal::new(Vec::new()),
            code: Signal::new(String::new()),
            folder: Signal::new(String::new()),
            query: Signal::new(String::new()),
            sheet: Signal::new(true),
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
                if let Some(session) = vault.session.try_get() {
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
            trouble,
            unsaved,
            only_here,
            unread,
            merges,
            head_code,
        } = view;
        if transfers.len() > self.transfers.with_untracked(Vec::len) {
            self.sheet.set(true);
        }
        self.listed.change(listed);
        self.count_files(revision);
        self.transfers.change(transfers);
        self.doubts.change(doubts);
        self.trouble.change(trouble);
        self.unsaved.change(unsaved);
        self.only_here.change(only_here);
        self.unread.change(unread);
        self.merges.change(merges);
        self.code.change(head_code);
    }
}

/// The whole screen of an open vault.
pub(super) fn frame(app: App, vault: Vault) -> Element {
    idle::watch(app, vault);
    let screen = move || match app.route.get() {
        Route::Files => files::screen(app, vault).drawn(),
        Route::Trash => trash::screen(app, vault).drawn(),
        Route::Settings => settings::screen(app, vault).drawn(),
        Route::Fernet => fernet::screen(app).drawn(),
        Route::Server => server::screen().drawn(),
    };
    let own =
        Memo::new(move || matches!(app.route.get(), Route::Files | Route::Trash | Route::Settings));
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
        main()
            .attr("id", "main")
            .attr("tabindex", "-1")
            .attr("class", "inside")
            .child((move || own.get().then(|| notices::view(app, vault)), screen)),
        move || shown.get().then(|| transfers::sheet(vault)),
        dropping::target(app, vault),
    ))
}
