//! "Verify everything": reads all files, shows what is faulty, saves a report.

use std::rc::Rc;

use frond_view::dom::tag::{button, div, h2, p, section};
use frond_view::dom::{Element, View, event};
use wasm_bindgen_futures::spawn_local;

use super::run::{self, Phase};
use crate::session::{Audit, Verified};
use crate::text::report::{self, About};
use crate::text::words;
use crate::ui::page::app::App;
use crate::ui::page::icon::{self, icon};
use crate::ui::page::vault::Vault;

pub(super) fn section_of(app: App, vault: Vault) -> impl View {
    let run = vault.verification;
    let phase = run::phase(run);
    section().attr("aria-label", "Verification").child((
        h2().child("Verification"),
        p().child(
            "Reads every file in storage to its last byte, with older versions and the trash, and \
             checks that each is exactly what you stored. It downloads everything once and saves \
             nothing on this device.",
        ),
        run::progress(run, "Verification"),
        run::outcome(run, outcome),
        p().attr("role", "status").child(move || vault.audited.get().map(audit)),
        run::failures(vault, run, "Faulty files"),
        div().attr("class", "buttons").child((
            move || (!phase.get().is_running()).then(|| start(vault)),
            run::controls(run, "verification"),
            move || (phase.get() == Phase::Ended).then(|| save(app, vault)),
        )),
    ))
}

/// The result in one sentence.
fn outcome(verified: &Verified) -> String {
    let files = words::count(verified.of_files, "file");
    match verified.faulty.len() {
        0 if verified.of_files == 0 => "There are no files to verify.".to_owned(),
        0 => format!("Verified {files}, {}: all are intact.", words::size(verified.of_bytes)),
        1 => format!("Verified {files}. One is faulty; the others are intact."),
        n => format!("Verified {files}. {n} are faulty; the others are intact."),
    }
}

/// How the snapshot compares with the log, in one sentence.
fn audit(audit: Audit) -> String {
    let changes = words::count(audit.events, "change");
    match audit.is_right {
        true => format!("The snapshot of your list matches the {changes} that it covers."),
        false => format!(
            "The snapshot of your list does not match the {changes} that it covers. Nothing is \
             lost: the changes themselves are in storage."
        ),
    }
}

fn start(vault: Vault) -> Element {
    let start = move |_| {
        let session = vault.session();
        let verification = Rc::new(session.verification(session.files().ids()));
        vault.audited.set(None);
        vault.verification.follow(Some(Rc::clone(&verification)));
        spawn_local(async move {
            verification.run(|_, _| {}).await;
            if verification.progress().done {
                // Without an answer nothing is said; the files are what matters.
                vault.audited.set(session.audit().await.ok().flatten());
            }
        });
    };
    button()
        .attr("type", "button")
        .on(event::CLICK, start)
        .child((icon(icon::CHECK), "Verify everything"))
}

fn save(app: App, vault: Vault) -> Element {
    let save = move |_| {
        let session = vault.session();
        let (clock, username) = (app.clock(), session.username());
        let at = i64::try_from(clock.now_ms()).unwrap_or(i64::MAX);
        let fingerprint = vault.list_fingerprint.get_untracked();
        let offset = clock.local_offset(at);
        let about = About { username: &username, fingerprint: &fingerprint, at, offset };
        let text = vault.verification.progress.with_untracked(|verified| {
            verified
                .as_ref()
                .map(|all| report::verification(&about, all, |id| run::path(vault, id)))
        });
        if let Some(text) = text {
            app.save("frond-verification.txt", text.as_bytes());
        }
    };
    button().attr("type", "button").on(event::CLICK, save).child((icon(icon::DOWN), "Save report"))
}
