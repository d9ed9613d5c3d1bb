//! The name of a file as a box, in its place in the list.

use std::rc::Rc;

use leptos::ev;
use leptos::html::{Input, button, form, input};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys;

use crate::object::ObjectId;
use crate::ui::folder;
use crate::ui::page::app::App;
use crate::ui::page::field;
use crate::ui::page::row::focus_tool;
use crate::ui::page::vault::Vault;
use crate::ui::{message, words};

pub(super) fn view(
    app: App,
    vault: Vault,
    id: ObjectId,
    path: String,
    renaming: RwSignal<bool>,
) -> impl IntoView {
    let node = NodeRef::<Input>::new();
    let old = folder::name(&path).to_owned();
    let first = old.clone();
    Effect::new(move |_| {
        if node.get().is_some() {
            request_animation_frame(move || field::select(node));
        }
    });
    let close = move |event: &ev::Event| {
        let row = event.current_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let row = row.and_then(|element| element.closest("tr").ok().flatten());
        renaming.set(false);
        if let Some(row) = row {
            focus_tool(&row, "Rename");
        }
    };
    let submit = move |event: ev::SubmitEvent| {
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
                    renaming.try_set(false);
                    let said = format!("Renamed to {}.", words::visible(folder::name(&to)));
                    app.say(said, Some(Rc::new(move || rename_back(app, vault, id, from.clone()))));
                }
                Err(error) => app.warn(message::change(error)),
            }
        });
    };
    let escape = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            close(&event);
        }
    };
    form()
        .attr("class", "rename")
        .attr("aria-label", "Rename")
        .on(ev::submit, submit)
        .on(ev::keydown, escape)
        .child((
            input()
                .node_ref(node)
                .attr("type", "text")
                .attr("aria-label", "New name")
                .attr("autocomplete", "off")
                .attr("spellcheck", "false")
                .prop("value", first),
            button().attr("type", "submit").child("Save"),
            button().attr("type", "button").on(ev::click, move |event| close(&event)).child("Cancel"),
        ))
}

fn rename_back(app: App, vault: Vault, id: ObjectId, path: String) {
    spawn_local(async move {
        if let Err(error) = vault.session().rename(id, &path).await {
            app.warn(message::change(error));
        }
    });
}
