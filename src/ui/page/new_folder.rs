//! "New folder": a button, and the dialog that asks for the name.

use frond_view::dom::tag::{self, dialog, div, form, h2, p};
use frond_view::dom::{Ref, View, before_paint, event};
use frond_view::reactive::Signal;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Event, HtmlDialogElement, HtmlInputElement};

use crate::path;
use crate::text::{folder, message, words};
use crate::ui::page::app::App;
use crate::ui::page::field::{self, Field};
use crate::ui::page::icon::{self, icon};
use crate::ui::page::vault::Vault;

pub(super) fn button(app: App, vault: Vault) -> impl View {
    let open = Signal::new(false);
    (
        tag::button()
            .attr("type", "button")
            .attr("class", "button")
            .on(event::CLICK, move |_| open.set(true))
            .child((icon(icon::FOLDER), "New folder")),
        move || open.get().then(|| ask(app, vault, open)),
    )
}

fn ask(app: App, vault: Vault, open: Signal<bool>) -> impl View {
    let (element, name) = (Ref::<HtmlDialogElement>::new(), Ref::<HtmlInputElement>::new());
    // Why the folder was not made; cleared when the text changes.
    let refused = Signal::new(None::<&'static str>);
    before_paint(move || {
        // Fails only if the dialog is already open or removed.
        let _ = element.get().map(|element| element.show_modal());
        field::select(name);
    });
    let close = move || {
        if let Some(element) = element.get() {
            element.close();
        }
    };
    let submit = move |event: Event| {
        event.prevent_default();
        let new = field::value(name);
        if let Err(why) = path::check_name(&new) {
            refused.set(Some(message::bad_name(why)));
            return field::select(name);
        }
        let path = folder::joined(&vault.folder.get_untracked(), &new);
        spawn_local(async move {
            match vault.session().files().create_folder(&path).await {
                Ok(_) => {
                    close();
                    app.say(format!("Created {}.", words::visible(&new)), None);
                }
                Err(error) => refused.set(Some(message::change(error))),
            }
        });
    };
    let field = Field { id: "folder-name", label: "Folder name", autocomplete: "off" };
    dialog()
        .known(element)
        .attr("aria-labelledby", "new-folder")
        // Escape closes it too.
        .on(event::CLOSE, move |_| open.set(false))
        .child((
            h2().attr("id", "new-folder").child("New folder"),
            form()
                .attr("novalidate", true)
                .on(event::SUBMIT, submit)
                .on(event::INPUT, move |_| refused.set(None))
                .child((
                    field::text(field, name),
                    move || {
                        refused
                            .get()
                            .map(|why| p().attr("class", "error").attr("role", "alert").child(why))
                    },
                    div().attr("class", "buttons").child((
                        tag::button()
                            .attr("type", "button")
                            .on(event::CLICK, move |_| close())
                            .child("Cancel"),
                        tag::button()
                            .attr("type", "submit")
                            .attr("class", "primary")
                            .child("Create"),
                    )),
                )),
        ))
}
