//! Settings of this device, ways into the account (`logins`), the fingerprint for comparing two
//! devices, and what looks after all files: `search`, `storage`, `retention`, `thumbnails`,
//! `verification`, `export`.

mod export;
mod links;
mod logins;
mod retention;
mod run;
mod search;
mod storage;
mod thumbnails;
mod verification;

use frond_view::dom::tag::{
    button, dd, details, div, dl, dt, h1, h2, label, li, option, p, section, select, span, summary,
    ul,
};
use frond_view::dom::{Element, View, event};
use wasm_bindgen_futures::spawn_local;
use web_sys::Event;

use crate::session::Merged;
use crate::text::words;
use crate::ui::page::app::App;
use crate::ui::page::bar;
use crate::ui::page::dialog::Dialog;
use crate::ui::page::icon::{self, icon};
use crate::ui::page::title;
use crate::ui::page::vault::Vault;

/// The selectable minutes.
const MINUTES: [u32; 7] = [1, 5, 15, 30, 60, 120, 240];

pub(super) fn screen(app: App, vault: Vault) -> impl View {
    title::named("Settings");
    let session = vault.session();
    let kept = if session.kept() {
        "You stay signed in when you reload the page, until you lock the vault or the time above \
         has passed. Your keys are kept in this browser, encrypted with a key that needs a secret \
         from the server. Locking deletes that secret for all tabs. After that, only your password \
         opens the vault on this device."
    } else {
        "You have to sign in again when you reload the page, because this browser can't store keys \
         safely (as in a private window) or the server did not answer when you signed in."
    };
    let lock = button()
        .attr("type", "button")
        .on(event::CLICK, move |_| bar::lock(app, vault))
        .child((icon(icon::LOCK), "Lock now"));
    div().attr("class", "prose settings").child((
        h1().attr("id", "title").attr("tabindex", "-1").child("Settings"),
        section().attr("aria-label", "Account").child((
            h2().child("Account"),
            dl().child((dt().child("Username"), dd().child(session.username()))),
        )),
        (logins::section_of(app, vault), links::section_of(app, vault)),
        section().attr("aria-label", "Locking").child((
            h2().child("Locking"),
            minutes(vault),
            p().child(kept),
            lock,
        )),
        section().attr("aria-label", "List fingerprint").child((
            h2().child("List fingerprint"),
            p().attr("class", "code mono").child(move || vault.list_fingerprint.get()),
            p().child(
                "Two devices that show the same fingerprint see the same files. If they still \
                 differ after both have been online for a minute, the storage may be hiding \
                 changes from one of them.",
            ),
            details().child((
                summary().child("How this works"),
                p().child(
                    "Every change to your list contains the hashes of the changes before it. The \
                     fingerprint is the first 128 bits of a hash over all of them, so it changes \
                     with every change, and nobody can make two different lists with the same \
                     fingerprint.",
                ),
            )),
        )),
        move || merges(app, &vault.merges.get()),
        search::section_of(app, vault),
        storage::section_of(app, vault),
        retention::section_of(app, vault),
        thumbnails::section_of(app, vault),
        verification::section_of(app, vault),
        (export::section_of(app, vault), delete(vault)),
    ))
}

/// "Delete account".
fn delete(vault: Vault) -> impl View {
    section().attr("aria-label", "Delete account").child((
        h2().child("Delete account"),
        p().child(
            "Deletes all your files and every login, for all devices. Nobody can bring them back, \
             so export first what you want to keep.",
        ),
        div().attr("class", "buttons").child(
            button()
                .attr("type", "button")
                .attr("class", "destructive")
                .on(event::CLICK, move |_| vault.dialog.set(Some(Dialog::DeleteAccount)))
                .child("Delete account"),
        ),
    ))
}

/// Merged forks, if there are any: they stay visible.
fn merges(app: App, merges: &[Merged]) -> Option<Element> {
    let lines: Vec<_> = merges
        .iter()
        .map(|Merged { at, events }| {
            let (_, at) = app.when(i64::try_from(*at).unwrap_or(i64::MAX));
            let changes = words::count(*events, "change");
            li().child(format!("{at}: {changes} conflicted."))
        })
        .collect();
    (!lines.is_empty()).then(|| {
        section().attr("aria-label", "Merged histories").child((
            h2().child("Merged histories"),
            p().child(
                "A copy or backup of one of your devices was used alongside it, and someone with \
                 your password merged the changes of both. If that wasn't you, someone else knows \
                 your password.",
            ),
            ul().child(lines),
        ))
    })
}

fn minutes(vault: Vault) -> impl View {
    let session = vault.session();
    let now = session.idle_minutes();
    let mut offered = MINUTES.to_vec();
    if !offered.contains(&now) {
        offered.push(now);
        offered.sort_unstable();
    }
    let options: Vec<_> = offered
        .into_iter()
        .map(|minutes| {
            option()
                .attr("value", minutes.to_string())
                .attr("selected", minutes == now)
                .child(in_words(minutes))
        })
        .collect();
    let set = move |event: Event| {
        if let Ok(minutes) = event::typed(&event).parse() {
            let session = vault.session();
            spawn_local(async move { session.set_idle_minutes(minutes).await });
        }
    };
    div().attr("class", "field").child((
        label().attr("for", "idle").child("Lock after"),
        select().attr("id", "idle").on(event::CHANGE, set).child(options),
        span()
            .attr("class", "hint")
            .child("Counts inactivity in all tabs of this browser. Transfers finish first."),
    ))
}

fn in_words(minutes: u32) -> String {
    let whole = usize::try_from(minutes).unwrap_or(usize::MAX);
    if minutes.is_multiple_of(60) && minutes > 0 {
        words::count(whole / 60, "hour")
    } else {
        words::count(whole, "minute")
    }
}
