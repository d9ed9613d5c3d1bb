//! What the files occupy, by kind and by folder, and leftovers in the bucket.

use std::cmp::Reverse;
use std::rc::Rc;

use frond_view::dom::tag::{a, bdi, button, div, h2, h3, li, p, section, span, ul};
use frond_view::dom::{Element, View, document, event, window};
use frond_view::reactive::{Memo, Signal, effect, on_cleanup};
use frond_wire::{QuotaUse, Used};
use gloo_timers::callback::Timeout;
use wasm_bindgen_futures::spawn_local;

use crate::catalog::{Row, Totals, Usage};
use crate::session::Leftovers;
use crate::text::kind::{self, Kind};
use crate::text::{message, words};
use crate::ui::page::app::{App, Question};
use crate::ui::page::vault::Vault;
use crate::ui::route::Route;

/// Most folders shown; the rest is one line.
const FOLDERS: usize = 8;
/// Pause between two counts of all files, in milliseconds: while files come in, every one of them
/// changes the list.
const PAUSE: u32 = 2_000;
/// The part of a quota from which on there is a warning, in percent.
const NEARLY_FULL: u8 = 90;

/// Everything that the section shows, so that it is drawn anew only when that changes.
#[derive(Clone, PartialEq)]
struct Chart {
    usage: Usage<Kind>,
    /// Top-level folders and the files beside them, by name, the largest first.
    folders: Vec<(String, Totals)>,
}

/// The search for leftovers.
#[derive(Clone, PartialEq)]
enum Search {
    Idle,
    Looking,
    Found(Leftovers),
    Removing,
    Ended(String),
}

pub(super) fn section_of(app: App, vault: Vault) -> impl View {
    let chart = counted(vault);
    section().attr("aria-label", "Storage").child((
        h2().child("Storage"),
        quota(vault),
        move || chart.with(drawn),
        p().child((
            a().attr("href", Route::Bucket.href()).child("What the bucket sees"),
            " shows what whoever runs the storage can tell about your files.",
        )),
        leftovers(app, vault),
    ))
}

/// The chart, counted anew after a change: once the last count is [`PAUSE`] ago, and while somebody
/// can see the page.
fn counted(vault: Vault) -> Signal<Chart> {
    let count = move || {
        let session = vault.session();
        let index = session.files().index();
        Chart { usage: Usage::of(&index, kind::of), folders: folders(index.files().in_folder("")) }
    };
    let chart = Signal::new(count());
    let counted = Signal::new(vault.revision.get_untracked());
    let seen = Signal::new(!document().hidden());
    event::VISIBILITY_CHANGE.listen(&window(), move |_| seen.change(!document().hidden()));
    // Stays true however many changes come meanwhile, so that none of them puts the count off.
    let stale = Memo::new(move || seen.get() && counted.get() != vault.revision.get());
    effect(move || {
        if !stale.get() {
            return;
        }
        let due = Timeout::new(PAUSE, move || {
            chart.change(count());
            counted.set(vault.revision.get_untracked());
        });
        on_cleanup(move || drop(due));
    });
    chart
}

/// How much of the account's quota is used, if it has one.
fn quota(vault: Vault) -> impl View {
    let used = Signal::new(QuotaUse::default());
    let answers = Memo::new(move || vault.list_error.get().is_none());
    effect(move || {
        if !answers.get() {
            return;
        }
        let session = vault.session();
        spawn_local(async move {
            // Without an answer nothing is said: the endpoint refuses what is too much.
            if let Ok(quota) = session.quota().await
                && used.try_get().is_some()
            {
                used.set(quota);
            }
        });
    });
    move || {
        let QuotaUse { bytes, objects } = used.get();
        let bytes = bytes.map(|used| of_quota("Space", used, words::size));
        let objects = objects.map(|used| of_quota("Objects", used, |count| count.to_string()));
        (bytes.is_some() || objects.is_some()).then(|| {
            ul().attr("class", "bars")
                .attr("aria-label", "Quota")
                .child(bytes.into_iter().chain(objects).collect::<Vec<_>>())
        })
    }
}

/// The bar of one quota, with a warning once it is nearly full.
fn of_quota(name: &'static str, Used { stored, quota }: Used, shown: fn(u64) -> String) -> Element {
    let percent = words::percent(stored, quota);
    let part = div().attr("class", "done").style("width", move || format!("{percent}%"));
    let warning = match percent {
        100.. => {
            Some("The quota is used up. Nothing more can be added until something is deleted.")
        }
        NEARLY_FULL.. => Some("The quota is nearly used up."),
        _ => None,
    };
    li().child((
        span().attr("class", "name").child(name),
        span().attr("class", "facts").child(format!("{} of {}", shown(stored), shown(quota))),
        div().attr("class", "progress").attr("aria-hidden", "true").child(part),
        warning.map(|warning| p().attr("class", "why").child(warning)),
    ))
}

fn drawn(chart: &Chart) -> Element {
    let Chart { usage, folders } = chart;
    let listed = usage.listed();
    let named = |(kind, totals): (&Kind, &Totals)| (kind::plural(*kind).to_owned(), *totals);
    let mut kinds: Vec<_> = usage.kinds.iter().map(named).collect();
    kinds.sort_by_key(|(_, totals)| Reverse(totals.bytes));
    let held = |what: &str, totals: Totals| {
        (totals.files > 0).then(|| p().child(format!("{what}: {}.", in_words(totals))))
    };
    div().child((
        p().child(match listed.files {
            0 => "Your vault has no files.".to_owned(),
            _ => format!("Your vault: {}.", in_words(listed)),
        }),
        held("Older versions", usage.versions),
        held("Trash", usage.trash),
        (listed.files > 0).then(|| (h3().child("By type"), bars("By type", &kinds, listed))),
        (folders.len() > 1).then(|| (h3().child("By folder"), bars("By folder", folders, listed))),
    ))
}

/// One bar for each part of the whole.
fn bars(name: &'static str, parts: &[(String, Totals)], whole: Totals) -> Element {
    let bar = |(name, totals): &(String, Totals)| {
        let percent = words::percent(totals.bytes, whole.bytes);
        let part = div().attr("class", "done").style("width", move || format!("{percent}%"));
        li().child((
            bdi().attr("class", "name").child(words::cut(&words::visible(name), 40)),
            span().attr("class", "facts").child(in_words(*totals)),
            div().attr("class", "progress").attr("aria-hidden", "true").child(part),
        ))
    };
    ul().attr("class", "bars")
        .attr("aria-label", name)
        .child(parts.iter().map(bar).collect::<Vec<_>>())
}

/// The largest top-level folders, then the rest, and the files that are in no folder.
fn folders(rows: impl Iterator<Item = Row>) -> Vec<(String, Totals)> {
    let (mut folders, mut loose) = (Vec::new(), Totals::default());
    for row in rows {
        match row {
            // A path at the top is a name.
            Row::Folder { path, totals, .. } => folders.push((path, totals)),
            Row::File(file) => loose.add(Totals { files: 1, bytes: file.size }),
        }
    }
    folders.retain(|(_, totals)| totals.files > 0);
    folders.sort_by_key(|(_, totals)| Reverse(totals.bytes));
    let rest = folders.split_off(folders.len().min(FOLDERS));
    let mut other = Totals::default();
    rest.iter().for_each(|(_, totals)| other.add(*totals));
    for (name, totals) in [("Other folders", other), ("In no folder", loose)] {
        if totals.files > 0 {
            folders.push((name.to_owned(), totals));
        }
    }
    folders
}

fn in_words(totals: Totals) -> String {
    format!("{}, {}", words::size(totals.bytes), words::count(totals.files, "file"))
}

/// What belongs to no file: looked for, and removed, only when asked.
fn leftovers(app: App, vault: Vault) -> impl View {
    let search = Signal::new(Search::Idle);
    let look = move |_| {
        if matches!(search.get_untracked(), Search::Looking | Search::Removing) {
            return;
        }
        search.set(Search::Looking);
        let session = vault.session();
        spawn_local(async move {
            let found = session.leftovers().await;
            let ended = match found {
                Ok(found) if found.is_empty() => {
                    Search::Ended("Storage holds no leftovers.".to_owned())
                }
                Ok(found) => Search::Found(found),
                Err(error) => Search::Ended(message::change(error).to_owned()),
            };
            search.set(ended);
        });
    };
    let status = move || match search.get() {
        Search::Idle => String::new(),
        Search::Looking => "Comparing storage with your list…".to_owned(),
        Search::Found(found) => format!("{} that belong to no file.", described(&found)),
        Search::Removing => {
            "Removing. This takes two minutes, in case another device still needs any of it."
                .to_owned()
        }
        Search::Ended(text) => text,
    };
    let busy = move || matches!(search.get(), Search::Looking | Search::Removing);
    let remove = move || {
        matches!(search.get(), Search::Found(_)).then(|| {
            button()
                .attr("type", "button")
                .attr("class", "destructive")
                .on(event::CLICK, move |_| ask(app, vault, search))
                .child("Remove leftovers")
        })
    };
    div().child((
        h3().child("Leftovers"),
        p().child(
            "Interrupted uploads can leave data in storage that belongs to no file. What is older \
             than thirty days can be removed.",
        ),
        p().attr("role", "status").child(status),
        div().attr("class", "buttons").child((
            button()
                .attr("type", "button")
                .live("aria-busy", move || busy().to_string())
                .on(event::CLICK, look)
                .child("Leftovers"),
            remove,
        )),
    ))
}

fn described(found: &Leftovers) -> String {
    let remnants = [found.uploads.len(), found.pages.len(), found.thumbnails.len()].iter().sum();
    format!(
        "Found {} ({}) and {} of interrupted uploads",
        words::count(found.objects.len(), "object"),
        words::size(found.bytes),
        words::count(remnants, "remnant"),
    )
}

fn ask(app: App, vault: Vault, search: Signal<Search>) {
    let Search::Found(found) = search.get_untracked() else { return };
    let then = move || {
        search.set(Search::Removing);
        let (session, found) = (vault.session(), found.clone());
        spawn_local(async move {
            let text = match session.free(&found).await {
                Ok(()) => "Removed the leftovers.".to_owned(),
                Err(error) => message::change(error).to_owned(),
            };
            search.set(Search::Ended(text));
        });
    };
    app.question.set(Some(Question {
        title: "Remove leftovers?".to_owned(),
        text: "This deletes them from storage. No file of yours is among them.".to_owned(),
        verb: "Remove leftovers",
        then: Rc::new(then),
    }));
}
