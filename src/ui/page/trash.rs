//! The trash: take back, or delete for ever.

use std::rc::Rc;

use frond_view::dom::tag::{button, div, h1, p, tr};
use frond_view::dom::{Element, View, event};
use frond_view::reactive::Memo;
use wasm_bindgen_futures::spawn_local;

use crate::object::ObjectId;
use crate::text::folder::{self, Entry};
use crate::text::{message, words};
use crate::ui::page::app::{App, Question};
use crate::ui::page::files;
use crate::ui::page::icon::{self, icon};
use crate::ui::page::title;
use crate::ui::page::vault::Vault;

pub(super) fn screen(app: App, vault: Vault) -> impl View {
    let entries = Memo::new(move || {
        let query = vault.query.get();
        vault.trash.with(|files| folder::search(files, &query))
    });
    let some = Memo::new(move || vault.trash.with(|files| !files.is_empty()));
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
        } else if vault.trash.with(Vec::is_empty) {
            "The trash is empty. Files you delete stay here until you delete them forever."
        } else if entries.with(Vec::is_empty) {
            "No matching files in the trash."
        } else {
            "You can restore files until you delete them forever."
        }
    };
    title::focused("Trash", entries);
    div().attr("class", "list").child((
        div().attr("class", "head").child((
            h1().attr("id", "title").attr("tabindex", "-1").child("Trash"),
            div().attr("class", "buttons").child(empty),
        )),
        p().attr("class", "state").attr("role", "status").child(words),
        files::rows("Trash", entries, Rc::new(move |entry| trashed(app, vault, entry))),
    ))
}

fn trashed(app: App, vault: Vault, entry: Entry) -> Element {
    // What is in the trash is found by its whole path: there are no folders.
    let Entry::File(file) = entry else { return tr() };
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
    super::row::trashed(app, vault, file, forever)
}

fn empty_all(app: App, vault: Vault) {
    let ids: Vec<ObjectId> =
        vault.trash.with_untracked(|files| files.iter().map(|file| file.id).collect());
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
