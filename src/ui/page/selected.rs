//! What can be done with the selected rows: the bar in place of the buttons that add files.

use std::rc::Rc;

use frond_view::dom::tag::{button, div, span};
use frond_view::dom::{View, event};
use frond_view::reactive::Memo;
use wasm_bindgen_futures::spawn_local;
use web_sys::Event;

use crate::catalog::RowId;
use crate::text::{folder, message};
use crate::ui::page::app::App;
use crate::ui::page::dialog::Dialog;
use crate::ui::page::focus_on;
use crate::ui::page::icon::{self, icon};
use crate::ui::page::list::List;
use crate::ui::page::moving::what;
use crate::ui::page::vault::Vault;
use crate::ui::selection::Selection;

/// How many rows are selected; empty if none is. It is always there, so that it is read out.
pub(super) fn count(list: List) -> impl View {
    let count = Memo::new(move || list.selection.with(Selection::len));
    let words = move || match count.get() {
        0 => String::new(),
        n => format!("{n} selected"),
    };
    span().attr("class", "number").attr("role", "status").child(words)
}

/// The actions for the selected rows.
pub(super) fn bar(app: App, vault: Vault, list: List) -> impl View {
    let action = |name: &'static str, verb: &'static str, outline, act: Rc<dyn Fn()>| {
        button()
            .attr("type", "button")
            .attr("class", "quiet")
            .attr("aria-label", name)
            .attr("title", name)
            .on(event::CLICK, move |_: Event| act())
            .child((icon(outline), span().attr("class", "label").child(verb)))
    };
    let clear = move || {
        list.selection.update(Selection::clear);
        focus_on("title");
    };
    div().attr("class", "selected").attr("role", "group").attr("aria-label", "Selected").child((
        action(
            "Download selected",
            "Download",
            icon::DOWN,
            Rc::new(move || download(app, vault, list.selected())),
        ),
        action(
            "Move selected",
            "Move",
            icon::MOVE,
            Rc::new(move || vault.dialog.set(Some(Dialog::MoveTo(list.selected())))),
        ),
        action(
            "Delete selected",
            "Delete",
            icon::TRASH,
            Rc::new(move || trash(app, vault, list.selected())),
        ),
        action("Clear selection", "Clear", icon::CLOSE, Rc::new(clear)),
    ))
}

/// Downloads one row as it is, several as one archive.
fn download(app: App, vault: Vault, ids: Vec<RowId>) {
    let session = vault.session();
    let (open, is_search) = (vault.folder.get_untracked(), vault.is_searching());
    let above = if is_search { String::new() } else { open };
    let path = |id: &RowId| {
        let index = session.files().index();
        index.files().row(id).map(|row| row.path().to_owned()).unwrap_or_default()
    };
    let transfers = session.transfers();
    let queued = match &*ids {
        [RowId::File(id)] => transfers.download(*id),
        [id @ RowId::Folder(_)] => transfers.download_folder(&path(id)),
        ids => {
            let mut files = Vec::new();
            for id in ids {
                match id {
                    RowId::File(id) => files.push(*id),
                    RowId::Folder(_) => {
                        let path = path(id);
                        let index = session.files().index();
                        files.extend(index.files().below(&path).iter().map(|file| file.id));
                    }
                }
            }
            let name = if above.is_empty() { "Files" } else { folder::name(&above) };
            transfers.download_archive(files, &above, name)
        }
    };
    if let Err(error) = queued {
        app.warn(message::change(error));
    }
}

/// Moves rows to the trash, and offers to undo it.
pub(super) fn trash(app: App, vault: Vault, ids: Vec<RowId>) {
    let session = vault.session();
    spawn_local(async move {
        let what = what(&session, &ids);
        match session.files().trash_all(&ids).await {
            Ok(()) => {
                let undo = move || put_back(app, vault, ids.clone());
                app.say(format!("Moved {what} to trash."), Some(Rc::new(undo)));
            }
            Err(error) => app.warn(message::change(error)),
        }
    });
}

/// Takes rows back out of the trash.
pub(super) fn put_back(app: App, vault: Vault, ids: Vec<RowId>) {
    let session = vault.session();
    spawn_local(async move {
        match session.files().restore_all(&ids).await {
            Ok(()) => app.say("Restored.", None),
            Err(error) => app.warn(message::change(error)),
        }
    });
}
