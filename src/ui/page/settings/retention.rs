//! "Versions and trash": what the vault deletes by itself.

use std::rc::Rc;

use frond_view::dom::tag::{button, div, h2, label, option, p, section, select};
use frond_view::dom::{Element, View, event};
use frond_view::reactive::{Memo, Signal};
use wasm_bindgen_futures::spawn_local;
use web_sys::Event;

use crate::catalog::{Due, Retention};
use crate::text::{message, words};
use crate::ui::page::app::{App, Question};
use crate::ui::page::vault::Vault;

/// One of the limits, and what can be chosen for it.
struct Limit {
    id: &'static str,
    label: &'static str,
    /// The choice without a limit.
    none: &'static str,
    offered: &'static [u32],
    shown: fn(u32) -> String,
    of: fn(&mut Retention) -> &mut Option<u32>,
}

const LIMITS: [Limit; 3] = [
    Limit {
        id: "versions",
        label: "Keep older versions",
        none: "All",
        offered: &[1, 5, 20, 100],
        shown: |versions| versions.to_string(),
        of: |retention| &mut retention.versions,
    },
    Limit {
        id: "version-days",
        label: "Keep them for",
        none: "Always",
        offered: &[30, 90, 365],
        shown: days,
        of: |retention| &mut retention.version_days,
    },
    Limit {
        id: "trash-days",
        label: "Empty trash automatically",
        none: "Never",
        offered: &[30, 90],
        shown: |limit| format!("After {}", days(limit)),
        of: |retention| &mut retention.trash_days,
    },
];

pub(super) fn section_of(app: App, vault: Vault) -> impl View {
    // The fingerprint changes with every change of the vault.
    let saved = Memo::new(move || {
        vault.list_fingerprint.get();
        vault.session().files().retention()
    });
    let chosen = Signal::new(saved.get_untracked());
    let fields = move || {
        chosen.set(saved.get());
        LIMITS.iter().map(|limit| field(limit, chosen)).collect::<Vec<_>>()
    };
    section().attr("aria-label", "Versions and trash").child((
        h2().child("Versions and trash"),
        p().child(
            "An older version beyond either limit is deleted forever, and so is what has been in \
             the trash for the time that you choose, on whichever of your devices has the vault \
             open. Without a limit, nothing is deleted by itself.",
        ),
        fields,
        div().attr("class", "buttons").child(
            button()
                .attr("type", "button")
                .on(event::CLICK, move |_| save(app, vault, chosen.get_untracked()))
                .child("Save limits"),
        ),
    ))
}

fn field(limit: &'static Limit, chosen: Signal<Retention>) -> Element {
    let now = *(limit.of)(&mut chosen.get_untracked());
    let mut offered = limit.offered.to_vec();
    // Another one, set at the command line.
    offered.extend(now.filter(|now| !limit.offered.contains(now)));
    offered.sort_unstable();
    let choices = std::iter::once(None).chain(offered.into_iter().map(Some));
    let choice = |choice: Option<u32>| {
        option()
            .attr("value", choice.map(|limit| limit.to_string()).unwrap_or_default())
            .attr("selected", choice == now)
            .child(choice.map_or_else(|| limit.none.to_owned(), limit.shown))
    };
    let set = move |event: Event| {
        let choice = event::typed(&event).parse().ok();
        chosen.update(|chosen| *(limit.of)(chosen) = choice);
    };
    div().attr("class", "field").child((
        label().attr("for", limit.id).child(limit.label),
        select()
            .attr("id", limit.id)
            .on(event::CHANGE, set)
            .child(choices.map(choice).collect::<Vec<_>>()),
    ))
}

/// Saves the limits, after a question if they delete something now.
fn save(app: App, vault: Vault, chosen: Retention) {
    let save = move || {
        let session = vault.session();
        spawn_local(async move {
            let files = session.files();
            let saved = match files.set_retention(chosen).await {
                Ok(()) => files.delete_due().await,
                failed => failed,
            };
            match saved {
                Ok(()) => app.say("Saved the limits.".to_owned(), None),
                Err(error) => app.warn(message::change(error)),
            }
        });
    };
    let due = vault.session().files().due(&chosen);
    if due.is_empty() {
        return save();
    }
    app.question.set(Some(Question {
        title: format!("Delete {} forever?", described(&due)),
        text: "These limits delete it from storage now. Nobody can restore it.".to_owned(),
        verb: "Save and delete",
        then: Rc::new(save),
    }));
}

/// What is deleted, in words.
fn described(due: &Due) -> String {
    let trash = match due.of_trash.files {
        0 if due.trash.is_empty() => None,
        0 => Some(words::count(due.trash.len(), "empty folder")),
        files => Some(format!("{} in the trash", words::count(files, "file"))),
    };
    let versions = due.of_versions.files;
    let versions = (versions > 0).then(|| words::count(versions, "older version"));
    versions.into_iter().chain(trash).collect::<Vec<_>>().join(" and ")
}

fn days(days: u32) -> String {
    match days {
        365 => "1 year".to_owned(),
        days => words::count(usize::try_from(days).unwrap_or(usize::MAX), "day"),
    }
}
