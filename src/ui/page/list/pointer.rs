//! Clicks and drags on the rows of a list, as in file managers.
//!
//! A click beside a row's controls selects that row alone; with Ctrl, or on the checkbox, it adds
//! or removes it; with Shift it selects everything from where the selection began. A double click
//! opens. A drag takes the selection along, or else its row alone.

use std::rc::Rc;

use frond_view::dom::{self, event};
use wasm_bindgen::JsCast;
use web_sys::{DragEvent, Element, Event, HtmlElement, MouseEvent};

use super::{List, OPEN, SELECT, focus_control, keys, position, row_of};

/// Listens to a table's body.
pub(super) fn listen(list: List, body: dom::Element) -> dom::Element {
    let body = body.on(event::FOCUS_IN, move |event: Event| {
        if let Some((_, id)) = row_of(&event) {
            list.set_current(id);
        }
    });
    let body = body.on(event::CLICK, move |event| {
        if list.sort.is_none() || click(list, &event).is_none() {
            // Perhaps a link, which leads away.
            position::keep(list);
        }
    });
    if list.sort.is_none() {
        return body;
    }
    body.on(event::DOUBLE_CLICK, move |event| {
        if !is_in(&event, "a, button, form, .select")
            && let Some((row, _)) = row_of(&event)
        {
            keys::press(&row, OPEN);
        }
    })
    .on(event::DRAG_START, move |event| start(list, &event))
    .on(event::DRAG_END, move |_| list.dragged.set(Rc::default()))
}

/// Whether a click selects instead of pressing what it is on.
pub(in crate::ui::page) fn is_selecting(event: &Event) -> bool {
    event
        .dyn_ref::<MouseEvent>()
        .is_some_and(|event| event.shift_key() || event.ctrl_key() || event.meta_key())
}

/// Selects; `None` if the click is for a control of the row.
fn click(list: List, event: &Event) -> Option<()> {
    let (row, id) = row_of(event)?;
    let on_box = is_in(event, ".select");
    if is_in(event, "form, .tools")
        || (is_in(event, ".name a, .name button") && !is_selecting(event))
    {
        return None;
    }
    let mouse = event.dyn_ref::<MouseEvent>()?;
    let order = list.order.get_untracked();
    list.selection.update(|selection| {
        if mouse.shift_key() {
            selection.extend(&id, &order);
        } else if on_box || mouse.ctrl_key() || mouse.meta_key() {
            selection.toggle(id);
        } else {
            selection.only(id);
        }
    });
    list.set_current(id);
    // The box checks itself; a link must not be followed.
    if !is_in(event, "input") {
        event.prevent_default();
        focus_control(&row, SELECT);
    }
    Some(())
}

fn start(list: List, event: &DragEvent) {
    let (Some((_, id)), Some(data)) = (row_of(event), event.data_transfer()) else { return };
    if !list.selection.with_untracked(|selection| selection.contains(&id)) {
        list.selection.update(|selection| selection.only(id));
    }
    // Not text: nothing outside this page takes it.
    let _ = data.set_data("application/x-frond", "");
    data.set_effect_allowed("move");
    list.dragged.set(Rc::new(list.selected()));
}

fn is_in(event: &Event, selector: &str) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let found = target.and_then(|target| target.closest(selector).ok().flatten());
    found.is_some_and(|found| found.dyn_ref::<HtmlElement>().is_some())
}
