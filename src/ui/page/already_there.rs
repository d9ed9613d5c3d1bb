//! "Already there": a dialog that asks what to do with files to add whose paths are taken.

use std::rc::Rc;

use frond_view::dom::tag::{bdi, button, div, form, input, label, p};
use frond_view::dom::{Element, event};
use frond_view::reactive::{Memo, Signal};
use web_sys::Event;

use crate::port::Source;
use crate::session::{ChangeError, Taken};
use crate::text::{folder, message, words};
use crate::ui::page::app::App;
use crate::ui::page::dialog::Modal;
use crate::ui::page::vault::Vault;

/// What to do with a file whose path is taken.
#[derive(Clone, Copy, PartialEq)]
enum Choice {
    NewVersion,
    KeepBoth,
    Skip,
}

impl Choice {
    /// With the id of its description, its name and its description.
    const ALL: [(Self, &'static str, &'static str, &'static str); 3] = [
        (
            Self::NewVersion,
            "about-new-version",
            "New version",
            "The file that is there becomes an older version.",
        ),
        (
            Self::KeepBoth,
            "about-keep-both",
            "Keep both",
            "The file is added beside it, with a number in its name.",
        ),
        (Self::Skip, "about-skip", "Skip", "The file is not added."),
    ];

    fn act(self, vault: Vault, sources: Vec<Rc<dyn Source>>) -> Result<(), ChangeError> {
        match self {
            Self::NewVersion => vault.session().transfers().add_versions(sources),
            Self::KeepBoth => vault.session().transfers().add(sources),
            Self::Skip => Ok(()),
        }
    }
}

/// Asks for as long as it is shown.
pub(super) fn ask(app: App, vault: Vault) -> Element {
    let modal = Modal::new();
    let (choice, for_all) = (Signal::new(Choice::NewVersion), Signal::new(false));
    // Number of files that were decided before the dialog closed.
    let decided = Signal::new(0_usize);
    let submit = move |event: Event| {
        event.prevent_default();
        let (all, choice) = (vault.taken.get_untracked(), choice.get_untracked());
        let count = if for_all.get_untracked() { all.len() } else { 1 };
        let sources = all.iter().take(count).map(|taken| Rc::clone(&taken.source)).collect();
        let acted = choice.act(vault, sources);
        if acted.is_err() || count >= all.len() {
            decided.set(all.len());
            modal.close();
        } else {
            vault.taken.update(|taken| drop(taken.drain(..count)));
        }
        if let Err(error) = acted {
            app.warn(message::change(error));
        }
    };
    let closed = move || {
        let left = vault.taken.with_untracked(Vec::len).saturating_sub(decided.get_untracked());
        if left > 0 {
            app.say(format!("Skipped {}.", words::count(left, "file")), None);
        }
        vault.taken.set(Vec::new());
    };
    let radio = |(value, id, name, about)| {
        label().attr("class", "choice").child((
            input()
                .attr("type", "radio")
                .attr("name", "already-there")
                .attr("aria-label", name)
                .attr("aria-describedby", id)
                .property("checked", move || choice.get() == value)
                .on(event::CHANGE, move |_: Event| choice.set(value)),
            div().child((
                div().child(name),
                div().attr("id", id).attr("class", "about").child(about),
            )),
        ))
    };
    let several = Memo::new(move || vault.taken.with(|taken| taken.len() > 1));
    let all = move || {
        several.get().then(|| {
            label().attr("class", "choice").child((
                input()
                    .attr("type", "checkbox")
                    .property("checked", move || for_all.get())
                    .on(event::CHANGE, move |_: Event| for_all.update(|all| *all = !*all)),
                "Do this for all",
            ))
        })
    };
    let content = form().on(event::SUBMIT, submit).child((
        move || vault.taken.with(|taken| taken.first().map(|taken| about(app, taken))),
        div()
            .attr("role", "radiogroup")
            .attr("aria-labelledby", "already-there")
            .child(Choice::ALL.map(radio).to_vec()),
        all,
        div().attr("class", "buttons").child((
            modal.cancel(),
            button().attr("type", "submit").attr("class", "primary").child("Continue"),
        )),
    ));
    modal.view("already-there", "Already there", closed, content)
}

/// Which file is asked about.
fn about(app: App, taken: &Taken) -> Element {
    let path = words::visible(&taken.there.path);
    let place = folder::parent(&path);
    let place = if place.is_empty() { "Files" } else { folder::name(place) };
    let facts = |size, time: Option<i64>| {
        let when = time.map(|at| format!(", {}", app.when(at).0)).unwrap_or_default();
        format!("{}{when}", words::size(size))
    };
    let there = facts(taken.there.size, Some(taken.there.shown_time()));
    let new = facts(taken.source.size(), taken.source.modified());
    div().attr("aria-live", "polite").child((
        p().child((
            bdi().child(words::cut(folder::name(&path), 60)),
            " is already in ",
            bdi().child(words::cut(place, 60)),
            ".",
        )),
        p().attr("class", "about").child(format!("There: {there}. To add: {new}.")),
    ))
}
