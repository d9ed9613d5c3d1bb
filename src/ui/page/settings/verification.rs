//! "Verify everything": reads all files, shows what is faulty, saves a report.

use std::rc::Rc;

use frond_view::dom::tag::{bdi, button, div, h2, li, p, section, ul};
use frond_view::dom::{Element, View, event, keyed};
use frond_view::reactive::Memo;
use wasm_bindgen_futures::spawn_local;

use crate::object::ObjectId;
use crate::session::{Audit, Direction, Verified};
use crate::text::report::{self, About};
use crate::text::{message, words};
use crate::ui::page::app::App;
use crate::ui::page::icon::{self, icon};
use crate::ui::page::progress;
use crate::ui::page::vault::Vault;

/// Most faulty files listed; the report has all of them.
const ROWS: usize = 100;

/// What the section offers.
#[derive(Clone, Copy, PartialEq)]
enum Phase {
    Idle,
    Running,
    Paused,
    Ended,
}

pub(super) fn section_of(app: App, vault: Vault) -> impl View {
    let phase = Memo::new(move || {
        vault.verified.with(|verified| match verified {
            None => Phase::Idle,
            Some(Verified { done: true, .. }) => Phase::Ended,
            Some(Verified { paused: true, .. }) => Phase::Paused,
            Some(_) => Phase::Running,
        })
    });
    let running = Memo::new(move || matches!(phase.get(), Phase::Running | Phase::Paused));
    let bar = move || {
        running.get().then(|| {
            progress::bar("Verification".to_owned(), move || {
                let counted = |verified: &Verified| (verified.bytes, verified.of_bytes);
                vault.verified.with(|verified| verified.as_ref().map(counted).unwrap_or_default())
            })
        })
    };
    let facts = move || {
        let facts = |verified: &Verified| {
            running.get().then(|| p().attr("class", "facts").child(counted(verified)))
        };
        vault.verified.with(|verified| verified.as_ref().and_then(facts))
    };
    let result = Memo::new(move || {
        let ended = |verified: &Verified| verified.done.then(|| outcome(verified));
        vault.verified.with(|verified| verified.as_ref().and_then(ended)).unwrap_or_default()
    });
    section().attr("aria-label", "Verification").child((
        h2().child("Verification"),
        p().child(
            "Reads every file in storage to its last byte, with older versions and the trash, and \
             checks that each is exactly what you stored. It downloads everything once and saves \
             nothing on this device.",
        ),
        bar,
        facts,
        p().attr("role", "status").child(move || result.get()),
        p().attr("role", "status").child(move || vault.audited.get().map(audit)),
        faulty(vault),
        div().attr("class", "buttons").child((
            move || (!running.get()).then(|| start(vault)),
            move || running.get().then(|| hold(vault, phase)),
            move || running.get().then(|| stop(vault)),
            move || (phase.get() == Phase::Ended).then(|| save(app, vault)),
        )),
    ))
}

/// The progress in words.
fn counted(verified: &Verified) -> String {
    let files = words::count(verified.of_files, "file");
    let part = words::part(verified.bytes, verified.of_bytes);
    let counted = format!("{} of {files}, {part}", verified.files);
    match verified.waiting {
        _ if verified.paused => format!("{counted}. Paused."),
        Some(error) => format!("{counted}. {}", message::waiting(error, Direction::Down)),
        None => counted,
    }
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

/// The faulty files found so far, each with what is wrong.
fn faulty(vault: Vault) -> impl View {
    let found = move || {
        let found = |verified: &Verified| verified.faulty.iter().take(ROWS).copied().collect();
        vault.verified.with(|verified| verified.as_ref().map(found).unwrap_or_default())
    };
    let some = Memo::new(move || {
        vault.verified.with(|all| all.as_ref().is_some_and(|all| !all.faulty.is_empty()))
    });
    move || {
        some.get().then(|| {
            ul().attr("class", "faulty").attr("aria-label", "Faulty files").child(keyed(
                found,
                |(id, _)| *id,
                move |(id, error)| {
                    li().child((
                        bdi().child(words::visible(&path(vault, &id))),
                        p().attr("class", "why").child(message::failed(error, Direction::Down)),
                    ))
                },
            ))
        })
    }
}

fn start(vault: Vault) -> Element {
    let start = move |_| {
        let session = vault.session();
        let verification = Rc::new(session.verification(session.files().ids()));
        vault.verify(Some(Rc::clone(&verification)));
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

/// One button for both, so that it keeps the focus.
fn hold(vault: Vault, phase: Memo<Phase>) -> Element {
    let paused = move || phase.get() == Phase::Paused;
    let toggle = move |_| {
        if let Some(verification) = vault.verification() {
            verification.pause(phase.get_untracked() != Phase::Paused);
        }
    };
    button()
        .attr("type", "button")
        .on(event::CLICK, toggle)
        .child(move || if paused() { "Resume verification" } else { "Pause verification" })
}

fn stop(vault: Vault) -> Element {
    button()
        .attr("type", "button")
        .attr("class", "quiet")
        .on(event::CLICK, move |_| vault.verify(None))
        .child("Stop")
}

fn save(app: App, vault: Vault) -> Element {
    let save = move |_| {
        let session = vault.session();
        let (clock, username) = (app.clock(), session.username());
        let at = i64::try_from(clock.now_ms()).unwrap_or(i64::MAX);
        let fingerprint = vault.code.get_untracked();
        let offset = clock.local_offset(at);
        let about = About { username: &username, fingerprint: &fingerprint, at, offset };
        let text = vault.verified.with_untracked(|verified| {
            verified.as_ref().map(|all| report::verification(&about, all, |id| path(vault, id)))
        });
        if let Some(text) = text {
            app.save("frond-verification.txt", text.as_bytes());
        }
    };
    button().attr("type", "button").on(event::CLICK, save).child((icon(icon::DOWN), "Save report"))
}

fn path(vault: Vault, id: &ObjectId) -> String {
    vault.session().files().index().row(id).map(|row| row.path).unwrap_or_default()
}
