//! The trash: restore files, or delete them permanently.

use std::rc::Rc;

use frond_view::dom::tag::{button, div, h1, p};
use frond_view::dom::{Element, View, event};
use frond_view::reactive::{Memo, Signal};
use wasm_bindgen_futures::spawn_local;

use crate::catalog::{FolderId, Row};
use crate::object::ObjectId;
use crate::text::{message, words};
use crate::ui::page::app::{App, Question};
use crate::ui::page::files::{self, List};
use crate::ui::page::icon::{self, icon};
use crate::ui::page::title;
use crate::ui::page::vault::Vault;

pub(super) fn screen(app: App, vault: Vault) -> impl View {
    let limit = Signal::new(files::ROWS);
    let list = Memo::new(move || {
        vault.revision.get();
        let (query, limit, session) = (vault.query.get(), limit.get(), vault.session());
        let index = session.files().index();
        List::found(index.trash().search(&query), limit)
    });
    let some = Memo::new(move || vault.trash_count.get() > 0);
    let empty = move || {
        some.get().then(|| {
            button()
                .attr("type", "button")
                .attr("class", "destructive")
                .on(event::CLICK, move |_| empty_all(app, vault))
                .child((icon(icon::TRASH), "Empty trash"))
        })
    };
    let words = move || {
        if !vault.listed.get() {
            "Reading your list…"
        } else if !some.get() {
            "The trash is empty. Files you delete stay here until you delete them forever."
        } else if list.with(|list| list.total == 0) {
            "No matching files in the trash."
        } else {
            "You can restore files until you delete them forever."
        }
    };
    title::focused("Trash", list);
    div().attr("class", "list").child((
        div().attr("class", "head").child((
            h1().attr("id", "title").attr("tabindex", "-1").child("Trash"),
            div().attr("class", "buttons").child(empty),
        )),
        p().attr("class", "state").attr("role", "status").child(words),
        files::rows("Trash", list, limit, Rc::new(move |row| trashed(app, vault, row))),
    ))
}

/// What is deleted permanently.
#[derive(Clone, Copy)]
enum Deleted {
    File(ObjectId),
    Folder(FolderId),
    All,
}

fn trashed(app: App, vault: Vault, row: Row) -> Element {
    let title = format!("Delete “{}” forever?", words::cut(&words::visible(row.path()), 60));
    let (what, files) = match &row {
        Row::File(file) => (Deleted::File(file.id), 1),
        Row::Folder { id, totals, .. } => (Deleted::Folder(*id), totals.files),
    };
    let forever = move || ask(app, vault, what, files, title.clone());
    super::row::trashed(app, vault, &row, forever)
}

fn empty_all(app: App, vault: Vault) {
    let files = vault.session().files().trash_rows().len();
    let title = match files {
        // Empty folders.
        0 => "Delete everything in the trash forever?".to_owned(),
        files => format!("Delete {} forever?", words::count(files, "file")),
    };
    ask(app, vault, Deleted::All, files, title);
}

fn ask(app: App, vault: Vault, what: Deleted, files: usize, title: String) {
    let then = move || {
        let session = vault.session();
        spawn_local(async move {
            let deleted = match what {
                Deleted::File(id) => session.files().purge(vec![id]).await,
                Deleted::Folder(id) => session.files().purge_folder(id).await,
                Deleted::All => session.files().empty_trash().await,
            };
            match deleted {
                Ok(()) => {
                    app.say(format!("Deleted {} forever.", words::count(files, "file")), None)
                }
                Err(error) => app.warn(message::change(error)),
            }
        });
    };
    app.question.set(Some(Question {
        title,
        text: "This deletes it from storage. Nobody can restore it.".to_owned(),
        verb: "Delete forever",
        then: Rc::new(then),
    }));
}
