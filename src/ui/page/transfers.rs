//! The transfers: a sheet beside the files, open while a transfer runs.

use frond_view::dom::tag::{bdi, button, details, div, h2, li, p, section, span, summary, ul};
use frond_view::dom::{Element, View, event, keyed};
use frond_view::reactive::Memo;

use crate::session::{Direction, TransferRow, TransferState, Transfers};
use crate::text::{message, words};
use crate::ui::page::icon::{self, icon};
use crate::ui::page::progress;
use crate::ui::page::vault::Vault;

/// Most rows shown; the rest is shown as a number.
const ROWS: usize = 40;
/// Characters of a name that are shown.
const ROOM: usize = 44;

pub(super) fn sheet(vault: Vault) -> impl View {
    // Done transfers are folded to one line; moving or failed ones come before those that only
    // wait.
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
            p().attr("class", "rest")
                .child(format!("{} more waiting.", words::count(hidden, "file")))
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
        together(vault),
        ul().child(keyed(shown, |id| *id, move |id| transfer(vault, id))),
        rest,
        finished(vault),
    ))
}

/// Buttons for all transfers at once; present only if they apply to several.
fn together(vault: Vault) -> impl View {
    let several = move |fits: fn(&TransferRow) -> bool| {
        Memo::new(move || {
            vault.transfers.with(|all| all.iter().filter(|row| fits(row)).count() > 1)
        })
    };
    let button = move |shown: Memo<bool>, name: &'static str, act: fn(&Transfers)| {
        move || {
            shown.get().then(|| {
                button()
                    .attr("type", "button")
                    .attr("class", "quiet")
                    .on(event::CLICK, move |_| act(vault.session().transfers()))
                    .child(name)
            })
        }
    };
    div().attr("class", "together").child((
        button(
            several(|row| look(row).holds && row.state != TransferState::Paused),
            "Pause all",
            Transfers::pause_all,
        ),
        button(
            several(|row| row.state == TransferState::Paused),
            "Resume all",
            Transfers::resume_all,
        ),
        button(several(|row| look(row).cancellable), "Cancel all", Transfers::cancel_all),
    ))
}

fn transfer(vault: Vault, id: u64) -> Element {
    let row =
        Memo::new(move || vault.transfers.with(|all| all.iter().find(|row| row.id == id).cloned()));
    let first = row.get_untracked();
    let name = first.as_ref().map(|row| words::visible(&row.name)).unwrap_or_default();
    let outline = match first.map(|row| row.direction) {
        Some(Direction::Down) => icon::DOWN,
        _ => icon::UP,
    };
    let shown = words::cut(&name, ROOM);
    let here = Memo::new(move || {
        row.with(|row| row.as_ref().is_some_and(|row| row.only_here && waits(row)))
    });
    let bytes = move || row.with(|row| row.as_ref().map_or((0, 0), |row| (row.done, row.total)));
    let bar = progress::bar(name.clone(), bytes);
    let look = Memo::new(move || row.with(|row| row.as_ref().map(look).unwrap_or_default()));
    // One button for both, so that it keeps the focus.
    let paused = Memo::new(move || look.with(|look| look.paused));
    let holds = Memo::new(move || look.with(|look| look.holds));
    let named = name.clone();
    let hold = move || {
        let name = named.clone();
        holds.get().then(|| {
            let verb = move || if paused.get() { "Resume" } else { "Pause" };
            let toggle = move |_| match paused.get_untracked() {
                true => vault.session().transfers().resume(id),
                false => vault.session().transfers().pause(id),
            };
            icon_button(toggle)
                .live("aria-label", move || format!("{} {name}", verb()))
                .live("title", verb)
                .child(move || icon(if paused.get() { icon::GO_ON } else { icon::PAUSE }))
        })
    };
    let act = |shown: fn(&Look) -> bool, label, hint, outline, act: fn(&Transfers, u64)| {
        let label: String = label;
        let shown = Memo::new(move || look.with(shown));
        move || {
            shown.get().then(|| {
                icon_button(move |_| act(vault.session().transfers(), id))
                    .attr("aria-label", label.clone())
                    .attr("title", hint)
                    .child(icon(outline))
            })
        }
    };
    let buttons = (
        hold,
        act(
            |look| look.stopped,
            format!("Resume {name}"),
            "Try again now",
            icon::RETRY,
            Transfers::resume,
        ),
        act(
            |look| look.cancellable,
            format!("Cancel {name}"),
            "Cancel",
            icon::CLOSE,
            Transfers::cancel,
        ),
    );
    li().live("class", move || look.with(|look| look.class)).child((
        div().attr("class", "line").child((
            icon(outline),
            span().attr("class", "name").attr("title", name.clone()).child(bdi().child(shown)),
            buttons,
        )),
        bar,
        p().attr("class", "facts").child((
            move || here.get().then(|| span().attr("class", "here").child("Only on this device")),
            move || row.with(|row| row.as_ref().map(facts)),
        )),
        move || {
            look.with(|look| look.sentence).map(|sentence| {
                let file = row.with(|row| row.as_ref().and_then(|row| row.faulty.clone()));
                let file = file.map(|path| (bdi().child(words::visible(&path)), ": "));
                p().attr("class", "why").child((file, sentence))
            })
        },
    ))
}

fn icon_button(act: impl FnMut(web_sys::Event) + 'static) -> Element {
    button().attr("type", "button").attr("class", "icon-button").on(event::CLICK, act)
}

/// The done transfers, folded to one line.
fn finished(vault: Vault) -> impl View {
    let names = Memo::new(move || {
        vault.transfers.with(|all| {
            all.iter().filter(|row| done(row)).map(|row| row.name.clone()).collect::<Vec<_>>()
        })
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
                    .on(event::CLICK, move |_| vault.session().transfers().clear_ended())
                    .child("Clear"),
            ))
        })
    }
}

/// The appearance of a transfer in its state, and the actions it offers.
#[derive(Clone, Default, PartialEq)]
struct Look {
    class: &'static str,
    sentence: Option<&'static str>,
    /// It can be paused, or is paused.
    holds: bool,
    paused: bool,
    /// It waits or stopped, and can be retried.
    stopped: bool,
    cancellable: bool,
}

fn look(row: &TransferRow) -> Look {
    let plain = Look { holds: true, cancellable: true, ..Look::default() };
    match row.state {
        TransferState::Running if row.still => {
            Look { class: "wait", sentence: Some(message::STILL), ..plain }
        }
        TransferState::Queued | TransferState::Running => plain,
        TransferState::Done => Look::default(),
        TransferState::Paused => Look { paused: true, ..plain },
        TransferState::Waiting(error) => Look {
            class: "wait",
            sentence: Some(message::waiting(error, row.direction)),
            stopped: true,
            ..plain
        },
        TransferState::Unfinished => Look {
            class: "wait",
            sentence: Some(message::UNFINISHED),
            stopped: true,
            holds: false,
            ..plain
        },
        TransferState::Elsewhere => Look { sentence: Some(message::ELSEWHERE), ..Look::default() },
        TransferState::Failed(error) => Look {
            class: "bad",
            sentence: Some(message::failed(error, row.direction)),
            stopped: true,
            holds: false,
            ..plain
        },
    }
}

/// `12 of 80 MB · 4 MB/s · 17 s left`.
fn facts(row: &TransferRow) -> String {
    let mut facts = vec![words::part(row.done, row.total)];
    let word = match row.state {
        TransferState::Queued => "queued",
        TransferState::Running if row.still => "stalled",
        TransferState::Running if row.done == row.total => "finishing",
        TransferState::Running if row.rate > 0 => {
            facts.push(words::rate(row.rate));
            facts.extend(row.left.map(words::left));
            return facts.join(" · ");
        }
        TransferState::Running => "starting",
        TransferState::Waiting(_) => "waiting",
        TransferState::Paused => "paused",
        TransferState::Unfinished => "unfinished",
        TransferState::Elsewhere => "in another tab",
        TransferState::Failed(_) => "stopped",
        TransferState::Done => "done",
    };
    facts.push(word.to_owned());
    facts.join(" · ")
}

/// Whether it does not move now.
fn waits(row: &TransferRow) -> bool {
    row.still || !matches!(row.state, TransferState::Running | TransferState::Done)
}

fn done(row: &TransferRow) -> bool {
    row.state == TransferState::Done
}

fn rank(row: &TransferRow) -> u8 {
    match row.state {
        TransferState::Failed(_) | TransferState::Unfinished => 0,
        TransferState::Running | TransferState::Waiting(_) | TransferState::Paused => 1,
        TransferState::Queued | TransferState::Elsewhere | TransferState::Done => 2,
    }
}
