//! The bar at the top: navigation, search, and the lock button.

use std::rc::Rc;

use frond_view::dom::tag::{a, button, div, header, input, nav, span};
use frond_view::dom::{View, event};
use frond_view::reactive::Memo;
use web_sys::Event;

use crate::session::{TransferRow, TransferState};
use crate::ui::page::app::{App, Question};
use crate::ui::page::home;
use crate::ui::page::icon::{self, icon};
use crate::ui::page::vault::Vault;
use crate::ui::route::Route;

pub(super) fn view(app: App, vault: Vault) -> impl View {
    let listing = Memo::new(move || {
        let route = app.route.get();
        route.is_files() || route == Route::Trash
    });
    let current = move |route| move || (app.route.get() == route).then_some("page");
    let current_files = move || app.route.get().is_files().then_some("page");
    let go = move |route| move |_: Event| app.go(route);
    let search = move || {
        listing.get().then(|| {
            div().attr("class", "search").attr("role", "search").child((
                icon(icon::SEARCH),
                input()
                    .attr("type", "search")
                    .attr("aria-label", "Search")
                    .attr("placeholder", "Search")
                    .attr("autocomplete", "off")
                    .attr("spellcheck", "false")
                    .value(&vault.query.get_untracked())
                    .on(event::INPUT, move |event| vault.query.set(event::typed(&event))),
            ))
        })
    };
    let back = a()
        .attr("class", "quiet")
        .attr("href", Route::Files.href())
        .live("aria-current", current_files)
        .attr("title", "Files")
        .child((icon(icon::FILES), span().attr("class", "label").child("Files")));
    let trash = a()
        .attr("class", "quiet")
        .attr("href", Route::Trash.href())
        .live("aria-current", current(Route::Trash))
        .attr("title", "Trash")
        .child((icon(icon::TRASH), span().attr("class", "label").child("Trash"), move || {
            let n = vault.trash_count.get();
            (n > 0).then(|| count(n))
        }));
    let settings = button()
        .attr("type", "button")
        .attr("class", "quiet")
        .live("aria-current", current(Route::Settings))
        .attr("title", "Settings")
        .on(event::CLICK, go(Route::Settings))
        .child((icon(icon::SETTINGS), span().attr("class", "label").child("Settings")));
    let lock = button()
        .attr("type", "button")
        .attr("class", "quiet")
        .attr("title", "Lock")
        .on(event::CLICK, move |_| lock(app, vault))
        .child((icon(icon::LOCK), span().attr("class", "label").child("Lock")));
    header().attr("class", "bar").child((
        home(),
        search,
        nav().attr("aria-label", "Vault").child((
            back,
            transfers_button(vault),
            trash,
            settings,
            lock,
        )),
    ))
}

/// A number beside a name, hidden from assistive technology.
fn count(n: usize) -> impl View {
    span().attr("class", "count").attr("aria-hidden", "true").child(n)
}

/// Shows or hides the sheet; only present while there are transfers.
fn transfers_button(vault: Vault) -> impl View {
    let open = move |row: &&TransferRow| row.state != TransferState::Done;
    let toggle = move |_| vault.sheet.update(|shown| *shown = !*shown);
    let some = Memo::new(move || vault.transfers.with(|all| !all.is_empty()));
    move || {
        some.get().then(|| {
            button()
                .attr("type", "button")
                .attr("class", "quiet")
                .live("aria-expanded", move || if vault.sheet.get() { "true" } else { "false" })
                .attr("title", "Transfers")
                .on(event::CLICK, toggle)
                .child((
                    icon(icon::TRANSFERS),
                    span().attr("class", "label").child("Transfers"),
                    move || {
                        let n = vault.transfers.with(|all| all.iter().filter(open).count());
                        (n > 0).then(|| count(n))
                    },
                ))
        })
    }
}

/// Locks the vault, and asks first if bytes would be lost. All other pending work stays on this
/// device and resumes after the next unlock.
pub(super) fn lock(app: App, vault: Vault) {
    let session = vault.session();
    if !session.view().transfers.iter().any(|row| row.at_risk) {
        return app.lock(session, None);
    }
    app.question.set(Some(Question {
        title: "Lock while files are uploading?".to_owned(),
        text: "Uploads will stop. The browser can't read some of these files again by itself: add \
             them again after signing in to continue where they stopped. Files in the list are \
             safe."
            .to_owned(),
        verb: "Lock now",
        then: Rc::new(move || app.lock(vault.session(), None)),
    }));
}
