//! Adding files: by two buttons, or dropped anywhere on the window.

use std::rc::Rc;

use leptos::ev;
use leptos::html::{div, input, label, p};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys;

use crate::port::Source;
use crate::ui::page::app::App;
use crate::ui::page::icon::{self, icon};
use crate::ui::page::vault::Vault;
use crate::ui::{message, placed, words};

/// The two inputs, dressed as buttons.
pub(super) fn buttons(app: App, vault: Vault) -> impl IntoView {
    (
        picker(app, vault, "Add files", "button primary", icon::ADD, false),
        picker(app, vault, "Add folder", "button", icon::ADD_FOLDER, true),
    )
}

fn picker(
    app: App,
    vault: Vault,
    name: &'static str,
    class: &'static str,
    outline: &'static str,
    folder: bool,
) -> impl IntoView {
    let picked = move |event: ev::Event| {
        let Some(input) =
            event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok())
        else {
            return;
        };
        if let Some(files) = input.files() {
            add(app, vault, app.with_page(|page| (page.sources)(files)));
        }
        // So that the same file can be picked again.
        input.set_value("");
    };
    label().attr("class", class).child((
        icon(outline),
        input()
            .attr("type", "file")
            .attr("class", "unseen")
            .attr("multiple", true)
            .attr("webkitdirectory", folder)
            .on(ev::change, picked),
        name,
    ))
}

/// Queues files for the folder that is open.
fn add(app: App, vault: Vault, sources: Vec<Rc<dyn Source>>) {
    let sources = placed::place(sources, &vault.folder.get_untracked());
    if let Err(error) = vault.session().add(sources) {
        app.warn(message::change(error));
    }
}

/// The frame over the whole window while files are dragged over it.
pub(super) fn target(app: App, vault: Vault) -> impl IntoView {
    let over = RwSignal::new(None::<usize>);
    let drag = move |event: ev::DragEvent| {
        if let Some(n) = event.data_transfer().and_then(|data| files_in(&data)) {
            event.prevent_default();
            over.set(Some(n));
        }
    };
    let leave = move |event: ev::DragEvent| {
        // Between two elements of the page there is a related target; outside of the window there is none.
        if event.related_target().is_none() {
            over.set(None);
        }
    };
    let drop = move |event: ev::DragEvent| {
        let data = event.data_transfer().filter(|data| files_in(data).is_some());
        if let Some(data) = data {
            event.prevent_default();
            over.set(None);
            add(app, vault, app.with_page(|page| (page.dropped)(data)));
        }
    };
    let listeners = [
        window_event_listener(ev::dragenter, drag),
        window_event_listener(ev::dragover, drag),
        window_event_listener(ev::dragleave, leave),
        window_event_listener(ev::drop, drop),
    ];
    on_cleanup(move || listeners.into_iter().for_each(WindowListenerHandle::remove));
    move || {
        over.get().map(|n| {
            div().attr("class", "drop").child(
                p().child((icon(icon::LOCK), format!("Lock and add {} here", words::count(n, "file")))),
            )
        })
    }
}

/// How many files a drag carries; `None` when it carries something else.
fn files_in(data: &web_sys::DataTransfer) -> Option<usize> {
    let items = data.items();
    let files =
        (0..items.length()).filter_map(|at| items.get(at)).filter(|item| item.kind() == "file").count();
    (files > 0).then_some(files)
}
