//! The files: a table of the open folder or of the search results.

use std::rc::Rc;

use frond_view::dom::tag::{a, button, div, h1, li, nav, ol, p, span, table, tbody, th, thead, tr};
use frond_view::dom::{Element, View, event, keyed};
use frond_view::reactive::{Memo, Signal, effect};
use web_sys::Event;

use crate::catalog::Row;
use crate::text::{folder, words};
use crate::ui::page::app::App;
use crate::ui::page::vault::Vault;
use crate::ui::page::{dropping, preview, row, title};

/// Rows shown at first, and added by each "Show more", so that a list of a hundred thousand stays
/// fast.
pub(super) const ROWS: usize = 500;

/// The shown part of a list, and its total length.
#[derive(Default, PartialEq)]
pub(super) struct List {
    /// The first rows.
    pub rows: Vec<Row>,
    /// Number of all rows.
    pub total: usize,
}

impl List {
    /// The first `limit` of the rows found.
    pub(super) fn found(rows: impl Iterator<Item = Row>, limit: usize) -> Self {
        let mut list = Self::default();
        for row in rows {
            if list.total < limit {
                list.rows.push(row);
            }
            list.total = list.total.saturating_add(1);
        }
        list
    }
}

pub(super) fn screen(app: App, vault: Vault) -> impl View {
    let limit = Signal::new(ROWS);
    // A change elsewhere in the vault costs only a comparison of this number.
    let changed = Memo::new(move || {
        let revision = vault.revision.get();
        if vault.query.with(|query| query.trim().is_empty()) {
            let session = vault.session();
            vault.folder.with(|open| session.files().index().files().changed(open))
        } else {
            Some(revision)
        }
    });
    let list = Memo::new(move || {
        changed.get();
        let (query, limit, session) = (vault.query.get(), limit.get(), vault.session());
        let index = session.files().index();
        match query.trim() {
            "" => vault.folder.with(|open| List {
                rows: index.files().in_folder(open).take(limit).collect(),
                total: index.files().count_in(open),
            }),
            words => List::found(index.files().search(words).map(Row::File), limit),
        }
    });
    let empty = move || vault.listed.get() && vault.is_empty.get();
    // Leave a folder that no longer exists.
    effect(move || {
        if vault.listed.get() && changed.get().is_none() {
            vault.folder.update(|open| *open = folder::parent(open).to_owned());
        }
    });
    let previewed = Signal::new(None);
    title::focused("Files", list);
    div().attr("class", "list").toggle("empty", empty).child((
        div().attr("class", "head").child((
            h1().attr("id", "title").attr("tabindex", "-1").child("Files"),
            div().attr("class", "buttons").child(dropping::buttons(app, vault)),
        )),
        crumbs(vault),
        state(vault, list),
        rows("Files", list, limit, Rc::new(move |row| row::view(app, vault, previewed, row))),
        preview::view(app, vault, list, previewed),
    ))
}

/// A named table of rows, each row drawn by `row`; no table if the list is empty. `limit` is the
/// maximum number of rows in the list.
pub(super) fn rows(
    name: &'static str,
    list: Memo<List>,
    limit: Signal<usize>,
    row: Rc<dyn Fn(Row) -> Element>,
) -> impl View {
    let some = Memo::new(move || list.with(|list| list.total > 0));
    let hidden = Memo::new(move || list.with(|list| list.total.saturating_sub(list.rows.len())));
    let some_hidden = Memo::new(move || hidden.get() > 0);
    let more = move || {
        some_hidden.get().then(|| {
            button()
                .attr("type", "button")
                .attr("class", "more")
                .on(event::CLICK, move |_| {
                    limit.update(|limit| *limit = limit.saturating_add(ROWS))
                })
                .child(move || format!("Show more ({} left)", hidden.get()))
        })
    };
    let head = move || {
        let column = |class, name| {
            th().attr("role", "columnheader").attr("scope", "col").attr("class", class).child(name)
        };
        thead().attr("role", "rowgroup").child(tr().attr("role", "row").child((
            column("name", "Name"),
            column("size", "Size"),
            column("modified", "Modified"),
            column("state", "State"),
            column("actions", "Actions"),
        )))
    };
    let body = move || {
        let shown = move || list.with(|list| list.rows.clone());
        let row = Rc::clone(&row);
        tbody().attr("role", "rowgroup").child(keyed(shown, row::key, move |shown| row(shown)))
    };
    (
        // Explicit roles although they are the elements' defaults: the list layout on phones would
        // lose them.
        move || {
            some.get().then(|| {
                table()
                    .attr("role", "table")
                    .attr("class", "entries")
                    .attr("aria-label", name)
                    .child((head(), body()))
            })
        },
        more,
    )
}

/// Breadcrumbs from the top to the open folder; none at the top or while searching.
fn crumbs(vault: Vault) -> impl View {
    let crumb = move |path: String, open: String| {
        let name =
            if path.is_empty() { "Files".to_owned() } else { words::visible(folder::name(&path)) };
        if path == open {
            return li().child(span().attr("aria-current", "page").child(name));
        }
        let go = move |event: Event| {
            event.prevent_default();
            vault.folder.set(path.clone());
        };
        li().child(a().attr("href", "#/").on(event::CLICK, go).child(name))
    };
    move || {
        let open = vault.folder.get();
        (!open.is_empty() && vault.query.with(|query| query.trim().is_empty())).then(|| {
            let top = crumb(String::new(), open.clone());
            let rest: Vec<_> =
                folder::crumbs(&open).into_iter().map(|path| crumb(path, open.clone())).collect();
            nav()
                .attr("class", "crumbs")
                .attr("aria-label", "Folder")
                .child(ol().child((top, rest)))
        })
    }
}

/// A status line about the list as a whole.
fn state(vault: Vault, list: Memo<List>) -> impl View {
    let words = move || {
        let listed = vault.listed.get();
        let searching = vault.query.with(|query| !query.trim().is_empty());
        let found = list.with(|list| list.total);
        match (listed, searching, found) {
            (false, ..) => Some("Reading your list…".to_owned()),
            (true, true, 0) => Some("No matching files.".to_owned()),
            (true, true, n) => Some(format!("{} found.", words::count(n, "file"))),
            (true, false, 0) if !vault.is_empty.get() => Some("This folder is empty.".to_owned()),
            (true, false, 0) => Some(
                "No files yet. Files are encrypted in this tab before they are uploaded."
                    .to_owned(),
            ),
            (true, false, _) => None,
        }
    };
    (
        p().attr("class", "state").attr("role", "status").child(words),
        p().attr("class", "anywhere").child("or drop them anywhere"),
    )
}
