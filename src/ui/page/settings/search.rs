//! Search in contents: the switch, and "Build index" with its progress.

use frond_view::dom::tag::{button, div, h2, input, label, p, section};
use frond_view::dom::{Element, View, event};
use frond_view::reactive::Memo;
use wasm_bindgen_futures::spawn_local;

use crate::session::{Direction, Indexing};
use crate::text::{message, words};
use crate::ui::page::app::App;
use crate::ui::page::icon::{self, icon};
use crate::ui::page::progress;
use crate::ui::page::vault::Vault;

pub(super) fn section_of(app: App, vault: Vault) -> impl View {
    let on = Memo::new(move || vault.indexing.with(|state| state.on));
    let running = Memo::new(move || vault.indexing.with(|state| state.of > 0));
    let done = move || vault.indexing.with(|state| (state.done, state.of));
    let bar = move || {
        running.get().then(|| {
            progress::counted("Indexing".to_owned(), done, move || {
                let (done, of) = done();
                let of = usize::try_from(of).unwrap_or(usize::MAX);
                format!("{done} of {}", words::count(of, "file"))
            })
        })
    };
    // Counted anew when files or segments changed.
    let counted = Memo::new(move || {
        vault.revision.get();
        vault.indexing.with(|state| (state.bytes, state.of));
        on.get().then(|| vault.session().search().coverage())
    });
    let facts = move || {
        counted.get().map(|(covered, files)| {
            let size = words::size(vault.indexing.with(|state| state.bytes));
            let files = words::count(files, "file");
            p().attr("class", "facts").child(format!("{covered} of {files} with text, {size}."))
        })
    };
    section().attr("aria-label", "Search").child((
        h2().child("Search"),
        switch(app, vault, on),
        p().child(
            "The words of your files are stored encrypted, and searched in this browser: neither \
             they nor what you search for can be read by the server or the storage. Files are \
             indexed as you add them here; build the index for those that were added before.",
        ),
        bar,
        facts,
        p().attr("role", "status").child(move || vault.indexing.with(status)),
        div().attr("class", "buttons").child((
            move || (on.get() && !running.get()).then(|| build(app, vault)),
            move || running.get().then(|| hold(vault)),
        )),
    ))
}

fn switch(app: App, vault: Vault, on: Memo<bool>) -> Element {
    let toggle = move |_| {
        let (session, on) = (vault.session(), !on.get_untracked());
        spawn_local(async move {
            if session.search().switch(on).await.is_err() {
                app.warn(message::SEARCH_NOT_KEPT);
            }
        });
    };
    label().attr("class", "choice").child((
        input()
            .attr("type", "checkbox")
            .attr("role", "switch")
            .property("checked", move || on.get())
            .on(event::CHANGE, toggle),
        "Search in file contents on this device",
    ))
}

/// What stands in the way, in one sentence.
fn status(state: &Indexing) -> String {
    match (state.waiting, state.damaged) {
        _ if state.paused && state.of > 0 => "Paused.".to_owned(),
        (Some(error), _) if state.of > 0 => message::waiting(error, Direction::Down).to_owned(),
        (_, 0) => String::new(),
        (_, n) => format!(
            "{} of the index could not be read and is left out. Build the index again for its \
             files.",
            words::count(n, "part")
        ),
    }
}

fn build(app: App, vault: Vault) -> Element {
    let start = move |_| {
        let session = vault.session();
        spawn_local(async move {
            if session.search().index_all().await.is_err() {
                app.warn(message::INDEXING_NOT_KEPT);
            }
        });
    };
    button()
        .attr("type", "button")
        .on(event::CLICK, start)
        .child((icon(icon::CHECK), "Build index"))
}

/// One button for both, so that it keeps the focus.
fn hold(vault: Vault) -> Element {
    let paused = move || vault.indexing.with(|state| state.paused);
    let toggle =
        move |_| vault.session().search().pause(!vault.indexing.with_untracked(|s| s.paused));
    button()
        .attr("type", "button")
        .on(event::CLICK, toggle)
        .child(move || if paused() { "Resume indexing" } else { "Pause indexing" })
}
