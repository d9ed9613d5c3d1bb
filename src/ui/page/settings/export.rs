//! "Export everything": all files as one archive or into a folder, and the vault key for the reader
//! script.

use std::rc::Rc;

use frond_view::dom::tag::{a, button, div, h2, p, section};
use frond_view::dom::{View, event};
use wasm_bindgen_futures::spawn_local;

use super::run;
use crate::session::Verified;
use crate::text::{message, words};
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
    let (into, phase) = (app.folders().is_there(), run::phase(vault.export));
    section().attr("aria-label", "Export").child((
        h2().child("Export"),
        p().child(
            "Export everything: downloads all files, decrypted, with their folders. Every byte is \
             verified on the way. If one fails, a zip file ends there and does not open.",
        ),
        into.then(|| {
            p().child(
                "Into a folder, each file gets its name once all of it is verified. Choose an \
                 empty folder: a file that is there with the same name and size is skipped, and \
                 another one of that name is left as it is.",
            )
        }),
        run::progress(vault.export, "Export"),
        run::outcome(vault.export, outcome),
        run::failures(vault, vault.export, "Files that were not exported"),
        div()
            .attr("class", "buttons")
            .attr("role", "group")
            .attr("aria-label", "Export everything")
            .child((
                button()
                    .attr("type", "button")
                    .on(event::CLICK, everything)
                    .child((icon(icon::DOWN), "As one zip file")),
                move || {
                    (into && !phase.get().is_running()).then(|| {
                        button()
                            .attr("type", "button")
                            .on(event::CLICK, move |_| into_folder(app, vault))
                            .child((icon(icon::DOWN), "Into a folder"))
                    })
                },
                run::controls(vault.export, "export"),
            )),
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

/// Has the user pick a folder, and saves all files there.
fn into_folder(app: App, vault: Vault) {
    let session = vault.session();
    let files: Vec<_> = session.files().rows().iter().map(|row| row.id).collect();
    if files.is_empty() {
        return app.warn("There are no files to export.");
    }
    spawn_local(async move {
        let Some(folder) = app.folders().pick().await else { return };
        let export = Rc::new(session.export(files, folder));
        vault.export.follow(Some(Rc::clone(&export)));
        export.run(|_, _| {}).await;
    });
}

/// How an export ended, in one sentence.
fn outcome(export: &Verified) -> String {
    let (failed, skipped) = (export.faulty.len(), export.skipped);
    let saved = export.files.saturating_sub(failed).saturating_sub(skipped);
    let mut said = format!("Exported {}.", words::count(saved, "file"));
    if skipped > 0 {
        said.push_str(&format!(" Skipped {} already there.", words::count(skipped, "file")));
    }
    if failed > 0 {
        said.push_str(&format!(" {} could not be exported.", words::count(failed, "file")));
    }
    said
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
