//! One row of a list: a folder, a file, or a file in the trash, with its actions.

use std::rc::Rc;

use frond_view::dom::tag::{a, bdi, button, div, span, td, tr};
use frond_view::dom::{Element, View, event};
use frond_view::reactive::Signal;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::Event;

use crate::catalog::{FileRow, FolderId, Row, Totals};
use crate::object::ObjectId;
use crate::text::{folder, message, words};
use crate::ui::page::app::App;
use crate::ui::page::icon::{self, icon};
use crate::ui::page::preview::{self, Previewed};
use crate::ui::page::rename::{self, Renamed};
use crate::ui::page::vault::Vault;

/// Characters of a name that are shown; the full name is in the title and in the buttons' names.
const ROOM: usize = 72;

/// The identity of a row: a row with another key is redrawn.
pub(super) fn key(row: &Row) -> (Option<ObjectId>, String, Option<&'static str>, usize, u64) {
    match row {
        Row::Folder { path, totals, .. } => (None, path.clone(), None, totals.files, totals.bytes),
        Row::File(file) => {
            (Some(file.id), file.path.clone(), file.fault.map(message::fault_word), 1, file.size)
        }
    }
}

pub(super) fn view(app: App, vault: Vault, previewed: Previewed, row: Row) -> Element {
    match row {
        Row::Folder { id, path, totals } => folder_row(app, vault, id, path, totals),
        Row::File(file) => file_row(app, vault, previewed, &file),
    }
}

fn folder_row(app: App, vault: Vault, id: FolderId, path: String, totals: Totals) -> Element {
    let renaming = Signal::new(false);
    let name = words::visible(folder::name(&path));
    let (whole, downloaded) = (name.clone(), path.clone());
    let shown = move || {
        if renaming.get() {
            return rename::view(app, vault, Renamed::Folder(id), path.clone(), renaming);
        }
        let path = path.clone();
        let open = move |event: Event| {
            event.prevent_default();
            vault.folder.set(path.clone());
            super::focus_on("title");
        };
        a().attr("href", "#/")
            .attr("class", "name")
            .attr("title", whole.clone())
            .on(event::CLICK, open)
            .child(bdi().child(words::cut(&whole, ROOM)))
    };
    let download = move |_| {
        if let Err(error) = vault.session().transfers().download_folder(&downloaded) {
            app.warn(message::change(error));
        }
    };
    let delete = move |event: Event| {
        focus_neighbour(&event);
        spawn_local(async move {
            match vault.session().files().trash_folder(id).await {
                Ok(()) => {
                    let undo = move || put_back_folder(app, vault, id);
                    app.say("Moved to trash.", Some(Rc::new(undo)));
                }
                Err(error) => app.warn(message::change(error)),
            }
        });
    };
    let actions = div().attr("class", "tools").child((
        tool("Download", &name, icon::DOWN, download),
        tool("Rename", &name, icon::PENCIL, move |_| renaming.set(true)),
        tool("Delete", &name, icon::TRASH, delete),
    ));
    row((
        cell("name").child(named((icon(icon::FOLDER), shown))),
        cell("size").child(words::size(totals.bytes)),
        cell("modified"),
        cell("state").child(words::count(totals.files, "file")),
        cell("actions").child(actions),
    ))
}

fn file_row(app: App, vault: Vault, previewed: Previewed, file: &Rc<FileRow>) -> Element {
    let renaming = Signal::new(false);
    let id = file.id;
    let name = words::visible(folder::name(&file.path));
    let path = file.path.clone();
    let (whole, row_file) = (name.clone(), Rc::clone(file));
    let shown = move || {
        if renaming.get() {
            return rename::view(app, vault, Renamed::File(id), path.clone(), renaming);
        }
        let file = Rc::clone(&row_file);
        button()
            .attr("type", "button")
            .attr("id", preview::button_id(&id))
            .attr("class", "name")
            .attr("aria-label", format!("Preview {whole}"))
            .on(event::CLICK, move |_| previewed.set(Some(Rc::clone(&file))))
            .child(bdi().attr("title", whole.clone()).child(words::cut(&whole, ROOM)))
    };
    let download = move |_| {
        if let Err(error) = vault.session().transfers().download(id) {
            app.warn(message::change(error));
        }
    };
    let delete = move |event: Event| {
        focus_neighbour(&event);
        spawn_local(async move {
            match vault.session().files().trash(id).await {
                Ok(()) => {
                    app.say("Moved to trash.", Some(Rc::new(move || put_back(app, vault, id))))
                }
                Err(error) => app.warn(message::change(error)),
            }
        });
    };
    let actions = div().attr("class", "tools").child((
        tool("Download", &name, icon::DOWN, download),
        tool("Rename", &name, icon::PENCIL, move |_| renaming.set(true)),
        tool("Delete", &name, icon::TRASH, delete),
    ));
    // Search results come from any folder, so the row shows which.
    let place = words::visible(folder::parent(&file.path));
    let found = move || {
        let searching = vault.query.with(|query| !query.trim().is_empty());
        (searching && !place.is_empty()).then(|| {
            span().attr("class", "place").child(("in ", bdi().child(words::cut(&place, ROOM))))
        })
    };
    let name = cell("name").child(named((icon(icon::FILE), shown, found)));
    row((name, facts(app, file), cell("actions").child(actions)))
}

/// A row of the trash; `forever` asks before it is deleted.
pub(super) fn trashed(
    app: App,
    vault: Vault,
    trashed: &Row,
    forever: impl Fn() + 'static,
) -> Element {
    let name = words::visible(trashed.path());
    let (outline, facts) = match trashed {
        Row::File(file) => (icon::FILE, facts(app, file).drawn()),
        Row::Folder { totals, .. } => {
            let size = cell("size").child(words::size(totals.bytes));
            let count = cell("state").child(words::count(totals.files, "file"));
            (icon::FOLDER, (size, cell("modified"), count).drawn())
        }
    };
    let what = match trashed {
        Row::File(file) => Renamed::File(file.id),
        Row::Folder { id, .. } => Renamed::Folder(*id),
    };
    let restore = move |event: Event| {
        focus_neighbour(&event);
        match what {
            Renamed::File(id) => put_back(app, vault, id),
            Renamed::Folder(id) => put_back_folder(app, vault, id),
        }
    };
    let actions = div().attr("class", "tools").child((
        tool("Restore", &name, icon::RESTORE, restore),
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
    row((cell("name").child(named((icon(outline), shown))), facts, cell("actions").child(actions)))
}

/// Size, time and state of a file.
fn facts(app: App, file: &FileRow) -> impl View + use<> {
    let at = file.modified.unwrap_or_else(|| i64::try_from(file.added).unwrap_or(i64::MAX));
    let (when, moment) = app.when(at);
    let state = file.fault.map(|fault| {
        span()
            .attr("class", "bad")
            .attr("title", message::fault(fault))
            .child((icon(icon::WARNING), message::fault_word(fault)))
    });
    (
        cell("size").child(words::size(file.size)),
        cell("modified").attr("title", moment).child(when),
        cell("state").child(state),
    )
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

fn put_back(app: App, vault: Vault, id: ObjectId) {
    spawn_local(async move {
        match vault.session().files().restore(id).await {
            Ok(()) => app.say("Restored.", None),
            Err(error) => app.warn(message::change(error)),
        }
    });
}

fn put_back_folder(app: App, vault: Vault, id: FolderId) {
    spawn_local(async move {
        match vault.session().files().restore_folder(id).await {
            Ok(()) => app.say("Restored.", None),
            Err(error) => app.warn(message::change(error)),
        }
    });
}

/// Before a row is removed, moves the focus to the same button of the next row, or of the previous
/// one.
fn focus_neighbour(event: &Event) {
    let Some(button) =
        event.current_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok())
    else {
        return;
    };
    let verb = button.get_attribute("title").unwrap_or_default();
    let Ok(Some(row)) = button.closest("tr") else { return };
    if let Some(neighbour) = row.next_element_sibling().or_else(|| row.previous_element_sibling()) {
        focus_tool(&neighbour, &verb);
    }
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
