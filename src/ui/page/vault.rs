//! The vault, open: the bar at the top, the screen below it, the transfers beside it.

use std::rc::Rc;
use std::time::Duration;

use leptos::ev;
use leptos::html::{a, button, div, header, input, main, nav, p, span, strong};
use leptos::prelude::*;

use crate::session::{Doubt, FileRow, Session, TransferRow, TransferState, Trouble, View};
use crate::ui::page::app::{App, Question};
use crate::ui::page::icon::{self, icon};
use crate::ui::page::{dropping, fernet, files, idle, server, settings, transfers, trash};
use crate::ui::route::Route;
use crate::ui::{message, words};

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
    let shown = move || vault.sheet.get() && vault.transfers.with(|all| !all.is_empty());
    div().attr("class", "vault").class(("with-sheet", shown)).child((
        bar(app, vault),
        main()
            .attr("id", "main")
            .attr("tabindex", "-1")
            .attr("class", "inside")
            .child((move || own().then(|| notices(vault)), screen)),
        move || shown().then(|| transfers::sheet(vault)),
        dropping::target(app, vault),
    ))
}

fn bar(app: App, vault: Vault) -> impl IntoView {
    let listing = move || matches!(app.route.get(), Route::Files | Route::Trash);
    let current = move |route| move || (app.route.get() == route).then_some("page");
    let go = move |route| move |_: ev::MouseEvent| app.go(route);
    let home = super::home().on(ev::click, move |_| vault.folder.set(String::new()));
    let search = move || {
        listing().then(|| {
            div().attr("class", "search").attr("role", "search").child((
                icon(icon::SEARCH),
                input()
                    .attr("type", "search")
                    .attr("aria-label", "Search")
                    .attr("placeholder", "Search")
                    .attr("autocomplete", "off")
                    .attr("spellcheck", "false")
                    .prop("value", vault.query.get_untracked())
                    .on(ev::input, move |event| vault.query.set(event_target_value(&event))),
            ))
        })
    };
    let back = a()
        .attr("class", "quiet")
        .attr("href", Route::Files.href())
        .attr("aria-current", current(Route::Files))
        .attr("title", "Files")
        .child((icon(icon::FILES), span().attr("class", "label").child("Files")));
    let trash = a()
        .attr("class", "quiet")
        .attr("href", Route::Trash.href())
        .attr("aria-current", current(Route::Trash))
        .attr("title", "Trash")
        .child((icon(icon::TRASH), span().attr("class", "label").child("Trash"), move || {
            let n = vault.trash.with(Vec::len);
            (n > 0).then(|| count(n))
        }));
    let settings = button()
        .attr("type", "button")
        .attr("class", "quiet")
        .attr("aria-current", current(Route::Settings))
        .attr("title", "Settings")
        .on(ev::click, go(Route::Settings))
        .child((icon(icon::SETTINGS), span().attr("class", "label").child("Settings")));
    let lock = button()
        .attr("type", "button")
        .attr("class", "quiet")
        .attr("title", "Lock")
        .on(ev::click, move |_| lock(app, vault))
        .child((icon(icon::LOCK), span().attr("class", "label").child("Lock")));
    header().attr("class", "bar").child((
        home,
        search,
        nav().attr("aria-label", "Vault").child((back, transfers_button(vault), trash, settings, lock)),
    ))
}

/// A number beside a name, and no part of it.
fn count(n: usize) -> impl IntoView {
    span().attr("class", "count").attr("aria-hidden", "true").child(n)
}

/// Shows or hides the sheet; there only while there are transfers.
fn transfers_button(vault: Vault) -> impl IntoView {
    let open = move |row: &&TransferRow| row.state != TransferState::Done;
    let toggle = move |_| vault.sheet.update(|shown| *shown = !*shown);
    move || {
        vault.transfers.with(|all| !all.is_empty()).then(|| {
            button()
                .attr("type", "button")
                .attr("class", "quiet")
                .attr("aria-expanded", move || if vault.sheet.get() { "true" } else { "false" })
                .attr("title", "Transfers")
                .on(ev::click, toggle)
                .child((icon(icon::TRANSFERS), span().attr("class", "label").child("Transfers"), move || {
                    let n = vault.transfers.with(|all| all.iter().filter(open).count());
                    (n > 0).then(|| count(n))
                }))
        })
    }
}

/// Locks, after a question where that would interrupt something.
pub(super) fn lock(app: App, vault: Vault) {
    let session = vault.session();
    if !session.busy() {
        return app.lock(session, None);
    }
    app.question.set(Some(Question {
        title: "Lock while something is on its way?".to_owned(),
        text: "Transfers stop. A file that is not in storage yet has to be added again; those that are listed are safe."
            .to_owned(),
        verb: "Lock now",
        then: Rc::new(move || app.lock(vault.session(), None)),
    }));
}

/// What holds for the vault as a whole: doubts, trouble, what only this device has.
fn notices(vault: Vault) -> impl IntoView {
    let doubts = move || {
        let doubts = vault.doubts.get();
        (!doubts.is_empty()).then(|| {
            let sentences: Vec<_> =
                doubts.into_iter().map(|doubt| format!("{} ", message::doubt(doubt))).collect();
            div().attr("class", "notice bad").attr("role", "alert").child((
                icon(icon::WARNING),
                div().child((
                    p().child(strong().child("This vault is read-only.")),
                    p().child((sentences, message::READ_ONLY)),
                    p().child(("Code of this device: ", span().attr("class", "mono").child(vault.code))),
                )),
            ))
        })
    };
    let quiet = move || {
        let trouble = vault.trouble.get();
        let unsaved = vault.unsaved.get();
        let wait = (unsaved > 0).then(|| format!("{} only on this device.", words::count(unsaved, "change")));
        (trouble.is_some() || wait.is_some()).then(|| {
            div().attr("class", "notice wait").child((
                icon(icon::WAITING),
                p().child((
                    wait.map(|words| strong().child(format!("{words} "))),
                    trouble.map(message::trouble),
                )),
            ))
        })
    };
    (doubts, div().attr("role", "status").attr("aria-live", "polite").child(quiet))
}
