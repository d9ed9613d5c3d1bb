//! The name of a file as a box, in its place in the list.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Event, HtmlInputElement, KeyboardEvent};

use crate::object::ObjectId;
use crate::ui::folder;
use crate::ui::page::app::App;
use crate::ui::page::field;
use crate::ui::page::row::focus_tool;
use crate::ui::page::vault::Vault;
use crate::ui::{message, words};
use frond_view::dom::tag::{button, form, input};
use frond_view::dom::{Element, Ref, before_paint, event};
use frond_view::reactive::Signal;

pub(super) fn view(app: App, vault: Vault, id: ObjectId, path: String, renaming: Signal<bool>) -> Element {
    let node = Ref::<HtmlInputElement>::new();
    let old = folder::name(&path).to_owned();
    let first = old.clone();
    before_paint(move || field::select(node));
    let close = move |event: &Event| {
        let row = event.current_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let row = row.and_then(|element| element.closest("tr").ok().flatten());
        renaming.set(false);
        if let Some(row) = row {
            focus_tool(&row, "Rename");
        }
    };
    let submit = move |event: Event| {
        event.prevent_default();
        let new = field::value(node);
        if new == old {
            return close(&event);
        }
        let (from, folder) = (path.clone(), folder::parent(&path));
        let to = if folder.is_empty() { new } else { format!("{folder}/{new}") };
        spawn_local(async move {
            match vault.session().rename(id, &to).await {
                Ok(()) => {
                    renaming.set(false);
                    let said = format!("Renamed to {}.", words::visible(folder::name(&to)));
                    app.say(said, Some(Rc::new(move || rename_back(app, vault, id, from.clone()))));
                }
                Err(error) => app.warn(message::change(error)),
            }
        });
    };
    let escape = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            close(&event);
        }
    };
    form()
        .attr("class", "rename")
        .attr("aria-label", "Rename")
        .on(event::SUBMIT, submit)
        .on(event::KEY_DOWN, escape)
        .child((
            input()
                .known(node)
                .attr("type", "text")
                .attr("aria-label", "New name")
                .attr("autocomplete", "off")
                .attr("spellcheck", "false")
                .value(&first),
            button().attr("type", "submit").child("Save"),
            button().attr("type", "button").on(event::CLICK, move |event| close(&event)).child("Cancel"),
        ))
}

fn rename_back(app: App, vault: Vault, id: ObjectId, path: String) {
    spawn_local(async move {
        if let Err(error) = vault.session().rename(id, &path).await {
            app.warn(message::change(error));
        }
    });
}
