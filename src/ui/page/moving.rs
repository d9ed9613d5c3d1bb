//! Moving files and folders into another folder: by drag and drop, or cut and pasted.

use frond_view::dom::{Element, event};
use frond_view::reactive::Signal;
use wasm_bindgen::JsCast;
use web_sys::{DragEvent, Node};

use crate::catalog::{FolderId, RowId};
use crate::session::Session;
use crate::text::{folder, words};
use crate::ui::page::actions::{Act, act};
use crate::ui::page::app::App;
use crate::ui::page::list::List;
use crate::ui::page::vault::Vault;

/// Files and folders in words: the name of one, the number of several.
pub(super) fn what(session: &Session, ids: &[RowId]) -> String {
    let name = |id| {
        let index = session.files().index();
        index.files().facts(id).map(|facts| words::cut(&words::visible(facts.name), 60))
    };
    let is_file = |id: &RowId| matches!(id, RowId::File(_));
    match ids {
        [id] if let Some(name) = name(id) => name,
        ids if ids.iter().all(is_file) => words::count(ids.len(), "file"),
        ids => words::count(ids.len(), "item"),
    }
}

/// The name of a folder; the top is "Files".
pub(super) fn name(session: &Session, id: Option<FolderId>) -> String {
    let path = id.and_then(|id| session.files().index().files().path(&id));
    path.map_or_else(|| "Files".to_owned(), |path| words::visible(folder::name(&path)))
}

/// Makes an element take the rows that are dragged onto it, into a folder.
pub(super) fn target(
    app: App,
    vault: Vault,
    list: List,
    element: Element,
    folder: Option<FolderId>,
) -> Element {
    let over = Signal::new(false);
    let takes = move || {
        list.dragged.with_untracked(|dragged| {
            let itself = folder.is_some_and(|id| dragged.contains(&RowId::Folder(id)));
            !dragged.is_empty() && !itself
        })
    };
    let drag = move |event: DragEvent| {
        if takes() {
            event.prevent_default();
            over.change(true);
        }
    };
    let drop = move |event: DragEvent| {
        if takes() {
            event.prevent_default();
            over.set(false);
            let ids = list.dragged.with_untracked(|ids| ids.to_vec());
            act(app, vault, Act::Move { ids, to: folder });
        }
    };
    // Moving between its parts is not leaving it.
    let leave = move |event: DragEvent| {
        let element = event.current_target().and_then(|target| target.dyn_into::<Node>().ok());
        let to = event.related_target().and_then(|target| target.dyn_into::<Node>().ok());
        if !element.is_some_and(|element| element.contains(to.as_ref())) {
            over.change(false);
        }
    };
    element
        .toggle("target", move || over.get())
        .on(event::DRAG_ENTER, drag)
        .on(event::DRAG_OVER, drag)
        .on(event::DRAG_LEAVE, leave)
        .on(event::DROP, drop)
}
