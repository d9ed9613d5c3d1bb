//! The vault, open: the bar at the top, the screen below it, the transfers beside it.

use std::rc::Rc;

use frond_view::dom::tag::{button, div, main};
use frond_view::dom::{Element, View, event};
use frond_view::reactive::{Memo, Signal, effect, on_cleanup};
use gloo_timers::callback::Timeout;

use crate::session::{self, Doubt, FileRow, Merged, Session, TransferRow, TransferState};
use crate::transfer::TransferError;
use crate::ui::page::app::App;
use crate::ui::page::{
    bar, dropping, fernet, files, focus_on, idle, notices, server, settings, transfers, trash,
};
use crate::ui::route::Route;

/// How long the sheet stays once all transfers are done, in milliseconds.
const FOLD: u32 = 6_000;
/// How often the page follows the session at most, in milliseconds.
const FRAME: u32 = 80;

/// The open session and what it shows, one signal a part, so that a moving progress bar redraws no
/// list.
#[derive(Clone, Copy)]
pub(super) struct Vault {
    session: Signal<Session>,
    /// The list was read.
    pub listed: Signal<bool>,
    /// Files.
    pub files: Signal<Vec<FileRow>>,
    /// Files in the trash.
    pub trash: Signal<Vec<FileRow>>,
    /// Transfers, oldest first.
    pub transfers: Signal<Vec<TransferRow>>,
    /// Why it is read-only.
    pub doubts: Signal<Vec<Doubt>>,
    /// Why list or changes wait.
    pub trouble: Signal<Option<TransferError>>,
    /// Changes that only this device has.
    pub unsaved: Signal<usize>,
    /// Files that only this device has.
    pub only_here: Signal<usize>,
    /// The list could not be read in this session, and nobody works offline.
    pub unread: Signal<bool>,
    /// Forks that were merged.
    pub merges: Signal<Vec<Merged>>,
    /// The head code.
    pub code: Signal<String>,
    /// The folder that is open; empty at the top.
    pub folder: Signal<String>,
    /// What is searched for.
    pub query: Signal<String>,
    /// The transfers are shown.
    pub sheet: Signal<bool>,
}

impl Vault {
    /// Follows `session` for as long as the current owner lives.
    pub fn new(session: Session) -> Self {
        let vault = Self {
            session: Signal::new(session.clone()),
            listed: Signal::new(false),
            files: Signal::new(Vec::new()),
            trash: Signal::new(Vec::new()),
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

    /// Closes the sheet some time after nothing in it needs a look any more.
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

    fn show(self, view: session::View) {
        let session::View {
            listed,
            files,
            trash,
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
        self.files.change(files);
        self.trash.change(trash);
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

/// All that is seen of an open vault.
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
