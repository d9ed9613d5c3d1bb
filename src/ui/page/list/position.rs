//! Where a list was scrolled to, and its current row, in the browser's history: back and forward
//! lead to the same position, and so does a reload.
//!
//! Two numbers, because browsers store the history, and names are none of their business.

use frond_view::dom::{before_paint, event, is_unfocused, window};
use frond_view::reactive::{Signal, effect, flush};
use gloo_timers::callback::Timeout;
use js_sys::Number;
use wasm_bindgen::JsValue;

use super::{List, SELECT, decimal, focus_control};
use crate::ui::page::focus_on;

/// How long a list must lie still before its position is stored, in milliseconds: browsers refuse
/// to do that too often.
const STILL: u32 = 150;

/// How far a list is scrolled, and its current row.
#[derive(Clone, Copy)]
struct ListPosition {
    /// How far the page is scrolled, in CSS pixels.
    top: f64,
    /// Index of the current row.
    row: Option<usize>,
}

/// Restores the position that the history has of this list, else begins at the top; then keeps it
/// up to date for as long as the current owner lives.
pub(super) fn follow(list: List) {
    let here = hash();
    let kept = read();
    focus_on("title");
    if kept.is_none() {
        window().scroll_to_with_x_and_y(0.0, 0.0);
    }
    let restored = Signal::new(kept.is_none());
    effect(move || {
        if !restored.get() && list.in_order.get() && list.len() > 0 {
            // Once the first rows were measured, of which the height of the others follows.
            before_paint(move || before_paint(move || restore(list, kept, restored)));
        }
    });
    let timer = Signal::new(None::<Timeout>);
    let keep_soon = move || {
        let here = here.clone();
        let act = move || {
            if restored.try_get() == Some(true) && hash() == here {
                keep(list);
            }
        };
        timer.set(Some(Timeout::new(STILL, act)));
    };
    let moved = keep_soon.clone();
    event::SCROLL.listen(&window(), move |_| keep_soon());
    effect(move || {
        if list.last.get().is_some() {
            moved();
        }
    });
}

/// Stores the position in the history now.
pub(super) fn keep(list: List) {
    let Some(last) = list.last.try_get() else { return };
    let top = window().scroll_y().unwrap_or_default();
    let row = last.map(|(_, at)| at.to_string()).unwrap_or_default();
    let position = format!("{} {row}", decimal(top));
    if let Ok(history) = window().history() {
        // Refused if it was done too often; the position is then an older one.
        let _ = history.replace_state(&JsValue::from_str(&position), "");
    }
}

fn restore(list: List, kept: Option<ListPosition>, restored: Signal<bool>) {
    if restored.try_get() != Some(false) {
        return;
    }
    restored.set(true);
    let Some(ListPosition { top, row }) = kept else { return };
    let id = row.and_then(|row| list.order.with_untracked(|order| order.get(row).copied()));
    if let Some(id) = id {
        list.set_current(id);
    }
    flush();
    window().scroll_to_with_x_and_y(0.0, top);
    list.place();
    flush();
    let nowhere = is_unfocused() || super::is_on_heading();
    if let Some(row) = id.filter(|_| nowhere).and_then(|id| list.element(&id)) {
        focus_control(&row, SELECT);
    }
}

fn read() -> Option<ListPosition> {
    let state = window().history().ok()?.state().ok()?.as_string()?;
    let (top, row) = state.split_once(' ')?;
    let top = Some(Number::parse_float(top)).filter(|top| top.is_finite())?;
    Some(ListPosition { top, row: row.parse().ok() })
}

fn hash() -> String {
    window().location().hash().unwrap_or_default()
}
