//! "New folder": a dialog that asks for the name.

use frond_view::dom::tag::{button, div, form, p};
use frond_view::dom::{Element, Ref, before_paint, event};
use frond_view::reactive::Signal;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Event, HtmlInputElement};

use crate::path;
use crate::text::{message, words};
use crate::ui::page::app::App;
use crate::ui::page::dialog::Modal;
use crate::ui::page::field::{self, Field};
use crate::ui::page::vault::Vault;

pub(super) fn ask(app: App, vault: Vault) -> Element {
    let (modal, name) = (Modal::new(), Ref::<HtmlInputElement>::new());
    // Why the folder was not made; cleared when the text changes.
    let refused = Signal::new(None::<&'static str>);
    before_paint(move || field::select(name));
    let submit = move |event: Event| {
        event.prevent_default();
        let new = field::value(name);
        if let Err(why) = path::check_name(&new) {
            refused.set(Some(message::bad_name(why)));
            return field::select(name);
        }
        let path = path::joined(&vault.folder.get_untracked(), &new);
        let session = vault.session();
        spawn_local(async move {
            match session.files().create_folder(&path).await {
                Ok(_) => {
                    modal.close();
                    app.say(format!("Created {}.", words::visible(&new)), None);
                }
                Err(error) => refused.set(Some(message::change(error))),
            }
        });
    };
    let why = move || {
        refused.get().map(|why| p().attr("class", "error").attr("role", "alert").child(why))
    };
    let field = Field { id: "folder-name", label: "Folder name", autocomplete: "off" };
    let content = form()
        .attr("novalidate", true)
        .on(event::SUBMIT, submit)
        .on(event::INPUT, move |_: Event| refused.set(None))
        .child((
            field::text(field, name),
            why,
            div().attr("class", "buttons").child((
                modal.cancel(),
                button().attr("type", "submit").attr("class", "primary").child("Create"),
            )),
        ));
    modal.view("new-folder", "New folder", move || vault.dialog.set(None), content)
}
