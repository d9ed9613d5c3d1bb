//! Everything in the bucket, page by page, and beside it what only the person here knows.

use std::rc::Rc;

use frond_view::dom::tag::{
    bdi, button, code, div, h2, label, li, option, p, section, select, span, ul,
};
use frond_view::dom::{Element, View, event};
use frond_view::reactive::{Memo, Signal};
use web_sys::Event;

use super::compared::{self, Chosen};
use crate::session::{Inventory, StoredItem, StoredKind};
use crate::text::{folder, words};
use crate::ui::page::app::App;
use crate::ui::page::focus_on;
use crate::ui::page::icon::{self, icon};
use crate::ui::page::vault::Vault;

/// Things on a page.
const PAGE: usize = 50;
/// What can be shown, with the names of the choices.
const KINDS: [(&str, Option<StoredKind>); 7] = [
    ("Everything", None),
    ("Files", Some(StoredKind::File)),
    ("Changes", Some(StoredKind::Change)),
    ("Summaries", Some(StoredKind::Snapshot)),
    ("Unfinished uploads", Some(StoredKind::Journal)),
    ("Thumbnails", Some(StoredKind::Thumbnail)),
    ("Search index", Some(StoredKind::Segment)),
];

pub(super) fn section_of(
    app: App,
    vault: Vault,
    found: &Rc<Inventory>,
    chosen: Signal<Option<Chosen>>,
) -> impl View + use<> {
    let found = Rc::clone(found);
    let (kind, skip) = (Signal::new(None::<StoredKind>), Signal::new(0_usize));
    let totals = found.totals();
    let count = Memo::new(move || match kind.get() {
        Some(kind) => totals.get(&kind).map_or(0, |totals| totals.count),
        None => totals.values().map(|totals| totals.count).sum(),
    });
    let set = move |event: Event| {
        let name = event::typed(&event);
        skip.set(0);
        kind.set(KINDS.into_iter().find(|(known, _)| *known == name).and_then(|(_, kind)| kind));
    };
    let options: Vec<_> =
        KINDS.into_iter().map(|(name, _)| option().attr("value", name).child(name)).collect();
    let range = move || {
        let (from, count) = (skip.get(), count.get());
        let to = from.saturating_add(PAGE).min(count);
        format!("{} to {to} of {count}", from.saturating_add(1).min(count))
    };
    let turn = move |name: &'static str, outline, to: fn(usize, usize) -> Option<usize>| {
        let next = Memo::new(move || to(skip.get(), count.get()));
        button()
            .attr("type", "button")
            .attr("class", "icon-button")
            .attr("aria-label", name)
            .attr("title", name)
            .live("aria-disabled", move || next.get().is_none().to_string())
            .on(event::CLICK, move |_: Event| {
                if let Some(next) = next.get_untracked() {
                    skip.set(next);
                }
            })
            .child(icon(outline))
    };
    let items = move || {
        let items = found.items(kind.get(), skip.get()).take(PAGE);
        let items: Vec<_> = items.map(|item| line(app, vault, item, chosen)).collect();
        ul().attr("class", "stored").attr("aria-label", "Stored").child(items)
    };
    section().attr("aria-label", "All that is stored").child((
        h2().child("All that is stored"),
        p().child(
            "The first line of each entry is what the bucket has: a key, a size, a time. The line \
             below, if there is one, is what only you can see.",
        ),
        div().attr("class", "field").child((
            label().attr("for", "stored-kind").child("Show"),
            select().attr("id", "stored-kind").on(event::CHANGE, set).child(options),
        )),
        items,
        div().attr("class", "pages").child((
            turn("Previous page", icon::PREVIOUS, |at, _| {
                (at > 0).then(|| at.saturating_sub(PAGE))
            }),
            span().attr("role", "status").child(range),
            turn("Next page", icon::NEXT, |at, count| {
                Some(at.saturating_add(PAGE)).filter(|next| *next < count)
            }),
        )),
    ))
}

fn line(app: App, vault: Vault, item: StoredItem, chosen: Signal<Option<Chosen>>) -> Element {
    let (_, at) = app.when(i64::try_from(item.at.saturating_mul(1000)).unwrap_or(i64::MAX));
    let seen = div().child((
        code().child(item.key),
        span().attr("class", "facts").child(format!("{}, {at}", words::size(item.size))),
    ));
    let session = vault.session();
    let row = item.file.and_then(|file| session.files().index().row(&file));
    let known = row.map(|row| {
        let name = words::visible(folder::name(&row.path));
        let bytes = button()
            .attr("type", "button")
            .attr("class", "link")
            .attr("aria-label", format!("Show its bytes: {name}"));
        let choice = Chosen { name: name.clone(), id: row.id, size: row.size, stored: item.size };
        let is_file = item.kind == StoredKind::File;
        let choose = move |_: Event| {
            chosen.set(Some(choice.clone()));
            focus_on(compared::HEADING);
        };
        let facts = format!("{name}, {}", words::size(row.size));
        div().attr("class", "known").child((
            bdi().child(facts),
            is_file.then(|| bytes.on(event::CLICK, choose).child("Show its bytes")),
        ))
    });
    li().child((seen, known))
}
