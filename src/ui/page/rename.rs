//! The name of a file or folder as a text box, in place in the list.

use frond_view::dom::tag::{button, form, input, p};
use frond_view::dom::{Element, Ref, before_paint, event};
use frond_view::reactive::Signal;
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlInputElement, KeyboardEvent};

use crate::catalog::RowId;
use crate::path;
use crate::text::folder;
use crate::text::message;
use crate::ui::page::actions::{Act, act};
use crate::ui::page::app::App;
use crate::ui::page::field;
use crate::ui::page::row::focus_tool;
use crate::ui::page::vault::Vault;

pub(super) fn view(
    app: App,
    vault: Vault,
    id: RowId,
    path: String,
    renaming: Signal<bool>,
) -> Element {
    let node = Ref::<HtmlInputElement>::new();
    let old = folder::name(&path).to_owned();
    let first = old.clone();
    // Why the text is not a valid name; cleared when the text changes.
    let refused = Signal::new(None::<&'static str>);
    before_paint(move || field::select(node));
    let close = move |event: &Event| {
        let row =
            event.current_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
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
        let to = match path::renamed(&path, &new) {
            Ok(to) => to,
            Err(why) => {
                refused.set(Some(message::bad_name(why)));
                return field::select(node);
            }
        };
        act(app, vault, Act::Rename { id, from: path.clone(), to, renaming });
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
        .on(event::INPUT, move |_| refused.set(None))
        .child((
            input()
                .known(node)
                .attr("type", "text")
                .attr("aria-label", "New name")
                .attr("aria-describedby", "rename-refused")
                .live(
                    "aria-invalid",
                    move || if refused.get().is_some() { "true" } else { "false" },
                )
                .attr("autocomplete", "off")
                .attr("spellcheck", "false")
                .value(&first),
            button().attr("type", "submit").child("Save"),
            button()
                .attr("type", "button")
                .on(event::CLICK, move |event| close(&event))
                .child("Cancel"),
            move || {
                refused.get().map(|why| {
                    p().attr("id", "rename-refused")
                        .attr("class", "error")
                        .attr("role", "alert")
                        .child(why)
                })
            },
        ))
}
