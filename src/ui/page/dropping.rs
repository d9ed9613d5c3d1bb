//! Adding files: by two buttons, or by dropping them anywhere on the window.

use std::rc::Rc;

use frond_view::dom::tag::{button, div, input, label, p};
use frond_view::dom::{View, event, window};
use frond_view::reactive::Signal;
use wasm_bindgen::JsCast;
use web_sys::{DragEvent, Event};

use crate::port::Source;
use crate::text::words;
use crate::ui::page::actions::{Act, act};
use crate::ui::page::app::App;
use crate::ui::page::dialog::Dialog;
use crate::ui::page::icon::{self, icon};
use crate::ui::page::vault::Vault;

/// The two file inputs, styled as buttons, and "New folder".
pub(super) fn buttons(app: App, vault: Vault) -> impl View {
    (
        button()
            .attr("type", "button")
            .attr("class", "button")
            .on(event::CLICK, move |_| vault.dialog.set(Some(Dialog::NewFolder)))
            .child((icon(icon::FOLDER), "New folder")),
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
) -> impl View {
    let picked = move |event: Event| {
        let Some(input) =
            event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok())
        else {
            return;
        };
        if let Some(files) = input.files() {
            adder(app, vault)(app.with_page(|page| (page.sources)(files)), Vec::new());
        }
        // Allows picking the same file again.
        input.set_value("");
    };
    label().attr("class", class).child((
        icon(outline),
        input()
            .attr("type", "file")
            .attr("class", "unseen")
            .attr("multiple", true)
            .attr("webkitdirectory", folder)
            .on(event::CHANGE, picked),
        name,
    ))
}

/// A callback that adds files to the folder open now, even if they are found later, and makes empty
/// folders in it.
fn adder(app: App, vault: Vault) -> impl FnOnce(Vec<Rc<dyn Source>>, Vec<String>) + 'static {
    let folder = vault.folder.get_untracked();
    move |sources, empty| act(app, vault, Act::Add { folder, sources, empty })
}

/// The frame over the whole window while files are dragged over it.
pub(super) fn target(app: App, vault: Vault) -> impl View {
    let over = Signal::new(None::<usize>);
    let drag = move |event: DragEvent| {
        if let Some(n) = event.data_transfer().and_then(|data| files_in(&data)) {
            event.prevent_default();
            over.change(Some(n));
        }
    };
    let leave = move |event: DragEvent| {
        // Moving between elements of the page has a related target; leaving the window has none.
        if event.related_target().is_none() {
            over.set(None);
        }
    };
    let drop = move |event: DragEvent| {
        let data = event.data_transfer().filter(|data| files_in(data).is_some());
        if let Some(data) = data {
            event.prevent_default();
            over.set(None);
            app.with_page(|page| (page.dropped)(&data, Box::new(adder(app, vault))));
        }
    };
    let window = window();
    event::DRAG_ENTER.listen(&window, drag);
    event::DRAG_OVER.listen(&window, drag);
    event::DRAG_LEAVE.listen(&window, leave);
    event::DROP.listen(&window, drop);
    move || {
        over.get().map(|n| {
            div().attr("class", "drop").child(p().child((
                icon(icon::LOCK),
                format!("Encrypt and add {} here", words::count(n, "file")),
            )))
        })
    }
}

/// Number of files in a drag; `None` if it carries something else.
fn files_in(data: &web_sys::DataTransfer) -> Option<usize> {
    let items = data.items();
    let files = (0..items.length())
        .filter_map(|at| items.get(at))
        .filter(|item| item.kind() == "file")
        .count();
    (files > 0).then_some(files)
}
