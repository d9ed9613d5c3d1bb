//! The transfers: a sheet beside the files, open while something runs.

use crate::session::{Direction, Session, TransferRow, TransferState};
use crate::ui::dom::tag::{bdi, button, details, div, h2, li, p, section, span, summary, ul};
use crate::ui::dom::{Element, View, event, keyed};
use crate::ui::page::icon::{self, icon};
use crate::ui::page::vault::Vault;
use crate::ui::reactive::Memo;
use crate::ui::{message, words};

/// Rows shown at most; the rest waits in the queue and is told as a number.
const ROWS: usize = 40;
/// Characters of a name that are shown.
const ROOM: usize = 44;

pub(super) fn sheet(vault: Vault) -> impl View {
    // What needs no look (done) folds to a line; what moves or failed comes before what only waits its turn.
    let open = Memo::new(move || {
        vault.transfers.with(|all| {
            let mut ids: Vec<_> =
                all.iter().filter(|row| !done(row)).map(|row| (rank(row), row.id)).collect();
            ids.sort_unstable();
            ids.into_iter().map(|(_, id)| id).collect::<Vec<_>>()
        })
    });
    let rest = move || {
        let hidden = open.with(Vec::len).saturating_sub(ROWS);
        (hidden > 0).then(|| {
            p().attr("class", "rest").child(format!("{} more in the queue.", words::count(hidden, "file")))
        })
    };
    let shown = move || open.with(|ids| ids.iter().take(ROWS).copied().collect());
    let close = button()
        .attr("type", "button")
        .attr("class", "icon-button")
        .attr("aria-label", "Hide transfers")
        .attr("title", "Hide")
        .on(event::CLICK, move |_| vault.sheet.set(false))
        .child(icon(icon::CLOSE));
    section().attr("class", "sheet").attr("aria-label", "Transfers").child((
        div().attr("class", "head").child((h2().child("Transfers"), close)),
        ul().child(keyed(shown, |id| *id, move |id| transfer(vault, id))),
        rest,
        finished(vault),
    ))
}

fn transfer(vault: Vault, id: u64) -> Element {
    let row = Memo::new(move || vault.transfers.with(|all| all.iter().find(|row| row.id == id).cloned()));
    let first = row.get_untracked();
    let name = first.as_ref().map(|row| words::visible(&row.name)).unwrap_or_default();
    let outline = match first.map(|row| row.direction) {
        Some(Direction::Down) => icon::DOWN,
        _ => icon::UP,
    };
    let percent = move || row.with(|row| row.as_ref().map_or(0, |row| words::percent(row.done, row.total)));
    let part = move || row.with(|row| row.as_ref().map(|row| words::part(row.done, row.total)));
    let bar = div()
        .attr("class", "progress")
        .attr("role", "progressbar")
        .attr("aria-label", name.clone())
        .attr("aria-valuemin", "0")
        .attr("aria-valuemax", "100")
        .live("aria-valuenow", move || percent().to_string())
        .live("aria-valuetext", part)
        .child(div().attr("class", "done").style("width", move || format!("{}%", percent())));
    let look = Memo::new(move || row.with(|row| row.as_ref().map(look).unwrap_or_default()));
    let resume = {
        let name = name.clone();
        move || {
            look.with(|look| look.resumable).then(|| {
                act("Resume", &name, "Try again now", icon::RETRY, vault, move |session| session.resume(id))
            })
        }
    };
    li().live("class", move || look.with(|look| look.class)).child((
        div().attr("class", "line").child((
            icon(outline),
            span()
                .attr("class", "name")
                .attr("title", name.clone())
                .child(bdi().child(words::cut(&name, ROOM))),
            resume,
            act("Cancel", &name, "Cancel", icon::CLOSE, vault, move |session| session.cancel(id)),
        )),
        bar,
        p().attr("class", "facts").child(move || row.with(|row| row.as_ref().map(facts))),
        move || look.with(|look| look.sentence).map(|sentence| p().attr("class", "why").child(sentence)),
    ))
}

/// A button of a transfer.
fn act<A: Fn(Session) + 'static>(
    verb: &'static str,
    name: &str,
    hint: &'static str,
    outline: &'static str,
    vault: Vault,
    act: A,
) -> impl View + use<A> {
    button()
        .attr("type", "button")
        .attr("class", "icon-button")
        .attr("aria-label", format!("{verb} {name}"))
        .attr("title", hint)
        .on(event::CLICK, move |_| act(vault.session()))
        .child(icon(outline))
}

/// Those that are done, folded to a line.
fn finished(vault: Vault) -> impl View {
    let names = Memo::new(move || {
        vault
            .transfers
            .with(|all| all.iter().filter(|row| done(row)).map(|row| row.name.clone()).collect::<Vec<_>>())
    });
    move || {
        let names = names.get();
        (!names.is_empty()).then(|| {
            let title = format!("{} done", words::count(names.len(), "file"));
            let items: Vec<_> = names
                .iter()
                .rev()
                .take(ROWS)
                .map(|name| li().child(bdi().child(words::cut(&words::visible(name), ROOM))))
                .collect();
            div().attr("class", "finished").child((
                details().child((summary().child((icon(icon::CHECK), title)), ul().child(items))),
                button()
                    .attr("type", "button")
                    .attr("class", "quiet")
                    .on(event::CLICK, move |_| vault.session().clear_ended())
                    .child("Clear"),
            ))
        })
    }
}

/// How a transfer looks in its state.
#[derive(Clone, Default, PartialEq)]
struct Look {
    class: &'static str,
    sentence: Option<&'static str>,
    resumable: bool,
}

fn look(row: &TransferRow) -> Look {
    match row.state {
        TransferState::Queued | TransferState::Running | TransferState::Elsewhere | TransferState::Done => {
            Look::default()
        }
        TransferState::Paused | TransferState::Unfinished => Look { resumable: true, ..Look::default() },
        TransferState::Waiting(error) => {
            Look { class: "wait", sentence: Some(message::waiting(error, row.direction)), resumable: true }
        }
        TransferState::Failed(error) => {
            Look { class: "bad", sentence: Some(message::failed(error, row.direction)), resumable: true }
        }
    }
}

/// `12 of 80 MB · 4 MB/s · 17 s left`.
fn facts(row: &TransferRow) -> String {
    let mut facts = vec![words::part(row.done, row.total)];
    match row.state {
        TransferState::Queued => facts.push("in the queue".to_owned()),
        TransferState::Running => {
            if row.rate > 0 {
                facts.push(words::rate(row.rate));
            } else if row.done == 0 {
                facts.push("starting".to_owned());
            }
            facts.extend(row.left.map(words::left));
        }
        TransferState::Waiting(_) => facts.push("waiting".to_owned()),
        TransferState::Paused => facts.push("paused".to_owned()),
        TransferState::Unfinished => facts.push("unfinished, add the same file again".to_owned()),
        TransferState::Elsewhere => facts.push("sent by another tab".to_owned()),
        TransferState::Failed(_) => facts.push("stopped".to_owned()),
        TransferState::Done => facts.push("done".to_owned()),
    }
    facts.join(" · ")
}

fn done(row: &TransferRow) -> bool {
    row.state == TransferState::Done
}

fn rank(row: &TransferRow) -> u8 {
    match row.state {
        TransferState::Failed(_) => 0,
        TransferState::Running | TransferState::Waiting(_) => 1,
        TransferState::Paused | TransferState::Unfinished | TransferState::Elsewhere => 2,
        TransferState::Queued | TransferState::Done => 3,
    }
}
