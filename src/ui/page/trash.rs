//! The trash: restore files, or delete them permanently.

use std::rc::Rc;

use frond_view::dom::tag::{button, div, h1, p, tr};
use frond_view::dom::{Element, View, event};
use frond_view::reactive::{Memo, Signal};
use wasm_bindgen_futures::spawn_local;

use crate::catalog::Row;
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
        files::rows("Trash", list, limit, Rc::new(move |entry| trashed(app, vault, entry))),
    ))
}

fn trashed(app: App, vault: Vault, row: Row) -> Element {
    // The trash has no folders: files are listed by their whole path.
    let Row::File(file) = row else { return tr() };
    let name = words::visible(&file.path);
    let forever = move |id| {
        ask(
            app,
            vault,
            vec![id],
            format!("Delete “{}” forever?", words::cut(&name, 60)),
            "Delete forever",
        );
    };
    super::row::trashed(app, vault, &file, forever)
}

fn empty_all(app: App, vault: Vault) {
    let ids: Vec<ObjectId> =
        vault.session().files().trash_rows().iter().map(|row| row.id).collect();
    let title = format!("Delete {} forever?", words::count(ids.len(), "file"));
    ask(app, vault, ids, title, "Delete forever");
}

fn ask(app: App, vault: Vault, ids: Vec<ObjectId>, title: String, verb: &'static str) {
    let then = move || {
        let session = vault.session();
        let ids = ids.clone();
        spawn_local(async move {
            let n = ids.len();
            match session.files().purge(ids).await {
                Ok(()) => app.say(format!("Deleted {} forever.", words::count(n, "file")), None),
                Err(error) => app.warn(message::change(error)),
            }
        });
    };
    app.question.set(Some(Question {
        title,
        text: "This deletes it from storage. Nobody can restore it.".to_owned(),
        verb,
        then: Rc::new(then),
    }));
}
