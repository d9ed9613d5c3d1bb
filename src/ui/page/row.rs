//! One row or one tile of a list: a folder, a file, or a file in the trash, with its actions.

use std::rc::Rc;

use frond_view::dom::tag::{a, bdi, button, div, input, span, td, tr};
use frond_view::dom::{Element, View, event};
use frond_view::reactive::{Memo, Signal};
use wasm_bindgen::JsCast;
use web_sys::Event;

use crate::catalog::{FileFault, Row, RowId};
use crate::text::{folder, kind, message, words};
use crate::ui::page::actions::{Act, act};
use crate::ui::page::app::App;
use crate::ui::page::dialog::Dialog;
use crate::ui::page::icon::{self, icon};
use crate::ui::page::list::{self, List};
use crate::ui::page::preview::{self, Previewed};
use crate::ui::page::screens::{Kind, screen};
use crate::ui::page::vault::Vault;
use crate::ui::page::{moving, thumbnails};

/// Characters of a name that are shown; the full name is in the title and in the buttons' names.
const ROOM: usize = 72;
/// The same for a tile: two lines.
const TILE_ROOM: usize = 36;

/// The content of a row: a row with another key is redrawn.
pub(super) fn key(row: &Row) -> (String, Option<&'static str>, usize, u64) {
    match row {
        Row::Folder { path, totals, .. } => (path.clone(), None, totals.files, totals.bytes),
        Row::File(file) => (file.path.clone(), file.fault.map(message::fault_word), 1, file.size),
    }
}

/// What a row and a tile are made of.
struct Parts {
    select: Element,
    named: Element,
    tools: Element,
}

/// A row of the table.
pub(super) fn view(
    app: App,
    vault: Vault,
    list: List,
    previewed: Previewed,
    shown: Row,
) -> Element {
    let Parts { select, named, tools } = parts(app, vault, list, previewed, &shown, ROOM);
    let element = row((
        cell("select").child(select),
        cell("name").child(named),
        facts(app, &shown),
        cell("actions").child(tools),
    ));
    droppable(app, vault, list, element, &shown)
}

/// A tile of the grid.
pub(super) fn tile(
    app: App,
    vault: Vault,
    list: List,
    previewed: Previewed,
    shown: Row,
) -> Element {
    let Parts { select, named, tools } = parts(app, vault, list, previewed, &shown, TILE_ROOM);
    let fault = match &shown {
        Row::File(file) => file.fault,
        Row::Folder { .. } => None,
    };
    let element = div().attr("role", "gridcell").attr("class", "tile").child((
        div().attr("class", "select").child(select),
        div().attr("class", "name").child(named),
        fault.map(bad),
        tools,
    ));
    droppable(app, vault, list, element, &shown)
}

/// Marks what was cut, and lets rows be dropped onto a folder.
fn droppable(app: App, vault: Vault, list: List, element: Element, shown: &Row) -> Element {
    let id = shown.id();
    let element = element.toggle("cut", move || vault.cut.with(|cut| cut.contains(&id)));
    match id {
        RowId::Folder(id) => moving::target(app, vault, list, element, Some(id)),
        RowId::File(_) => element,
    }
}

/// The parts of a row or a tile; `room` characters of its name are shown.
fn parts(
    app: App,
    vault: Vault,
    list: List,
    previewed: Previewed,
    shown: &Row,
    room: usize,
) -> Parts {
    let id = shown.id();
    let name = words::visible(folder::name(shown.path()));
    let renaming = Signal::new(false);
    let (path, open) = (shown.path().to_owned(), opener(vault, previewed, shown, room));
    let named_by = move || match renaming.get() {
        true => screen(app, Kind::Rename(vault, id, path.clone(), renaming)).drawn(),
        false => open().drawn(),
    };
    let tools = div().attr("class", "tools").child((
        tool("Download", &name, icon::DOWN, move |_| act(app, vault, Act::Download(vec![id]))),
        versions(vault, id, &name),
        tool("Rename", &name, icon::PENCIL, move |_| renaming.set(true)),
        tool("Move", &name, icon::MOVE, move |_| {
            vault.dialog.set(Some(Dialog::MoveTo(vec![id])));
        }),
        tool("Share", &name, icon::LINK, move |_| {
            vault.dialog.set(Some(Dialog::Share(vec![id])));
        }),
        tool("Delete", &name, icon::TRASH, move |_| act(app, vault, Act::Trash(vec![id]))),
    ));
    let select = input()
        .attr("type", "checkbox")
        .attr("aria-label", format!("Select {name}"))
        .property("checked", move || list.selection.with(|selection| selection.contains(&id)));
    // Search results come from any folder, so the row shows which.
    let place = words::visible(folder::parent(shown.path()));
    let found = move || {
        (vault.is_searching() && !place.is_empty()).then(|| {
            span().attr("class", "place").child(("in ", bdi().child(words::cut(&place, ROOM))))
        })
    };
    let named = named((picture(vault, shown), named_by, found));
    Parts { select, named, tools }
}

/// The button that shows the versions of a file, if it has any.
fn versions(vault: Vault, id: RowId, name: &str) -> impl View + use<> {
    let name = name.to_owned();
    let file = match id {
        RowId::File(file) => Some(file),
        RowId::Folder(_) => None,
    };
    let versioned = Memo::new(move || {
        vault.revision.get();
        let session = vault.session();
        file.filter(|file| session.files().index().older(file).next().is_some())
    });
    move || {
        versioned.get().map(|file| {
            let show = move |_| vault.dialog.set(Some(Dialog::Versions(file)));
            tool("Versions of", &name, icon::VERSIONS, show)
        })
    }
}

/// Makes the name of a row, which opens it: a link into a folder, a button for a preview.
fn opener(
    vault: Vault,
    previewed: Previewed,
    shown: &Row,
    room: usize,
) -> impl Fn() -> Element + 'static {
    let name = words::visible(folder::name(shown.path()));
    let shown = shown.clone();
    move || {
        let words = bdi().attr("title", name.clone()).child(words::cut(&name, room));
        match &shown {
            Row::Folder { id, .. } => a()
                .attr("href", vault.route(Some(*id)).href())
                .attr("class", "name")
                .attr("draggable", "false")
                .child(words),
            Row::File(file) => {
                let (id, file) = (preview::button_id(&file.id), Rc::clone(file));
                let open = move |event: Event| {
                    if !list::is_selecting(&event) {
                        previewed.set(Some(Rc::clone(&file)));
                    }
                };
                button()
                    .attr("type", "button")
                    .attr("id", id)
                    .attr("class", "name")
                    .attr("aria-label", format!("Preview {name}"))
                    .on(event::CLICK, open)
                    .child(words)
            }
        }
    }
}

/// A row of the trash; `forever` asks before it is deleted.
pub(super) fn trashed(
    app: App,
    vault: Vault,
    trashed: &Row,
    forever: impl Fn() + 'static,
) -> Element {
    let id = trashed.id();
    let name = words::visible(trashed.path());
    let actions = div().attr("class", "tools").child((
        tool("Restore", &name, icon::RESTORE, move |_| act(app, vault, Act::PutBack(vec![id]))),
        button()
            .attr("type", "button")
            .attr("class", "icon-button")
            .attr("aria-label", format!("Delete {name} forever"))
            .attr("title", "Delete forever")
            .on(event::CLICK, move |_| forever())
            .child(icon(icon::CLOSE)),
    ));
    let shown = span()
        .attr("class", "name")
        .attr("title", name.clone())
        .child(bdi().child(words::cut(&name, ROOM)));
    let expiry = move || {
        // The fingerprint changes when another device sets the limits.
        vault.list_fingerprint.get();
        let at = vault.session().files().index().trash_expiry(id)?;
        Some(span().attr("class", "place").child(app.expiry(at)))
    };
    row((
        cell("name").child(named((picture(vault, trashed), shown, expiry))),
        facts(app, trashed),
        cell("actions").child(actions),
    ))
}

/// The thumbnail of a row, or its icon.
fn picture(vault: Vault, row: &Row) -> impl View + use<> {
    span().attr("class", "picture").child(match row {
        Row::Folder { .. } => icon(icon::FOLDER).drawn(),
        Row::File(file) => thumbnails::view(vault, file).drawn(),
    })
}

/// Size, time, type and state of a row.
fn facts(app: App, row: &Row) -> impl View + use<> {
    let (size, modified, kind, state) = match row {
        Row::Folder { totals, .. } => {
            let state = words::count(totals.files, "file").drawn();
            (totals.bytes, None, "Folder".to_owned(), Some(state))
        }
        Row::File(file) => {
            let fault = file.fault.map(|fault| bad(fault).drawn());
            (file.size, Some(app.when(file.shown_time())), kind::word(&file.path), fault)
        }
    };
    let (when, moment) = modified.unzip();
    (
        cell("size").child(words::size(size)),
        cell("modified").attr("title", moment).child(when),
        cell("type").child(kind),
        cell("state").child(state),
    )
}

/// What is wrong with a file.
fn bad(fault: FileFault) -> Element {
    span()
        .attr("class", "bad")
        .attr("title", message::fault(fault))
        .child((icon(icon::WARNING), message::fault_word(fault)))
}

fn row(cells: impl View) -> Element {
    tr().attr("role", "row").child(cells)
}

/// Icon and name, side by side.
fn named(parts: impl View) -> Element {
    div().attr("class", "named").child(parts)
}

fn cell(class: &'static str) -> Element {
    td().attr("role", "cell").attr("class", class)
}

/// A button of a row, named after its action and the file.
fn tool<A: FnMut(Event) + 'static>(
    verb: &'static str,
    name: &str,
    outline: &'static str,
    act: A,
) -> impl View + use<A> {
    button()
        .attr("type", "button")
        .attr("class", "icon-button")
        .attr("aria-label", format!("{verb} {name}"))
        .attr("title", verb)
        .on(event::CLICK, act)
        .child(icon(outline))
}

/// Focuses a button of a row. If there is none, the list itself takes the focus.
pub(super) fn focus_tool(row: &web_sys::Element, verb: &str) {
    let found = row.query_selector(&format!("button[title='{verb}']"));
    if let Some(found) =
        found.ok().flatten().and_then(|found| found.dyn_into::<web_sys::HtmlElement>().ok())
    {
        let _ = found.focus();
    }
}
