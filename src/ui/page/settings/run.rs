//! A run over all files as the page shows it: progress, pause and stop, and what failed.

use frond_view::dom::tag::{bdi, button, li, p, ul};
use frond_view::dom::{View, event, keyed};
use frond_view::reactive::Memo;

use crate::object::ObjectId;
use crate::session::{Direction, Verified};
use crate::text::{message, words};
use crate::ui::page::progress as bar;
use crate::ui::page::vault::{Run, Vault};

/// Most failed files listed.
const ROWS: usize = 100;

/// Where a run is.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Phase {
    Idle,
    Running,
    Paused,
    Ended,
}

impl Phase {
    pub(super) fn is_running(self) -> bool {
        matches!(self, Self::Running | Self::Paused)
    }
}

pub(super) fn phase(run: Run) -> Memo<Phase> {
    Memo::new(move || {
        run.progress.with(|progress| match progress {
            None => Phase::Idle,
            Some(Verified { done: true, .. }) => Phase::Ended,
            Some(Verified { paused: true, .. }) => Phase::Paused,
            Some(_) => Phase::Running,
        })
    })
}

/// The progress bar, and the progress in words, while it runs.
pub(super) fn progress(run: Run, name: &'static str) -> impl View {
    let phase = phase(run);
    let running = Memo::new(move || phase.get().is_running());
    let bar = move || {
        running.get().then(|| {
            bar::bar(name.to_owned(), move || {
                let counted = |progress: &Verified| (progress.bytes, progress.of_bytes);
                run.progress.with(|progress| progress.as_ref().map(counted).unwrap_or_default())
            })
        })
    };
    let facts = move || {
        let facts = |progress: &Verified| {
            running.get().then(|| p().attr("class", "facts").child(counted(progress)))
        };
        run.progress.with(|progress| progress.as_ref().and_then(facts))
    };
    (bar, facts)
}

/// The progress in words.
fn counted(progress: &Verified) -> String {
    let files = words::count(progress.of_files, "file");
    let part = words::part(progress.bytes, progress.of_bytes);
    let counted = format!("{} of {files}, {part}", progress.files);
    match progress.waiting {
        _ if progress.paused => format!("{counted}. Paused."),
        Some(error) => format!("{counted}. {}", message::waiting(error, Direction::Down)),
        None => counted,
    }
}

/// The result in one sentence, once it has ended.
pub(super) fn outcome(run: Run, in_words: fn(&Verified) -> String) -> impl View {
    let result = Memo::new(move || {
        let ended = |progress: &Verified| progress.done.then(|| in_words(progress));
        run.progress.with(|progress| progress.as_ref().and_then(ended)).unwrap_or_default()
    });
    p().attr("role", "status").child(move || result.get())
}

/// The files that failed so far, each with what is wrong.
pub(super) fn failures(vault: Vault, run: Run, name: &'static str) -> impl View {
    let found = move || {
        let found = |progress: &Verified| progress.faulty.iter().take(ROWS).copied().collect();
        run.progress.with(|progress| progress.as_ref().map(found).unwrap_or_default())
    };
    let some = Memo::new(move || {
        run.progress.with(|all| all.as_ref().is_some_and(|all| !all.faulty.is_empty()))
    });
    move || {
        some.get().then(|| {
            ul().attr("class", "faulty").attr("aria-label", name).child(keyed(
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

/// The buttons that pause, resume and stop it, while it runs.
pub(super) fn controls(run: Run, name: &'static str) -> impl View {
    let phase = phase(run);
    let running = Memo::new(move || phase.get().is_running());
    let paused = move || phase.get() == Phase::Paused;
    let toggle = move |_| {
        if let Some(last) = run.last() {
            last.pause(phase.get_untracked() != Phase::Paused);
        }
    };
    // One button for both, so that it keeps the focus.
    let hold = move || {
        button()
            .attr("type", "button")
            .on(event::CLICK, toggle)
            .child(move || format!("{} {name}", if paused() { "Resume" } else { "Pause" }))
    };
    let stop = move || {
        button()
            .attr("type", "button")
            .attr("class", "quiet")
            .on(event::CLICK, move |_| run.follow(None))
            .child("Stop")
    };
    (move || running.get().then(hold), move || running.get().then(stop))
}

pub(super) fn path(vault: Vault, id: &ObjectId) -> String {
    vault.session().files().index().row(id).map(|row| row.path).unwrap_or_default()
}
