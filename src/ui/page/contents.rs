//! Files that are found with the help of their contents, below those whose paths have all that is
//! searched for. Looking for them reads nothing from storage; the line around a hit does, where the
//! text is not in this tab, so that is a button.

use std::rc::Rc;

use frond_search::Line;
use frond_view::dom::tag::{bdi, button, h2, li, mark, p, section, span, ul};
use frond_view::dom::{Element, View, event, keyed};
use frond_view::reactive::{Memo, Signal, effect};
use wasm_bindgen_futures::spawn_local;

use crate::catalog::FileRow;
use crate::object::ObjectId;
use crate::text::words;
use crate::ui::page::preview::Previewed;
use crate::ui::page::vault::Vault;

/// Most hits that are listed.
const ROWS: usize = 50;
/// Files that "Show lines" reads at most.
const LINES: usize = 20;

/// A file that has each term in its path or in its contents.
#[derive(Clone, PartialEq)]
struct Hit {
    file: Rc<FileRow>,
    line: Option<Line>,
}

/// The results of one query.
#[derive(Clone, Default, PartialEq)]
struct Results {
    query: String,
    hits: Vec<Hit>,
    /// How many there are, also those that are not listed.
    count: usize,
}

/// What is found while something is searched for.
pub(super) fn view(vault: Vault, previewed: Previewed) -> impl View {
    let found = Signal::new(Results::default());
    effect(move || {
        vault.revision.get();
        vault.indexing.with(|_| ());
        let query = vault.query.get();
        spawn_local(find(vault, found, query));
    });
    let some = Memo::new(move || found.with(|found| found.count > 0));
    move || some.get().then(|| listed(vault, found, previewed))
}

/// Looks for a query in the contents, and shows the lines that are at hand.
async fn find(vault: Vault, found: Signal<Results>, query: String) {
    let session = vault.session();
    // Without the program there are no hits; names are found all the same.
    let rows = session.search().find(&query).await.unwrap_or_default();
    let count = rows.len();
    let mut hits = Vec::new();
    for file in rows.into_iter().take(ROWS) {
        let line = match session.search().has_text(&file.id) {
            true => match session.search().line(file.id, &query).await {
                // All words, but not a phrase.
                Ok(None) => continue,
                Ok(line) => line,
                Err(_) => None,
            },
            false => None,
        };
        hits.push(Hit { file, line });
    }
    // Another query may have been typed meanwhile, or the list left.
    if found.try_get().is_some() && vault.query.try_get().as_ref() == Some(&query) {
        let count = if hits.is_empty() { 0 } else { count };
        found.change(Results { query, hits, count });
    }
}

/// Reads the lines that are not at hand.
async fn read(vault: Vault, found: Signal<Results>) {
    let session = vault.session();
    let Results { query, hits, .. } = found.get_untracked();
    for hit in hits.into_iter().filter(|hit| hit.line.is_none()).take(LINES) {
        // What cannot be read shows no line.
        let Ok(line) = session.search().line(hit.file.id, &query).await else { continue };
        if found.try_get().is_none_or(|now| now.query != query) {
            return;
        }
        found.update(|found| match line {
            Some(line) => {
                let same = found.hits.iter_mut().filter(|other| other.file.id == hit.file.id);
                same.for_each(|other| other.line = Some(line.clone()));
            }
            None => {
                found.hits.retain(|other| other.file.id != hit.file.id);
                found.count = found.count.saturating_sub(1);
            }
        });
    }
}

fn listed(vault: Vault, found: Signal<Results>, previewed: Previewed) -> Element {
    let count = move || {
        let count = found.with(|found| found.count);
        format!("Also in the contents of {}.", words::count(count, "file"))
    };
    let missing =
        Memo::new(move || found.with(|found| found.hits.iter().any(|hit| hit.line.is_none())));
    let lines = move || {
        missing.get().then(|| {
            button()
                .attr("type", "button")
                .attr("title", "Reads these files from storage")
                .on(event::CLICK, move |_| spawn_local(read(vault, found)))
                .child("Show lines")
        })
    };
    let ids = move || found.with(|found| found.hits.iter().map(|hit| hit.file.id).collect());
    section().attr("class", "contents").attr("aria-labelledby", "contents").child((
        h2().attr("id", "contents").child("In contents"),
        p().attr("class", "state").attr("role", "status").child(count),
        lines,
        ul().child(keyed(ids, |id: &ObjectId| *id, move |id| row(found, previewed, id))),
    ))
}

fn row(found: Signal<Results>, previewed: Previewed, id: ObjectId) -> Element {
    let hit = Memo::new(move || {
        found.with(|found| found.hits.iter().find(|hit| hit.file.id == id).cloned())
    });
    let opener = move || {
        hit.get().map(|hit| {
            let path = words::visible(&hit.file.path);
            let open = move |_| previewed.set(Some(Rc::clone(&hit.file)));
            button()
                .attr("type", "button")
                .attr("class", "name")
                .attr("aria-label", format!("Preview {path}"))
                .on(event::CLICK, open)
                .child(bdi().child(path))
        })
    };
    let line = move || {
        let line = hit.with(|hit| hit.as_ref().and_then(|hit| hit.line.clone()));
        line.map(|Line { before, hit, after }| {
            p().attr("class", "line").child(bdi().child((
                span().child(words::visible(&before)),
                mark().child(words::visible(&hit)),
                span().child(words::visible(&after)),
            )))
        })
    };
    li().attr("class", "named").child((opener, line))
}
