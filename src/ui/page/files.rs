//! The files: a table or a grid of the open folder or of the search results.

use std::rc::Rc;

use frond_view::dom::tag::{a, button, div, h1, li, nav, ol, p, span};
use frond_view::dom::{View, before_paint, event};
use frond_view::reactive::{Memo, Signal, effect};
use web_sys::Event;

use crate::catalog::{FolderId, RowId};
use crate::text::{folder, words};
use crate::ui::page::app::App;
use crate::ui::page::icon::{self, icon};
use crate::ui::page::list::{self, List};
use crate::ui::page::screens::{Kind, screen};
use crate::ui::page::vault::Vault;
use crate::ui::page::{dropping, moving, row, selected, shortcuts, sorting, title};
use crate::ui::route::Route;
use crate::ui::selection::Selection;

/// Name of the note that says how files are shown, if not as a list.
const VIEW: &str = "view";
const GRID: &str = "grid";

pub(super) fn view(app: App, vault: Vault) -> impl View {
    // A change elsewhere in the vault costs only a comparison of this number.
    let revision = Memo::new(move || {
        let revision = vault.revision.get();
        if vault.is_searching() {
            Some(revision)
        } else {
            let session = vault.session();
            vault.folder.with(|open| session.files().index().files().changed(open))
        }
    });
    // Counts these numbers, so that another folder's is another one.
    let mut count = 0_u64;
    let changed = Memo::new(move || {
        revision.get();
        vault.query.with(|_| ());
        vault.folder.with(|_| ());
        count = count.wrapping_add(1);
        count
    });
    title::window("Files");
    let finds = vault.session();
    let row = move |id: &RowId| finds.files().index().files().row(id);
    let list = List::new(changed, row, Some(vault.sort));
    sorting::follow(app, vault, list, changed);
    shortcuts::listen(app, vault, list);
    leave_what_is_gone(app, vault);
    effect(move || {
        if list.in_order.get()
            && let Some(left) = vault.left.get_untracked()
        {
            vault.left.set(None);
            before_paint(move || list.go_to(RowId::Folder(left), list::SELECT));
        }
    });
    let empty = move || vault.listed.get() && vault.is_empty.get();
    let previewed = Signal::new(None);
    let previewing = Memo::new(move || previewed.with(Option::is_some));
    let preview = move || {
        previewing.get().then(|| screen(app, Kind::Preview(Box::new((vault, list, previewed)))))
    };
    let searching = Memo::new(move || vault.is_searching());
    let contents = move || searching.get().then(|| screen(app, Kind::Contents(vault, previewed)));
    let selecting = Memo::new(move || !list.selection.with(Selection::is_empty));
    let buttons = move || {
        if selecting.get() {
            return selected::bar(app, vault, list).drawn();
        }
        let buttons = (switch(vault, list), dropping::buttons(app, vault));
        div().attr("class", "buttons").child(buttons).drawn()
    };
    list.grid.set(vault.session().note(VIEW).as_deref() == Some(GRID));
    let draw = move |shown| match list.grid.get_untracked() {
        true => row::tile(app, vault, list, previewed, shown),
        false => row::view(app, vault, list, previewed, shown),
    };
    div()
        .attr("class", "list")
        .toggle("empty", empty)
        .toggle("dragging", move || list.dragged.with(|dragged| !dragged.is_empty()))
        .child((
            div().attr("class", "head").toggle("selecting", move || selecting.get()).child((
                h1().attr("id", "title").attr("tabindex", "-1").child("Files"),
                selected::count(list),
                buttons,
            )),
            crumbs(app, vault, list),
            state(vault, list),
            list::view(list, "Files", Rc::new(draw)),
            contents,
            preview,
        ))
}

/// The button that shows the list as a grid, or as a list again; this device remembers it.
fn switch(vault: Vault, list: List) -> impl View {
    let name = move || if list.grid.get() { "Show as list" } else { "Show as grid" };
    let act = move |_: Event| {
        list.grid.update(|grid| *grid = !*grid);
        let grid = list.grid.get_untracked().then_some(GRID);
        vault.session().set_note(VIEW, grid);
    };
    button()
        .attr("type", "button")
        .attr("class", "icon-button")
        .live("aria-label", name)
        .live("title", name)
        .on(event::CLICK, act)
        .child(move || icon(if list.grid.get() { icon::ROWS } else { icon::TILES }))
}

/// Leaves a folder that is not there any more for the nearest one above that is.
fn leave_what_is_gone(app: App, vault: Vault) {
    let above = Signal::new(Vec::<FolderId>::new());
    effect(move || {
        let (open, listed) = (vault.folder.get(), vault.listed.get());
        let session = vault.session();
        let index = session.files().index();
        if !open.is_empty() {
            let folders = folder::crumbs(&open).into_iter();
            above.set(folders.filter_map(|path| index.files().folder(&path)).collect());
        } else if listed && app.route.get() != Route::Files {
            let known = above.get_untracked();
            let left = known.into_iter().rfind(|id| index.files().path(id).is_some());
            app.replace(vault.route(left));
        }
    });
}

/// Breadcrumbs from the top to the open folder; none at the top or while searching. Rows can be
/// dragged onto them.
fn crumbs(app: App, vault: Vault, list: List) -> impl View {
    let crumb = move |path: String, open: &str| {
        let name =
            if path.is_empty() { "Files".to_owned() } else { words::visible(folder::name(&path)) };
        if path == open {
            return li().child(span().attr("aria-current", "page").child(name));
        }
        let id = vault.session().files().index().files().folder(&path);
        let link = a().attr("href", vault.route(id).href()).child(name);
        moving::target(app, vault, list, li().child(link), id)
    };
    move || {
        let open = vault.folder.get();
        (!open.is_empty() && !vault.is_searching()).then(|| {
            let top = crumb(String::new(), &open);
            let rest: Vec<_> =
                folder::crumbs(&open).into_iter().map(|path| crumb(path, &open)).collect();
            nav()
                .attr("class", "crumbs")
                .attr("aria-label", "Folder")
                .child(ol().child((top, rest)))
        })
    }
}

/// A status line about the list as a whole.
fn state(vault: Vault, list: List) -> impl View {
    let words = move || {
        let listed = vault.listed.get();
        let found = list.order.with(|order| order.len());
        match (listed, vault.is_searching(), found) {
            (false, ..) => Some("Reading your list…".to_owned()),
            (true, true, _) if !list.found.get() => Some("Searching…".to_owned()),
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
