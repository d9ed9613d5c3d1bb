//! State shared by all screens: the route, the lock state, the current message and question.

use std::rc::Rc;

use frond_view::dom::{event, window};
use frond_view::reactive::Signal;
use wasm_bindgen_futures::spawn_local;
use web_sys::ScrollRestoration;

use crate::port::{
    Clock, Entropy, FolderPicker, MediaServer, Passkeys, PdfOpener, Previewer, Thumbnailer,
};
use crate::session::{Ending, LockedVault, Restored, Session};
use crate::text::message;
use crate::text::words;
use crate::ui::page::PagePorts;
use crate::ui::route::Route;

/// Whether the vault is open.
#[derive(Clone)]
pub(super) enum LockState {
    /// Locked; the reason, if there is one to show.
    Locked(Option<String>),
    /// Open.
    Open(Session),
}

/// A message shown once, at the edge of the page.
#[derive(Clone)]
pub(super) struct Said {
    /// The text.
    pub text: String,
    /// Whether it needs attention: it then stays until dismissed.
    pub urgent: bool,
    /// Undoes the action.
    pub undo: Option<Rc<dyn Fn()>>,
}

/// A confirmation before something that cannot be undone.
#[derive(Clone)]
pub(super) struct Question {
    /// What will happen.
    pub title: String,
    /// What it means.
    pub text: String,
    /// The label of the confirm button.
    pub verb: &'static str,
    /// The action.
    pub then: Rc<dyn Fn()>,
}

/// Handle to the shared state; cheap to copy.
#[derive(Clone, Copy)]
pub struct App {
    page: Signal<PagePorts>,
    /// The screen.
    pub(super) route: Signal<Route>,
    /// Locked or open.
    pub(super) state: Signal<LockState>,
    /// The last message.
    pub(super) said: Signal<Option<Said>>,
    /// The current question.
    pub(super) question: Signal<Option<Question>>,
}

impl App {
    /// Starts with the session that a reload interrupted, if there is one.
    pub(super) fn new(page: PagePorts, restored: Restored) -> Self {
        let app = Self {
            page: Signal::new(page),
            route: Signal::new(here()),
            state: Signal::new(LockState::Locked(None)),
            said: Signal::new(None),
            question: Signal::new(None),
        };
        match restored {
            Restored::Open(session) => app.open(session),
            Restored::None => {}
            Restored::NoAnswer => {
                app.state.set(LockState::Locked(Some(message::NO_SHARE.to_owned())))
            }
            Restored::Over(ending) => tell(ending),
        }
        app
    }

    /// Whether the entry is shown.
    pub(super) fn is_at_entry(self) -> bool {
        let is_tool = matches!(self.route.get(), Route::Fernet | Route::Server | Route::Shared);
        !is_tool && self.state.with(|state| matches!(state, LockState::Locked(_)))
    }

    /// Follows the address bar from now on. Lists scroll to where they were by themselves.
    pub(super) fn follow_address(self) {
        if let Ok(history) = window().history() {
            let _ = history.set_scroll_restoration(ScrollRestoration::Manual);
        }
        event::HASH_CHANGE.listen(&window(), move |_| self.route.set(here()));
    }

    /// Navigates to a screen.
    pub(super) fn go(self, route: Route) {
        // An address of our own page is always accepted.
        let _ = window().location().set_hash(&route.href());
    }

    /// Navigates to a screen instead of the one that is shown, which is gone.
    pub(super) fn replace(self, route: Route) {
        let _ = window().location().replace(&route.href());
    }

    /// Shows the opened vault and runs its session.
    pub(super) fn open(self, session: Session) {
        self.said.set(None);
        self.state.set(LockState::Open(session.clone()));
        let ends = session.clone();
        spawn_local(async move {
            ends.ends().await;
            self.lock_if_over(ends);
        });
    }

    /// Locks the vault if it has to be, and says why; false if it stays open.
    pub(super) fn lock_if_over(self, session: Session) -> bool {
        let this = |state: &LockState| matches!(state, LockState::Open(open) if open.is(&session));
        if !self.state.with_untracked(this) {
            return true;
        }
        let over = session.over();
        if let Some(over) = over {
            let why = message::over(over, session.idle_minutes());
            self.lock(session, Some(why));
        }
        over.is_some()
    }

    /// Locks the vault; `why` is shown at the entry. The next sign-in starts at the files.
    pub(super) fn lock(self, session: Session, why: Option<String>) {
        self.go(Route::Files);
        self.said.set(None);
        self.question.set(None);
        self.state.set(LockState::Locked(why));
        spawn_local(async move { tell(session.lock().await) });
    }

    /// Shows a message about something that happened, with an undo button if possible.
    pub(super) fn say(self, text: impl Into<String>, undo: Option<Rc<dyn Fn()>>) {
        self.said.set(Some(Said { text: text.into(), urgent: false, undo }));
    }

    /// Shows an error message.
    pub(super) fn warn(self, text: impl Into<String>) {
        self.said.set(Some(Said { text: text.into(), urgent: true, undo: None }));
    }

    pub(super) fn locked(self) -> LockedVault {
        self.page.with_untracked(|page| page.locked.clone())
    }

    pub(super) fn clock(self) -> Rc<dyn Clock> {
        self.page.with_untracked(|page| Rc::clone(&page.clock))
    }

    pub(super) fn entropy(self) -> Rc<dyn Entropy> {
        self.page.with_untracked(|page| Rc::clone(&page.entropy))
    }

    pub(super) fn previewer(self) -> Rc<dyn Previewer> {
        self.page.with_untracked(|page| Rc::clone(&page.previewer))
    }

    /// Has the browser save a file, or says that it does not.
    pub(super) fn save(self, name: &str, content: &[u8]) {
        if !self.with_page(|page| (page.save)(name, content)) {
            self.warn("Your browser did not save the file. Nothing is lost. Try again.");
        }
    }

    pub(super) fn folders(self) -> Rc<dyn FolderPicker> {
        self.page.with_untracked(|page| Rc::clone(&page.folders))
    }

    pub(super) fn media(self) -> Rc<dyn MediaServer> {
        self.page.with_untracked(|page| Rc::clone(&page.media))
    }

    pub(super) fn pdf(self) -> Rc<dyn PdfOpener> {
        self.page.with_untracked(|page| Rc::clone(&page.pdf))
    }

    pub(super) fn passkeys(self) -> Rc<dyn Passkeys> {
        self.page.with_untracked(|page| Rc::clone(&page.passkeys))
    }

    /// Whether this browser can use passkeys, once it has said so.
    pub(super) fn has_passkeys(self) -> Signal<bool> {
        let has = Signal::new(false);
        let asked = self.page.with_untracked(|page| (page.has_passkeys)());
        spawn_local(async move { has.set(asked.await) });
        has
    }

    pub(super) fn thumbnailer(self) -> Rc<dyn Thumbnailer> {
        self.page.with_untracked(|page| Rc::clone(&page.thumbnailer))
    }

    /// Calls into the page's adapters.
    pub(super) fn with_page<T>(self, ask: impl FnOnce(&PagePorts) -> T) -> T {
        self.page.with_untracked(ask)
    }

    /// A point in time in words and in full, in local time.
    pub(super) fn when(self, at: i64) -> (String, String) {
        let clock = self.clock();
        let now = i64::try_from(clock.now_ms()).unwrap_or(i64::MAX);
        let offset = clock.local_offset(at);
        (words::when(at, now, offset), words::moment(at, offset))
    }

    /// When the vault deletes something by itself, in words; both in milliseconds since the Unix
    /// epoch.
    pub(super) fn expiry(self, at: u64) -> String {
        let clock = self.clock();
        let offset = clock.local_offset(i64::try_from(at).unwrap_or(i64::MAX));
        words::expiry(at, clock.now_ms(), offset)
    }
}

/// Tells the server that a session has ended; retried for as long as this page lives.
fn tell(ending: Ending) {
    spawn_local(ending.told());
}

/// The screen that the address names.
fn here() -> Route {
    Route::parse(&window().location().hash().unwrap_or_default())
}
