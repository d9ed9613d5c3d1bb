//! A list of files and folders, of any length: what it shows, which rows are selected, and which
//! one the keyboard is at.
//!
//! One row is *current*. Only its controls are in the tab order, it is drawn wherever the page is
//! scrolled to, and the arrow keys move from its controls to the same controls of another row.
//!
//! It is shown as a table or as a grid. `table` and `tiles` draw what is near the viewport, `keys`
//! has the keys, `pointer` clicks and drags, `position` is where the list was scrolled to in the
//! browser's history.

use std::collections::HashSet;
use std::ops::Range;
use std::rc::Rc;

use frond_view::dom::{Ref, before_paint, document, is_unfocused, window};
use frond_view::reactive::{Memo, Signal, effect, flush};
use wasm_bindgen::JsCast;
use web_sys::{
    Element, Event, FocusOptions, HtmlElement, ScrollIntoViewOptions, ScrollLogicalPosition,
};

use crate::catalog::{FolderId, Row, RowId};
use crate::object::ObjectId;
use crate::ui::page::focus_on;
use crate::ui::selection::Selection;
use crate::ui::sort::Sort;
use crate::ui::virtual_list::Blocks;

mod keys;
mod pointer;
mod position;
mod table;
mod tiles;

pub(super) use pointer::is_selecting;
pub(super) use table::view;

/// Finds a row by its id; `None` if it is gone.
type FindRow = Rc<dyn Fn(&RowId) -> Option<Row>>;

/// A list; cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct List {
    /// All rows, in order.
    pub order: Signal<Rc<Vec<RowId>>>,
    /// Whether this is the order that was asked for, and not one to begin with.
    pub in_order: Signal<bool>,
    /// Whether all rows are there, be it in another order.
    pub found: Signal<bool>,
    /// The selected rows.
    pub selection: Signal<Selection<RowId>>,
    /// Files and folders that are being dragged.
    pub dragged: Signal<Rc<Vec<RowId>>>,
    /// Changes with the content of any row.
    changed: Memo<u64>,
    row: Signal<FindRow>,
    /// The sort, if it can be changed. Such a list also has a selection.
    sort: Option<Signal<Sort>>,
    /// The row that the keyboard was at last, and its index.
    last: Signal<Option<(RowId, usize)>>,
    blocks: Signal<Blocks>,
    /// Whether it is shown as a grid.
    pub grid: Signal<bool>,
    /// Tiles side by side, while it is.
    columns: Signal<usize>,
    /// The rows near the viewport; of a grid its rows of tiles.
    drawn: Signal<Range<usize>>,
    body: Ref<Element>,
}

impl List {
    /// An empty list. `row` has the content of a row, `changed` is another number when that of any
    /// row is another.
    pub fn new(
        changed: Memo<u64>,
        row: impl Fn(&RowId) -> Option<Row> + 'static,
        sort: Option<Signal<Sort>>,
    ) -> Self {
        let list = Self {
            order: Signal::new(Rc::default()),
            in_order: Signal::new(false),
            found: Signal::new(false),
            selection: Signal::new(Selection::default()),
            dragged: Signal::new(Rc::default()),
            changed,
            row: Signal::new(Rc::new(row)),
            sort,
            last: Signal::new(None),
            blocks: Signal::new(Blocks::default()),
            grid: Signal::new(false),
            columns: Signal::new(1),
            drawn: Signal::new(0..0),
            body: Ref::new(),
        };
        list.follow_order();
        keys::listen(list);
        position::follow(list);
        list
    }

    /// Number of rows.
    pub fn len(self) -> usize {
        self.order.with(|order| order.len())
    }

    /// The content of a row, if it is still there.
    pub fn row(self, id: &RowId) -> Option<Row> {
        self.row.with_untracked(Rc::clone)(id)
    }

    /// What a key is for: the selected rows in the order of the list, or else the row that has the
    /// focus.
    pub fn meant(self, event: &Event) -> Vec<RowId> {
        let selected = self.selected();
        let focused = || row_of(event).into_iter().map(|(_, id)| id).collect();
        if selected.is_empty() { focused() } else { selected }
    }

    /// The selected rows, in the order of the list.
    pub fn selected(self) -> Vec<RowId> {
        self.selection.with_untracked(|selection| {
            if selection.is_empty() {
                return Vec::new();
            }
            let is_selected = |id: &&RowId| selection.contains(id);
            self.order.with_untracked(|order| order.iter().filter(is_selected).copied().collect())
        })
    }

    /// The files beside a file, before and after it.
    pub fn beside(self, file: ObjectId) -> (Option<RowId>, Option<RowId>) {
        self.order.with(|order| {
            let is_file = |id: &&RowId| matches!(id, RowId::File(_));
            let Some(at) = index(order, &RowId::File(file)) else { return (None, None) };
            let before = order.get(..at).unwrap_or_default().iter().rev().find(is_file);
            let after = order.get(at.saturating_add(1)..).unwrap_or_default();
            (before.copied(), after.iter().find(is_file).copied())
        })
    }

    /// The current row.
    fn current(self) -> Option<RowId> {
        let last = self.last.get().map(|(id, _)| id);
        last.or_else(|| self.order.with(|order| order.first().copied()))
    }

    /// The index of the current row, if one was made current.
    pub fn current_index(self) -> Option<usize> {
        self.last.get().map(|(_, index)| index)
    }

    fn set_current(self, id: RowId) {
        let at = self.order.with_untracked(|order| index(order, &id));
        if let Some(at) = at {
            self.last.change(Some((id, at)));
        }
    }

    /// Makes a row current, shows it, and focuses its control of this kind.
    pub fn go_to(self, id: RowId, control: &str) {
        // The screen may be gone by the time it is painted.
        if self.order.try_get().is_none() {
            return;
        }
        self.set_current(id);
        flush();
        let Some(row) = self.element(&id) else { return };
        focus_control(&row, control);
        scroll_to(&row);
        self.place();
    }

    /// The drawn row.
    fn element(self, id: &RowId) -> Option<Element> {
        self.body.get()?.query_selector(&format!("[data-id='{}']", text(id))).ok().flatten()
    }

    /// Keeps selection and current row to rows that the list has. If the row with the focus is
    /// gone, the focus moves to the one in its place, or to the heading.
    fn follow_order(self) {
        effect(move || {
            let order = self.order.get();
            self.blocks.update(|blocks| blocks.resize(order.len()));
            if !self.selection.with_untracked(Selection::is_empty) {
                let all: HashSet<_> = order.iter().collect();
                self.selection.update(|selection| selection.retain(|id| all.contains(id)));
            }
            let Some((id, at)) = self.last.get_untracked() else { return };
            let now = match index(&order, &id) {
                Some(at) => Some((id, at)),
                None => {
                    let at = at.min(order.len().saturating_sub(1));
                    order.get(at).map(|id| (*id, at))
                }
            };
            self.last.change(now);
        });
        let mut first = true;
        effect(move || {
            self.changed.get();
            self.order.with(|_| ());
            if !std::mem::take(&mut first) {
                before_paint(move || self.mend_focus());
            }
        });
    }

    fn mend_focus(self) {
        if !is_unfocused() || self.last.try_get().is_none() {
            return;
        }
        let row = self.last.get_untracked().and_then(|(id, _)| self.element(&id));
        match row {
            Some(row) => focus_control(&row, SELECT),
            None => focus_on("title"),
        }
    }
}

/// The control of a row that selects it; in a list without a selection, the first one.
pub(super) const SELECT: &str = "input, button";
/// The control of a row that opens it.
pub(super) const OPEN: &str = ".named > .name";

fn index(order: &[RowId], id: &RowId) -> Option<usize> {
    order.iter().position(|other| other == id)
}

/// The id as an attribute of its row.
fn text(id: &RowId) -> String {
    match id {
        RowId::Folder(id) => format!("folder {id}"),
        RowId::File(id) => format!("file {id}"),
    }
}

/// The row that an event happened in, and its id.
fn row_of(event: &Event) -> Option<(Element, RowId)> {
    let target: Element = event.target()?.dyn_into().ok()?;
    let row = target.closest("[data-id]").ok()??;
    let text = row.get_attribute("data-id")?;
    let id = match text.split_once(' ')? {
        ("folder", id) => RowId::Folder(FolderId::parse(id).ok()?),
        (_, id) => RowId::File(ObjectId::parse(id).ok()?),
    };
    Some((row, id))
}

/// Focuses a control of a row, without scrolling.
fn focus_control(row: &Element, control: &str) {
    let found = row.query_selector(control).ok().flatten();
    let found = found.or_else(|| row.query_selector(SELECT).ok().flatten());
    if let Some(found) = found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
        let options = FocusOptions::new();
        options.set_prevent_scroll(true);
        let _ = found.focus_with_options(&options);
    }
}

/// Scrolls no more than is needed to show a row.
fn scroll_to(row: &Element) {
    let options = ScrollIntoViewOptions::new();
    options.set_block(ScrollLogicalPosition::Nearest);
    row.scroll_into_view_with_scroll_into_view_options(&options);
}

/// Whether the heading of the screen has the focus.
fn is_on_heading() -> bool {
    document().active_element().is_some_and(|element| element.id() == "title")
}

/// Height of the window, in CSS pixels.
fn inner_height() -> f64 {
    window().inner_height().ok().and_then(|height| height.as_f64()).unwrap_or_default()
}

/// A number as CSS and JavaScript write it. The browser does it: tables for that are 20 KB.
fn decimal(number: f64) -> String {
    let text = js_sys::Number::from(number).to_string_with_radix(10);
    text.map(String::from).unwrap_or_default()
}

/// Whether keys are meant for the list: the focus is in it or nowhere, and not in a text box or a
/// dialog.
pub(super) fn has_keys(event: &web_sys::KeyboardEvent) -> bool {
    let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else {
        return false;
    };
    let is_in = |selector: &str| target.closest(selector).ok().flatten().is_some();
    let types = is_in("form, input:not([type='checkbox']), textarea, select");
    let is_asked = document().query_selector("dialog[open]").ok().flatten().is_some();
    !event.default_prevented() && !types && !is_asked && (is_in(".list") || is_unfocused())
}
