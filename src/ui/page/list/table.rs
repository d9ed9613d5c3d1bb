//! The table of a list: only the rows near the viewport are drawn, and the current one.
//!
//! The rest is empty space of the same height ([`virtual_list`](crate::ui::virtual_list));
//! `aria-rowcount` and `aria-rowindex` say what is left out.

use std::rc::Rc;

use frond_view::dom::tag::{button, input, table, tbody, th, thead, tr};
use frond_view::dom::{Element, Ref, View, before_paint, event, keyed};
use frond_view::reactive::{Memo, effect};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::{List, decimal, inner_height, pointer, text, tiles};
use crate::catalog::{Row, RowId};
use crate::ui::grid;
use crate::ui::page::row;
use crate::ui::sort::Column;
use crate::ui::virtual_list::{self, BLOCK, Line};

/// A line of the table's body, with its content.
enum TableLine {
    /// The number of a space.
    Space(usize),
    Row(RowId, Option<Row>),
}

/// The table, or nothing if it has no rows. `draw` draws a row.
pub(in crate::ui::page) fn view(
    list: List,
    name: &'static str,
    draw: Rc<dyn Fn(Row) -> Element>,
) -> impl View {
    let some = Memo::new(move || list.len() > 0);
    move || {
        some.get().then(|| match list.grid.get() {
            true => tiles::drawn(list, name, Rc::clone(&draw)),
            false => drawn(list, name, Rc::clone(&draw)),
        })
    }
}

fn drawn(list: List, name: &'static str, draw: Rc<dyn Fn(Row) -> Element>) -> Element {
    let lines =
        Memo::new(move || virtual_list::lines(list.len(), list.drawn.get(), list.current_index()));
    let heights = Memo::new(move || {
        let spaces = lines.get().into_iter().filter_map(|line| match line {
            Line::Space(rows) => Some(list.blocks.with(|blocks| blocks.height_of(&rows))),
            Line::Row(_) => None,
        });
        spaces.collect::<Vec<_>>()
    });
    let shown = move || {
        list.changed.get();
        list.order.with(|order| {
            let mut spaces = 0..;
            let shown = lines.get().into_iter().filter_map(|line| match line {
                Line::Space(_) => spaces.next().map(TableLine::Space),
                Line::Row(at) => order.get(at).map(|id| TableLine::Row(*id, list.row(id))),
            });
            shown.collect()
        })
    };
    let identity = |shown: &TableLine| match shown {
        TableLine::Space(nth) => (Some(*nth), None),
        TableLine::Row(id, row) => (None, Some((*id, row.as_ref().map(row::key)))),
    };
    let line = move |shown| match shown {
        TableLine::Space(nth) => {
            let height = move || heights.with(|all| all.get(nth).copied()).unwrap_or_default();
            tr().attr("role", "none")
                .attr("class", "space")
                .style("height", move || decimal(height()) + "px")
        }
        TableLine::Row(id, row) => one(list, id, row, &draw),
    };
    // Explicit roles although they are the elements' defaults: the list layout on phones would lose
    // them.
    let body = tbody().attr("role", "rowgroup").known(list.body);
    let body = pointer::listen(list, body).child(keyed(shown, identity, line));
    let table = table()
        .attr("role", "table")
        .attr("class", "entries")
        .attr("aria-label", name)
        .live("aria-rowcount", move || list.len().saturating_add(1).to_string())
        .live("aria-busy", move || (!list.in_order.get()).then_some("true"))
        .child((head(list), body));
    follow(list, lines);
    table
}

/// A row of the body. A row whose content is gone stays empty until the order is up to date.
fn one(list: List, id: RowId, row: Option<Row>, draw: &Rc<dyn Fn(Row) -> Element>) -> Element {
    let row = match row {
        Some(row) => draw(row),
        None => tr().attr("role", "row"),
    };
    entry(list, id, row)
}

/// The element of a row or a tile, as keyboard and pointer find it.
pub(super) fn entry(list: List, id: RowId, element: Element) -> Element {
    let is_current = Memo::new(move || list.current() == Some(id));
    let node = Ref::<web_sys::Element>::new();
    let element = element
        .attr("data-id", text(&id))
        .attr("draggable", list.sort.map(|_| "true"))
        .toggle("selected", move || list.selection.with(|selection| selection.contains(&id)))
        .known(node);
    effect(move || {
        let tab_index = if is_current.get() { 0 } else { -1 };
        let Some(row) = node.get() else { return };
        let Ok(controls) = row.query_selector_all("a, button, input") else { return };
        for at in 0..controls.length() {
            if let Some(control) =
                controls.get(at).and_then(|one| one.dyn_into::<HtmlElement>().ok())
            {
                control.set_tab_index(tab_index);
            }
        }
    });
    element
}

/// The headings: sorting, and selecting all.
fn head(list: List) -> Element {
    let cell = |class| th().attr("role", "columnheader").attr("scope", "col").attr("class", class);
    let column = move |class, title: &'static str, by| {
        let Some(sort) = list.sort else { return cell(class).child(title) };
        cell(class).live("aria-sort", move || sort.get().aria(by)).child(
            button()
                .attr("type", "button")
                .attr("class", "sort")
                .attr("aria-label", format!("Sort by {}", title.to_ascii_lowercase()))
                .on(event::CLICK, move |_| sort.update(|sort| *sort = sort.clicked(by)))
                .child(title),
        )
    };
    let select = list.sort.is_some().then(|| cell("select").child(select_all(list)));
    thead().attr("role", "rowgroup").child(
        tr().attr("role", "row").attr("aria-rowindex", "1").child((
            select,
            column("name", "Name", Column::Name),
            column("size", "Size", Column::Size),
            column("modified", "Modified", Column::Modified),
            column("type", "Type", Column::Type),
            cell("state").child("State"),
            cell("actions").child("Actions"),
        )),
    )
}

fn select_all(list: List) -> Element {
    let selected = Memo::new(move || list.selection.with(|selection| selection.len()));
    let all = move || selected.get() == list.len();
    let click = move |_| {
        list.selection.update(|selection| match all() {
            true => selection.clear(),
            false => list.order.with_untracked(|order| selection.all(order.iter().copied())),
        });
    };
    input()
        .attr("type", "checkbox")
        .attr("aria-label", "Select all")
        .property("checked", all)
        .property("indeterminate", move || selected.get() > 0 && !all())
        .on(event::CHANGE, click)
}

/// Follows the window, and the length and content of the list.
fn follow(list: List, lines: Memo<Vec<Line>>) {
    let window = frond_view::dom::window();
    event::SCROLL.listen(&window, move |_| list.place());
    effect(move || {
        list.blocks.with(|_| ());
        list.place();
    });
    event::RESIZE.listen(&window, move |_| {
        list.blocks.update(super::Blocks::reset);
        before_paint(move || measure(list, lines));
    });
    effect(move || {
        list.changed.get();
        list.order.with(|_| ());
        number(list, &lines.get());
        before_paint(move || measure(list, lines));
    });
}

impl List {
    /// Draws the rows that the window shows.
    pub(super) fn place(self) {
        let Some(body) = self.body.get() else { return };
        let top = body.get_bounding_client_rect().top();
        let window = inner_height() - top;
        if self.grid.get_untracked() {
            let columns = tiles::columns(&body);
            self.columns.change(columns);
            let rows = self.order.with_untracked(|order| order.len()).div_ceil(columns);
            self.drawn.change(grid::drawn(rows, -top, window));
            return;
        }
        self.drawn.change(self.blocks.with_untracked(|blocks| blocks.drawn(-top, window)));
    }
}

/// Numbers the rows.
fn number(list: List, lines: &[Line]) {
    let Some(body) = list.body.get() else { return };
    let mut next = body.first_element_child();
    for line in lines {
        let Some(element) = next else { return };
        next = element.next_element_sibling();
        match line {
            // They may not have been drawn yet; they are before the next paint.
            _ if is_space(&element) != matches!(line, Line::Space(_)) => return,
            Line::Row(at) => {
                // The head is the first row.
                let _ = element.set_attribute("aria-rowindex", &at.saturating_add(2).to_string());
            }
            Line::Space(_) => {}
        }
    }
}

fn is_space(line: &web_sys::Element) -> bool {
    line.class_list().contains("space")
}

/// Measures the blocks that are drawn.
fn measure(list: List, lines: Memo<Vec<Line>>) {
    // The table may be gone by now, and another one may be in its place.
    let Some(body) = list.body.get().filter(|body| body.is_connected()) else { return };
    let Some(shown) = lines.try_get() else { return };
    number(list, &shown);
    let (drawn, mut blocks) = (list.drawn.get_untracked(), list.blocks.get_untracked());
    let (mut next, mut changed) = (body.first_element_child(), false);
    let mut started = None::<(usize, f64)>;
    for line in shown {
        let Some(element) = next else { return };
        next = element.next_element_sibling();
        // A block ends where the next one, or a space, begins.
        let starts = match line {
            Line::Row(at) if !at.is_multiple_of(BLOCK) => continue,
            Line::Row(at) => drawn.contains(&at).then_some(at / BLOCK),
            Line::Space(_) => None,
        };
        let top = element.get_bounding_client_rect().top();
        if let Some((block, from)) = started {
            changed |= blocks.measure(block, top - from);
        }
        started = starts.map(|block| (block, top));
    }
    if changed {
        list.blocks.set(blocks);
    }
}
