//! The reminder of recovery words, until there are some or the user declines.

use frond_view::dom::tag::{button, div, p};
use frond_view::dom::{View, event};
use wasm_bindgen_futures::spawn_local;

use crate::text::message;
use crate::ui::page::app::App;
use crate::ui::page::dialog::Dialog;
use crate::ui::page::icon::{self, icon};
use crate::ui::page::vault::Vault;

pub(super) fn view(app: App, vault: Vault) -> impl View {
    let make = move |_| vault.dialog.set(Some(Dialog::RecoveryWords));
    let decline = move |_| {
        let session = vault.session();
        vault.lacks_words.set(false);
        app.say("You can make recovery words in Settings at any time.", None);
        spawn_local(async move { session.logins().decline_words().await });
    };
    div().attr("class", "notice reminder").attr("role", "status").child((
        icon(icon::LOCK),
        p().child(message::LACKS_WORDS),
        div().attr("class", "buttons").child((
            button().attr("type", "button").on(event::CLICK, make).child("Make recovery words"),
            button()
                .attr("type", "button")
                .attr("class", "quiet")
                .on(event::CLICK, decline)
                .child("Not now"),
        )),
    ))
}
