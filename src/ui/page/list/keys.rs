//! The keys of a list, as in file managers.
//!
//! Arrows (in a grid in two dimensions), Page Up and Page Down, Home and End move, and select where
//! they arrive; with Shift they select everything from where the selection began, with Ctrl they
//! only move. Space selects one more, as in any checkbox. Enter opens, F2 renames, Ctrl+A selects
//! all, Escape nothing.

use frond_view::dom::{event, window};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use super::{List, OPEN, SELECT, has_keys, inner_height, row_of};
use crate::catalog::RowId;
use crate::ui::grid;
use crate::ui::selection::Selection;

/// Listens for as long as the current owner lives.
pub(super) fn listen(list: List) {
    event::KEY_DOWN.listen(&window(), move |event| {
        if has_keys(&event) && act(list, &event).is_some() {
            event.prevent_default();
        }
    });
}

/// What a key does; `None` if it does nothing.
fn act(list: List, event: &KeyboardEvent) -> Option<()> {
    let control = event.ctrl_key() || event.meta_key();
    if event.alt_key() {
        return None;
    }
    let row = row_of(event).map(|(row, _)| row);
    match event.key().as_str() {
        "a" | "A" if control && list.sort.is_some() => {
            let order = list.order.get_untracked();
            list.selection.update(|selection| selection.all(order.iter().copied()));
        }
        "Escape" if !list.selection.with_untracked(Selection::is_empty) => {
            list.selection.update(Selection::clear);
        }
        "Enter" if is_checkbox(event) => press(&row?, OPEN)?,
        "F2" => press(&list.element(list.meant(event).first()?)?, "button[title='Rename']")?,
        key => {
            let id = arrive(list, key, row.is_some())?;
            list.go_to(id, &same_control(event));
            if list.sort.is_some() {
                select(list, id, event.shift_key(), control);
            }
        }
    }
    Some(())
}

/// The row that a key leads to.
fn arrive(list: List, key: &str, is_in_row: bool) -> Option<RowId> {
    let order = list.order.get_untracked();
    let last = order.len().checked_sub(1)?;
    let at = list.current_index().unwrap_or(0);
    let page = list.blocks.with_untracked(|blocks| blocks.rows_in(inner_height() * 0.7));
    let is_arrow = key.starts_with("Arrow");
    let to = match key {
        "Home" => 0,
        "End" => last,
        _ if list.grid.get_untracked() => {
            let to = grid::step(key, at, list.columns.get_untracked(), inner_height() * 0.7)?;
            match (is_arrow && !is_in_row, key) {
                (true, _) => at,
                // The last row may be shorter.
                (false, "ArrowDown")
                    if to > last && row_of_tile(list, at) == row_of_tile(list, last) =>
                {
                    at
                }
                (false, _) => to,
            }
        }
        "ArrowDown" | "ArrowUp" if !is_in_row => at,
        "ArrowDown" => at.saturating_add(1),
        "ArrowUp" => at.saturating_sub(1),
        "PageDown" => at.saturating_add(page),
        "PageUp" => at.saturating_sub(page),
        _ => return None,
    };
    order.get(to.min(last)).copied()
}

/// The row of the grid in which a tile is.
fn row_of_tile(list: List, at: usize) -> Option<usize> {
    at.checked_div(list.columns.get_untracked())
}

fn select(list: List, id: RowId, shift: bool, control: bool) {
    let order = list.order.get_untracked();
    list.selection.update(|selection| match (shift, control) {
        (true, _) => selection.extend(&id, &order),
        (false, true) => {}
        (false, false) => selection.only(id),
    });
}

/// Presses a control of a row, or the first one.
pub(super) fn press(row: &Element, control: &str) -> Option<()> {
    let found = row.query_selector(control).ok()??;
    found.dyn_ref::<HtmlElement>()?.click();
    Some(())
}

fn is_checkbox(event: &KeyboardEvent) -> bool {
    target(event).is_some_and(|target| target.tag_name() == "INPUT")
}

/// The control in other rows that is like the one with the focus.
fn same_control(event: &KeyboardEvent) -> String {
    let title = target(event).and_then(|target| {
        let tool = target.closest(".tools button").ok()??;
        tool.get_attribute("title")
    });
    match title {
        Some(title) => format!("button[title='{title}']"),
        None => SELECT.to_owned(),
    }
}

fn target(event: &KeyboardEvent) -> Option<Element> {
    event.target()?.dyn_into().ok()
}
