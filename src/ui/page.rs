//! The page: one root, the screens below it, and what all of them share.
//!
//! Views are built with `leptos::html`, never with `view!`: the macro sets `innerHTML`, which Trusted Types refuse.
//! Everything shown is a text node or an attribute; styles are classes (`style="…"` violates the policy, CSSOM does not).

use std::rc::Rc;

use leptos::html::{a, button, div, main, span};
use leptos::prelude::*;
use leptos::web_sys;

use crate::port::{BulkCipher, Clock, Entropy, Source};
use crate::session::Door;
use crate::ui::route::Route;

mod app;
mod bar;
mod create;
mod dialog;
mod dropping;
mod entry;
mod fernet;
mod field;
mod files;
mod icon;
mod idle;
mod notices;
mod rename;
mod row;
mod server;
mod settings;
mod title;
mod toast;
mod transfers;
mod trash;
mod vault;

use app::{App, State};
use vault::Vault;

/// What the page needs of the world.
pub struct Page {
    /// The vault, locked.
    pub door: Door,
    /// Engine for the Fernet tool's bulk work.
    pub cipher: Rc<dyn BulkCipher>,
    /// Randomness for the Fernet tool.
    pub entropy: Rc<dyn Entropy>,
    /// Clock for the Fernet tool and for times in words.
    pub clock: Rc<dyn Clock>,
    /// The files of an `<input type="file">`.
    pub sources: fn(web_sys::FileList) -> Vec<Rc<dyn Source>>,
    /// The files and folders of a drop.
    pub dropped: fn(web_sys::DataTransfer) -> Vec<Rc<dyn Source>>,
}

/// Shows the page, and stays.
pub fn start(page: Page) {
    mount_to_body(move || shell(App::new(page)));
}

/// Skip link, the screen of the moment, and what floats above every screen.
fn shell(app: App) -> impl IntoView {
    app.follow_address();
    app.restore();
    let skip = button()
        .attr("type", "button")
        .attr("class", "skip")
        .on(leptos::ev::click, |_| focus_on("main"))
        .child("Skip to content");
    div().attr("class", "page").child((
        skip,
        move || match app.state.get() {
            State::Opening => opening().into_any(),
            State::Locked(why) => locked(app, why),
            State::Open(session) => vault::frame(app, Vault::new(session)).into_any(),
        },
        toast::view(app),
        dialog::view(app),
    ))
}

/// While a session that a reload interrupted comes back; the words appear only when it takes long.
fn opening() -> impl IntoView {
    main().attr("id", "main").attr("tabindex", "-1").child(
        div().attr("class", "opening").attr("role", "status").child((icon::mark(), "Opening your files…")),
    )
}

/// The screens that need no account.
fn locked(app: App, why: Option<String>) -> AnyView {
    let screen = move || match app.route.get() {
        Route::Fernet => (home(), fernet::screen(app)).into_any(),
        Route::Server => (home(), server::screen()).into_any(),
        Route::Files | Route::Trash | Route::Settings => entry::screen(app, why.clone()).into_any(),
    };
    main().attr("id", "main").attr("tabindex", "-1").attr("class", "outside").child(screen).into_any()
}

/// The mark and the name, leading to the files.
fn home() -> leptos::html::HtmlElement<leptos::html::A, impl leptos::attr::Attribute, impl IntoView> {
    a().attr("class", "home")
        .attr("href", Route::Files.href())
        .attr("aria-label", "Frond")
        .child((icon::mark(), span().attr("class", "wordmark").child("Frond")))
}

/// Puts the focus on the element of that id, once it is there.
fn focus_on(id: &'static str) {
    request_animation_frame(move || {
        use leptos::wasm_bindgen::JsCast;
        let element = document().get_element_by_id(id);
        if let Some(element) = element.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
            // Nothing to do about an element that refuses the focus.
            let _ = element.focus();
        }
    });
}
