//! "Versions": a dialog with the versions of a file.

use std::rc::Rc;

use frond_view::dom::tag::{bdi, button, div, li, p, span, ul};
use frond_view::dom::{Element, event, keyed};
use frond_view::reactive::Memo;
use wasm_bindgen_futures::spawn_local;
use web_sys::Event;

use crate::catalog::FileRow;
use crate::object::ObjectId;
use crate::text::{folder, message, words};
use crate::ui::page::app::{App, Question};
use crate::ui::page::dialog::Modal;
use crate::ui::page::focus_on;
use crate::ui::page::icon::{self, icon};
use crate::ui::page::vault::Vault;

/// Id of the button that closes the dialog.
const CLOSE: &str = "close-versions";

/// A version of a file.
#[derive(Clone, PartialEq)]
struct Version {
    row: FileRow,
    /// The oldest is 1.
    number: usize,
    is_current: bool,
    /// When the vault deletes it by itself, at the earliest, in milliseconds since the Unix epoch.
    expiry: Option<u64>,
}

pub(super) fn show(app: App, vault: Vault, id: ObjectId) -> Element {
    let (modal, session) = (Modal::new(), vault.session());
    let versions = Memo::new(move || {
        vault.revision.get();
        let index = session.files().index();
        // Another version may have become the current one.
        let current = index.newest(&id).unwrap_or(id);
        let rows: Vec<_> =
            index.row(&current).into_iter().chain(index.versions(&current)).collect();
        let numbers = (1..=rows.len()).rev();
        let version = |(row, number): (FileRow, _)| Version {
            is_current: row.id == current,
            expiry: index.version_expiry(&row.id),
            row,
            number,
        };
        rows.into_iter().zip(numbers).map(version).collect::<Vec<_>>()
    });
    let name = versions.with_untracked(|versions| {
        let path = versions.first().map(|version| version.row.path.as_str());
        words::visible(folder::name(path.unwrap_or_default()))
    });
    let (list_name, row_name) = (name.clone(), name.clone());
    let shown = move || versions.get();
    let row = move |version| self::row(app, vault, modal, &row_name, version);
    let only_one = move || {
        let is_alone = versions.with(|versions| versions.len() < 2);
        is_alone.then(|| p().child("There are no older versions of this file."))
    };
    let content = (
        ul().attr("class", "versions")
            .attr("aria-label", format!("Versions of {list_name}"))
            .child(keyed(shown, Version::clone, row)),
        only_one,
        div().attr("class", "buttons").child(
            button()
                .attr("type", "button")
                .attr("id", CLOSE)
                .on(event::CLICK, move |_| modal.close())
                .child("Close"),
        ),
    );
    let title = ("Versions of ", bdi().child(words::cut(&name, 60)));
    modal.view("versions", title, move || vault.dialog.set(None), content)
}

fn row(app: App, vault: Vault, modal: Modal, name: &str, version: Version) -> Element {
    let Version { row, number, is_current, expiry } = version;
    let (id, name) = (row.id, name.to_owned());
    let (when, moment) = app.when(i64::try_from(row.added).unwrap_or(i64::MAX));
    let download = move |_: Event| {
        if let Err(error) = vault.session().transfers().download(id) {
            modal.close();
            app.warn(message::change(error));
        }
    };
    let whole = name.clone();
    let restore = move |_: Event| {
        let session = vault.session();
        let said = format!("Restored version {number} of {whole}.");
        let current = session.files().index().newest(&id);
        modal.close();
        spawn_local(async move {
            match session.files().restore_version(id).await {
                Ok(()) => {
                    let undo = move || undo(app, vault, current);
                    app.say(said, Some(Rc::new(undo)));
                }
                Err(error) => app.warn(message::change(error)),
            }
        });
    };
    let delete = move |_: Event| forever(app, vault, modal, id, number, &name);
    let tool = |verb: &'static str, full: String, outline| {
        button()
            .attr("type", "button")
            .attr("class", "icon-button")
            .attr("aria-label", full)
            .attr("title", verb)
            .child(icon(outline))
    };
    let older = (!is_current).then(|| {
        (
            tool("Restore", format!("Restore version {number}"), icon::RESTORE)
                .on(event::CLICK, restore),
            tool("Delete forever", format!("Delete version {number} forever"), icon::CLOSE)
                .on(event::CLICK, delete),
        )
    });
    let current = is_current.then(|| span().attr("class", "current").child("Current"));
    let expiry = expiry.map(|at| format!(" · {}", app.expiry(at)));
    li().child((
        div().attr("class", "version").child((
            span().attr("class", "number").child(format!("Version {number}")),
            current,
            span()
                .attr("class", "facts")
                .attr("title", moment)
                .child((format!("{when} · {}", words::size(row.size)), expiry)),
        )),
        div().attr("class", "tools").child((
            tool("Download", format!("Download version {number}"), icon::DOWN)
                .on(event::CLICK, download),
            older,
        )),
    ))
}

/// Makes the version current again that was so before another one was restored.
fn undo(app: App, vault: Vault, current: Option<ObjectId>) {
    let (Some(id), session) = (current, vault.session()) else { return };
    spawn_local(async move {
        match session.files().restore_version(id).await {
            Ok(()) => app.say("Restored.", None),
            Err(error) => app.warn(message::change(error)),
        }
    });
}

fn forever(app: App, vault: Vault, modal: Modal, id: ObjectId, number: usize, name: &str) {
    let then = move || {
        let session = vault.session();
        spawn_local(async move {
            if let Err(error) = session.files().purge(vec![id]).await {
                modal.close();
                app.warn(message::change(error));
            }
            focus_on(CLOSE);
        });
    };
    app.question.set(Some(Question {
        title: format!("Delete version {number} of “{}” forever?", words::cut(name, 60)),
        text: "This deletes it from storage. Nobody can restore it.".to_owned(),
        verb: "Delete forever",
        then: Rc::new(then),
    }));
}
