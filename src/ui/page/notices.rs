//! Notices about the whole vault: doubts, errors, and files or changes only on this device.

use frond_view::dom::tag::{button, div, p, span, strong};
use frond_view::dom::{View, event};

use crate::session::Doubt;
use crate::text::{message, words};
use crate::ui::page::actions::{Act, act};
use crate::ui::page::app::App;
use crate::ui::page::icon::{self, icon};
use crate::ui::page::vault::Vault;

pub(super) fn view(app: App, vault: Vault) -> impl View {
    let doubts = move || {
        let doubts = vault.doubts.get();
        (!doubts.is_empty()).then(|| {
            // With several doubts, merging would be refused because of the others.
            let forked = doubts == [Doubt::Fork];
            let sentences: Vec<_> =
                doubts.into_iter().map(|doubt| format!("{} ", message::doubt(doubt))).collect();
            div().attr("class", "notice bad").attr("role", "alert").child((
                icon(icon::WARNING),
                div().child((
                    p().child(strong().child("This vault is read-only.")),
                    p().child((sentences, message::READ_ONLY)),
                    p().child((
                        "Fingerprint on this device: ",
                        span().attr("class", "mono").child(move || vault.list_fingerprint.get()),
                    )),
                    forked.then(|| p().child(message::MERGE)),
                    forked.then(|| {
                        button()
                            .attr("type", "button")
                            .on(event::CLICK, move |_| act(app, vault, Act::MergeForks))
                            .child("Merge both histories")
                    }),
                )),
            ))
        })
    };
    let quiet = move || {
        let list_error = vault.list_error.get();
        let unsaved = vault.unsaved.get();
        let files = vault.only_here.get();
        let wait = match (files, unsaved) {
            (0, 0) => None,
            (0, changes) => Some(words::count(changes, "change")),
            (files, _) => Some(words::count(files, "file")),
        };
        let wait = wait.map(|what| format!("{what} only on this device."));
        let unread = vault.unread.get() && list_error.is_some();
        (list_error.is_some() || wait.is_some()).then(|| {
            div().attr("class", "notice wait").child((
                icon(icon::WAITING),
                div().child((
                    p().child((
                        wait.map(|words| strong().child(format!("{words} "))),
                        list_error.map(message::list_error),
                    )),
                    unread.then(|| p().child(message::UNREAD)),
                    unread.then(|| {
                        button()
                            .attr("type", "button")
                            .on(event::CLICK, move |_| vault.session().work_offline())
                            .child("Work offline")
                    }),
                )),
            ))
        })
    };
    (doubts, div().attr("role", "status").attr("aria-live", "polite").child(quiet))
}
