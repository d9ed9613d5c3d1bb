//! The list as a grid of tiles: only the rows of tiles near the viewport are drawn, and the one
//! with the current tile. `aria-rowcount` and the indices say what is left out.

use std::rc::Rc;

use frond_view::dom::tag::div;
use frond_view::dom::{Element, before_paint, event, keyed};
use frond_view::reactive::{Memo, effect};

use super::{List, decimal, pointer, table};
use crate::catalog::{Row, RowId};
use crate::ui::grid;
use crate::ui::page::row;
use crate::ui::virtual_list::{self, Line};

/// A line of the grid.
#[derive(Clone, PartialEq)]
enum GridLine {
    /// The number of a space.
    Space(usize),
    /// The row of tiles of this index.
    Tiles(usize),
}

pub(super) fn drawn(list: List, name: &'static str, draw: Rc<dyn Fn(Row) -> Element>) -> Element {
    let rows = Memo::new(move || list.len().div_ceil(list.columns.get()));
    let lines = Memo::new(move || {
        let current = list.current_index().and_then(|at| at.checked_div(list.columns.get()));
        let drawn = list.drawn.get();
        virtual_list::lines(rows.get(), drawn.start..drawn.end.min(rows.get()), current)
    });
    let heights = Memo::new(move || {
        let spaces = lines.get().into_iter().filter_map(|line| match line {
            Line::Space(rows) => Some(u32::try_from(rows.len()).unwrap_or(u32::MAX)),
            Line::Row(_) => None,
        });
        spaces.map(|rows| f64::from(rows) * grid::HEIGHT).collect::<Vec<_>>()
    });
    let shown = move || {
        let mut spaces = 0..;
        let shown = lines.get().into_iter().filter_map(|line| match line {
            Line::Space(_) => spaces.next().map(GridLine::Space),
            Line::Row(at) => Some(GridLine::Tiles(at)),
        });
        shown.collect()
    };
    let identity = |shown: &GridLine| match shown {
        GridLine::Space(nth) => (Some(*nth), None),
        GridLine::Tiles(at) => (None, Some(*at)),
    };
    let line = move |shown| match shown {
        GridLine::Space(nth) => {
            let height = move || heights.with(|all| all.get(nth).copied()).unwrap_or_default();
            div()
                .attr("role", "none")
                .attr("class", "space")
                .style("height", move || decimal(height()) + "px")
        }
        GridLine::Tiles(at) => tiles(list, at, Rc::clone(&draw)),
    };
    let body = div()
        .attr("role", "grid")
        .attr("class", "tiles")
        .attr("aria-label", name)
        .attr("aria-multiselectable", "true")
        .live("aria-rowcount", move || rows.get().to_string())
        .live("aria-colcount", move || list.columns.get().to_string())
        .live("aria-busy", move || (!list.in_order.get()).then_some("true"))
        .style("--columns", move || list.columns.get().to_string())
        .known(list.body);
    let body = pointer::listen(list, body).child(keyed(shown, identity, line));
    let window = frond_view::dom::window();
    event::SCROLL.listen(&window, move |_| list.place());
    event::RESIZE.listen(&window, move |_| list.place());
    effect(move || {
        rows.get();
        before_paint(move || list.place());
    });
    body
}

/// A row of tiles.
fn tiles(list: List, at: usize, draw: Rc<dyn Fn(Row) -> Element>) -> Element {
    let shown = move || {
        list.changed.get();
        let columns = list.columns.get();
        let from = at.saturating_mul(columns);
        list.order.with(|order| {
            let ids = order.iter().skip(from).take(columns).enumerate();
            ids.map(|(column, id)| (column, *id, list.row(id))).collect()
        })
    };
    let identity = |(column, id, row): &(usize, RowId, Option<Row>)| {
        (*column, *id, row.as_ref().map(row::key))
    };
    let tile = move |(column, id, row): (usize, RowId, Option<Row>)| {
        let tile = match row {
            Some(row) => draw(row),
            None => div().attr("role", "gridcell").attr("class", "tile"),
        };
        table::entry(list, id, tile)
            .attr("aria-colindex", column.saturating_add(1).to_string())
            .live("aria-selected", move || {
                list.selection.with(|selection| selection.contains(&id)).to_string()
            })
    };
    div()
        .attr("role", "row")
        .attr("class", "row")
        .attr("aria-rowindex", at.saturating_add(1).to_string())
        .child(keyed(shown, identity, tile))
}

/// Tiles side by side in the grid, by its width.
pub(super) fn columns(body: &web_sys::Element) -> usize {
    grid::columns(body.client_width().into())
}
