//! The vault, open: the bar at the top, the screen below it, the transfers beside it.

use std::rc::Rc;
use std::time::Duration;

use leptos::html::{div, main};
use leptos::prelude::*;

use crate::session::{Doubt, FileRow, Session, TransferRow, TransferState, Trouble, View};
use crate::ui::page::app::App;
use crate::ui::page::{bar, dropping, fernet, files, idle, notices, server, settings, transfers, trash};
use crate::ui::route::Route;

/// How long the sheet stays once all transfers are done.
const FOLD: Duration = Duration::from_secs(6);
/// How often the page follows the session at most.
const FRAME: Duration = Duration::from_millis(80);

/// The open session and what it shows, one signal a part, so that a moving progress bar redraws no list.
#[derive(Clone, Copy)]
pub(super) struct Vault {
    session: StoredValue<Session, LocalStorage>,
    /// The list was read.
    pub listed: RwSignal<bool>,
    /// Files.
    pub files: RwSignal<Vec<FileRow>>,
    /// Files in the trash.
    pub trash: RwSignal<Vec<FileRow>>,
    /// Transfers, oldest first.
    pub transfers: RwSignal<Vec<TransferRow>>,
    /// Why it is read-only.
    pub doubts: RwSignal<Vec<Doubt>>,
    /// Why list or changes wait.
    pub trouble: RwSignal<Option<Trouble>>,
    /// Changes that only this device has.
    pub unsaved: RwSignal<usize>,
    /// The head code.
    pub code: RwSignal<String>,
    /// The folder that is open; empty at the top.
    pub folder: RwSignal<String>,
    /// What is searched for.
    pub query: RwSignal<String>,
    /// The transfers are shown.
    pub sheet: RwSignal<bool>,
}

impl Vault {
    /// Follows `session` for as long as the current owner lives.
    pub fn new(session: Session) -> Self {
        let vault = Self {
            session: StoredValue::new_local(session.clone()),
            listed: RwSignal::new(false),
            files: RwSignal::new(Vec::new()),
            trash: RwSignal::new(Vec::new()),
            transfers: RwSignal::new(Vec::new()),
            doubts: RwSignal::new(Vec::new()),
            trouble: RwSignal::new(None),
            unsaved: RwSignal::new(0),
            code: RwSignal::new(String::new()),
            folder: RwSignal::new(String::new()),
            query: RwSignal::new(String::new()),
            sheet: RwSignal::new(true),
        };
        vault.show(session.view());
        let due = StoredValue::new(false);
        session.on_change(Rc::new(move || {
            // Already due, or the vault is closed.
            if due.try_get_value() != Some(false) {
                return;
            }
            due.set_value(true);
            set_timeout(
                move || {
                    if due.try_set_value(false).is_none()
                        && let Some(session) = vault.session.try_get_value()
                    {
                        vault.show(session.view());
                    }
                },
                FRAME,
            );
        }));
        vault
    }

    pub fn session(self) -> Session {
        self.session.get_value()
    }

    /// Closes the sheet some time after nothing in it needs a look any more.
    fn fold_sheet(self) {
        let open = Memo::new(move |_| {
            self.transfers.with(|all| all.iter().any(|row| row.state != TransferState::Done))
        });
        Effect::new(move |before: Option<Option<TimeoutHandle>>| {
            if let Some(Some(timeout)) = before {
                timeout.clear();
            }
            if open.get() {
                return None;
            }
            let fold = move || {
                self.sheet.try_set(false);
            };
            set_timeout_with_handle(fold, FOLD).ok()
        });
    }

    fn show(self, view: View) {
        let View { listed, files, trash, transfers, doubts, trouble, unsaved, head_code } = view;
        if transfers.len() > self.transfers.with_untracked(Vec::len) {
            self.sheet.set(true);
        }
        update(self.listed, listed);
        update(self.files, files);
        update(self.trash, trash);
        update(self.transfers, transfers);
        update(self.doubts, doubts);
        update(self.trouble, trouble);
        update(self.unsaved, unsaved);
        update(self.code, head_code);
    }
}

/// Tells only of what differs.
fn update<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.with_untracked(|old| *old != value) {
        signal.set(value);
    }
}

/// All that is seen of an open vault.
pub(super) fn frame(app: App, vault: Vault) -> impl IntoView {
    idle::watch(app, vault);
    let screen = move || match app.route.get() {
        Route::Files => files::screen(app, vault).into_any(),
        Route::Trash => trash::screen(app, vault).into_any(),
        Route::Settings => settings::screen(app, vault).into_any(),
        Route::Fernet => fernet::screen(app).into_any(),
        Route::Server => server::screen().into_any(),
    };
    let own = move || matches!(app.route.get(), Route::Files | Route::Trash | Route::Settings);
    vault.fold_sheet();
    let shown = move || vault.sheet.get() && vault.transfers.with(|all| !all.is_empty());
    div().attr("class", "vault").class(("with-sheet", shown)).child((
        bar::view(app, vault),
        main()
            .attr("id", "main")
            .attr("tabindex", "-1")
            .attr("class", "inside")
            .child((move || own().then(|| notices::view(vault)), screen)),
        move || shown().then(|| transfers::sheet(vault)),
        dropping::target(app, vault),
    ))
}
