//! The page: one root, its screens, and their shared state.
//!
//! A screen is a function that builds elements ([`dom`](frond_view::dom)) around signals
//! ([`reactive`](frond_view::reactive)). Dynamic parts are closures; where an element must stay
//! while its content changes, such as one that holds the focus, the closure reads a memo that says
//! only whether the element is there. Styles are classes (`style="…"` violates the policy, CSSOM
//! does not).

use std::rc::Rc;

use frond_preview::MediaType;
use frond_view::dom::tag::{a, div, main, span};
use frond_view::dom::{Drawn, Element, Lasting, View, before_paint, document, focus, mount};
use futures_util::future::LocalBoxFuture;

use crate::bytes::Bytes;
use crate::port::{
    Clock, Entropy, FolderPicker, MediaServer, Passkeys, PdfOpener, Picture, Previewer, Source,
    TakeSources, Thumbnailer,
};
use crate::session::{LockedVault, Session};
use crate::ui::route::Route;

mod actions;
mod already_there;
mod app;
mod background;
mod bar;
mod bucket;
mod contents;
mod copy;
mod create;
mod delete_account;
mod dialog;
mod dropping;
mod entry;
mod fernet;
mod field;
mod files;
mod icon;
mod idle;
mod list;
mod module;
mod move_to;
mod moving;
mod new_folder;
mod new_password;
mod notices;
mod passkey;
mod preview;
mod progress;
mod recover;
mod recovery_words;
mod reminder;
mod rename;
mod row;
mod screens;
mod selected;
mod server;
mod settings;
mod share;
mod shared;
mod shortcuts;
mod sorting;
mod thumbnails;
mod title;
mod toast;
mod transfers;
mod trash;
mod vault;
mod versions;

pub use actions::{Action, run};
pub use app::App;
use app::LockState;
pub use background::{Background, work};
pub use module::LazyModule;
use module::module;
use screens::{Kind, screen};
pub use screens::{Screen, draw};
pub use vault::open;

/// The ports that the page needs.
pub struct PagePorts {
    /// The locked vault.
    pub locked: LockedVault,
    /// The secret of the link that the page was opened with; once.
    pub link: fn() -> Option<String>,
    /// Randomness for the Fernet tool.
    pub entropy: Rc<dyn Entropy>,
    /// Clock for the Fernet tool and for times in words.
    pub clock: Rc<dyn Clock>,
    /// The files of an `<input type="file">`.
    pub sources: fn(web_sys::FileList) -> Vec<Rc<dyn Source>>,
    /// Reports the files of a drop, including those in folders.
    pub dropped: fn(&web_sys::DataTransfer, TakeSources),
    /// Works out what files show.
    pub previewer: Rc<dyn Previewer>,
    /// An image's bytes, for an `<img>`.
    pub image: fn(&Bytes, MediaType) -> Option<web_sys::Blob>,
    /// Has the browser save a small file under this name; false if it refuses.
    pub save: fn(&str, &[u8]) -> bool,
    /// Has the user pick a folder to export into.
    pub folders: Rc<dyn FolderPicker>,
    /// Gives files URLs, for players.
    pub media: Rc<dyn MediaServer>,
    /// Draws PDF files.
    pub pdf: Rc<dyn PdfOpener>,
    /// Shows a page of one; false if the browser has no room.
    pub paint: fn(&Picture, &web_sys::HtmlCanvasElement) -> bool,
    /// Makes thumbnails.
    pub thumbnailer: Rc<dyn Thumbnailer>,
    /// Passkeys.
    pub passkeys: Rc<dyn Passkeys>,
    /// Whether this browser can use them.
    pub has_passkeys: fn() -> LocalBoxFuture<'static, bool>,
    /// What shows the open vault: [`open`].
    pub vault: LazyModule<Session>,
    /// The screens that the list does not need: [`draw`].
    pub screens: LazyModule<Screen>,
    /// What the user does to files, in the same module: [`run`].
    pub actions: LazyModule<Action, ()>,
    /// What works behind the screens, in the same module: [`work`].
    pub background: LazyModule<Background, LocalBoxFuture<'static, ()>>,
}

/// Opens the session that a reload interrupted, if there is one, then takes over the page from its
/// markup.
pub async fn start(page: PagePorts) {
    let restored = page.locked.restore().await;
    mount(shell(App::new(page, restored)));
    Element::in_markup("opening").remove();
}

/// The current screen, and what floats above every screen.
fn shell(app: App) -> impl View {
    app.follow_address();
    let entry = entry::take_over(app);
    div().attr("class", "page").child((
        move || match app.state.get() {
            LockState::Locked(_) => locked(app, entry.clone()),
            LockState::Open(session) => {
                module(app, app.with_page(|page| page.vault), session).drawn()
            }
        },
        toast::view(app),
        dialog::view(app),
    ))
}

/// The screens that need no account.
fn locked(app: App, entry: Lasting) -> Drawn {
    let shown = move || match app.route.get() {
        Route::Fernet => outside(screen(app, Kind::Fernet)),
        Route::Server => outside(screen(app, Kind::Server(false))),
        Route::Shared => outside(screen(app, Kind::Shared)),
        Route::Files | Route::Folder(_) | Route::Trash | Route::Settings | Route::Bucket => {
            entry.clone().drawn()
        }
    };
    shown.drawn()
}

fn outside(screen: impl View) -> Drawn {
    let main = main().attr("id", "main").attr("tabindex", "-1").attr("class", "outside");
    main.child((home(), screen)).drawn()
}

/// The mark and the name, linking to the files.
fn home() -> Element {
    a().attr("class", "home")
        .attr("href", Route::Files.href())
        .attr("aria-label", "Frond")
        .child((icon::mark(), span().attr("class", "wordmark").child("Frond")))
}

/// Focuses the element with this id, once it exists.
fn focus_on(id: &'static str) {
    before_paint(move || {
        if let Some(element) = document().get_element_by_id(id) {
            focus(&element);
        }
    });
}
