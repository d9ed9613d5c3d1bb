//! "Export everything": all files as one archive, and the vault key for the reader script.

use std::rc::Rc;

use frond_view::dom::tag::{a, button, div, h2, p, section};
use frond_view::dom::{View, event};

use crate::text::message;
use crate::ui::page::app::{App, Question};
use crate::ui::page::icon::{self, icon};
use crate::ui::page::vault::Vault;

pub(super) fn section_of(app: App, vault: Vault) -> impl View {
    let everything = move |_| {
        let session = vault.session();
        let files: Vec<_> = session.files().rows().iter().map(|row| row.id).collect();
        if files.is_empty() {
            app.warn("There are no files to export.");
        } else if let Err(error) = session.transfers().download_archive(files, "", "Frond") {
            app.warn(message::change(error));
        }
    };
    section().attr("aria-label", "Export").child((
        h2().child("Export"),
        p().child(
            "Downloads all files as one zip archive, decrypted, with their folders. Every byte is \
             verified on the way; if one fails, the archive ends there and does not open.",
        ),
        div().attr("class", "buttons").child(
            button()
                .attr("type", "button")
                .on(event::CLICK, everything)
                .child((icon(icon::DOWN), "Export everything")),
        ),
        p().child((
            "Without Frond, the vault key opens a copy of the bucket, with the reader script that \
             comes with the ",
            a().attr("href", "#/server").child("format"),
            ". Whoever has this key can read all of your files, those that you add later too, and \
             a new password does not change it.",
        )),
        div().attr("class", "buttons").child(
            button()
                .attr("type", "button")
                .attr("class", "destructive")
                .on(event::CLICK, move |_| ask(app, vault))
                .child("Save vault key"),
        ),
    ))
}

fn ask(app: App, vault: Vault) {
    let then = move || {
        if let Some(key) = vault.session().export_vault_key() {
            app.save("frond-vault-key.txt", key.as_bytes());
        }
    };
    app.question.set(Some(Question {
        title: "Save the vault key in a file?".to_owned(),
        text: "The file is not encrypted. Whoever reads it can open all of your files. Keep it \
               where you keep your passport."
            .to_owned(),
        verb: "Save vault key",
        then: Rc::new(then),
    }));
}
