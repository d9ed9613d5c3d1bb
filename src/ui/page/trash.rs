//! The trash: restore files, or delete them permanently.

use std::rc::Rc;

use frond_view::dom::tag::{button, div, h1, p};
use frond_view::dom::{Element, View, event};
use frond_view::reactive::{Memo, effect};
use wasm_bindgen_futures::spawn_local;

use crate::catalog::{FolderId, Row, RowId};
use crate::object::ObjectId;
use crate::text::{message, words};
use crate::ui::page::app::{App, Question};
use crate::ui::page::icon::{self, icon};
use crate::ui::page::list::{self, List};
use crate::ui::page::title;
use crate::ui::page::vault::Vault;

pub(super) fn screen(app: App, vault: Vault) -> impl View {
    let mut count = 0_u64;
    let changed = Memo::new(move || {
        vault.revision.get();
        vault.query.with(|_| ());
        count = count.wrapping_add(1);
        count
    });
    // Their order, and each of them, ascending by id.
    let rows = Memo::new(move || {
        changed.get();
        let (query, session) = (vault.query.get(), vault.session());
        let index = session.files().index();
        let mut rows: Vec<_> = index.trash().search(&query).collect();
        let order: Vec<_> = rows.iter().map(Row::id).collect();
        rows.sort_unstable_by_key(Row::id);
        (Rc::new(order), rows)
    });
    let row = move |id: &RowId| {
        rows.with_untracked(|(_, rows)| {
            let at = rows.binary_search_by_key(id, Row::id).ok()?;
            rows.get(at).cloned()
        })
    };
    let list = List::new(changed, row, None);
    list.in_order.set(true);
    effect(move || list.order.set(rows.with(|(order, _)| Rc::clone(order))));
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
            "The trash is empty. Files you delete stay here until you delete them forever, or for \
             as long as Settings say."
        } else if rows.with(|(order, _)| order.is_empty()) {
            "No matching files in the trash."
        } else {
            "You can restore files until they are deleted forever."
        }
    };
    title::window("Trash");
    div().attr("class", "list").child((
        div().attr("class", "head").child((
            h1().attr("id", "title").attr("tabindex", "-1").child("Trash"),
            div().attr("class", "buttons").child(empty),
        )),
        p().attr("class", "state").attr("role", "status").child(words),
        list::view(list, "Trash", Rc::new(move |row| trashed(app, vault, row))),
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
